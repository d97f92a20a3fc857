// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Open files that go from one process to another through Unix sockets, and by pidfd_getfd(2). */
#include "after.bpf.h"
#include "probe.bpf.h"
#include "socket_call.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define SOL_SOCKET 1
#define SCM_RIGHTS 1
#define SCM_MAX_FD 253 /* descriptors in one message */

/* Control messages, in the memory of the kernel or of the task. */
struct controls {
    struct socket *sock; /* that they are sent through; NULL: received */
    __u64 at, end;
    __u32 head,
        align; /* bytes of a control message's header, and what its length is rounded up to */
    bool user;
    bool narrow;
};

/* The descriptors of one. */
struct descriptors {
    struct socket *sock;
    __u64 at;
    __u32 count;
    bool user;
};

struct passing {
    const struct descriptors *fds;
};

static __always_inline long read_from(void *to, __u32 n, __u64 from, bool user)
{
    return user ? bpf_probe_read_user(to, n, (void *)from)
                : bpf_probe_read_kernel(to, n, (void *)from);
}

static __always_inline void put_inode(struct build *b, __u16 index, struct file *f)
{
    struct inode *inode = BPF_CORE_READ(f, f_inode);
    if (!f) {
        put_missing(b, index, ABI_WHY_CLOSED);
        put_missing(b, index + 1, ABI_WHY_CLOSED);
        return;
    }
    put_int(b, index, inode_dev(inode));
    put_int(b, index + 1, BPF_CORE_READ(inode, i_ino));
}

#define PASSED(field) FIELD(fd_passed, field)

static __always_inline int fd_passed(struct socket *sock, int fd, __u32 i, __u32 count)
{
    struct hook_run h;
    struct sock *sk = BPF_CORE_READ(sock, sk);
    struct pid *peer = BPF_CORE_READ(sk, sk_peer_pid);
    struct file *f;
    if (!hook_begin(&h, SLOT_fd_passed, false, NULL))
        return 0;
    put_sockfd(h.b, PASSED(sockfd), EVENT_sendmsg, EVENT_sendmmsg);
    if (peer)
        put_int(h.b, PASSED(peer_pid), (__s64)BPF_CORE_READ(peer, numbers[0].nr));
    else
        put_missing(h.b, PASSED(peer_pid), ABI_WHY_ABSENT);
    put_sock_addr(h.b, PASSED(remote_addr), sk, true);
    f = fd_file(h.task, fd);
    put_int(h.b, PASSED(fd), (__s64)fd);
    put_file_path(h.b, PASSED(pathname), f);
    put_inode(h.b, PASSED(dev), f);
    put_int(h.b, PASSED(index), i);
    put_int(h.b, PASSED(count), count);
    hook_end(&h, EVENT_fd_passed);
    return 0;
}

#define RECEIVED(field) FIELD(fd_received, field)

/* fd: -1 where it has no number yet. */
static __always_inline int fd_received(struct file *f, int fd)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_fd_received, false, NULL))
        return 0;
    put_sockfd(h.b, RECEIVED(sockfd), EVENT_recvmsg, EVENT_pidfd_getfd);
    if (fd >= 0)
        put_int(h.b, RECEIVED(fd), (__s64)fd);
    else
        put_missing(h.b, RECEIVED(fd), ABI_WHY_UNSUPPORTED);
    put_file_path(h.b, RECEIVED(pathname), f);
    put_inode(h.b, RECEIVED(dev), f);
    hook_end(&h, EVENT_fd_received);
    return 0;
}

SECURITY_PROGS(file_receive, "file_receive", fd_received(file, -1), struct file *file)

static long passing_step(__u32 i, struct passing *p)
{
    const struct descriptors *d = p->fds;
    int fd = -1;
    if (i >= d->count || read_from(&fd, sizeof(fd), d->at + 4 * (__u64)i, d->user))
        return 1;
    if (d->sock)
        fd_passed(d->sock, fd, i, d->count);
    else
        fd_received(fd_file(bpf_get_current_task_btf(), fd), fd);
    return 0;
}

