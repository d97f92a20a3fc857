/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Files as fields: their paths, by descriptor, by struct file, by dentry, and their inodes. */
#ifndef RATEL_PATH_BPF_H
#define RATEL_PATH_BPF_H

#include "mounts.bpf.h"

#define S_IFMT 0170000

/* As the kernel has it in a struct file. */
struct path_place {
    struct vfsmount *mnt;
    struct dentry *dentry;
};

static __always_inline long path_of_place(struct path_walk *w, const struct path_place *p)
{
    return path_resolve(w, (__u64)p->dentry, (__u64)p->mnt, paths_of_task);
}

/*
 * What a file was opened for, if it is another file system's own. Which bit of f_mode tells such
 * files changes from kernel to kernel, and behind any other file stands something else: it is
 * believed when mount and name are of one file system.
 */
static __always_inline bool place_asked_for(struct path_place *p, struct file *f)
{
    struct backing_file *backing = (struct backing_file *)f;
    struct super_block *sb;
    struct vfsmount *mnt;
    struct dentry *d;
    if (!bpf_core_field_exists(backing->user_path) ||
        bpf_core_read(p, sizeof(*p), &backing->user_path))
        return false;
    mnt = p->mnt;
    d = p->dentry;
    sb = BPF_CORE_READ(mnt, mnt_sb);
    return sb && sb == BPF_CORE_READ(d, d_sb);
}

/*
 * A file of an overlay is opened a second time, in the layer that has it, through a mount that is
 * nowhere. From 6.7 on the path that it was asked for stands beside that of the layer.
 */
static __always_inline long path_of_file(struct path_walk *w, struct file *f)
{
    struct path_place *p = (struct path_place *)w->place; /* programs have little stack */
    long n;
    if (!f || bpf_core_read(p, sizeof(*p), &f->f_path))
        return -1;
    n = path_of_place(w, p);
    if (n < 0 || w->end != PATH_INTERNAL || !place_asked_for(p, f))
        return n;
    return path_of_place(w, p);
}

/* Copies what was found, if anything was, to where the record goes on. Returns its length. */
static __always_inline __u32 path_copy(struct build *b, char *to, long n)
{
    __u32 pos = b->path.pos, len = (__u32)n;
    KEEP(pos);
    KEEP(len);
    if (n <= 0 || pos > ABI_STR_MAX || len > ABI_STR_MAX)
        return 0;
    if (bpf_probe_read_kernel(to, len, &b->path.text[pos]))
        return 0;
    return len;
}

static __always_inline __u8 path_reason(const struct path_walk *w)
{
    if (w->end == PATH_LIMIT)
        return ABI_WHY_LIMIT;
    return w->end == PATH_FAULT ? ABI_WHY_FAULT : 0;
}

/* The field of a path that was looked for with result n. */
static __always_inline void put_walk(struct build *b, __u16 index, long n, enum abi_reason why)
{
    __u32 at = 0, len;
    char *to = put_room(b, &at);
    if (!to)
        return;
    len = path_copy(b, to, n);
    if (len)
        put_done(b, index, at, len, path_reason(&b->path));
    else
        put_missing(b, index, why);
}

/* Pointers as numbers, which the verifier asks for where it knows what they point to. */
static __always_inline struct path_place path_place(struct dentry *d, struct vfsmount *mnt)
{
    struct path_place known = {.mnt = mnt, .dentry = d}, p = {};
    bpf_probe_read_kernel(&p, sizeof(p), &known);
    return p;
}

SUBPROGRAM int put_path(struct build *b, __u16 index, struct dentry *d, struct vfsmount *mnt)
{
    struct path_place p = path_place(d, mnt);
    put_walk(b, index, path_of_place(&b->path, &p), d ? ABI_WHY_FAULT : ABI_WHY_CLOSED);
    return 0;
}

SUBPROGRAM int put_file_path(struct build *b, __u16 index, struct file *f)
{
    put_walk(b, index, path_of_file(&b->path, f), f ? ABI_WHY_FAULT : ABI_WHY_CLOSED);
    return 0;
}

