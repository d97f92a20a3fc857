/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Sockets as fields: that of a descriptor, the addresses of its ends. */
#ifndef RATEL_SOCKET_BPF_H
#define RATEL_SOCKET_BPF_H

#include "path.bpf.h"

#define S_IFSOCK 0140000

enum { AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10 };

struct inet_addr {
    __u16 family;
    __be16 port;
    __be32 addr;
    __u64 zero;
};

struct inet6_addr {
    __u16 family;
    __be16 port;
    __u32 flow;
    __u8 addr[16];
    __u32 scope;
    __u32 pad;
};

/* The socket that a descriptor of the current task is, or NULL. */
static __always_inline struct socket *fd_socket(struct task_struct *task, int fd)
{
    struct file *f = fd_file(task, fd);
    if (!f || (BPF_CORE_READ(f, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
        return NULL;
    return BPF_CORE_READ(f, private_data);
}

static __always_inline struct sock *fd_sock(struct task_struct *task, int fd)
{
    struct socket *socket = fd_socket(task, fd);
    return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

SUBPROGRAM int put_unix_addr(struct build *b, __u16 index, struct unix_sock *u)
{
    struct unix_address *addr = BPF_CORE_READ(u, addr);
    __u16 family = AF_UNIX;
    if (addr)
        put_kernel_bytes(b, index, (void *)addr + bpf_core_field_offset(struct unix_address, name),
                         BPF_CORE_READ(addr, len));
    else
        put_kernel_bytes(b, index, &family, sizeof(family)); /* unnamed */
    return 0;
}

/* One end of a socket as a struct sockaddr. */
SUBPROGRAM int put_sock_addr(struct build *b, __u16 index, struct sock *sk, bool remote)
{
    __u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
    __be16 port = remote ? BPF_CORE_READ(sk, __sk_common.skc_dport)
                         : __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_num));
    if (family == AF_INET) {
        struct inet_addr a = {.family = family, .port = port};
        a.addr = remote ? BPF_CORE_READ(sk, __sk_common.skc_daddr)
                        : BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr);
        put_kernel_bytes(b, index, &a, sizeof(a));
    } else if (family == AF_INET6) {
        struct inet6_addr a = {.family = family, .port = port};
        if (remote)
            bpf_core_read(a.addr, 16, &sk->__sk_common.skc_v6_daddr);
        else
            bpf_core_read(a.addr, 16, &sk->__sk_common.skc_v6_rcv_saddr);
        put_kernel_bytes(b, index, &a, 28);
    } else if (family == AF_UNIX) {
        struct unix_sock *u = (void *)sk;
        if (remote)
            u = (void *)BPF_CORE_READ(u, peer);
        if (u)
            put_unix_addr(b, index, u);
        else
            put_missing(b, index, ABI_WHY_CLOSED);
    } else {
        put_kernel_bytes(b, index, &family, sizeof(family));
    }
    return 0;
}

#endif
