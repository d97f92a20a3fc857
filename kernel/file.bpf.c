// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Files, as the kernel itself sees them opened, read, written and changed. */
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SUBPROGRAM int file_open(struct file *file)
{
    struct hook_run h;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    if (!hook_begin(&h, SLOT_security_file_open, false, NULL))
        return 0;
    put_file_path(h.b, FIELD(security_file_open, pathname), file);
    put_int(h.b, FIELD(security_file_open, flags), BPF_CORE_READ(file, f_flags));
    put_int(h.b, FIELD(security_file_open, dev), inode_dev(inode));
    put_int(h.b, FIELD(security_file_open, inode), BPF_CORE_READ(inode, i_ino));
    put_int(h.b, FIELD(security_file_open, ctime), inode_ctime(inode));
    hook_end(&h, EVENT_security_file_open);
    return 0;
}

SECURITY_PROGS(file_open, "file_open", file_open(file), struct file *file)

SUBPROGRAM int vfs_write(struct file *file, __u64 count, long ret)
{
    struct hook_run h;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    if (!hook_begin(&h, SLOT_vfs_write, false, NULL))
        return 0;
    put_file_path(h.b, FIELD(vfs_write, pathname), file);
    put_int(h.b, FIELD(vfs_write, dev), inode_dev(inode));
    put_int(h.b, FIELD(vfs_write, inode), BPF_CORE_READ(inode, i_ino));
    put_int(h.b, FIELD(vfs_write, count), count);
    hook_end_ret(&h, EVENT_vfs_write, ret);
    return 0;
}

RETURN_PROGS(vfs_write, "vfs_write", vfs_write(file, count, ret), struct file *file,
             const char *buf, unsigned long count, __s64 *pos)