static __always_inline void descriptors_all(const struct descriptors *d)
{
    struct passing p = {.fds = d};
    bpf_loop(SCM_MAX_FD, passing_step, &p, 0);
}

/* One control message; false at the end of them. */
SUBPROGRAM int controls_next(struct controls *c, struct descriptors *d)
{
    struct {
        int level, type;
    } what = {};
    __u64 len = 0;
    d->count = 0;
    if (c->at + c->head > c->end || read_from(&len, c->narrow ? 4 : 8, c->at, c->user) ||
        read_from(&what, sizeof(what), c->at + c->head - sizeof(what), c->user))
        return 0;
    if (len < c->head || len > c->end - c->at)
        return 0;
    d->at = c->at + c->head;
    if (what.level == SOL_SOCKET && what.type == SCM_RIGHTS)
        d->count = (__u32)(len - c->head) / 4;
    c->at += (len + c->align - 1) & ~(__u64)(c->align - 1);
    return 1;
}

GLOBAL int controls_all(struct controls *c)
{
    struct descriptors d = {};
    if (!c)
        return 0;
    d.sock = c->sock;
    d.user = c->user;
    for (int i = 0; i < PASSED_CONTROLS; i++) {
        if (!controls_next(c, &d))
            break;
        if (d.count)
            descriptors_all(&d);
    }
    return 0;
}

/* Few messages have anything but data. */
static __always_inline void message_sent(struct socket *sock, struct msghdr *msg)
{
    struct controls c = {.sock = sock, .head = 16, .align = 8};
    __u64 len = BPF_CORE_READ(msg, msg_controllen);
    if (!len || BPF_CORE_READ(sock, sk, __sk_common.skc_family) != AF_UNIX)
        return;
    c.at = (__u64)BPF_CORE_READ(msg, msg_control);
    c.end = c.at + len;
    controls_all(&c);
}

SECURITY_PROGS(socket_sendmsg, "socket_sendmsg", message_sent(sock, msg), struct socket *sock,
               struct msghdr *msg)

/* The control messages of a struct msghdr of the task. */
static __always_inline void message_returned(struct socket *sock, __u64 msg, bool compat)
{
    struct controls c = {.sock = sock, .user = true, .narrow = compat};
    __u64 wide[2] = {};
    __u32 narrow[2] = {};
    c.head = compat ? 12 : 16;
    c.align = compat ? 4 : 8;
    if (compat) {
        if (bpf_probe_read_user(narrow, sizeof(narrow), (void *)(msg + 16)))
            return;
        wide[0] = narrow[0];
        wide[1] = narrow[1];
    } else if (bpf_probe_read_user(wide, sizeof(wide), (void *)(msg + 32))) {
        return;
    }
    c.at = wide[0];
    c.end = wide[0] + wide[1];
    if (wide[1])
        controls_all(&c);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_message, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct socket_call c = {};
    struct socket *sock;
    __u32 bytes;
    bool compat = task_in_compat(task), sent;
    if (ret < 0)
        return 0;
    CALL(socket_call(&c));
    if (c.event == EVENT_pidfd_getfd) {
        if (on_return(SLOT_fd_received))
            fd_received(fd_file(task, (int)ret), (int)ret);
        return 0;
    }
    sent = c.event != EVENT_recvmsg;
    sock = fd_socket(task, (int)c.args[0]);
    if (!sock || !on_return(sent ? SLOT_fd_passed : SLOT_fd_received) ||
        BPF_CORE_READ(sock, sk, __sk_common.skc_family) != AF_UNIX)
        return 0;
    if (c.event != EVENT_sendmmsg) {
        message_returned(sent ? sock : NULL, c.args[1], compat);
        return 0;
    }
    bytes = compat ? 32 : 64; /* of a struct mmsghdr */
    for (__u32 i = 0; i < PASSED_MESSAGES; i++) {
        if (i >= ret)
            break;
        message_returned(sock, c.args[1] + (__u64)i * bytes, compat);
    }
    return 0;
}
