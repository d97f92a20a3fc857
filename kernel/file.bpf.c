// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Files opened, cut, and given other modes and times; working directories. */
#include "named.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define O_CREAT        0100
#define O_EXCL         0200
#define O_NOCTTY       0400
#define O_TRUNC        01000
#define O_AT_OPEN_ONLY (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC)

#define FMODE_PATH    0x4000
#define FMODE_CREATED 0x100000

#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe

/* Fields of a file that may be gone by now. */
#define PUT_INODE(b, event, dev, inode, i)                                                         \
    do {                                                                                           \
        put_int(b, FIELD(event, dev), inode_dev(i));                                               \
        put_int(b, FIELD(event, inode), BPF_CORE_READ(i, i_ino));                                  \
    } while (0)

#define PUT_NO_INODE(b, event, dev, inode, why)                                                    \
    do {                                                                                           \
        put_missing(b, FIELD(event, dev), why);                                                    \
        put_missing(b, FIELD(event, inode), why);                                                  \
    } while (0)

static __always_inline void put_opened(struct hook_run *h, struct file *file, __u32 flags)
{
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    put_file_path(h->b, FIELD(security_file_open, pathname), file);
    put_int(h->b, FIELD(security_file_open, flags), flags);
    PUT_INODE(h->b, security_file_open, dev, inode, inode);
    put_int(h->b, FIELD(security_file_open, ctime), inode_ctime(inode));
    put_opened_name(h->b, FIELD(security_file_open, syscall_pathname));
    hook_end(h, EVENT_security_file_open);
}

SUBPROGRAM int file_open(struct file *file)
{
    struct hook_run h;
    if (hook_begin(&h, SLOT_security_file_open, false, NULL))
        put_opened(&h, file, BPF_CORE_READ(file, f_flags));
    return 0;
}

SECURITY_PROGS(file_open, "file_open", file_open(file), struct file *file)

static __always_inline void put_truncated(struct hook_run *h, struct inode *inode, __u64 length)
{
    PUT_INODE(h->b, do_truncate, dev, inode, inode);
    put_int(h->b, FIELD(do_truncate, length), length);
    hook_end(h, EVENT_do_truncate);
}

SUBPROGRAM int truncate_file(struct file *file, __u64 length)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_do_truncate, false, NULL))
        return 0;
    put_file_path(h.b, FIELD(do_truncate, pathname), file);
    put_truncated(&h, BPF_CORE_READ(file, f_inode), length);
    return 0;
}

SUBPROGRAM int truncate_dentry(struct dentry *dentry, __u64 length)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_do_truncate, false, NULL))
        return 0;
    put_dentry_path(h.b, FIELD(do_truncate, pathname), dentry);
    put_truncated(&h, BPF_CORE_READ(dentry, d_inode), length);
    return 0;
}

ENTRY_PROGS(do_truncate, "do_truncate",
            file ? truncate_file(file, length) : truncate_dentry(dentry, length), void *idmap,
            struct dentry *dentry, __u64 length, unsigned int attrs, struct file *file)

/* What was asked for, of which the open file keeps only a part. */
static __always_inline __u32 opening_flags(const struct called *c)
{
    __u64 flags = 0;
    switch (c->event) {
    case EVENT_open:
        return c->args[1];
    case EVENT_openat:
        return c->args[2];
    case EVENT_creat:
        return O_CREAT | O_TRUNC;
    case EVENT_openat2: /* the first member of struct open_how */
        bpf_probe_read_user(&flags, sizeof(flags), (void *)c->args[2]);
    }
    return flags;
}