/*
 * For hooks that are told of a dentry and no mount, such as those of inodes: the path that the task
 * may know it by, which need not be the one it used.
 */
SUBPROGRAM int put_dentry_path(struct build *b, __u16 index, struct dentry *d)
{
    struct path_place p = path_place(d, NULL);
    p.mnt = (struct vfsmount *)mounts_find(&b->path, (__u64)p.dentry);
    put_walk(b, index, path_of_place(&b->path, &p), d ? ABI_WHY_FAULT : ABI_WHY_CLOSED);
    return 0;
}

/* The current task's open file, or NULL. */
static __always_inline struct file *fd_file(struct task_struct *task, int fd)
{
    struct fdtable *fdt = task_plain(task)->files->fdt;
    struct file **files, *f = NULL;
    if (fd < 0 || (__u32)fd >= BPF_CORE_READ(fdt, max_fds))
        return NULL;
    files = BPF_CORE_READ(fdt, fd);
    bpf_probe_read_kernel(&f, sizeof(f), files + fd);
    return f;
}

/* A descriptor with, after its number, the path that it stands for; the number alone without one.
 */
SUBPROGRAM int put_fd_path(struct build *b, __u16 index, struct task_struct *task, int fd)
{
    struct file *f;
    __u32 at = 0, len = 0;
    char *to;
    long n;
    if (!task)
        return 0;
    f = fd_file(task, fd);
    if (!f) {
        put_int(b, index, (__s64)fd);
        return 0;
    }
    n = path_of_file(&b->path, f);
    to = put_room(b, &at);
    if (!to)
        return 0;
    *(__u64 *)to = (__s64)fd;
    if (n > 0)
        len = path_copy(b, to + 8, n);
    put_done(b, index, at, len + 8, len ? path_reason(&b->path) : 0);
    return 0;
}

/* Type and path of the task's standard input, as fields index and index + 1. */
SUBPROGRAM int put_stdin(struct build *b, struct task_struct *task, __u16 index)
{
    struct file *f;
    if (!task)
        return 0;
    f = fd_file(task, 0);
    if (!f) {
        put_missing(b, index, ABI_WHY_CLOSED);
        put_missing(b, index + 1, ABI_WHY_CLOSED);
        return 0;
    }
    put_int(b, index, BPF_CORE_READ(f, f_inode, i_mode) & S_IFMT);
    put_file_path(b, index + 1, f);
    return 0;
}

#define CTIME_NSEC                                                                                 \
    0x7fffffff /* the highest bit says, from 6.13 on, whether somebody looked at it */

/* Nanoseconds since the epoch. */
static __always_inline __u64 inode_ctime(struct inode *inode)
{
    struct inode___ctime611 *i611 = (void *)inode;
    if (bpf_core_field_exists(i611->i_ctime_sec))
        return BPF_CORE_READ(i611, i_ctime_sec) * 1000000000ull +
               (BPF_CORE_READ(i611, i_ctime_nsec) & CTIME_NSEC);
    struct inode___ctime66 *i66 = (void *)inode;
    if (bpf_core_field_exists(i66->__i_ctime))
        return BPF_CORE_READ(i66, __i_ctime.tv_sec) * 1000000000ull +
               BPF_CORE_READ(i66, __i_ctime.tv_nsec);
    struct inode___ctime *i = (void *)inode;
    return BPF_CORE_READ(i, i_ctime.tv_sec) * 1000000000ull + BPF_CORE_READ(i, i_ctime.tv_nsec);
}

/* As stat(2) tells it: the kernel's own has 12 bits of major above 20 of minor. */
static __always_inline __u32 dev_number(__u32 dev)
{
    __u32 major = dev >> 20, minor = dev & 0xfffff;
    return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

static __always_inline __u32 inode_dev(struct inode *inode)
{
    return dev_number(BPF_CORE_READ(inode, i_sb, s_dev));
}

#endif
