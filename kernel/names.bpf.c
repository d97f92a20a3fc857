// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Names of files: made, changed, removed, listed. */
#include "named.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define AT_REMOVEDIR 0x200
#define NAME_MAX     255

SUBPROGRAM int inode_unlink(struct dentry *dentry)
{
    struct hook_run h;
    struct inode *inode = BPF_CORE_READ(dentry, d_inode);
    if (!hook_begin(&h, SLOT_security_inode_unlink, false, NULL))
        return 0;
    put_dentry_path(h.b, FIELD(security_inode_unlink, pathname), dentry);
    put_int(h.b, FIELD(security_inode_unlink, inode), BPF_CORE_READ(inode, i_ino));
    put_int(h.b, FIELD(security_inode_unlink, dev), inode_dev(inode));
    put_int(h.b, FIELD(security_inode_unlink, ctime), inode_ctime(inode));
    hook_end(&h, EVENT_security_inode_unlink);
    return 0;
}

SECURITY_PROGS(inode_unlink, "inode_unlink", inode_unlink(dentry), void *dir, struct dentry *dentry)

SEC("tp_btf/sys_exit")
int BPF_PROG(on_unlink, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct called c;
    bool at;
    if (ret < 0)
        return 0;
    called_of(&c, bpf_get_current_task_btf(), regs);
    at = c.event == EVENT_unlinkat;
    if ((at && c.args[2] & AT_REMOVEDIR) ||
        !hook_begin(&h, SLOT_security_inode_unlink, false, NULL))
        return 0;
    put_named(h.b, FIELD(security_inode_unlink, pathname), at ? (int)c.args[0] : AT_FDCWD,
              at ? c.args[1] : c.args[0]);
    put_missing(h.b, FIELD(security_inode_unlink, inode), ABI_WHY_UNSUPPORTED);
    put_missing(h.b, FIELD(security_inode_unlink, dev), ABI_WHY_UNSUPPORTED);
    put_missing(h.b, FIELD(security_inode_unlink, ctime), ABI_WHY_UNSUPPORTED);
    hook_end(&h, EVENT_security_inode_unlink);
    return 0;
}

SUBPROGRAM int inode_rename(struct dentry *from, struct dentry *to)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_inode_rename, false, NULL))
        return 0;
    put_dentry_path(h.b, FIELD(security_inode_rename, old_path), from);
    put_dentry_path(h.b, FIELD(security_inode_rename, new_path), to);
    hook_end(&h, EVENT_security_inode_rename);
    return 0;
}

SECURITY_PROGS(inode_rename, "inode_rename", inode_rename(from, to), void *from_dir,
               struct dentry *from, void *to_dir, struct dentry *to)

SEC("tp_btf/sys_exit")
int BPF_PROG(on_rename, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct called c;
    bool at;
    if (ret < 0 || !hook_begin(&h, SLOT_security_inode_rename, false, NULL))
        return 0;
    called_of(&c, h.task, regs);
    at = c.event != EVENT_rename;
    put_named(h.b, FIELD(security_inode_rename, old_path), at ? (int)c.args[0] : AT_FDCWD,
              at ? c.args[1] : c.args[0]);
    put_named(h.b, FIELD(security_inode_rename, new_path), at ? (int)c.args[2] : AT_FDCWD,
              at ? c.args[3] : c.args[1]);
    hook_end(&h, EVENT_security_inode_rename);
    return 0;
}

SUBPROGRAM int inode_symlink(struct dentry *dentry, const char *target)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_inode_symlink, false, NULL))
        return 0;
    put_dentry_path(h.b, FIELD(security_inode_symlink, linkpath), dentry);
    put_kernel_str(h.b, FIELD(security_inode_symlink, target), target);
    hook_end(&h, EVENT_security_inode_symlink);
    return 0;
}

SECURITY_PROGS(inode_symlink, "inode_symlink", inode_symlink(dentry, target), void *dir,
               struct dentry *dentry, const char *target)

SEC("tp_btf/sys_exit")
int BPF_PROG(on_symlink, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct called c;
    bool at;
    if (ret < 0 || !hook_begin(&h, SLOT_security_inode_symlink, false, NULL))
        return 0;
    called_of(&c, h.task, regs);
    at = c.event == EVENT_symlinkat;
    put_named(h.b, FIELD(security_inode_symlink, linkpath), at ? (int)c.args[1] : AT_FDCWD,
              at ? c.args[2] : c.args[1]);
    put_user_str(h.b, FIELD(security_inode_symlink, target), c.args[0]);
    hook_end(&h, EVENT_security_inode_symlink);
    return 0;
}

SUBPROGRAM int inode_mknod(struct dentry *dentry, __u16 mode, __u32 dev)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_inode_mknod, false, NULL))
        return 0;
    put_dentry_path(h.b, FIELD(security_inode_mknod, file_name), dentry);
    put_int(h.b, FIELD(security_inode_mknod, mode), mode);
    put_int(h.b, FIELD(security_inode_mknod, dev), dev_number(dev));
    hook_end(&h, EVENT_security_inode_mknod);
    return 0;
}

SECURITY_PROGS(inode_mknod, "inode_mknod", inode_mknod(dentry, mode, dev), void *dir,
               struct dentry *dentry, unsigned short mode, unsigned int dev)

/* Plain files are made otherwise. Only nodes of devices have a number. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_mknod, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct called c;
    __u64 mode, dev;
    __u32 type;
    bool at;
    if (ret < 0)
        return 0;
    called_of(&c, bpf_get_current_task_btf(), regs);
    at = c.event == EVENT_mknodat;
    mode = at ? c.args[2] : c.args[1];
    dev = at ? c.args[3] : c.args[2];
    type = mode & S_IFMT;
    if (!type || type == S_IFREG || !hook_begin(&h, SLOT_security_inode_mknod, false, NULL))
        return 0;
    put_named(h.b, FIELD(security_inode_mknod, file_name), at ? (int)c.args[0] : AT_FDCWD,
              at ? c.args[1] : c.args[0]);
    put_int(h.b, FIELD(security_inode_mknod, mode), (__u16)mode);
    put_int(h.b, FIELD(security_inode_mknod, dev),
            type == S_IFCHR || type == S_IFBLK ? (__u32)dev : 0);
    hook_end(&h, EVENT_security_inode_mknod);
    return 0;
}

/* An entry of a directory that stands for no inode: programs that list it leave it out. */
SUBPROGRAM int filldir64(const char *name, __u32 len)
{
    struct hook_run h;
    __u32 at = 0;
    char *to;
    if (!hook_begin(&h, SLOT_zeroed_inodes, false, NULL))
        return 0;
    to = put_room(h.b, &at);
    KEEP(len);
    len &= NAME_MAX;
    if (to) {
        if (bpf_probe_read_kernel(to, len, name))
            put_missing(h.b, FIELD(zeroed_inodes, dirent_name), ABI_WHY_FAULT);
        else
            put_done(h.b, FIELD(zeroed_inodes, dirent_name), at, len, 0);
    }
    hook_end(&h, EVENT_zeroed_inodes);
    return 0;
}

ENTRY_PROGS(filldir64, "filldir64", inode ? 0 : filldir64(name, len), void *context,
            const char *name, int len, __u64 offset, __u64 inode)
