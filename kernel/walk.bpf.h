/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The path resolver: from a name to the root, across mounts, writing from the text's end to its
 * beginning. docs/internals/paths.md says what it tells and why.
 */
#ifndef RATEL_WALK_BPF_H
#define RATEL_WALK_BPF_H

#include "build.bpf.h"

#define PATH_PARTS 4096 /* more than a path of ABI_STR_MAX bytes and its mounts have */

/* What is no file system of files: .s_magic of their super blocks (uapi/linux/magic.h). */
enum {
    PIPEFS_MAGIC = 0x50495045,
    SOCKFS_MAGIC = 0x534F434B,
    ANON_INODE_FS_MAGIC = 0x09041934,
    PIDFS_MAGIC = 0x50494446,
    NSFS_MAGIC = 0x6e736673,
};

/* Paths end at the task's own root instead of its mount namespace's. */
SHARED const volatile bool paths_of_task = false;
/* Descriptors come with their paths. */
SHARED const volatile bool fd_paths = false;

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
    return mnt ? (void *)mnt - bpf_core_field_offset(struct mount, mnt) : NULL;
}

/*
 * Length of the path, which then begins at w->text[w->pos]; negative when there is none. Where
 * w->end is PATH_LIMIT or PATH_FAULT, it is the end of the path and begins with no slash. Without
 * a mount, it is the path in the file system.
 */
long path_resolve(struct path_walk *w, __u64 dentry, __u64 vfsmount, int of_task);

#endif
