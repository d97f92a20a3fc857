/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Paths of files, put together from the last name to the first, across mounts, up to the root of
 * the mount namespace. What has no path gets the name that /proc/PID/fd shows for it.
 */
#ifndef RATEL_PATH_BPF_H
#define RATEL_PATH_BPF_H

#include "build.bpf.h"

#define PATH_PARTS 512 /* names and mounts walked through */
#define NAME_MASK  0xff
#define S_IFMT     0170000

enum {
    PIPEFS_MAGIC = 0x50495045,
    SOCKFS_MAGIC = 0x534F434B,
    ANON_INODE_FS_MAGIC = 0x09041934,
    PIDFS_MAGIC = 0x50494446,
    NSFS_MAGIC = 0x6e736673,
};

static const char path_pipe[] = "pipe:[%lu]";
static const char path_socket[] = "socket:[%lu]";
static const char path_ns[] = "%s:[%lu]";

struct path_loop {
    struct path_walk *w;
};

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
    return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

/* From the root of a mount to where it is mounted; true at the very top. */
static __always_inline bool path_cross(struct path_walk *w)
{
    struct mount *m = (struct mount *)w->mnt;
    struct mount *parent;
    if (!m)
        return true;
    parent = BPF_CORE_READ(m, mnt_parent);
    if (!parent || parent == m)
        return true;
    w->dentry = (__u64)BPF_CORE_READ(m, mnt_mountpoint);
    w->mnt = (__u64)parent;
    w->mnt_root = (__u64)BPF_CORE_READ(parent, mnt.mnt_root);
    return false;
}

static long path_step(__u32 i, struct path_loop *loop)
{
    struct path_walk *w = loop->w;
    struct dentry *d = (struct dentry *)w->dentry;
    struct dentry *parent;
    const unsigned char *name;
    __u32 len, pos;
    if (w->dentry == w->mnt_root) {
        w->done = path_cross(w);
        return w->done;
    }
    parent = BPF_CORE_READ(d, d_parent);
    if (!parent || parent == d) {
        w->done = 1;
        return 1;
    }
    len = BPF_CORE_READ(d, d_name.len) & NAME_MASK;
    name = BPF_CORE_READ(d, d_name.name);
    pos = w->pos;
    KEEP(pos);
    if (pos > ABI_STR_MAX || pos < len + 2)
        return 1;
    pos -= len + 1;
    KEEP(pos);
    if (pos > ABI_STR_MAX)
        return 1;
    w->text[pos] = '/';
    if (len && bpf_probe_read_kernel(&w->text[pos + 1], len, name))
        return 1;
    w->pos = pos;
    w->parts++;
    w->dentry = (__u64)parent;
    return 0;
}

static __always_inline void path_suffix(struct path_walk *w)
{
    static const char deleted[] = " (deleted)";
    w->pos = ABI_STR_MAX - (sizeof(deleted) - 1);
    __builtin_memcpy(&w->text[ABI_STR_MAX - (sizeof(deleted) - 1)], deleted, sizeof(deleted) - 1);
}

/* uts:[4026531838]: what a namespace is of is known to its operations alone. */
static __always_inline long path_namespace(struct path_walk *w, struct dentry *d, __u64 ino)
{
    struct ns_common *ns = (struct ns_common *)BPF_CORE_READ(d, d_inode, i_private);
    __u64 args[2] = {(__u64)BPF_CORE_READ(ns, ops, name), ino};
    return bpf_snprintf(w->text, 64, path_ns, args, sizeof(args)) - 1;
}

/*
 * A file without a directory: pipe:[123], socket:[123], anon_inode:[eventpoll], memfd:name. The
 * last is written as policies know it; /proc puts a slash before it and (deleted) behind.
 */
