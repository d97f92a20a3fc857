// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Events that a system call's return tells more about: reached by tail call from on_sys_exit,
 * which has tested that the call is one of theirs.
 */
#include "events.bpf.h"
#include "hook.bpf.h"
#include "path.bpf.h"

char LICENSE[] SEC("license") = "GPL";

enum { AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10 };
#define FAILED(field) FIELD(process_execute_failed, field)

#define AT_FDCWD        -100
#define F_DUPFD         0
#define F_DUPFD_CLOEXEC 1030
#define S_IFSOCK        0140000

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
static __always_inline struct sock *fd_sock(struct task_struct *task, int fd)
{
    struct file *f = fd_file(task, fd);
    struct socket *socket;
    if (!f || (BPF_CORE_READ(f, f_inode, i_mode) & S_IFMT) != S_IFSOCK)
        return NULL;
    socket = BPF_CORE_READ(f, private_data);
    return BPF_CORE_READ(socket, sk);
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

SEC("tp_btf/sys_exit")
int BPF_PROG(on_accept, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct sock *sk;
    __u64 args[6];
    if (ret < 0 || !hook_begin(&h, SLOT_socket_accept, false, NULL))
        return 0;
    regs_args(regs, task_in_compat(h.task), args);
    put_int(h.b, FIELD(socket_accept, sockfd), (__s64)(int)args[0]);
    sk = fd_sock(h.task, (int)ret);
    if (sk) {
        put_sock_addr(h.b, FIELD(socket_accept, local_addr), sk, false);
        put_sock_addr(h.b, FIELD(socket_accept, remote_addr), sk, true);
    } else {
        put_missing(h.b, FIELD(socket_accept, local_addr), ABI_WHY_CLOSED);
        put_missing(h.b, FIELD(socket_accept, remote_addr), ABI_WHY_CLOSED);
    }
    hook_end_ret(&h, EVENT_socket_accept, ret);
    return 0;
}

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
