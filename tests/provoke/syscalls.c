/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every x86-64 system call once, harmlessly: those that could change the machine get arguments
 * that must fail. Calls that need a child, a handler or a signal stand below the table.
 */
#include "calls.h"

#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

#define AREA   0x600000000L /* where the table maps memory */
#define SHARED 0x601000000L
#define P(x)   ((long)(x))

static char buf[4096];
static char page[4096] __attribute__((aligned(4096)));
static char mask[128];
static struct iovec iov = {buf, 16};
static struct iovec out = {buf, 4};
static struct msghdr msg_out = {.msg_iov = &out, .msg_iovlen = 1};
static struct msghdr msg_in = {.msg_iov = &iov, .msg_iovlen = 1};
static struct mmsghdr many_out = {.msg_hdr = {.msg_iov = &out, .msg_iovlen = 1}};
static struct mmsghdr many_in = {.msg_hdr = {.msg_iov = &iov, .msg_iovlen = 1}};
static struct timespec soon = {0, 1000000};
static struct timespec zero;
static struct timeval zero_tv;
static struct itimerspec never;
static struct sockaddr_in loopback = {.sin_family = AF_INET, .sin_addr = {0x0100007f}};
static struct {
    unsigned short family;
    char path[12];
} nobody = {AF_UNIX, "nobody"};
static unsigned addrlen = 16;
static int one = 1;
static unsigned word;
static struct sched_param normal;
static struct sembuf up = {0, 1, IPC_NOWAIT};
static struct {
    long type;
    char text[8];
} message = {1, "message"};
static struct epoll_event interest = {EPOLLIN, {.fd = PIPE_R}};
static struct {
    long value[2];
} usr1 = {{1L << (SIGUSR1 - 1), 0}};
static siginfo_t queued = {.si_code = SI_QUEUE};
static struct {
    unsigned version;
    int pid;
} caps = {0x20080522, 0};
static struct {
    unsigned bytes;
    int type;
    char data[128];
} handle = {128, 0, {0}};
static struct {
    unsigned long flags, mode, resolve;
} how = {O_RDONLY, 0, 0};
static struct {
    unsigned long a, b, c, d;
} attr;
static struct rlimit no_core;
static const char *const argv_[] = {"nosuch", "one", NULL};
static const char *const envp_[] = {"A=1", NULL};
static long aio_context;
static int timer_id;
static int allow = 0x7fff0000; /* SECCOMP_RET_ALLOW */
static unsigned tid_word;

/* clang-format off: it takes the braces of a row for a block */
#define R(name, want, ...)                                                                         \
    {                                                                                              \
#name, SYS_##name, {__VA_ARGS__ }, false, WANT want                                        \
    }
#define N(name, nr, want, ...)                                                                     \
    {                                                                                              \
        name, nr, {__VA_ARGS__}, false, WANT want                                                  \
    }
#define KEEP(name, want, ...)                                                                      \
    {                                                                                              \
#name, SYS_##name, {__VA_ARGS__ }, true, WANT want                                         \
    }
/* clang-format on */
#define NOSYS (-ENOSYS)