SUBPROGRAM long path_pseudo(struct path_walk *w, struct dentry *d)
{
    static const char anon[] = "anon_inode:", pidfd[] = "anon_inode:[pidfd]";
    unsigned long magic = BPF_CORE_READ(d, d_sb, s_magic);
    __u64 ino = BPF_CORE_READ(d, d_inode, i_ino);
    long n;
    w->pos = 0;
    if (magic == PIPEFS_MAGIC)
        return bpf_snprintf(w->text, 64, path_pipe, &ino, sizeof(ino)) - 1;
    if (magic == SOCKFS_MAGIC)
        return bpf_snprintf(w->text, 64, path_socket, &ino, sizeof(ino)) - 1;
    if (magic == NSFS_MAGIC)
        return path_namespace(w, d, ino);
    if (magic == PIDFS_MAGIC) {
        __builtin_memcpy(w->text, pidfd, sizeof(pidfd) - 1);
        return sizeof(pidfd) - 1;
    }
    if (magic == ANON_INODE_FS_MAGIC) {
        __builtin_memcpy(w->text, anon, sizeof(anon) - 1);
        n = bpf_probe_read_kernel_str(&w->text[sizeof(anon) - 1], 256,
                                      BPF_CORE_READ(d, d_name.name));
        return n > 0 ? n - 1 + (long)sizeof(anon) - 1 : -1;
    }
    n = bpf_probe_read_kernel_str(w->text, 256, BPF_CORE_READ(d, d_name.name));
    return n > 0 ? n - 1 : -1;
}

/*
 * Length of the path, which then begins at w->text[w->pos]; negative when there is none. Without a
 * mount it is the path in the dentry's file system. Not
 * complete (w->done 0) when it has too many parts or bytes: then it is the end of the path.
 */
GLOBAL long path_resolve(struct path_walk *w, __u64 dentry, __u64 vfsmount)
{
    struct dentry *d = (void *)dentry, *parent, *root;
    struct vfsmount *mnt = (void *)vfsmount;
    struct path_loop loop = {.w = w};
    if (!w || !d)
        return -1;
    parent = BPF_CORE_READ(d, d_parent);
    root = mnt ? BPF_CORE_READ(mnt, mnt_root) : BPF_CORE_READ(d, d_sb, s_root);
    w->done = 1;
    if (parent == d && d != root)
        return path_pseudo(w, d);
    w->dentry = (__u64)d;
    w->mnt = mnt ? (__u64)mount_of(mnt) : 0;
    w->mnt_root = (__u64)root;
    w->parts = 0;
    w->done = 0;
    w->pos = ABI_STR_MAX;
    if (parent != d && !BPF_CORE_READ(d, d_hash.pprev))
        path_suffix(w);
    bpf_loop(PATH_PARTS, path_step, &loop, 0);
    if (!w->parts) {
        w->pos = ABI_STR_MAX - 1;
        w->text[ABI_STR_MAX - 1] = '/';
    }
    return ABI_STR_MAX - (long)w->pos;
}

/* Copies what path_resolve found to where the record goes on. Returns its length. */
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

SUBPROGRAM int put_path(struct build *b, __u16 index, struct dentry *d, struct vfsmount *mnt)
{
    __u32 at = 0, len;
    char *to;
    long n = path_resolve(&b->path, (__u64)d, (__u64)mnt);
    to = put_room(b, &at);
    if (!to)
        return 0;
    len = n > 0 ? path_copy(b, to, n) : 0;
    if (!len)
        put_missing(b, index, d ? ABI_WHY_FAULT : ABI_WHY_CLOSED);
    else
        put_done(b, index, at, len, b->path.done ? 0 : ABI_WHY_LIMIT);
    return 0;
}

/*
 * For hooks that are told of a dentry and no mount, such as those of inodes: the path in its file
 * system.
 */
static __always_inline void put_dentry_path(struct build *b, __u16 index, struct dentry *d)
{
    put_path(b, index, d, NULL);
}

static __always_inline void put_file_path(struct build *b, __u16 index, struct file *f)
{
    struct dentry *d = f ? BPF_CORE_READ(f, f_path.dentry) : NULL;
    struct vfsmount *mnt = f ? BPF_CORE_READ(f, f_path.mnt) : NULL;
    put_path(b, index, d, mnt);
}

/* The current task's open file, or NULL. */
static __always_inline struct file *fd_file(struct task_struct *task, int fd)
{
    struct fdtable *fdt = task->files->fdt;
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
    n = path_resolve(&b->path, (__u64)BPF_CORE_READ(f, f_path.dentry),
                     (__u64)BPF_CORE_READ(f, f_path.mnt));
    to = put_room(b, &at);
    if (!to)
        return 0;
    *(__u64 *)to = (__s64)fd;
    if (n > 0)
        len = path_copy(b, to + 8, n);
    put_done(b, index, at, len + 8, b->path.done ? 0 : ABI_WHY_LIMIT);
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
static __always_inline __u32 inode_dev(struct inode *inode)
{
    __u32 dev = BPF_CORE_READ(inode, i_sb, s_dev);
    __u32 major = dev >> 20, minor = dev & 0xfffff;
    return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

#endif
