// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * prctl(2), and filters of system calls. prctl's check is not watched as a hook of the security
 * modules: they answer it by more than yes and no, and a program there would answer for them.
 */
#include "credential.bpf.h"
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

enum {
    PR_SET_SECCOMP = 22,
    PR_CAPBSET_DROP = 24,
    PR_SET_KEEPCAPS = 8,
    PR_SET_SECUREBITS = 28,
    PR_SET_MM = 35,
    PR_CAP_AMBIENT = 47,
    PR_CAP_AMBIENT_IS_SET = 1,
    PR_SET_VMA = 0x53564d41,
    PR_SET_VMA_ANON_NAME = 0,
};

enum { PR_SET_MM_AUXV = 12, PR_SET_MM_EXE_FILE = 13, PR_SET_MM_MAP = 14 };

#define AUXV_MAX 512 /* bytes; a power of two, more than any kernel has */

/* Numbers of the memory map: X(what PR_SET_MM calls it, its name) */
#define MM_NUMBERS(X)                                                                              \
    X(1, start_code)                                                                               \
    X(2, end_code)                                                                                 \
    X(3, start_data)                                                                               \
    X(4, end_data)                                                                                 \
    X(6, start_brk)                                                                                \
    X(7, brk)                                                                                      \
    X(5, start_stack)                                                                              \
    X(8, arg_start)                                                                                \
    X(9, arg_end)                                                                                  \
    X(10, env_start)                                                                               \
    X(11, env_end)

/* As PR_SET_MM_MAP takes it (struct prctl_mm_map). */
struct mm_map {
#define X(number, name) __u64 name;
    MM_NUMBERS(X)
#undef X
    __u64 auxv;
    __u32 auxv_size;
    __s32 exe_fd;
};

struct prctl_call {
    __u64 arg2, arg3, arg4, arg5;
    int option;
    __u32 returned; /* what was before is gone */
};

#define PRCTL(field) FIELD(security_task_prctl, field)

/* What the fields of the memory map are to say. */
struct mm_change {
    struct mm_map map;
    struct mm_struct *mm;
    __u32 part; /* PR_SET_MM_* */
    __u32 returned;
};

static __always_inline void put_number(struct build *b, __u16 old_index, __u16 new_index, __u64 old,
                                       __u64 new, bool returned)
{
    if (returned)
        put_missing(b, old_index, ABI_WHY_UNSUPPORTED);
    else
        put_int(b, old_index, old);
    put_int(b, new_index, new);
}

