// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Sockets: what the security modules are asked about them, and connections that were accepted.
 * Where the checks can't be watched, the calls are, when they return: those that came as far as
 * the check, as far as their arguments and result tell.
 */
#include "after.bpf.h"
#include "probe.bpf.h"
#include "socket_call.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define NPROTO         46 /* address families */
#define SOCK_MAX       11 /* kinds of sockets */
#define SOCK_TYPE_MASK 0xf
#define SOCK_FLAGS     02004000 /* SOCK_CLOEXEC, SOCK_NONBLOCK */

enum { EFAULT = 14, ENFILE = 23, EMFILE = 24, EOPNOTSUPP = 95 };

/* An address that was given: the kernel's copy, or still the task's own. */
static __always_inline void put_given_addr(struct build *b, __u16 index, __u64 address, int len,
                                           bool user)
{
    if (user)
        put_user_mem(b, index, address, (__u32)len, ABI_SOCKADDR_MAX);
    else
        put_kernel_bytes(b, index, (void *)address, (__u32)len);
}

#define CREATE(field) FIELD(security_socket_create, field)

SUBPROGRAM int socket_create(int family, int type, int protocol, int kern)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_socket_create, false, NULL))
        return 0;
    put_int(h.b, CREATE(family), (__s64)family);
    put_int(h.b, CREATE(type), (__s64)type);
    put_int(h.b, CREATE(protocol), (__s64)protocol);
    put_int(h.b, CREATE(kern), (__s64)kern);
    hook_end(&h, EVENT_security_socket_create);
    return 0;
}

SECURITY_PROGS(socket_create, "socket_create", socket_create(family, type, protocol, kern),
               int family, int type, int protocol, int kern)

#define BIND(field) FIELD(security_socket_bind, field)

SUBPROGRAM int socket_bind(__u64 address, int len, bool user)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_socket_bind, false, NULL))
        return 0;
    put_sockfd(h.b, BIND(sockfd), EVENT_bind, 0);
    put_given_addr(h.b, BIND(local_addr), address, len, user);
    hook_end(&h, EVENT_security_socket_bind);
    return 0;
}

SECURITY_PROGS(socket_bind, "socket_bind", socket_bind((__u64)address, len, false),
               struct socket *sock, struct sockaddr *address, int len)

#define CONNECT(field) FIELD(security_socket_connect, field)

SUBPROGRAM int socket_connect(struct socket *sock, __u64 address, int len, bool user)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_socket_connect, false, NULL))
        return 0;
    put_sockfd(h.b, CONNECT(sockfd), EVENT_connect, 0);
    put_int(h.b, CONNECT(type), (__s64)BPF_CORE_READ(sock, type));
    put_given_addr(h.b, CONNECT(remote_addr), address, len, user);
    hook_end(&h, EVENT_security_socket_connect);
    return 0;
}

SECURITY_PROGS(socket_connect, "socket_connect", socket_connect(sock, (__u64)address, len, false),
               struct socket *sock, struct sockaddr *address, int len)

#define LISTEN(field) FIELD(security_socket_listen, field)

SUBPROGRAM int socket_listen(struct socket *sock, int backlog)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_socket_listen, false, NULL))
        return 0;
    put_sockfd(h.b, LISTEN(sockfd), EVENT_listen, 0);
    put_sock_addr(h.b, LISTEN(local_addr), BPF_CORE_READ(sock, sk), false);
    put_int(h.b, LISTEN(backlog), (__s64)backlog);
    hook_end(&h, EVENT_security_socket_listen);
    return 0;
}

SECURITY_PROGS(socket_listen, "socket_listen", socket_listen(sock, backlog), struct socket *sock,
               int backlog)

#define ACCEPT(field) FIELD(security_socket_accept, field)

SUBPROGRAM int socket_accept(struct socket *sock)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_socket_accept, false, NULL))
        return 0;
    put_sockfd(h.b, ACCEPT(sockfd), EVENT_accept, EVENT_accept4);
    put_sock_addr(h.b, ACCEPT(local_addr), BPF_CORE_READ(sock, sk), false);
    hook_end(&h, EVENT_security_socket_accept);
    return 0;
}

SECURITY_PROGS(socket_accept, "socket_accept", socket_accept(sock), struct socket *sock)

#define SETSOCKOPT(field) FIELD(security_socket_setsockopt, field)

