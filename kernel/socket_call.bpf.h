/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* System calls about sockets: which one a task is in, with what arguments, whichever way it was
 * made. */
#ifndef RATEL_SOCKET_CALL_BPF_H
#define RATEL_SOCKET_CALL_BPF_H

#include "events.bpf.h"
#include "socket.bpf.h"

#define PF_IO_WORKER 0x00000010u

/* The call that the task is in, if it is about sockets. */
struct socket_call {
    __u64 args[6];
    __u16 event; /* EVENT_connect … whichever way it was made, 0 for another */
};

/* Calls of socketcall(2), by which most 32-bit programs make them, and how many words each has. */
static __always_inline __u32 socketcall_event(__u32 number, __u16 *event)
{
    switch (number) {
    case 1:
        *event = EVENT_socket;
        return 3;
    case 2:
        *event = EVENT_bind;
        return 3;
    case 3:
        *event = EVENT_connect;
        return 3;
    case 4:
        *event = EVENT_listen;
        return 2;
    case 5:
        *event = EVENT_accept;
        return 3;
    case 8:
        *event = EVENT_socketpair;
        return 4;
    case 14:
        *event = EVENT_setsockopt;
        return 5;
    case 16:
        *event = EVENT_sendmsg;
        return 3;
    case 17:
        *event = EVENT_recvmsg;
        return 3;
    case 18:
        *event = EVENT_accept4;
        return 4;
    case 20:
        *event = EVENT_sendmmsg;
        return 4;
    }
    return 0;
}

SUBPROGRAM int socket_call(struct socket_call *c)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
    bool compat = task_in_compat(task);
    __u32 words[8] = {}, n;
    c->event = 0;
    /* a worker of io_uring has the registers of whoever it was made by */
    if (task->flags & (PF_KTHREAD | PF_IO_WORKER))
        return DONE;
    c->event = plan_of((__u32)regs_syscall(regs), compat)->event;
    regs_args(regs, compat, c->args);
    if (c->event != EVENT_socketcall)
        return DONE;
    c->event = 0;
    n = socketcall_event((__u32)c->args[0], &c->event) * 4;
    KEEP(n);
    if (bpf_probe_read_user(words, n & 28, (void *)c->args[1]))
        c->event = 0;
    for (int i = 0; i < 6; i++)
        c->args[i] = words[i];
    return DONE;
}

/* The descriptor that the call was given. What io_uring does is done without one. */
SUBPROGRAM int put_sockfd(struct build *b, __u16 index, __u16 event, __u16 other)
{
    struct socket_call c = {};
    CALL(socket_call(&c));
    if (c.event && (c.event == event || c.event == other))
        put_int(b, index, (__s64)(int)c.args[0]);
    else
        put_missing(b, index, ABI_WHY_ABSENT);
    return 0;
}

#endif
