/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does through io_uring what system calls would do: makes a directory and a file, renames and
 * removes it, connects a socket. With an argument "thread" the ring has a thread of the kernel's
 * for it.
 */
#include "provoke.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define ENTRIES 8

struct ring {
    int fd;
    unsigned *sq_head, *sq_tail, *sq_mask, *sq_array, *sq_flags;
    unsigned *cq_head, *cq_tail, *cq_mask;
    struct io_uring_sqe *sqes;
    struct io_uring_cqe *cqes;
};

static void *map(int fd, size_t bytes, off_t at)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, at);
    check(p != MAP_FAILED);
    return p;
}

static void ring_open(struct ring *r, unsigned flags)
{
    struct io_uring_params p = {.flags = flags, .sq_thread_idle = 1000};
    r->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &p);
    if (r->fd < 0) {
        say("SKIP", "io_uring is not to be had: %s", strerror(errno));
        exit(0);
    }
    char *sq = map(r->fd, p.sq_off.array + p.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    char *cq =
        map(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
    r->sqes = map(r->fd, p.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
    r->sq_head = (void *)(sq + p.sq_off.head);
    r->sq_tail = (void *)(sq + p.sq_off.tail);
    r->sq_mask = (void *)(sq + p.sq_off.ring_mask);
    r->sq_array = (void *)(sq + p.sq_off.array);
    r->sq_flags = (void *)(sq + p.sq_off.flags);
    r->cq_head = (void *)(cq + p.cq_off.head);
    r->cq_tail = (void *)(cq + p.cq_off.tail);
    r->cq_mask = (void *)(cq + p.cq_off.ring_mask);
    r->cqes = (void *)(cq + p.cq_off.cqes);
}

/* Hands one piece of work over and waits for its result. */
static int ring_do(struct ring *r, const struct io_uring_sqe *work)
{
    unsigned tail = *r->sq_tail, at = tail & *r->sq_mask, head = *r->cq_head;
    unsigned flags = IORING_ENTER_GETEVENTS;
    r->sqes[at] = *work;
    r->sq_array[at] = at;
    __atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(r->sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
        flags |= IORING_ENTER_SQ_WAKEUP;
    check(syscall(SYS_io_uring_enter, r->fd, 1, 1, flags, NULL, 0) >= 0);
    while (__atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE) == head)
        usleep(1000);
    int result = r->cqes[head & *r->cq_mask].res;
    __atomic_store_n(r->cq_head, head + 1, __ATOMIC_RELEASE);
    return result;
}

static void files(struct ring *r, const char *folder)
{
    char file[512], other[512];
    snprintf(file, sizeof(file), "%s/file", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    struct io_uring_sqe mk = {.opcode = IORING_OP_MKDIRAT,
                              .fd = AT_FDCWD,
                              .len = 0700,
                              .addr = (uintptr_t)folder,
                              .user_data = 11};
    struct io_uring_sqe make = {.opcode = IORING_OP_OPENAT,
                                .fd = AT_FDCWD,
                                .len = 0600,
                                .addr = (uintptr_t)file,
                                .open_flags = O_CREAT | O_WRONLY,
                                .user_data = 12};
    struct io_uring_sqe write = {
        .opcode = IORING_OP_WRITE, .addr = (uintptr_t)file, .len = 4, .user_data = 13};
    struct io_uring_sqe rename = {.opcode = IORING_OP_RENAMEAT,
                                  .fd = AT_FDCWD,
                                  .addr = (uintptr_t)file,
                                  .addr2 = (uintptr_t)other,
                                  .len = (unsigned)AT_FDCWD,
                                  .user_data = 14};
    struct io_uring_sqe remove = {
        .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)other, .user_data = 15};
    check(ring_do(r, &mk) == 0);
    write.fd = ring_do(r, &make);
    check(write.fd >= 0);
    say("FD", "%d", write.fd);
    check(ring_do(r, &write) == 4);
    check(ring_do(r, &rename) == 0);
    check(ring_do(r, &remove) == 0);
}

/* To a port that nobody listens at. */
static void connects(struct ring *r)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(1)};
    struct io_uring_sqe connect = {
        .opcode = IORING_OP_CONNECT, .addr = (uintptr_t)&a, .off = sizeof(a), .user_data = 16};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect.fd = socket(AF_INET, SOCK_STREAM, 0);
    check(connect.fd >= 0);
    say("SOCKET", "%d", connect.fd);
    check(ring_do(r, &connect) == -ECONNREFUSED);
}

int main(int argc, char **argv)
{
    struct ring r;
    bool thread = argc > 2 && !strcmp(argv[2], "thread");
    if (argc < 2)
        return 2;
    say("PID", "%d", getpid());
    ring_open(&r, thread ? IORING_SETUP_SQPOLL : 0);
    files(&r, argv[1]);
    connects(&r);
    return 0;
}