SUBPROGRAM int socket_setsockopt(struct socket *sock, int level, int optname)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_socket_setsockopt, false, NULL))
        return 0;
    put_sockfd(h.b, SETSOCKOPT(sockfd), EVENT_setsockopt, 0);
    put_int(h.b, SETSOCKOPT(level), (__s64)level);
    put_int(h.b, SETSOCKOPT(optname), (__s64)optname);
    put_sock_addr(h.b, SETSOCKOPT(local_addr), BPF_CORE_READ(sock, sk), false);
    hook_end(&h, EVENT_security_socket_setsockopt);
    return 0;
}

SECURITY_PROGS(socket_setsockopt, "socket_setsockopt", socket_setsockopt(sock, level, optname),
               struct socket *sock, int level, int optname)

SUBPROGRAM int socket_accepted(const struct socket_call *c, long ret)
{
    struct hook_run h;
    struct sock *sk;
    if (ret < 0 || !hook_begin(&h, SLOT_socket_accept, false, NULL))
        return DONE;
    put_int(h.b, FIELD(socket_accept, sockfd), (__s64)(int)c->args[0]);
    sk = fd_sock(h.task, (int)ret);
    if (sk) {
        put_sock_addr(h.b, FIELD(socket_accept, local_addr), sk, false);
        put_sock_addr(h.b, FIELD(socket_accept, remote_addr), sk, true);
    } else {
        put_missing(h.b, FIELD(socket_accept, local_addr), ABI_WHY_CLOSED);
        put_missing(h.b, FIELD(socket_accept, remote_addr), ABI_WHY_CLOSED);
    }
    hook_end_ret(&h, EVENT_socket_accept, ret);
    return DONE;
}

/* How many sockets the kernel was asked for: a pair is made after its descriptors. */
static __always_inline int created(const struct socket_call *c, long ret)
{
    if (c->event == EVENT_socket)
        return 1;
    if (ret == -EFAULT || ret == -EMFILE)
        return 0;
    return ret >= 0 || ret == -EOPNOTSUPP ? 2 : 1;
}

/* The kernel looks at the numbers before it asks. */
SUBPROGRAM int returned_create(const struct socket_call *c, long ret)
{
    __u32 family = (__u32)c->args[0], type = (__u32)c->args[1];
    if (family >= NPROTO || type & ~(SOCK_TYPE_MASK | SOCK_FLAGS))
        return DONE;
    type &= SOCK_TYPE_MASK;
    if (type >= SOCK_MAX)
        return DONE;
    for (int i = created(c, ret); i > 0; i--)
        socket_create((int)family, (int)type, (int)c->args[2], 0);
    return DONE;
}

/* An address that the kernel would have copied before it asked. */
static __always_inline bool address_taken(const struct socket_call *c, long ret)
{
    return (__u32)c->args[2] <= ABI_SOCKADDR_MAX && ret != -EFAULT;
}

static __always_inline void returned_on(const struct socket_call *c, struct socket *sock, long ret)
{
    switch (c->event) {
    case EVENT_bind:
        if (on_return(SLOT_security_socket_bind) && address_taken(c, ret))
            socket_bind(c->args[1], (int)c->args[2], true);
        return;
    case EVENT_connect:
        if (on_return(SLOT_security_socket_connect) && address_taken(c, ret))
            socket_connect(sock, c->args[1], (int)c->args[2], true);
        return;
    case EVENT_listen:
        if (on_return(SLOT_security_socket_listen))
            socket_listen(sock, (int)c->args[1]);
        return;
    case EVENT_setsockopt:
        if (on_return(SLOT_security_socket_setsockopt) && (int)c->args[4] >= 0)
            socket_setsockopt(sock, (int)c->args[1], (int)c->args[2]);
        return;
    case EVENT_accept4:
        if (c->args[3] & ~(__u64)SOCK_FLAGS)
            return;
        /* fallthrough */
    case EVENT_accept:
        if (on_return(SLOT_security_socket_accept) && ret != -EMFILE && ret != -ENFILE)
            socket_accept(sock);
        return;
    }
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_socket, struct pt_regs *regs, long ret)
{
    struct socket_call c = {};
    struct socket *sock;
    CALL(socket_call(&c));
    if (c.event == EVENT_socket || c.event == EVENT_socketpair) {
        if (on_return(SLOT_security_socket_create))
            CALL(returned_create(&c, ret));
        return 0;
    }
    sock = fd_socket(bpf_get_current_task_btf(), (int)c.args[0]);
    if (!sock)
        return 0;
    returned_on(&c, sock, ret);
    if (c.event == EVENT_accept || c.event == EVENT_accept4)
        CALL(socket_accepted(&c, ret));
    return 0;
}
