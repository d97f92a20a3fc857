// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* File systems mounted and unmounted, files and directories watched. */
#include "named.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define MS_MGC_VAL 0xc0ed0000u /* of old programs, in the upper half: not a flag */
#define MS_MGC_MSK 0xffff0000u

#define IN_ALL_EVENTS       0xfffu
#define FAN_MARK_MOUNT      0x10
#define FAN_MARK_FILESYSTEM 0x100
#define FAN_MARK_FLUSH      0x80

enum watched { WATCHED_INODE, WATCHED_MOUNT, WATCHED_SUPER_BLOCK, WATCHED_NAMESPACE };

SUBPROGRAM int sb_mount(const char *dev, struct path *path, const char *type, __u64 flags)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_sb_mount, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(security_sb_mount, dev_name), dev);
    put_path(h.b, FIELD(security_sb_mount, path), BPF_CORE_READ(path, dentry),
             BPF_CORE_READ(path, mnt));
    put_kernel_str(h.b, FIELD(security_sb_mount, type), type);
    put_int(h.b, FIELD(security_sb_mount, flags), flags);
    hook_end(&h, EVENT_security_sb_mount);
    return 0;
}

SECURITY_PROGS(sb_mount, "sb_mount", sb_mount(dev, path, type, flags), const char *dev,
               struct path *path, const char *type, unsigned long flags)

SEC("tp_btf/sys_exit")
int BPF_PROG(on_mount, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct called c;
    __u64 flags;
    if (ret < 0 || !hook_begin(&h, SLOT_security_sb_mount, false, NULL))
        return 0;
    called_of(&c, h.task, regs);
    flags = c.args[3];
    if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
        flags &= ~(__u64)MS_MGC_MSK;
    put_user_str(h.b, FIELD(security_sb_mount, dev_name), c.args[0]);
    put_named(h.b, FIELD(security_sb_mount, path), AT_FDCWD, c.args[1]);
    put_user_str(h.b, FIELD(security_sb_mount, type), c.args[2]);
    put_int(h.b, FIELD(security_sb_mount, flags), flags);
    hook_end(&h, EVENT_security_sb_mount);
    return 0;
}

SUBPROGRAM int sb_umount(struct vfsmount *mnt, int flags)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_sb_umount, false, NULL))
        return 0;
    put_path(h.b, FIELD(security_sb_umount, mountpoint), BPF_CORE_READ(mnt, mnt_root), mnt);
    put_kernel_str(h.b, FIELD(security_sb_umount, type), BPF_CORE_READ(mnt, mnt_sb, s_type, name));
    put_int(h.b, FIELD(security_sb_umount, flags), (__s64)flags);
    hook_end(&h, EVENT_security_sb_umount);
    return 0;
}

SECURITY_PROGS(sb_umount, "sb_umount", sb_umount(mnt, flags), struct vfsmount *mnt, int flags)

