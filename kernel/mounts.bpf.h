/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The mount that a dentry is seen through, for hooks that are told of a dentry alone: one in the
 * mount namespace of the task that runs, whose part of the file system holds the dentry.
 */
#ifndef RATEL_MOUNTS_BPF_H
#define RATEL_MOUNTS_BPF_H

#include "walk.bpf.h"

/* Address of the struct vfsmount; 0 where the task's namespace has none. */
__u64 mounts_find(struct path_walk *w, __u64 dentry);

#endif
