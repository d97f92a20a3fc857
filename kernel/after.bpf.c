// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Events that a system call's return tells more about: reached by tail call from on_sys_exit,
 * which has tested that the call is one of theirs.
 */
#include "events.bpf.h"
#include "hook.bpf.h"
#include "socket.bpf.h"

char LICENSE[] SEC("license") = "GPL";

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
