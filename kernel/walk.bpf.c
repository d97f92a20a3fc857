// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The path resolver, once for all programs. */
#include "walk.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PATH_FIRST   5 /* names and mounts that most paths do with: walked without a call each */
#define NAME_MASK    0xff
#define ERR_PTR_MIN  ((__u64)-4095)
#define ANON_NS_INUM 0xeffffff7 /* of a mount namespace without a number, from 6.18 on */

static const char path_pipe[] = "pipe:[%lu]";
static const char path_socket[] = "socket:[%lu]";
static const char path_ns[] = "%s:[%lu]";

struct path_loop {
    struct path_walk *w;
};

#define DENTRY_AT(member) bpf_core_field_offset(struct dentry, member)
#define DENTRY_START      DENTRY_AT(d_hash.pprev)
#define DENTRY_INLINE     (DENTRY_START + __builtin_offsetof(struct path_name, words))
#define DENTRY_HAS(member, of)                                                                     \
    (DENTRY_AT(member) == DENTRY_START + __builtin_offsetof(struct path_name, of))

/* One read for all, but where a kernel was built with its structures shuffled. */
static __always_inline long path_read_name(struct path_name *n, struct dentry *d)
{
    if (DENTRY_HAS(d_parent, parent) && DENTRY_HAS(d_name.len, len) &&
        DENTRY_HAS(d_name.name, name) && DENTRY_HAS(d_inode, inode))
        return bpf_probe_read_kernel(n, sizeof(*n), (void *)d + DENTRY_START);
    __builtin_memset(n, 0, sizeof(*n));
    n->hashed = (__u64)BPF_CORE_READ(d, d_hash.pprev);
    n->parent = (__u64)BPF_CORE_READ(d, d_parent);
    n->len = BPF_CORE_READ(d, d_name.len);
    n->name = (__u64)BPF_CORE_READ(d, d_name.name);
    n->inode = (__u64)BPF_CORE_READ(d, d_inode);
    return n->parent ? 0 : -1;
}

/* The same of a mount; its members are together in every kernel that is not shuffled. */
static __always_inline long path_read_mount(struct path_mount *to, struct mount *m)
{
    __u64 start = bpf_core_field_offset(struct mount, mnt_parent);
    if (bpf_core_field_offset(struct mount, mnt_mountpoint) == start + 8 &&
        bpf_core_field_offset(struct mount, mnt.mnt_root) == start + 16)
        return bpf_probe_read_kernel(to, sizeof(*to), (void *)m + start);
    to->parent = (__u64)BPF_CORE_READ(m, mnt_parent);
    to->mountpoint = (__u64)BPF_CORE_READ(m, mnt_mountpoint);
    to->root = (__u64)BPF_CORE_READ(m, mnt.mnt_root);
    return to->parent ? 0 : -1;
}

static __always_inline bool path_end(struct path_walk *w, enum path_end end)
{
    w->end = end;
    return true;
}

/* What the topmost mount says: whether it is the one looked for, and where else it belongs. */
static __always_inline enum path_end path_top(const struct path_walk *w)
{
    struct mount *top = (struct mount *)w->mnt;
    struct mnt_namespace *ns;
    __u32 inum;
    if (w->mnt == w->ns_root)
        return PATH_WHOLE;
    ns = BPF_CORE_READ(top, mnt_ns);
    if ((__u64)ns >= ERR_PTR_MIN)
        return PATH_INTERNAL;
    if (!ns || w->task_mnt)
        return PATH_UNREACHABLE;
    inum = BPF_CORE_READ(ns, ns.inum);
    return inum && inum != ANON_NS_INUM ? PATH_WHOLE : PATH_UNREACHABLE;
}

/* From the root of a mount to where it is mounted; true at the very top. */
static __always_inline bool path_cross(struct path_walk *w)
{
    if (!w->mount.parent || w->mount.parent == w->mnt)
        return path_end(w, path_top(w));
    w->dentry = w->mount.mountpoint;
    w->mnt = w->mount.parent;
    if (path_read_mount(&w->mount, (struct mount *)w->mnt))
        return path_end(w, PATH_FAULT);
    return false;
}

