// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Work that a task hands to io_uring: it makes no system call for each, so nothing else here would
 * see it. A ring may have a kernel thread that takes the work in; the record is that thread's then,
 * which belongs to the process, and a field says who made the ring.
 */
#include "hook.bpf.h"
#include "path.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define OP(name) IORING_OP_##name

/* uapi/linux/io_uring.h; the names are the catalog's. */
enum {
#define VALUE(name, value)                   name = value,
#define FLAG_TABLE(name, kind, about, names) names
#include "flags/uring.def"
#undef VALUE
#undef FLAG_TABLE
};

#define AT_FDCWD         -100
#define IOSQE_FIXED_FILE 1u

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct io_cqe {
    __u64 user_data;
    int fd;
};
struct io_kiocb {
    struct io_cqe cqe;
    void *async_data;
};
struct io_kiocb___opcode {
    __u8 opcode;
};
struct io_kiocb___flags {
    __u32 flags;
};
struct io_kiocb___flags67 { /* from 6.7 on */
    __u64 flags;
};
struct __kernel_sockaddr_storage {
    unsigned short ss_family;
};
struct io_async_msghdr {
    struct __kernel_sockaddr_storage addr;
};
struct io_connect {
    void *addr;
    int addr_len;
};
struct io_close {
    int fd;
};
struct io_bind {
    int addr_len;
};

/* Until 7.0 a request points to its paths, later it has a struct with the pointer. */
struct io_open {
    int dfd;
    struct filename *filename;
};
struct io_statx {
    int dfd;
    struct filename *filename;
};
struct io_unlink {
    int dfd;
    struct filename *filename;
};
struct io_mkdir {
    int dfd;
    struct filename *filename;
};
struct io_xattr {
    struct filename *filename;
};
struct io_rename {
    int old_dfd;
    struct filename *oldpath, *newpath;
};
struct io_link {
    int old_dfd, new_dfd;
    struct filename *oldpath, *newpath;
};
struct delayed_filename {
    struct filename *__incomplete_filename;
};
struct io_open___delayed {
    struct delayed_filename filename;
};
struct io_statx___delayed {
    struct delayed_filename filename;
};
struct io_unlink___delayed {
    struct delayed_filename filename;
};
struct io_mkdir___delayed {
    struct delayed_filename filename;
};
struct io_xattr___delayed {
    struct delayed_filename filename;
};
struct io_rename___delayed {
    struct delayed_filename oldpath, newpath;
};
struct io_link___delayed {
    struct delayed_filename oldpath, newpath;
};
#pragma clang attribute pop

#define SUBMIT(field) FIELD(io_uring_submit, field)