static __always_inline bool truncates(struct file *file, __u32 flags)
{
    return flags & O_TRUNC && !(BPF_CORE_READ(file, f_mode) & FMODE_CREATED) &&
           (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFREG;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_open, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct hook_run h;
    struct called c;
    struct file *file;
    __u32 flags;
    if (ret < 0)
        return 0;
    file = fd_file(task, (int)ret);
    if (!file ||
        BPF_CORE_READ(file, f_mode) & FMODE_PATH) /* closed by another thread; not opened */
        return 0;
    called_of(&c, task, regs);
    flags = opening_flags(&c);
    if (hook_begin(&h, SLOT_security_file_open, false, NULL))
        put_opened(&h, file, BPF_CORE_READ(file, f_flags) | (flags & O_AT_OPEN_ONLY));
    if (truncates(file, flags))
        truncate_file(file, 0);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_truncate, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct hook_run h;
    struct called c;
    if (ret < 0)
        return 0;
    called_of(&c, task, regs);
    if (c.event == EVENT_ftruncate || c.event == EVENT_ftruncate64) {
        struct file *file = fd_file(task, (int)c.args[0]);
        if (file)
            truncate_file(file, called_wide(&c, 1));
        return 0;
    }
    if (!hook_begin(&h, SLOT_do_truncate, false, NULL))
        return 0;
    put_named(h.b, FIELD(do_truncate, pathname), AT_FDCWD, c.args[0]);
    PUT_NO_INODE(h.b, do_truncate, dev, inode, ABI_WHY_UNSUPPORTED);
    put_int(h.b, FIELD(do_truncate, length), called_wide(&c, 1));
    hook_end(&h, EVENT_do_truncate);
    return 0;
}

SUBPROGRAM int chmod_common(struct path *path, __u16 mode, long ret)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_chmod_common, false, NULL))
        return 0;
    put_path(h.b, FIELD(chmod_common, pathname), BPF_CORE_READ(path, dentry),
             BPF_CORE_READ(path, mnt));
    put_int(h.b, FIELD(chmod_common, mode), mode);
    hook_end_ret(&h, EVENT_chmod_common, ret);
    return 0;
}

RETURN_PROGS(chmod_common, "chmod_common", chmod_common(path, mode, (int)ret), struct path *path,
             unsigned short mode)

SEC("tp_btf/sys_exit")
int BPF_PROG(on_chmod, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct hook_run h;
    struct called c;
    if (ret < 0 || !hook_begin(&h, SLOT_chmod_common, false, NULL))
        return 0;
    called_of(&c, task, regs);
    if (c.event == EVENT_fchmod)
        put_file_path(h.b, FIELD(chmod_common, pathname), fd_file(task, (int)c.args[0]));
    else if (c.event == EVENT_chmod)
        put_named(h.b, FIELD(chmod_common, pathname), AT_FDCWD, c.args[0]);
    else
        put_named(h.b, FIELD(chmod_common, pathname), (int)c.args[0], c.args[1]);
    put_int(h.b, FIELD(chmod_common, mode),
            (__u16)(c.event == EVENT_fchmod || c.event == EVENT_chmod ? c.args[1] : c.args[2]));
    hook_end_ret(&h, EVENT_chmod_common, ret);
    return 0;
}

/* A time that is set; none where it is the present one or stays as it is. */
static __always_inline void put_utime(struct build *b, __u16 index, struct timespec64 *t)
{
    __u64 nsec = t ? BPF_CORE_READ(t, tv_nsec) : UTIME_NOW;
    if (nsec >= UTIME_OMIT)
        put_missing(b, index, ABI_WHY_ABSENT);
    else
        put_int(b, index, BPF_CORE_READ(t, tv_sec) * 1000000000ull + nsec);
}

SUBPROGRAM int vfs_utimes(struct path *path, struct timespec64 *times)
{
    struct hook_run h;
    struct inode *inode = BPF_CORE_READ(path, dentry, d_inode);
    if (!hook_begin(&h, SLOT_vfs_utimes, false, NULL))
        return 0;
    put_path(h.b, FIELD(vfs_utimes, pathname), BPF_CORE_READ(path, dentry),
             BPF_CORE_READ(path, mnt));
    PUT_INODE(h.b, vfs_utimes, dev, inode, inode);
    put_utime(h.b, FIELD(vfs_utimes, atime), times);
    put_utime(h.b, FIELD(vfs_utimes, mtime),
              times ? (void *)times + bpf_core_type_size(struct timespec64) : NULL);
    hook_end(&h, EVENT_vfs_utimes);
    return 0;
}

ENTRY_PROGS(vfs_utimes, "vfs_utimes", vfs_utimes(path, times), struct path *path,
            struct timespec64 *times)

/* Of a pair of times as a call was given it. */
struct given_times {
    __u64 from; /* address; 0: now */
    __u32 wide; /* bytes of a number */
    __u32 unit; /* nanoseconds of the second number of each, 0 where there is none */
};

static __always_inline __u64 given_number(const struct given_times *t, __u32 i)
{
    __u64 v = 0;
    __s32 narrow = 0;
    if (t->wide == 8) {
        bpf_probe_read_user(&v, sizeof(v), (void *)(t->from + i * 8));
        return v;
    }
    bpf_probe_read_user(&narrow, sizeof(narrow), (void *)(t->from + i * 4));
    return (__u64)(__s64)narrow;
}