/*
 * A name that lies in its dentry has been read already: it only has to be moved, in words. The last
 * word's other bytes are those of the path behind it.
 */
static __always_inline void path_put_words(char *to, const __u64 *words, __u32 len)
{
#pragma unroll
    for (__u32 i = 0; i < NAME_INLINE / 8; i++) {
        __u64 *word = (__u64 *)(to + 8 * i), mask;
        if (len < 8 * (i + 1)) {
            mask = (1ull << 8 * (len & 7)) - 1;
            *word = (*word & ~mask) | (words[i] & mask);
            return;
        }
        *word = words[i];
    }
}

/* Puts a name in front and goes to its directory; true at the end. */
static __always_inline bool path_take(struct path_walk *w)
{
    const struct path_name *n = &w->name;
    __u32 len = n->len & NAME_MASK, pos = w->pos;
    if (n->parent == w->dentry) /* of the file system, but not of what is mounted of it */
        return path_end(w, PATH_UNREACHABLE);
    KEEP(pos);
    if (pos > ABI_STR_MAX || pos < len + 2)
        return path_end(w, PATH_LIMIT);
    pos -= len + 1;
    KEEP(pos);
    if (pos > ABI_STR_MAX)
        return path_end(w, PATH_LIMIT);
    char *to = &w->text[pos];
    to[0] = '/';
    if (n->name == w->dentry + DENTRY_INLINE && len < NAME_INLINE)
        path_put_words(to + 1, n->words, len);
    else if (len && bpf_probe_read_kernel(to + 1, len, (void *)n->name))
        return path_end(w, PATH_FAULT);
    w->pos = pos;
    w->dentry = n->parent;
    return false;
}

/* True at the end. */
static __always_inline bool path_step(struct path_walk *w)
{
    if (w->dentry == w->task_root && w->mnt == w->task_mnt)
        return path_end(w, PATH_WHOLE);
    if (w->dentry == w->mount.root)
        return path_cross(w);
    if (path_read_name(&w->name, (struct dentry *)w->dentry))
        return path_end(w, PATH_FAULT);
    return path_take(w);
}

static long path_more(__u32 i, struct path_loop *loop)
{
    return path_step(loop->w);
}

/* uts:[4026531838]: what a namespace is of is known to its operations alone. */
static __always_inline long path_namespace(struct path_walk *w, struct dentry *d)
{
    __u64 ino = w->numbers[0];
    struct ns_common *ns = (struct ns_common *)BPF_CORE_READ(d, d_inode, i_private);
    w->numbers[0] = (__u64)BPF_CORE_READ(ns, ops, name);
    w->numbers[1] = ino;
    return bpf_snprintf(w->text, 64, path_ns, w->numbers, sizeof(w->numbers)) - 1;
}

/*
 * A file without a directory: pipe:[123], socket:[123], anon_inode:[eventpoll], memfd:name. The
 * last is written as policies know it; /proc puts a slash before it and (deleted) behind.
 */