/* The call that only 32-bit programs have takes no flags. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_umount, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct called c;
    if (ret < 0 || !hook_begin(&h, SLOT_security_sb_umount, false, NULL))
        return 0;
    called_of(&c, h.task, regs);
    put_named(h.b, FIELD(security_sb_umount, mountpoint), AT_FDCWD, c.args[0]);
    put_missing(h.b, FIELD(security_sb_umount, type), ABI_WHY_UNSUPPORTED);
    put_int(h.b, FIELD(security_sb_umount, flags),
            c.event == EVENT_umount2 ? (__s64)(int)c.args[1] : 0);
    hook_end(&h, EVENT_security_sb_umount);
    return 0;
}

SUBPROGRAM int path_notify(struct path *path, __u64 mask, __u32 type)
{
    struct hook_run h;
    struct inode *inode = BPF_CORE_READ(path, dentry, d_inode);
    if (!hook_begin(&h, SLOT_security_path_notify, false, NULL))
        return 0;
    put_path(h.b, FIELD(security_path_notify, pathname), BPF_CORE_READ(path, dentry),
             BPF_CORE_READ(path, mnt));
    put_int(h.b, FIELD(security_path_notify, inode), BPF_CORE_READ(inode, i_ino));
    put_int(h.b, FIELD(security_path_notify, dev), inode_dev(inode));
    put_int(h.b, FIELD(security_path_notify, mask), mask);
    put_int(h.b, FIELD(security_path_notify, obj_type), type);
    hook_end(&h, EVENT_security_path_notify);
    return 0;
}

SECURITY_PROGS(path_notify, "path_notify", path_notify(path, mask, type), struct path *path,
               __u64 mask, unsigned int type)

SUBPROGRAM int inotify_find(struct path *path)
{
    struct hook_run h;
    struct inode *inode = BPF_CORE_READ(path, dentry, d_inode);
    if (!hook_begin(&h, SLOT_inotify_watch, false, NULL))
        return 0;
    put_path(h.b, FIELD(inotify_watch, pathname), BPF_CORE_READ(path, dentry),
             BPF_CORE_READ(path, mnt));
    put_int(h.b, FIELD(inotify_watch, inode), BPF_CORE_READ(inode, i_ino));
    put_int(h.b, FIELD(inotify_watch, dev), inode_dev(inode));
    hook_end(&h, EVENT_inotify_watch);
    return 0;
}

/* The function looks the path up: it is known when it returns. */
RETURN_PROGS(inotify_find_inode, "inotify_find_inode", (int)ret ? 0 : inotify_find(path),
             const char *name, struct path *path)

/* What a call that watches was given. */
struct watch {
    __u64 name, mask;
    int dirfd;
    enum watched type;
};

static __always_inline void put_watched(struct build *b, __u16 path, __u16 inode, __u16 dev,
                                        const struct watch *w)
{
    put_named(b, path, w->dirfd, w->name);
    put_missing(b, inode, ABI_WHY_UNSUPPORTED);
    put_missing(b, dev, ABI_WHY_UNSUPPORTED);
}

static __always_inline void watch_of_mark(struct watch *w, const struct called *c)
{
    __u32 flags = (__u32)c->args[1], after = c->compat ? 4 : 3; /* behind the mask */
    w->mask = called_wide(c, 2);
    w->dirfd = (int)c->args[after];
    w->name = c->args[after + 1];
    w->type = flags & FAN_MARK_MOUNT        ? WATCHED_MOUNT
              : flags & FAN_MARK_FILESYSTEM ? WATCHED_SUPER_BLOCK
                                            : WATCHED_INODE;
    if ((flags & (FAN_MARK_MOUNT | FAN_MARK_FILESYSTEM)) == (FAN_MARK_MOUNT | FAN_MARK_FILESYSTEM))
        w->type = WATCHED_NAMESPACE;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_watch, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct called c;
    struct watch w = {.dirfd = AT_FDCWD};
    if (ret < 0)
        return 0;
    called_of(&c, bpf_get_current_task_btf(), regs);
    if (c.event != EVENT_inotify_add_watch) {
        if (c.args[1] & FAN_MARK_FLUSH)
            return 0;
        watch_of_mark(&w, &c);
    } else {
        w.name = c.args[1];
        w.mask = c.args[2] & IN_ALL_EVENTS;
        if (hook_begin(&h, SLOT_inotify_watch, false, NULL)) {
            put_watched(h.b, FIELD(inotify_watch, pathname), FIELD(inotify_watch, inode),
                        FIELD(inotify_watch, dev), &w);
            hook_end(&h, EVENT_inotify_watch);
        }
    }
    if (!hook_begin(&h, SLOT_security_path_notify, false, NULL))
        return 0;
    put_watched(h.b, FIELD(security_path_notify, pathname), FIELD(security_path_notify, inode),
                FIELD(security_path_notify, dev), &w);
    put_int(h.b, FIELD(security_path_notify, mask), w.mask);
    put_int(h.b, FIELD(security_path_notify, obj_type), w.type);
    hook_end(&h, EVENT_security_path_notify);
    return 0;
}