/* A request begins with what its operation asks for: a struct of type. */
#define REQUEST_PATH(type, req, member)                                                            \
    (bpf_core_field_exists(struct type, member)                                                    \
         ? BPF_CORE_READ((struct type *)(req), member)                                             \
         : BPF_CORE_READ((struct type##___delayed *)(req), member.__incomplete_filename))

/* The path that the task gave; NULL for an operation that takes none. */
SUBPROGRAM __u64 request_path(struct io_kiocb *req, __u8 op)
{
    switch (op) {
    case OP(OPENAT):
    case OP(OPENAT2):
        return (__u64)REQUEST_PATH(io_open, req, filename);
    case OP(STATX):
        return (__u64)REQUEST_PATH(io_statx, req, filename);
    case OP(UNLINKAT):
        return (__u64)REQUEST_PATH(io_unlink, req, filename);
    case OP(MKDIRAT):
        return (__u64)REQUEST_PATH(io_mkdir, req, filename);
    case OP(SETXATTR):
    case OP(GETXATTR):
        return (__u64)REQUEST_PATH(io_xattr, req, filename);
    case OP(RENAMEAT):
        return (__u64)REQUEST_PATH(io_rename, req, oldpath);
    case OP(SYMLINKAT):
    case OP(LINKAT):
        return (__u64)REQUEST_PATH(io_link, req, oldpath);
    default:
        return 0;
    }
}

/* The second path, of operations that take two. */
SUBPROGRAM __u64 request_new_path(struct io_kiocb *req, __u8 op)
{
    switch (op) {
    case OP(RENAMEAT):
        return (__u64)REQUEST_PATH(io_rename, req, newpath);
    case OP(SYMLINKAT):
    case OP(LINKAT):
        return (__u64)REQUEST_PATH(io_link, req, newpath);
    default:
        return 0;
    }
}

static __always_inline void put_filename(struct build *b, __u16 index, __u64 filename)
{
    if (filename)
        put_kernel_str(b, index, BPF_CORE_READ((struct filename *)filename, name));
    else
        put_missing(b, index, ABI_WHY_ABSENT);
}

static __always_inline __u32 request_flags(struct io_kiocb *req)
{
    struct io_kiocb___flags *old = (void *)req;
    struct io_kiocb___flags67 *now = (void *)req;
    if (bpf_core_field_size(old->flags) == sizeof(old->flags))
        return BPF_CORE_READ(old, flags);
    return (__u32)BPF_CORE_READ(now, flags);
}

/* Where a relative path starts. */
static __always_inline int request_dirfd(struct io_kiocb *req, __u8 op)
{
    switch (op) {
    case OP(OPENAT):
    case OP(OPENAT2):
        return BPF_CORE_READ((struct io_open *)req, dfd);
    case OP(STATX):
        return BPF_CORE_READ((struct io_statx *)req, dfd);
    case OP(UNLINKAT):
        return BPF_CORE_READ((struct io_unlink *)req, dfd);
    case OP(MKDIRAT):
        return BPF_CORE_READ((struct io_mkdir *)req, dfd);
    case OP(RENAMEAT):
        return BPF_CORE_READ((struct io_rename *)req, old_dfd);
    case OP(SYMLINKAT): /* the path that it makes is relative to it, the target to nothing */
        return BPF_CORE_READ((struct io_link *)req, new_dfd);
    case OP(LINKAT):
        return BPF_CORE_READ((struct io_link *)req, old_dfd);
    default:
        return AT_FDCWD;
    }
}

/* Operations on nothing that has a descriptor: the kernel leaves the number unset. */
static __always_inline bool has_no_fd(__u8 op)
{
    switch (op) {
    case OP(NOP):
    case OP(POLL_REMOVE):
    case OP(TIMEOUT):
    case OP(TIMEOUT_REMOVE):
    case OP(ASYNC_CANCEL):
    case OP(LINK_TIMEOUT):
    case OP(FILES_UPDATE):
    case OP(MADVISE):
    case OP(PROVIDE_BUFFERS):
    case OP(REMOVE_BUFFERS):
    case OP(SOCKET):
    case OP(WAITID):
    case OP(FUTEX_WAIT):
    case OP(FUTEX_WAKE):
    case OP(FUTEX_WAITV):
    case OP(PIPE):
    case OP(NOP128):
        return true;
    default:
        return false;
    }
}

/* What the descriptor stands for. One of the ring's own table is not looked up. */
SUBPROGRAM int put_request_file(struct build *b, struct io_kiocb *req, __u8 op, bool of_path)
{
    bool fixed = !of_path && request_flags(req) & IOSQE_FIXED_FILE;
    struct file *f = NULL;
    int fd;
    if (has_no_fd(op)) {
        put_missing(b, SUBMIT(fd), ABI_WHY_ABSENT);
        put_missing(b, SUBMIT(fd_path), ABI_WHY_ABSENT);
        return 0;
    }
    fd = of_path           ? request_dirfd(req, op)
         : op == OP(CLOSE) ? BPF_CORE_READ((struct io_close *)req, fd)
                           : BPF_CORE_READ(req, cqe.fd);
    put_int(b, SUBMIT(fd), (__s64)fd);
    if (!fixed && fd >= 0)
        f = fd_file(bpf_get_current_task_btf(), fd);
    if (f)
        put_file_path(b, SUBMIT(fd_path), f);
    else
        put_missing(b, SUBMIT(fd_path), fixed ? ABI_WHY_UNSUPPORTED : ABI_WHY_ABSENT);
    return 0;
}

SUBPROGRAM int put_request_addr(struct build *b, struct io_kiocb *req, __u8 op)
{
    if (op == OP(CONNECT)) {
        struct io_connect *c = (void *)req;
        put_user_mem(b, SUBMIT(addr), (__u64)BPF_CORE_READ(c, addr),
                     (__u32)BPF_CORE_READ(c, addr_len), ABI_SOCKADDR_MAX);
    } else if (op == OP(BIND) && bpf_core_type_exists(struct io_bind)) {
        struct io_async_msghdr *m = BPF_CORE_READ(req, async_data);
        put_kernel_bytes(b, SUBMIT(addr), &m->addr,
                         (__u32)BPF_CORE_READ((struct io_bind *)req, addr_len));
    } else {
        put_missing(b, SUBMIT(addr), ABI_WHY_ABSENT);
    }
    return 0;
}

/* A thread of the ring takes the work in for its process: that one is named by its first thread. */
static __always_inline void put_submitter(struct build *b, struct task_struct *task)
{
    bool of_ring = task->flags & PF_IO_WORKER;
    struct task_struct *by = of_ring ? task->group_leader : task;
    put_int(b, SUBMIT(sq_thread), of_ring);
    put_int(b, SUBMIT(task_tid), by->pid);
    put_int(b, SUBMIT(task_pid), by->tgid);
    put_kernel_str(b, SUBMIT(task_comm), &by->comm);
}

SUBPROGRAM int uring_submit(struct io_kiocb *req)
{
    struct hook_run h;
    __u64 path;
    __u8 op;
    if (!req || !hook_begin(&h, SLOT_io_uring_submit, false, NULL))
        return 0;
    op = BPF_CORE_READ((struct io_kiocb___opcode *)req, opcode);
    path = request_path(req, op);
    put_int(h.b, SUBMIT(opcode), op);
    put_request_file(h.b, req, op, path);
    put_filename(h.b, SUBMIT(pathname), path);
    put_filename(h.b, SUBMIT(new_pathname), request_new_path(req, op));
    put_request_addr(h.b, req, op);
    put_int(h.b, SUBMIT(user_data), BPF_CORE_READ(req, cqe.user_data));
    put_submitter(h.b, h.task);
    hook_end(&h, EVENT_io_uring_submit);
    return 0;
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_io_uring_submit, struct io_kiocb *req)
{
    uring_submit(req);
    return 0;
}