SUBPROGRAM long path_pseudo(struct path_walk *w, struct dentry *d)
{
    static const char anon[] = "anon_inode:", pidfd[] = "anon_inode:[pidfd]";
    unsigned long magic = BPF_CORE_READ(d, d_sb, s_magic);
    long n;
    w->numbers[0] = BPF_CORE_READ(d, d_inode, i_ino);
    w->pos = 0;
    if (magic == PIPEFS_MAGIC)
        return bpf_snprintf(w->text, 64, path_pipe, w->numbers, sizeof(__u64)) - 1;
    if (magic == SOCKFS_MAGIC)
        return bpf_snprintf(w->text, 64, path_socket, w->numbers, sizeof(__u64)) - 1;
    if (magic == NSFS_MAGIC)
        return path_namespace(w, d);
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

/* Makes room in front; false where there is none. */
static __always_inline bool path_room(struct path_walk *w, __u32 n)
{
    __u32 pos = w->pos;
    KEEP(pos);
    if (pos > ABI_STR_MAX || pos <= n)
        return false;
    w->pos = pos - n;
    return true;
}

/* Puts a text in front; false where there is no room. */
#define path_prepend(w, text_)                                                                     \
    ({                                                                                             \
        bool fits_ = path_room(w, sizeof(text_) - 1);                                              \
        __u32 at_ = (w)->pos;                                                                      \
        KEEP(at_);                                                                                 \
        fits_ = fits_ && at_ <= ABI_STR_MAX;                                                       \
        if (fits_)                                                                                 \
            __builtin_memcpy(&(w)->text[at_], text_, sizeof(text_) - 1);                           \
        fits_;                                                                                     \
    })

/* What the end of the way means for the text. Returns its length. */
static __always_inline long path_finish(struct path_walk *w, __u32 start)
{
    bool empty = w->pos == start;
    if (w->end == PATH_LIMIT || w->end == PATH_FAULT) {
        w->pos += !empty; /* without its slash: the beginning of this path is not the root */
        return ABI_STR_MAX - (long)w->pos;
    }
    if (empty)
        path_prepend(w, "/");
    if (w->end != PATH_WHOLE && !path_prepend(w, "(unreachable)")) {
        w->end = PATH_LIMIT;
        w->pos++;
    }
    return ABI_STR_MAX - (long)w->pos;
}

/* Where the current task's paths begin. */
static __always_inline void path_roots(struct path_walk *w, bool of_task)
{
    struct task_struct *task = task_plain(bpf_get_current_task_btf());
    w->ns_root = (__u64)task->nsproxy->mnt_ns->root;
    w->task_root = 0;
    w->task_mnt = 0;
    if (paths_of_task && of_task) {
        struct fs_struct *fs = task->fs;
        w->ns_root = 0;
        w->task_root = (__u64)BPF_CORE_READ(fs, root.dentry);
        w->task_mnt = (__u64)mount_of(BPF_CORE_READ(fs, root.mnt));
    }
}

/* Whether /proc shows the file by a name that its file system makes up. */
static __always_inline bool path_is_pseudo(struct path_walk *w, struct dentry *d)
{
    return w->name.parent == (__u64)d && BPF_CORE_READ(d, d_op, d_dname);
}

GLOBAL long path_resolve(struct path_walk *w, __u64 dentry, __u64 vfsmount, int of_task)
{
    struct path_loop loop = {.w = w};
    __u32 start;
    if (!w)
        return -1;
    path_roots(w, of_task);
    if (!dentry || path_read_name(&w->name, (struct dentry *)dentry))
        return -1;
    w->end = PATH_LIMIT;
    w->dentry = dentry;
    w->mnt = (__u64)mount_of((struct vfsmount *)vfsmount);
    w->mount.root = 0;
    if (w->mnt && path_read_mount(&w->mount, (struct mount *)w->mnt))
        return -1;
    if (dentry != w->mount.root && path_is_pseudo(w, (struct dentry *)dentry)) {
        w->end = PATH_WHOLE;
        return path_pseudo(w, (struct dentry *)dentry);
    }
    w->pos = ABI_STR_MAX;
    if (!w->name.hashed && w->name.inode && w->name.parent != dentry)
        path_prepend(w, " (deleted)");
    start = w->pos;
    if (dentry == w->mount.root || (dentry == w->task_root && w->mnt == w->task_mnt) ||
        !path_take(w)) {
#pragma clang loop unroll(disable)
        for (__u32 i = 0; i < PATH_FIRST; i++)
            if (path_step(w))
                return path_finish(w, start);
        bpf_loop(PATH_PARTS, path_more, &loop, 0);
    }
    return path_finish(w, start);
}