static const struct call rows[] = {
    /* files by descriptor */
    R(read, (16), FILE_FD, P(buf), 16),
    R(write, (4), FILE2_FD, P(buf), 4),
    R(pread64, (16), FILE_FD, P(buf), 16, 32),
    R(pwrite64, (4), FILE2_FD, P(buf), 4, 8),
    R(readv, (16), FILE_FD, P(&iov), 1),
    R(writev, (4), FILE2_FD, P(&out), 1),
    R(preadv, (16), FILE_FD, P(&iov), 1, 0, 0),
    R(pwritev, (4), FILE2_FD, P(&out), 1, 0, 0),
    R(preadv2, (16), FILE_FD, P(&iov), 1, 0, 0, 0),
    R(pwritev2, (4), FILE2_FD, P(&out), 1, 0, 0, 0),
    R(lseek, (12), FILE_FD, 12, SEEK_SET),
    R(fstat, (OK), FILE_FD, P(buf)),
    R(ioctl, (OK), FILE_FD, 0x541b, P(buf)),
    R(fcntl, (OK), FILE_FD, F_GETFD),
    R(flock, (OK), FILE_FD, 5),
    R(fsync, (OK), FILE2_FD),
    R(fdatasync, (OK), FILE2_FD),
    R(ftruncate, (OK), FILE2_FD, 50),
    R(fchmod, (OK), FILE2_FD, 0600),
    R(fchown, (OK), FILE2_FD, -1, -1),
    R(fstatfs, (OK), FILE_FD, P(buf)),
    R(fallocate, (OK, -EOPNOTSUPP), FILE2_FD, 0, 0, 4096),
    R(fadvise64, (OK), FILE_FD, 0, 0, 0),
    R(readahead, (OK), FILE_FD, 0, 4096),
    R(sync_file_range, (OK), FILE_FD, 0, 0, 0),
    R(syncfs, (OK), FILE_FD),
    R(sync, (OK)),
    R(sendfile, (10), FILE2_FD, FILE_FD, 0, 10),
    R(copy_file_range, (OK), FILE_FD, 0, FILE2_FD, 0, 10, 0),
    R(splice, (4), PIPE_R, 0, FILE2_FD, 0, 4, 2),
    R(tee, (12), PIPE_R, PIPE2_W, 64, 2),
    R(vmsplice, (4), PIPE_W, P(&out), 1, 0),
    R(dup, (OK), FILE_FD),
    R(dup2, (FREE_FD), FILE_FD, FREE_FD),
    R(dup3, (FREE_FD + 1), FILE_FD, FREE_FD + 1, O_CLOEXEC),
    R(close, (OK), SPARE_FD),
    R(close_range, (OK), 900, 901, 0),
    R(getdents, (OK), DIR_FD, P(buf), sizeof(buf)),
    R(getdents64, (OK), DIR_FD, P(buf), sizeof(buf)),
    R(fchdir, (OK), DIR_FD),
    R(pipe, (OK), P(buf)),
    R(pipe2, (OK), P(buf), O_CLOEXEC),

    /* files by path */
    R(open, (OK), P("file"), O_RDONLY | O_CLOEXEC, 0),
    R(openat, (OK), DIR_FD, P("file"), O_RDWR | O_APPEND, 0),
    R(openat2, (OK), AT_FDCWD, P("file"), P(&how), sizeof(how)),
    R(creat, (OK), P("created"), 0640),
    R(stat, (OK), P("file"), P(buf)),
    R(lstat, (OK), P("file"), P(buf)),
    R(newfstatat, (OK), AT_FDCWD, P("file"), P(buf), 0),
    R(statx, (OK), AT_FDCWD, P("file"), 0, 0xfff, P(buf)),
    R(statfs, (OK), P("."), P(buf)),
    R(access, (OK), P("file"), R_OK),
    R(faccessat, (OK), AT_FDCWD, P("file"), R_OK),
    R(faccessat2, (OK), AT_FDCWD, P("file"), R_OK, 0),
    R(truncate, (OK), P("file2"), 100),
    R(mkdir, (OK), P("dir"), 0755),
    R(rmdir, (OK), P("dir")),
    R(mkdirat, (OK), DIR_FD, P("dirat"), 0700),
    R(unlinkat, (OK), DIR_FD, P("dirat"), AT_REMOVEDIR),
    R(link, (OK), P("file"), P("hard")),
    R(unlink, (OK), P("hard")),
    R(linkat, (OK), DIR_FD, P("file"), DIR_FD, P("hardat"), 0),
    R(symlink, (OK), P("target"), P("sym")),
    R(symlinkat, (OK), P("target"), DIR_FD, P("symat")),
    R(readlink, (6), P("sym"), P(buf), sizeof(buf)),
    R(readlinkat, (6), DIR_FD, P("sym"), P(buf), sizeof(buf)),
    R(rename, (OK), P("a"), P("a1")),
    R(renameat, (OK), DIR_FD, P("b"), DIR_FD, P("b1")),
    R(renameat2, (OK), DIR_FD, P("b1"), DIR_FD, P("b2"), 1),
    R(chmod, (OK), P("file2"), 0640),
    R(fchmodat, (OK), AT_FDCWD, P("file2"), 0644),
    R(chown, (OK), P("file2"), -1, -1),
    R(lchown, (OK), P("file2"), -1, -1),
    R(fchownat, (OK), AT_FDCWD, P("file2"), -1, -1, 0),
    R(mknod, (OK), P("fifo"), S_IFIFO | 0600, 0),
    R(mknodat, (OK), AT_FDCWD, P("fifo2"), S_IFIFO | 0600, 0),
    R(utime, (OK), P("file2"), 0),
    R(utimes, (OK), P("file2"), 0),
    R(futimesat, (OK), AT_FDCWD, P("file2"), 0),
    R(utimensat, (OK), AT_FDCWD, P("file2"), 0, 0),
    R(getcwd, (OK), P(buf), sizeof(buf)),
    R(chdir, (OK), P(".")),
    R(umask, (022), 022),
    R(setxattr, (OK, -EOPNOTSUPP), P("file2"), P("user.ratel"), P("v"), 1, 0),
    R(getxattr, (OK, -EOPNOTSUPP), P("file2"), P("user.ratel"), P(buf), 16),
    R(listxattr, (OK), P("file2"), P(buf), sizeof(buf)),
    R(removexattr, (OK, -EOPNOTSUPP), P("file2"), P("user.ratel")),
    R(lsetxattr, (OK, -EOPNOTSUPP), P("file2"), P("user.ratel"), P("v"), 1, 0),
    R(lgetxattr, (OK, -EOPNOTSUPP), P("file2"), P("user.ratel"), P(buf), 16),
    R(llistxattr, (OK), P("file2"), P(buf), sizeof(buf)),
    R(lremovexattr, (OK, -EOPNOTSUPP), P("file2"), P("user.ratel")),
    R(fsetxattr, (OK, -EOPNOTSUPP), FILE2_FD, P("user.ratel"), P("v"), 1, 0),
    R(fgetxattr, (OK, -EOPNOTSUPP), FILE2_FD, P("user.ratel"), P(buf), 16),
    R(flistxattr, (OK), FILE2_FD, P(buf), sizeof(buf)),
    R(fremovexattr, (OK, -EOPNOTSUPP), FILE2_FD, P("user.ratel")),
    R(name_to_handle_at, (OK, -EOPNOTSUPP), AT_FDCWD, P("file"), P(&handle), P(buf), 0),
    R(open_by_handle_at, (-EBADF, -EPERM), -1, P(&handle), 0),
    R(inotify_init, (OK)),
    R(inotify_init1, (OK), O_CLOEXEC),
    KEEP(inotify_add_watch, (OK), INOTIFY_FD, P("."), 0x100),
    R(inotify_rm_watch, (OK), INOTIFY_FD, LAST),
    R(fanotify_init, (-EINVAL, -EPERM, NOSYS), 0xffffffff, 0),
    R(fanotify_mark, (-EBADF, -EINVAL, NOSYS), -1, 1, 0x20, AT_FDCWD, P("file")),
    R(ustat, (-EINVAL, NOSYS), 0, P(buf)),
    R(sysfs, (OK, -EINVAL, NOSYS), 3),
    R(quotactl, (-EINVAL, -ENOENT, -ENODEV, -ENOTBLK, NOSYS), 0x7fffff00, P("nosuch"), 0, 0),
    R(quotactl_fd, (-EBADF, -EINVAL, NOSYS), -1, 0x7fffff00, 0, 0),
    R(lookup_dcookie, (NOSYS, -EINVAL, -EPERM), 0, P(buf), 16),

    /* mounts */
    R(mount, (-ENOENT, -EPERM), P("none"), P("nosuch"), P("tmpfs"), 1, 0),
    R(umount2, (-ENOENT, -EPERM), P("nosuch"), 1),
    R(pivot_root, (-ENOENT, -EPERM), P("nosuch"), P("nosuch2")),
    R(chroot, (-ENOENT, -EPERM), P("nosuch")),
    R(open_tree, (-ENOENT), AT_FDCWD, P("nosuch"), 0),
    R(move_mount, (-ENOENT, -EPERM), AT_FDCWD, P("nosuch"), AT_FDCWD, P("nosuch2"), 0),
    R(fsopen, (-ENODEV, -EPERM), P("nosuchfs"), 0),
    R(fsconfig, (-EBADF, -EINVAL), -1, 0, P("key"), P("value"), 0),
    R(fsmount, (-EBADF, -EPERM), -1, 0, 0),
    R(fspick, (-ENOENT, -EPERM), AT_FDCWD, P("nosuch"), 0),
    R(mount_setattr, (OK, -ENOENT, -EPERM, -EINVAL), AT_FDCWD, P("nosuch"), 0, P(&attr), 32),

    /* waiting for descriptors */
    R(poll, (OK), 0, 0, 0),
    R(ppoll, (OK), 0, 0, P(&zero), 0, 8),
    R(select, (OK), 0, 0, 0, 0, P(&zero_tv)),
    R(pselect6, (OK), 0, 0, 0, 0, P(&zero), 0),
    R(epoll_create, (OK), 1),
    R(epoll_create1, (OK), 0),
    R(epoll_ctl, (OK), EPOLL_FD, EPOLL_CTL_ADD, PIPE_R, P(&interest)),
    R(epoll_wait, (1), EPOLL_FD, P(buf), 1, 0),
    R(epoll_pwait, (1), EPOLL_FD, P(buf), 1, 0, 0, 8),
    R(epoll_pwait2, (1), EPOLL_FD, P(buf), 1, P(&zero), 0, 8),
    N("epoll_ctl_old", 214, (NOSYS), 0),
    N("epoll_wait_old", 215, (NOSYS), 0),
    R(eventfd, (OK), 7),
    R(eventfd2, (OK), 7, O_CLOEXEC),
    R(signalfd, (OK), -1, P(&usr1), 8),
    R(signalfd4, (OK), -1, P(&usr1), 8, O_CLOEXEC),
    R(timerfd_create, (OK), CLOCK_MONOTONIC, 0),
    R(timerfd_settime, (OK), TIMER_FD, 0, P(&never), 0),
    R(timerfd_gettime, (OK), TIMER_FD, P(buf)),
    R(io_setup, (OK, NOSYS), 1, P(&aio_context)),
    R(io_destroy, (-EINVAL, NOSYS), 0),
    R(io_getevents, (-EINVAL, NOSYS), 0, 0, 0, 0, P(&zero)),
    R(io_pgetevents, (-EINVAL, NOSYS), 0, 0, 0, 0, P(&zero), 0),
    R(io_submit, (-EINVAL, NOSYS), 0, 0, 0),
    R(io_cancel, (-EINVAL, -EFAULT, NOSYS), 0, 0, 0),
    R(io_uring_setup, (-EFAULT, -EPERM, NOSYS), 1, 0),
    R(io_uring_enter, (-EBADF, NOSYS), -1, 0, 0, 0, 0),
    R(io_uring_register, (-EBADF, -EINVAL, NOSYS), -1, 0, 0, 0),

    /* memory */
    R(mmap, (AREA), AREA, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
      0),
    R(mprotect, (OK), AREA, 4096, PROT_READ),
    R(pkey_mprotect, (OK), AREA, 4096, PROT_READ | PROT_WRITE, -1),
    R(mremap, (AREA), AREA, 8192, 4096, 0, 0),
    R(msync, (OK), AREA, 4096, 1),
    R(mincore, (OK), AREA, 4096, P(buf)),
    R(madvise, (OK), AREA, 4096, 0),
    R(mlock, (OK), AREA, 4096),
    R(mlock2, (OK), AREA, 4096, 0),
    R(munlock, (OK), AREA, 4096),
    R(mlockall, (-EINVAL), 0),
    R(munlockall, (OK)),
    R(remap_file_pages, (-EINVAL, OK), AREA, 4096, 0, 0, 0),
    R(munmap, (OK), AREA, 4096),
    R(brk, (OK), 0),
    R(mbind, (OK, -EINVAL, NOSYS), P(page), 0, 0, 0, 0, 0),
    R(set_mempolicy, (OK, NOSYS), 0, 0, 0),
    R(get_mempolicy, (OK, NOSYS), P(buf), 0, 0, 0, 0),
    R(migrate_pages, (OK, -EINVAL, -EFAULT, -EPERM, NOSYS), SELF, 0, 0, 0),
    R(move_pages, (OK, NOSYS), 0, 0, 0, 0, 0, 0),
    R(pkey_alloc, (OK, -ENOSPC, -EINVAL, NOSYS), 0, 0),
    R(pkey_free, (-EINVAL, NOSYS), 99),
    R(memfd_create, (OK), P("ratel memfd"), 1),
    R(memfd_secret, (OK, NOSYS), 0),
    R(userfaultfd, (-EINVAL, -EPERM, NOSYS), 0x10),
    R(membarrier, (OK, NOSYS), 0, 0, 0),
    R(process_vm_readv, (16), SELF, P(&iov), 1, P(&iov), 1, 0),
    R(process_vm_writev, (16), SELF, P(&iov), 1, P(&iov), 1, 0),
    R(process_madvise, (-EBADF, -EINVAL), -1, P(&iov), 1, 0, 0),
    R(process_mrelease, (-EBADF, NOSYS), -1, 0),

    /* System V and POSIX IPC, keys */
    KEEP(shmget, (OK), IPC_PRIVATE, 4096, IPC_CREAT | 0600),
    R(shmat, (SHARED), LAST, SHARED, 0),
    R(shmctl, (OK), LAST, IPC_RMID, 0),
    R(shmdt, (OK), SHARED),
    KEEP(semget, (OK), IPC_PRIVATE, 1, IPC_CREAT | 0600),
    R(semop, (OK), LAST, P(&up), 1),
    R(semtimedop, (OK), LAST, P(&up), 1, P(&soon)),
    R(semctl, (OK), LAST, 0, IPC_RMID, 0),
    KEEP(msgget, (OK), IPC_PRIVATE, IPC_CREAT | 0600),
    R(msgsnd, (OK), LAST, P(&message), 8, IPC_NOWAIT),
    R(msgrcv, (8), LAST, P(&message), 8, 0, IPC_NOWAIT),
    R(msgctl, (OK), LAST, IPC_RMID, 0),
    R(mq_open, (-ENOENT, NOSYS), P("ratel-nosuch"), O_RDONLY, 0, 0),
    R(mq_unlink, (-ENOENT, NOSYS), P("ratel-nosuch")),
    R(mq_timedsend, (-EBADF, NOSYS), -1, P("text"), 4, 1, P(&zero)),
    R(mq_timedreceive, (-EBADF, NOSYS), -1, P(buf), 4, 0, P(&zero)),
    R(mq_notify, (-EBADF, NOSYS), -1, 0),
    R(mq_getsetattr, (-EBADF, NOSYS), -1, 0, P(buf)),
    R(add_key, (-ENODEV, NOSYS), P("nosuchtype"), P("key"), P("payload"), 7, -2),
    R(request_key, (-ENODEV, NOSYS, -ENOKEY), P("nosuchtype"), P("key"), P("callout"), 0),
    R(keyctl, (-EOPNOTSUPP, NOSYS), 9999, 0, 0, 0, 0),

    /* sockets */
    R(socket, (OK), AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
    R(socketpair, (OK), AF_UNIX, SOCK_DGRAM, 0, P(buf)),
    R(bind, (OK), TCP_FD, P(&loopback), sizeof(loopback)),
    R(listen, (OK), TCP_FD, 5),
    R(accept, (-EAGAIN), TCP_FD, 0, 0),
    R(accept4, (-EAGAIN), TCP_FD, 0, 0, SOCK_CLOEXEC),
    R(connect, (-ENOENT), SOCK_C, P(&nobody), sizeof(nobody)),
    R(getsockname, (OK), TCP_FD, P(buf), P(&addrlen)),
    R(getpeername, (OK), SOCK_A, P(buf), P(&addrlen)),
    R(setsockopt, (OK), TCP_FD, SOL_SOCKET, SO_REUSEADDR, P(&one), 4),
    R(getsockopt, (OK), TCP_FD, SOL_SOCKET, SO_REUSEADDR, P(buf), P(&addrlen)),
    R(sendto, (5), SOCK_A, P("hello"), 5, 0, 0, 0),
    R(recvfrom, (5), SOCK_B, P(buf), 16, MSG_DONTWAIT, 0, 0),
    R(sendmsg, (4), SOCK_A, P(&msg_out), 0),
    R(recvmsg, (4), SOCK_B, P(&msg_in), MSG_DONTWAIT),
    R(sendmmsg, (1), SOCK_A, P(&many_out), 1, 0),
    R(recvmmsg, (1), SOCK_B, P(&many_in), 1, MSG_DONTWAIT, P(&soon)),
    R(shutdown, (OK), SOCK_A, SHUT_RDWR),

    /* who it is */
    R(getpid, (OK)),
    R(getppid, (OK)),
    R(gettid, (OK)),
    R(getpgrp, (OK)),
    R(getpgid, (OK), 0),
    R(getsid, (OK), 0),
    R(setpgid, (-EPERM), 0, 0),
    R(setsid, (-EPERM)),
    R(getuid, (OK)),
    R(geteuid, (OK)),
    R(getgid, (OK)),
    R(getegid, (OK)),
    R(getresuid, (OK), P(buf), P(buf), P(buf)),
    R(getresgid, (OK), P(buf), P(buf), P(buf)),
    R(getgroups, (OK), 0, 0),
    R(setgroups, (-EINVAL, -EPERM), 0x20000, 0),
    R(setuid, (OK, -EPERM), 0),
    R(setgid, (OK, -EPERM), 0),
    R(setreuid, (OK), -1, -1),
    R(setregid, (OK), -1, -1),
    R(setresuid, (OK), -1, -1, -1),
    R(setresgid, (OK), -1, -1, -1),
    R(setfsuid, (OK), -1),
    R(setfsgid, (OK), -1),
    R(capget, (OK), P(&caps), P(buf)),
    R(capset, (-EFAULT), 0, 0),
    R(personality, (OK), 0xffffffff),
    R(prctl, (OK), 16, P(buf), 0, 0, 0),
    R(arch_prctl, (OK), 0x1003, P(buf)),
    R(modify_ldt, (OK, NOSYS), 0, P(buf), 16),
    R(set_thread_area, (NOSYS), 0),
    R(get_thread_area, (NOSYS), 0),
    R(set_tid_address, (OK), P(&tid_word)),
    R(set_robust_list, (-EINVAL), P(buf), 1),
    R(get_robust_list, (OK), 0, P(buf), P(buf)),
    R(rseq, (-EINVAL, -EBUSY, -EPERM, NOSYS), 0, 1, 0, 0),
    R(unshare, (OK), 0),
    R(setns, (-EINVAL, -EBADF), FILE_FD, 0),
    R(seccomp, (OK), 2, 0, P(&allow)),
    R(landlock_create_ruleset, (OK, NOSYS, -EOPNOTSUPP), 0, 0, 1),
    R(landlock_add_rule, (-EBADF, -EINVAL, NOSYS, -EOPNOTSUPP), -1, 1, P(&attr), 0),
    R(landlock_restrict_self, (-EBADF, -EPERM, NOSYS, -EOPNOTSUPP), -1, 0),
    R(ptrace, (-ESRCH), 17, SELF, 0, 0),
    R(kcmp, (OK, NOSYS), SELF, SELF, 0, FILE_FD, FILE_FD),
    R(pidfd_open, (OK), SELF, 0),
    R(pidfd_getfd, (-EBADF), -1, 0, 0),
    R(pidfd_send_signal, (-EBADF), -1, 0, 0, 0),

    /* signals, time, scheduling */
    R(rt_sigaction, (OK), SIGUSR1, 0, P(buf), 8),
    R(rt_sigprocmask, (OK), SIG_BLOCK, 0, P(buf), 8),
    R(rt_sigpending, (OK), P(buf), 8),
    R(rt_sigtimedwait, (-EAGAIN), P(&usr1), 0, P(&zero), 8),
    R(rt_sigqueueinfo, (OK), SELF, 0, P(&queued)),
    R(rt_tgsigqueueinfo, (OK), SELF, SELF, 0, P(&queued)),
    R(sigaltstack, (OK), 0, P(buf)),
    R(kill, (OK), SELF, 0),
    R(tkill, (OK), SELF, 0),
    R(tgkill, (OK), SELF, SELF, 0),
    R(alarm, (OK), 0),
    R(getitimer, (OK), ITIMER_REAL, P(buf)),
    R(setitimer, (OK), ITIMER_REAL, P(&never), P(buf)),
    R(timer_create, (OK), CLOCK_MONOTONIC, 0, P(&timer_id)),
    R(timer_settime, (OK), 0, 0, P(&never), 0),
    R(timer_gettime, (OK), 0, P(buf)),
    R(timer_getoverrun, (OK), 0),
    R(timer_delete, (OK), 0),
    R(nanosleep, (OK), P(&soon), 0),
    R(clock_nanosleep, (OK), CLOCK_MONOTONIC, 0, P(&soon), 0),
    R(clock_gettime, (OK), CLOCK_MONOTONIC, P(buf)),
    R(clock_getres, (OK), CLOCK_MONOTONIC, P(buf)),
    R(clock_settime, (-EINVAL), 99, P(&zero)),
    R(clock_adjtime, (-EINVAL, -EFAULT), 99, P(buf)),
    R(adjtimex, (-EFAULT), 0),
    R(settimeofday, (-EFAULT), 1, 0),
    R(gettimeofday, (OK), P(buf), 0),
    R(time, (OK), 0),
    R(times, (OK), P(buf)),
    R(futex, (OK), P(&word), FUTEX_WAKE, 1, 0, 0, 0),
    R(futex, (-EAGAIN), P(&word), FUTEX_WAIT, 5, P(&soon), 0, 0),
    R(restart_syscall, (-EINTR)),
    R(sched_yield, (OK)),
    R(sched_getparam, (OK), 0, P(buf)),
    R(sched_setparam, (OK, -EPERM), 0, P(&normal)),
    R(sched_getscheduler, (OK), 0),
    R(sched_setscheduler, (OK, -EPERM), 0, SCHED_OTHER, P(&normal)),
    R(sched_get_priority_max, (99), SCHED_FIFO),
    R(sched_get_priority_min, (1), SCHED_FIFO),
    R(sched_rr_get_interval, (OK), 0, P(buf)),
    R(sched_getaffinity, (OK), 0, sizeof(mask), P(mask)),
    R(sched_setaffinity, (OK), 0, sizeof(mask), P(mask)),
    R(sched_getattr, (OK), 0, P(buf), 56, 0),
    R(sched_setattr, (-EINVAL), 0, 0, 0),
    R(getpriority, (OK), PRIO_PROCESS, 0),
    R(setpriority, (OK, -EACCES, -EPERM), PRIO_PROCESS, 0, 0),
    R(ioprio_get, (OK), 1, 0),
    R(ioprio_set, (OK), 1, 0, 0),
    R(getcpu, (OK), P(buf), 0, 0),

    /* limits and facts */
    R(getrlimit, (OK), RLIMIT_NOFILE, P(buf)),
    R(setrlimit, (OK), RLIMIT_CORE, P(&no_core)),
    R(prlimit64, (OK), 0, RLIMIT_NOFILE, 0, P(buf)),
    R(getrusage, (OK), RUSAGE_SELF, P(buf)),
    R(sysinfo, (OK), P(buf)),
    R(uname, (OK), P(buf)),
    R(syslog, (OK, -EPERM), 10, 0, 0),
    R(getrandom, (8), P(buf), 8, 0),
    R(wait4, (-ECHILD), -1, 0, 1, 0),
    R(waitid, (-ECHILD), 0, 0, P(buf), 5, 0),

    /* the machine: must fail */
    R(reboot, (-EINVAL, -EPERM), 0, 0, 0, 0),
    R(sethostname, (-EINVAL, -EPERM), P("hostile"), -1),
    R(setdomainname, (-EINVAL, -EPERM), P("hostile"), -1),
    R(swapon, (-ENOENT, -EPERM, NOSYS), P("nosuch"), 0),
    R(swapoff, (-ENOENT, -EPERM, NOSYS), P("nosuch")),
    R(acct, (-ENOENT, -EPERM, NOSYS), P("nosuch")),
    R(iopl, (-EINVAL, NOSYS), 4),
    R(ioperm, (-EINVAL, -EPERM, NOSYS), 0, 0, 0),
    R(init_module, (NOSYS, -EPERM, -ENOEXEC), 0, 0, P("parameters")),
    R(finit_module, (NOSYS, -EPERM, -EBADF), -1, P("parameters"), 0),
    R(delete_module, (NOSYS, -EPERM, -ENOENT), P("ratel_nosuch"), O_NONBLOCK),
    R(kexec_load, (NOSYS, -EPERM, -EINVAL), 0, 100000, 0, 0),
    R(kexec_file_load, (NOSYS, -EPERM, -EBADF, -EINVAL), -1, -1, 8, P("cmdline"), 0x1000),
    R(bpf, (-EINVAL, -EPERM, NOSYS), -1, 0, 0),
    R(perf_event_open, (-EFAULT, -EPERM, -EACCES, NOSYS), 0, 0, -1, -1, 0),
    R(vhangup, (OK, -EPERM)),

    /* since Linux 5.16; many kernels lack the last ones */
    N("futex_waitv", 449, (-EINVAL, NOSYS), 0, 0, 0, 0, 0),
    N("set_mempolicy_home_node", 450, (OK, -EINVAL, -ENOENT, NOSYS), 0, 0, 0, 0),
    N("cachestat", 451, (OK, -EOPNOTSUPP, NOSYS), FILE_FD, P(&attr), P(buf), 0),
    N("fchmodat2", 452, (OK, NOSYS), AT_FDCWD, P("file2"), 0644, 0),
    N("map_shadow_stack", 453, (-EOPNOTSUPP, -EINVAL, NOSYS), 0, 0, 0x10),
    N("futex_wake", 454, (-EINVAL, NOSYS), P(&word), 0, 1, 0xff),
    N("futex_wait", 455, (-EINVAL, NOSYS), P(&word), 0, 0, 0xff, P(&soon), 1),
    N("futex_requeue", 456, (-EINVAL, NOSYS), 0, 0xff, 1, 1),
    N("statmount", 457, (-EFAULT, -EINVAL, NOSYS), 0, P(buf), sizeof(buf), 0),
    N("listmount", 458, (-EFAULT, -EINVAL, NOSYS), 0, P(buf), 8, 0),
    N("lsm_get_self_attr", 459, (-EINVAL, -EFAULT, -EOPNOTSUPP, NOSYS), 0, 0, 0, 0),
    N("lsm_set_self_attr", 460, (-EINVAL, -EFAULT, -EOPNOTSUPP, NOSYS), 0, 0, 0, 0),
    N("lsm_list_modules", 461, (-EFAULT, NOSYS), 0, 0, 0),
    N("mseal", 462, (-EINVAL, NOSYS), P(page), 0, 1),
    N("setxattrat", 463, (-EINVAL, NOSYS), AT_FDCWD, P("file2"), 0, P("user.ratel"), 0, 0),
    N("getxattrat", 464, (-EINVAL, NOSYS), AT_FDCWD, P("file2"), 0, P("user.ratel"), 0, 0),
    N("listxattrat", 465, (OK, NOSYS), AT_FDCWD, P("file2"), 0, P(buf), sizeof(buf)),
    N("removexattrat", 466, (-ENODATA, -EOPNOTSUPP, NOSYS), AT_FDCWD, P("file2"), 0,
      P("user.none")),
    N("open_tree_attr", 467, (-ENOENT, -EINVAL, NOSYS), AT_FDCWD, P("nosuch"), 0, 0, 0),
    N("file_getattr", 468, (-EINVAL, NOSYS), AT_FDCWD, P("file2"), P(buf), 0, 0),
    N("file_setattr", 469, (-EINVAL, NOSYS), AT_FDCWD, P("file2"), P(buf), 0, 0),

    /* gone from the kernel, or never there */
    R(uselib, (-ENOENT, NOSYS), P("nosuch")),
    N("sysctl", 156, (NOSYS), 0),
    R(create_module, (NOSYS)),
    R(get_kernel_syms, (NOSYS)),
    R(query_module, (NOSYS)),
    R(nfsservctl, (NOSYS)),
    R(getpmsg, (NOSYS)),
    R(putpmsg, (NOSYS)),
    N("afs", 183, (NOSYS)),
    R(tuxcall, (NOSYS)),
    R(security, (NOSYS)),
    R(vserver, (NOSYS)),

    /* programs that are not there; those that are run below */
    R(execve, (-ENOENT), P("nosuch"), P(argv_), P(envp_)),
    R(execveat, (-ENOENT), DIR_FD, P("nosuch"), P(argv_), P(envp_), 0),
    R(clone3, (-EINVAL), 0, 0),
};

static long call64(long nr, const long a[6])
{
    register long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
    long ret;

    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "0"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}

static void on_signal(int sig)
{
    (void)sig;
}

/* Waits for a child and checks how it exited. */
static void reap(long pid, int code)
{
    int status;

    calls_check(waitpid((pid_t)pid, &status, 0) == pid && WIFEXITED(status) &&
                    WEXITSTATUS(status) == code,
                "a child");
}

static void forks(void)
{
    long flags[6] = {SIGCHLD}, status[6] = {0};
    struct {
        unsigned long flags, pidfd, child, parent, signal, stack, size, tls;
    } args = {
        .signal = SIGCHLD,
    };
    long size[6] = {P(&args), sizeof(args)};
    long pid;

    pid = call64(SYS_fork, status);
    if (pid == 0)
        call64(SYS_exit, (long[6]){3});
    calls_log(0, "fork", pid, NULL);
    calls_log_enter(pid, "exit", (long[6]){3});
    reap(pid, 3);

    pid = vfork();
    if (pid == 0)
        _exit(4);
    calls_log(0, "vfork", pid, NULL);
    calls_log_enter(pid, "exit_group", (long[6]){4});
    reap(pid, 4);

    pid = call64(SYS_clone, flags);
    if (pid == 0)
        call64(SYS_exit_group, (long[6]){5});
    calls_log(0, "clone", pid, flags);
    calls_log_enter(pid, "exit_group", (long[6]){5});
    reap(pid, 5);

    pid = call64(SYS_clone3, size);
    if (pid == 0)
        call64(SYS_exit_group, (long[6]){6});
    calls_log(0, "clone3", pid, size);
    calls_log_enter(pid, "exit_group", (long[6]){6});
    reap(pid, 6);
}

static void signals(void)
{
    struct sigaction act = {.sa_handler = on_signal};
    struct itimerval in_10ms = {.it_value = {.tv_usec = 10000}};
    unsigned long none = 0;
    long suspend[6] = {P(&none), sizeof(none)}, ret;

    calls_check(sigaction(SIGALRM, &act, NULL) == 0, "sigaction");
    calls_check(setitimer(ITIMER_REAL, &in_10ms, NULL) == 0, "setitimer");
    ret = call64(SYS_pause, suspend);
    calls_log(0, "pause", ret, suspend);
    calls_log_enter(0, "rt_sigreturn", NULL);
    calls_check(ret == -EINTR, "pause");
    calls_check(setitimer(ITIMER_REAL, &in_10ms, NULL) == 0, "setitimer");
    ret = call64(SYS_rt_sigsuspend, suspend);
    calls_log(0, "rt_sigsuspend", ret, suspend);
    calls_log_enter(0, "rt_sigreturn", NULL);
    calls_check(ret == -EINTR, "rt_sigsuspend");
}

static void special(void)
{
    forks();
    signals();
}

int main(void)
{
    return calls_run(rows, sizeof(rows) / sizeof(rows[0]), call64, special);
}