/* Once for all that call it: eleven numbers, any of which may be asked for, are many paths. */
GLOBAL int put_mm_numbers(struct build *b, const struct mm_change *c)
{
    struct mm_struct *mm;
    if (!b || !c)
        return 0;
    mm = c->mm;
#define X(number, name)                                                                            \
    if (c->part == (number) || c->part == PR_SET_MM_MAP)                                           \
        put_number(b, PRCTL(old_##name), PRCTL(new_##name), BPF_CORE_READ(mm, name), c->map.name,  \
                   c->returned);
    MM_NUMBERS(X)
#undef X
    return DONE;
}

SUBPROGRAM int put_old_auxv(struct build *b, const struct mm_struct *mm)
{
    __u32 n = bpf_core_field_size(mm->saved_auxv), at = 0;
    const char *from = (const char *)mm + bpf_core_field_offset(struct mm_struct, saved_auxv);
    char *to = put_room(b, &at);
    if (n > AUXV_MAX)
        n = AUXV_MAX;
    if (!to)
        return 0;
    if (bpf_probe_read_kernel(to, n, from))
        put_missing(b, PRCTL(old_auxv), ABI_WHY_FAULT);
    else
        put_done(b, PRCTL(old_auxv), at, n, 0);
    return 0;
}

SUBPROGRAM int put_exe(struct build *b, __u16 index, struct file *f)
{
    struct inode *inode = BPF_CORE_READ(f, f_inode);
    put_file_path(b, index, f);
    if (!f) {
        for (__u16 i = 1; i <= 4; i++)
            put_missing(b, index + i, ABI_WHY_CLOSED);
        return 0;
    }
    put_int(b, index + 1, inode_dev(inode));
    put_int(b, index + 2, BPF_CORE_READ(inode, i_ino));
    put_int(b, index + 3, inode_ctime(inode));
    put_int(b, index + 4, BPF_CORE_READ(inode, i_mode));
    return 0;
}

SUBPROGRAM int put_auxvs(struct build *b, const struct mm_change *c)
{
    if (c->returned)
        put_missing(b, PRCTL(old_auxv), ABI_WHY_UNSUPPORTED);
    else
        put_old_auxv(b, c->mm);
    put_user_mem(b, PRCTL(new_auxv), c->map.auxv, c->map.auxv_size, AUXV_MAX);
    return DONE;
}

/* The program's file, by a descriptor that is an argument or the last member of the map. */
SUBPROGRAM int put_exes(struct build *b, const struct prctl_call *p)
{
    struct task_struct *task = bpf_get_current_task_btf();
    int fd = (int)p->arg3;
    if (p->arg2 == PR_SET_MM_MAP &&
        (bpf_probe_read_user(&fd, sizeof(fd), &((struct mm_map *)p->arg3)->exe_fd) || fd == -1))
        return DONE;
    if (p->returned)
        for (__u16 i = PRCTL(old_pathname); i <= PRCTL(old_inode_mode); i++)
            put_missing(b, i, ABI_WHY_UNSUPPORTED);
    else
        put_exe(b, PRCTL(old_pathname), BPF_CORE_READ(task, mm, exe_file));
    put_exe(b, PRCTL(new_pathname), fd_file(task, fd));
    return DONE;
}

/* What PR_SET_MM is about; a part of the map alone is as if the whole were given. */
SUBPROGRAM int put_mm(struct build *b, const struct prctl_call *p)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct mm_change c = {.part = (__u32)p->arg2, .returned = p->returned};
    c.mm = task_plain(task)->mm;
    if (c.part == PR_SET_MM_MAP) {
        if (bpf_probe_read_user(&c.map, sizeof(c.map), (void *)p->arg3))
            return DONE;
    } else if (c.part == PR_SET_MM_AUXV) {
        c.map.auxv = p->arg3;
        c.map.auxv_size = (__u32)p->arg4;
    } else {
#define X(number, name) c.map.name = p->arg3;
        MM_NUMBERS(X)
#undef X
    }
    put_mm_numbers(b, &c);
    if (c.part == PR_SET_MM_AUXV || (c.part == PR_SET_MM_MAP && c.map.auxv_size))
        CALL(put_auxvs(b, &c));
    return DONE;
}

/* Fields that the option has nothing to do with are left out. */
SUBPROGRAM int prctl_event(const struct prctl_call *p)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_task_prctl, false, NULL))
        return DONE;
    put_int(h.b, PRCTL(option), (__s64)p->option);
    put_int(h.b, PRCTL(arg2), p->arg2);
    put_int(h.b, PRCTL(arg3), p->arg3);
    put_int(h.b, PRCTL(arg4), p->arg4);
    put_int(h.b, PRCTL(arg5), p->arg5);
    if (p->option == PR_SET_VMA && p->arg2 == PR_SET_VMA_ANON_NAME)
        put_user_str(h.b, PRCTL(vma_name), p->arg5);
    if (p->option == PR_SET_MM)
        CALL(put_mm(h.b, p));
    if (p->option == PR_SET_MM && (p->arg2 == PR_SET_MM_EXE_FILE || p->arg2 == PR_SET_MM_MAP))
        CALL(put_exes(h.b, p));
    if (p->option == PR_SET_SECUREBITS && p->returned)
        put_missing(h.b, PRCTL(old_securebits), ABI_WHY_UNSUPPORTED);
    else if (p->option == PR_SET_SECUREBITS)
        put_int(h.b, PRCTL(old_securebits), task_plain(h.task)->cred->securebits);
    hook_end(&h, EVENT_security_task_prctl);
    return DONE;
}

