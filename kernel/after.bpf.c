// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Events that a system call's return tells more about: reached by tail call from on_sys_exit,
 * which has tested that the call is one of theirs.
 */
#include "events.bpf.h"
#include "hook.bpf.h"
#include "socket.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define FAILED(field) FIELD(process_execute_failed, field)

#define AT_FDCWD        -100
#define F_DUPFD         0
#define F_DUPFD_CLOEXEC 1030

/* fcntl(2) duplicates with two of its many commands. */
static __always_inline bool is_dup(__u16 event, const __u64 *args)
{
    __u32 cmd = (__u32)args[1];
    if (event != EVENT_fcntl && event != EVENT_fcntl64)
        return true;
    return cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC;
}

static __always_inline __u16 regs_event(const struct pt_regs *regs, struct task_struct *task)
{
    return plan_of((__u32)regs_syscall(regs), task_in_compat(task))->event;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_dup, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct task_struct *task = bpf_get_current_task_btf();
    struct sock *sk;
    __u64 args[6];
    regs_args(regs, task_in_compat(task), args);
    if (ret < 0 || !is_dup(regs_event(regs, task), args))
        return 0;
    sk = fd_sock(task, (int)ret);
    if (!sk || !hook_begin(&h, SLOT_socket_dup, false, NULL))
        return 0;
    put_int(h.b, FIELD(socket_dup, oldfd), (__s64)(int)args[0]);
    put_int(h.b, FIELD(socket_dup, newfd), ret);
    put_sock_addr(h.b, FIELD(socket_dup, remote_addr), sk, true);
    hook_end_ret(&h, EVENT_socket_dup, ret);
    return 0;
}

/*
 * An exec that failed. The call did not replace the program, so its arguments are still where they
 * were. Which file it tried is not known here: that takes a hook that sees the kernel look for it.
 */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_exec_failed, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    __u64 args[8] = {};
    __u32 at, wide;
    if (ret >= 0 || !hook_begin(&h, SLOT_process_execute_failed, false, NULL))
        return 0;
    regs_args(regs, task_in_compat(h.task), args);
    wide = task_in_compat(h.task) ? 4 : 8;
    at = regs_event(regs, h.task) == EVENT_execveat;
    put_int(h.b, FAILED(dirfd), at ? (__s64)(int)args[0] : AT_FDCWD);
    put_int(h.b, FAILED(flags), at ? (__s64)(int)args[4] : 0);
    put_user_str(h.b, FAILED(pathname), args[at]);
    for (__u16 i = FAILED(binary_path); i <= FAILED(interpreter_path); i++)
        put_missing(h.b, i, ABI_WHY_UNSUPPORTED);
    put_stdin(h.b, h.task, FAILED(stdin_type));
    put_int(h.b, FAILED(kernel_invoked), !!(h.task->real_parent->flags & PF_KTHREAD));
    put_user_strv(h.b, FAILED(argv), args[at + 1], wide);
    put_user_strv(h.b, FAILED(envp), args[at + 2], wide);
    hook_end_ret(&h, EVENT_process_execute_failed, ret);
    return 0;
}
