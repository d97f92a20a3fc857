// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The mount of a bare dentry, looked for once for all programs. */
#include "mounts.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct mounts_loop {
    struct path_walk *w;
};

/* From 6.18 on a list that ends, before one that ends where it began: in the super block. */
static __always_inline void mounts_begin(struct path_mounts *found, struct super_block *sb)
{
    struct super_block___list *list = (struct super_block___list *)sb;
    __u64 instance;
    if (bpf_core_field_exists(struct mount, mnt_next_for_sb)) {
        found->next = (__u64)BPF_CORE_READ(sb, s_mounts);
        found->end = 0;
        return;
    }
    instance = bpf_core_field_offset(struct mount___list, mnt_instance);
    found->next = (__u64)BPF_CORE_READ(list, s_mounts.next) - instance;
    found->end = (__u64)sb + bpf_core_field_offset(struct super_block___list, s_mounts) - instance;
}

static __always_inline struct mount *mounts_next(struct mount *m)
{
    struct mount___list *list = (struct mount___list *)m;
    if (bpf_core_field_exists(struct mount, mnt_next_for_sb))
        return BPF_CORE_READ(m, mnt_next_for_sb);
    return (void *)BPF_CORE_READ(list, mnt_instance.next) -
           bpf_core_field_offset(struct mount___list, mnt_instance);
}

/* Keeps a mount of the whole file system, or else some of parts of it. True when done. */
static long mounts_look(__u32 i, struct mounts_loop *loop)
{
    struct path_walk *w = loop->w;
    struct path_mounts *found = &w->mounts;
    struct mount *m = (struct mount *)found->next;
    __u64 root;
    __u32 n = found->count;
    if (!m || found->next == found->end)
        return 1;
    root = (__u64)BPF_CORE_READ(m, mnt.mnt_root);
    found->next = (__u64)mounts_next(m);
    if ((__u64)BPF_CORE_READ(m, mnt_ns) != found->ns)
        return 0;
    if (root == found->whole_root) {
        found->found = (__u64)m;
        return 1;
    }
    KEEP(n);
    if (n < MOUNT_PARTS) {
        found->roots[n] = root;
        found->mounts[n] = (__u64)m;
        found->count = n + 1;
    }
    return 0;
}

/* Whether the dentry is the root of one of the parts; if not, goes to its directory. */
static long mounts_climb(__u32 i, struct mounts_loop *loop)
{
    struct path_walk *w = loop->w;
    struct path_mounts *found = &w->mounts;
    struct dentry *d = (struct dentry *)w->dentry;
    __u64 parent;
    for (__u32 part = 0; part < MOUNT_PARTS; part++) {
        if (part < found->count && found->roots[part] == w->dentry) {
            found->found = found->mounts[part];
            return 1;
        }
    }
    parent = (__u64)BPF_CORE_READ(d, d_parent);
    if (!parent || parent == w->dentry)
        return 1;
    w->dentry = parent;
    return 0;
}

/* A mount of the whole file system that the task has at hand. */
static __always_inline bool mounts_at_hand(struct path_walk *w, struct vfsmount *mnt)
{
    if ((__u64)BPF_CORE_READ(mnt, mnt_root) != w->mounts.whole_root)
        return false;
    w->mounts.found = (__u64)mount_of(mnt);
    return true;
}

GLOBAL __u64 mounts_find(struct path_walk *w, __u64 dentry)
{
    struct mounts_loop loop = {.w = w};
    struct task_struct *task = bpf_get_current_task_btf();
    struct super_block *sb;
    struct fs_struct *fs;
    if (!w || !dentry)
        return 0;
    sb = BPF_CORE_READ((struct dentry *)dentry, d_sb);
    fs = task_plain(task)->fs;
    w->mounts.found = 0;
    w->mounts.count = 0;
    w->mounts.whole_root = (__u64)BPF_CORE_READ(sb, s_root);
    if (!mounts_at_hand(w, BPF_CORE_READ(fs, root.mnt)) &&
        !mounts_at_hand(w, BPF_CORE_READ(fs, pwd.mnt))) {
        w->mounts.ns = (__u64)task_plain(task)->nsproxy->mnt_ns;
        mounts_begin(&w->mounts, sb);
        bpf_loop(MOUNTS_LOOKED, mounts_look, &loop, 0);
        w->dentry = dentry;
        if (!w->mounts.found && w->mounts.count)
            bpf_loop(PATH_PARTS, mounts_climb, &loop, 0);
    }
    return w->mounts.found ? w->mounts.found + bpf_core_field_offset(struct mount, mnt) : 0;
}