GLOBAL int put_given_time(struct build *b, __u16 index, const struct given_times *t, bool second)
{
    __u64 part;
    __u32 at = 0;
    if (!b || !t)
        return 0;
    if (second)
        at = t->unit ? 2 : 1;
    part = t->unit ? given_number(t, at + 1) : 0;
    if (!t->from || (t->unit == 1 && part >= UTIME_OMIT))
        put_missing(b, index, ABI_WHY_ABSENT);
    else
        put_int(b, index, given_number(t, at) * 1000000000ull + part * t->unit);
    return 0;
}

static __always_inline bool utimes_at(const struct called *c)
{
    return c->event != EVENT_utime && c->event != EVENT_utimes;
}

/* Only utimensat's numbers are as wide for a 32-bit program. */
static __always_inline void times_of(struct given_times *t, const struct called *c)
{
    bool nsec = c->event == EVENT_utimensat || c->event == EVENT_utimensat_time32;
    t->from = utimes_at(c) ? c->args[2] : c->args[1];
    t->wide = c->compat && c->event != EVENT_utimensat ? 4 : 8;
    t->unit = nsec ? 1 : c->event == EVENT_utime ? 0 : 1000;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_utimes, struct pt_regs *regs, long ret)
{
    struct given_times t;
    struct hook_run h;
    struct called c;
    struct inode *inode;
    struct file *file = NULL;
    bool at;
    if (ret < 0 || !hook_begin(&h, SLOT_vfs_utimes, false, NULL))
        return 0;
    called_of(&c, h.task, regs);
    at = utimes_at(&c);
    if (at && !c.args[1])
        file = fd_file(h.task, (int)c.args[0]);
    if (file) {
        put_file_path(h.b, FIELD(vfs_utimes, pathname), file);
        inode = BPF_CORE_READ(file, f_inode);
        PUT_INODE(h.b, vfs_utimes, dev, inode, inode);
    } else {
        put_named(h.b, FIELD(vfs_utimes, pathname), at ? (int)c.args[0] : AT_FDCWD,
                  at ? c.args[1] : c.args[0]);
        PUT_NO_INODE(h.b, vfs_utimes, dev, inode, ABI_WHY_UNSUPPORTED);
    }
    times_of(&t, &c);
    put_given_time(h.b, FIELD(vfs_utimes, atime), &t, false);
    put_given_time(h.b, FIELD(vfs_utimes, mtime), &t, true);
    hook_end(&h, EVENT_vfs_utimes);
    return 0;
}

static __always_inline void put_directory(struct hook_run *h, __u64 given, struct dentry *d,
                                          struct vfsmount *mnt)
{
    if (given)
        put_user_str(h->b, FIELD(set_fs_pwd, unresolved_path), given);
    else
        put_missing(h->b, FIELD(set_fs_pwd, unresolved_path), ABI_WHY_ABSENT);
    put_path(h->b, FIELD(set_fs_pwd, resolved_path), d, mnt);
    hook_end(h, EVENT_set_fs_pwd);
}

SUBPROGRAM int set_fs_pwd(struct path *path)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct hook_run h;
    struct called c;
    if (!hook_begin(&h, SLOT_set_fs_pwd, false, NULL))
        return 0;
    called_of(&c, task, (struct pt_regs *)bpf_task_pt_regs(task));
    put_directory(&h, c.event == EVENT_chdir ? c.args[0] : 0, BPF_CORE_READ(path, dentry),
                  BPF_CORE_READ(path, mnt));
    return 0;
}

ENTRY_PROGS(set_fs_pwd, "set_fs_pwd", set_fs_pwd(path), void *fs, struct path *path)

SEC("tp_btf/sys_exit")
int BPF_PROG(on_chdir, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct called c;
    struct fs_struct *fs;
    if (ret < 0 || !hook_begin(&h, SLOT_set_fs_pwd, false, NULL))
        return 0;
    called_of(&c, h.task, regs);
    fs = task_plain(h.task)->fs;
    put_directory(&h, c.event == EVENT_chdir ? c.args[0] : 0, BPF_CORE_READ(fs, pwd.dentry),
                  BPF_CORE_READ(fs, pwd.mnt));
    return 0;
}
