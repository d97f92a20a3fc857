/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What the running system call was given, and paths as it names them. A hook inside of the kernel
 * looks it up; a program that follows a call's return has nothing else where the kernel has let go
 * of what it looked at.
 */
#ifndef RATEL_NAMED_BPF_H
#define RATEL_NAMED_BPF_H

#include "events.bpf.h"
#include "hook.bpf.h"

#define AT_FDCWD -100
#define S_IFREG  0100000
#define S_IFBLK  0060000
#define S_IFCHR  0020000
#define S_IFIFO  0010000
#define S_IFSOCK 0140000

/* A call that returned, or that is running. */
struct called {
    struct task_struct *task;
    __u16 event; /* catalog id of the call */
    bool compat;
    __u64 args[6];
};

static __always_inline void called_of(struct called *c, struct task_struct *task,
                                      const struct pt_regs *regs)
{
    c->task = task;
    c->compat = task_in_compat(task);
    c->event = plan_of((__u32)regs_syscall(regs), c->compat)->event;
    regs_args(regs, c->compat, c->args);
}

/* A 64-bit number that 32-bit calls pass in two registers. */
static __always_inline __u64 called_wide(const struct called *c, __u32 reg)
{
    return c->compat ? (__u32)c->args[reg] | c->args[(reg + 1) & 7] << 32 : c->args[reg];
}

/* Which argument of a call that opens a file is its path; -1: it names none. */
static __always_inline int opened_name(__u16 event)
{
    switch (event) {
    case EVENT_open:
    case EVENT_creat:
    case EVENT_execve:
    case EVENT_uselib:
    case EVENT_acct:
    case EVENT_swapon:
        return 0;
    case EVENT_openat:
    case EVENT_openat2:
    case EVENT_execveat:
        return 1;
    }
    return -1;
}

/* The path that the running call was given to open, as it stands in the task's memory. */
SUBPROGRAM int put_opened_name(struct build *b, __u16 index)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct called c;
    int reg;
    if (task->flags & PF_KTHREAD) {
        put_missing(b, index, ABI_WHY_ABSENT);
        return 0;
    }
    called_of(&c, task, (struct pt_regs *)bpf_task_pt_regs(task));
    reg = opened_name(c.event);
    if (reg < 0)
        put_missing(b, index, ABI_WHY_ABSENT);
    else
        put_user_str(b, index, reg ? c.args[1] : c.args[0]);
    return 0;
}

/* Where a path that a call was given begins: the task's root, its directory, or a descriptor. */
static __always_inline void put_start(struct build *b, __u16 index, int dirfd, bool absolute)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct fs_struct *fs = task_plain(task)->fs;
    if (absolute)
        put_path(b, index, BPF_CORE_READ(fs, root.dentry), BPF_CORE_READ(fs, root.mnt));
    else if (dirfd == AT_FDCWD)
        put_path(b, index, BPF_CORE_READ(fs, pwd.dentry), BPF_CORE_READ(fs, pwd.mnt));
    else
        put_file_path(b, index, fd_file(task, dirfd));
}

/* The last field, which begins at byte at of the record, is missing after all. */
static __always_inline void put_again(struct build *b, __u16 index, __u32 at, enum abi_reason why)
{
    b->len = at;
    b->fields--;
    put_missing(b, index, why);
}

/*
 * Puts the path that a call was given behind the path where it begins, which is the last field of
 * the record, at its byte at: absolute, but neither are its links followed nor its dots removed.
 */
static __always_inline void join_path(struct build *b, __u16 index, __u32 at, __u64 name)
{
    char *text;
    __u32 len;
    long n;
    KEEP(at);
    if (at > BUILD_MAX)
        return;
    len = ((struct abi_field *)&b->data[at])->len;
    text = &b->data[at + sizeof(struct abi_field)];
    KEEP(len);
    if (len > ABI_STR_MAX)
        return;
    if (len == 1) /* the root */
        len = 0;
    text[len] = '/';
    n = read_str(text + len + 1, ABI_STR_MAX, name, true);
    if (n <= 0) {
        put_again(b, index, at, ABI_WHY_FAULT);
        return;
    }
    b->fields--;
    if (len + (__u32)n >= ABI_STR_MAX)
        put_done(b, index, at, ABI_STR_MAX - 1, ABI_WHY_LIMIT);
    else
        put_done(b, index, at, len + (__u32)n, 0);
}

/* The path at address name that a call was given, from dirfd. None (0 or "") is dirfd itself. */
GLOBAL int put_named(struct build *b, __u16 index, int dirfd, __u64 name)
{
    char first[2] = {};
    __u8 status;
    __u32 at;
    if (!b)
        return 0;
    at = b->len;
    if (name && read_str(first, sizeof(first), name, true) <= 0) {
        put_missing(b, index, ABI_WHY_FAULT);
        return 0;
    }
    put_start(b, index, dirfd, first[0] == '/');
    KEEP(at);
    if (!first[0] || at > BUILD_MAX)
        return 0;
    status = ((struct abi_field *)&b->data[at])->status;
    if (status == ABI_PRESENT)
        join_path(b, index, at, name + (first[0] == '/'));
    else if (status == ABI_TRUNCATED)
        put_again(b, index, at, ABI_WHY_LIMIT);
    return 0;
}

#endif