static __always_inline void task_prctl(int option, unsigned long arg2, unsigned long arg3,
                                       unsigned long arg4, unsigned long arg5)
{
    struct prctl_call p = {
        .option = option, .arg2 = arg2, .arg3 = arg3, .arg4 = arg4, .arg5 = arg5};
    CALL(prctl_event(&p));
}

ENTRY_PROGS(security_task_prctl, "security_task_prctl", task_prctl(option, arg2, arg3, arg4, arg5),
            int option, unsigned long arg2, unsigned long arg3, unsigned long arg4,
            unsigned long arg5)

#define SECCOMP(field) FIELD(seccomp_change, field)

enum { SECCOMP_SET_MODE_STRICT = 0, SECCOMP_SET_MODE_FILTER = 1 };
enum { SECCOMP_MODE_STRICT = 1, SECCOMP_MODE_FILTER = 2 };
#define SECCOMP_FILTER_FLAG_NEW_LISTENER 8u

/* How many instructions the filter has; struct sock_fprog begins with it in either table. */
SUBPROGRAM int seccomp_event(__u32 mode, __u32 flags, __u64 program, long ret)
{
    struct hook_run h;
    __u16 n = 0;
    if (!hook_begin(&h, SLOT_seccomp_change, false, NULL))
        return 0;
    put_int(h.b, SECCOMP(mode), mode);
    put_int(h.b, SECCOMP(flags), flags);
    if (mode == SECCOMP_MODE_STRICT)
        put_missing(h.b, SECCOMP(instructions), ABI_WHY_ABSENT);
    else if (bpf_probe_read_user(&n, sizeof(n), (void *)program))
        put_missing(h.b, SECCOMP(instructions), ABI_WHY_FAULT);
    else
        put_int(h.b, SECCOMP(instructions), n);
    hook_end_ret(&h, EVENT_seccomp_change, ret);
    return 0;
}

/* Nothing has changed where the call returns a thread that could not follow, or an error. */
static __always_inline void returned_seccomp(const __u64 *args, long ret)
{
    __u32 operation = (__u32)args[0], flags = (__u32)args[1];
    if (ret < 0 || (ret && !(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER)))
        return;
    if (operation == SECCOMP_SET_MODE_STRICT || operation == SECCOMP_SET_MODE_FILTER)
        seccomp_event(operation + 1, flags, args[2], ret);
}

static __always_inline bool prctl_sets_creds(const __u64 *args, long ret)
{
    switch ((__u32)args[0]) {
    case PR_SET_KEEPCAPS:
    case PR_SET_SECUREBITS:
    case PR_CAPBSET_DROP:
        return !ret;
    case PR_CAP_AMBIENT:
        return !ret && args[1] != PR_CAP_AMBIENT_IS_SET;
    }
    return false;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_prctl, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = task_in_compat(task);
    __u64 args[6];
    regs_args(regs, compat, args);
    if (plan_of((__u32)regs_syscall(regs), compat)->event == EVENT_seccomp) {
        returned_seccomp(args, ret);
        return 0;
    }
    if (on_return(SLOT_security_task_prctl)) {
        struct prctl_call p = {.option = (int)args[0],
                               .arg2 = args[1],
                               .arg3 = args[2],
                               .arg4 = args[3],
                               .arg5 = args[4],
                               .returned = true};
        CALL(prctl_event(&p));
    }
    if (on_return(SLOT_commit_creds) && prctl_sets_creds(args, ret))
        returned_creds();
    if ((__u32)args[0] == PR_SET_SECCOMP && !ret)
        seccomp_event((__u32)args[1], 0, args[2], ret);
    return 0;
}
