/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every 32-bit system call once, harmlessly, through int $0x80. Built twice: as a 32-bit program,
 * and through int80.c as a 64-bit one that makes 32-bit calls.
 */
#include "calls.h"

#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define AREA   0x60000000L
#define SHARED 0x61000000L
#define P(x)   ((long)(x))
#define MAX_   4096

/* What the calls read and write, as a 32-bit program lays it out. */
static char buf[MAX_];
static char mask[128];
static struct {
    uint32_t base, len;
} iov, out;
struct msghdr32 {
    uint32_t name, namelen, iov, iovlen, control, controllen, flags;
};
static struct msghdr32 msg_out, msg_in;
static struct {
    struct msghdr32 msg;
    uint32_t len;
} many_out, many_in;
static struct {
    int32_t sec, nsec;
} soon32 = {0, 1000000}, zero32;
static struct {
    int64_t sec, nsec;
} soon = {0, 1000000}, zero;
static struct {
    int32_t value[4];
} never32;
static struct {
    int64_t value[4];
} never;
static struct {
    unsigned short family;
    char path[12];
} nobody = {AF_UNIX, "nobody"};
static struct {
    uint16_t family, port;
    uint32_t addr;
    char zero[8];
} loopback = {
    2,
    0,
    0x0100007f,
    {0},
};
static uint32_t addrlen = 16, timer_id, tid_word, aio_context, word;
static int one = 1, allow = 0x7fff0000;
static int32_t normal;
static struct {
    uint16_t num, op, flg;
} up = {0, 1, 04000};
static struct {
    int32_t type;
    char text[8];
} message = {1, "message"};
static struct {
    uint32_t events;
    uint64_t data;
} __attribute__((packed)) interest = {1, PIPE_R};
static struct {
    uint32_t value[2];
} usr1 = {{1U << (SIGUSR1 - 1), 0}};
static struct {
    int32_t signo, err, code;
    char rest[116];
} queued = {0, 0, -1, {0}};
static struct {
    uint32_t version, pid;
} caps = {0x20080522, 0};
static struct {
    uint32_t bytes, type;
    char data[128];
} handle = {128, 0, {0}};
static struct {
    uint64_t flags, mode, resolve;
} how;
static struct {
    uint32_t soft, hard;
} no_core;
static struct {
    uint32_t addr, len, prot, flags, fd, off;
} map_args = {
    AREA, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, ~0U, 0,
};
static struct {
    uint32_t n, in, out, ex, tv;
} select_args;
static uint32_t socket_args[3] = {AF_UNIX, SOCK_STREAM, 0};
static uint32_t argv_[3], envp_[2];

static void lay_out(void)
{
    iov.base = out.base = (uint32_t)(uintptr_t)buf;
    iov.len = 16;
    out.len = 4;
    msg_in.iov = many_in.msg.iov = (uint32_t)(uintptr_t)&iov;
    msg_out.iov = many_out.msg.iov = (uint32_t)(uintptr_t)&out;
    msg_in.iovlen = many_in.msg.iovlen = msg_out.iovlen = many_out.msg.iovlen = 1;
    argv_[0] = (uint32_t)(uintptr_t) "nosuch";
    argv_[1] = (uint32_t)(uintptr_t) "one";
    envp_[0] = (uint32_t)(uintptr_t) "A=1";
    select_args.tv = (uint32_t)(uintptr_t)&zero32;
}

/* clang-format off: it takes the braces of a row for a block */
#define R(nr, name, want, ...)                                                                     \
    {                                                                                              \
        name, nr, {__VA_ARGS__}, false, WANT want                                                  \
    }
#define KEEP(nr, name, want, ...)                                                                  \
    {                                                                                              \
        name, nr, {__VA_ARGS__}, true, WANT want                                                   \
    }
/* clang-format on */
#define NOSYS          (-ENOSYS)
#define GONE(nr, name) R(nr, name, (NOSYS), 0)

static const struct call rows[] = {
    R(0, "restart_syscall", (-EINTR), 0),
    R(3, "read", (16), FILE_FD, P(buf), 16),
    R(4, "write", (4), FILE2_FD, P(buf), 4),
    R(5, "open", (OK), P("file"), O_RDONLY, 0),
    R(6, "close", (OK), SPARE_FD),
    R(7, "waitpid", (-ECHILD), -1, 0, 1),
    R(8, "creat", (OK), P("created"), 0640),
    R(9, "link", (OK), P("file"), P("hard")),
    R(10, "unlink", (OK), P("hard")),
    R(11, "execve", (-ENOENT), P("nosuch"), P(argv_), P(envp_)),
    R(12, "chdir", (OK), P(".")),
    R(13, "time", (OK), 0),
    R(14, "mknod", (OK), P("fifo"), 010600, 0),
    R(15, "chmod", (OK), P("file2"), 0640),
    R(16, "lchown16", (OK), P("file2"), 0xffff, 0xffff),
    GONE(17, "break"),
    R(18, "oldstat", (OK, -EOVERFLOW), P("file"), P(buf)),
    R(19, "lseek", (12), FILE_FD, 12, SEEK_SET),
    R(20, "getpid", (OK), 0),
    R(21, "mount", (-ENOENT, -EPERM), P("none"), P("nosuch"), P("tmpfs"), 1, 0),
    R(22, "umount", (-ENOENT, -EPERM), P("nosuch")),
    R(23, "setuid16", (OK, -EPERM), 0),
    R(24, "getuid16", (OK), 0),
    R(25, "stime", (-EFAULT), 1),
    R(26, "ptrace", (-ESRCH), 17, SELF, 0, 0),
    R(27, "alarm", (OK), 0),
    R(28, "oldfstat", (OK, -EOVERFLOW), FILE_FD, P(buf)),
    R(30, "utime", (OK), P("file2"), 0),
    GONE(31, "stty"),
    GONE(32, "gtty"),
    R(33, "access", (OK), P("file"), R_OK),
    R(34, "nice", (OK), 0),
    GONE(35, "ftime"),
    R(36, "sync", (OK), 0),
    R(37, "kill", (OK), SELF, 0),
    R(38, "rename", (OK), P("a"), P("a1")),
    R(39, "mkdir", (OK), P("dir"), 0755),
    R(40, "rmdir", (OK), P("dir")),
    R(41, "dup", (OK), FILE_FD),
    R(42, "pipe", (OK), P(buf)),
    R(43, "times", (OK, -1), P(buf)),
    GONE(44, "prof"),
    R(45, "brk", (OK), 0),
    R(46, "setgid16", (OK, -EPERM), 0),
    R(47, "getgid16", (OK), 0),
    R(48, "signal", (OK), SIGUSR2, 0),
    R(49, "geteuid16", (OK), 0),
    R(50, "getegid16", (OK), 0),
    R(51, "acct", (-ENOENT, -EPERM, NOSYS), P("nosuch")),
    R(52, "umount2", (-ENOENT, -EPERM), P("nosuch"), 1),
    GONE(53, "lock"),
    R(54, "ioctl", (OK), FILE_FD, 0x541b, P(buf)),
    R(55, "fcntl", (OK), FILE_FD, F_GETFD, 0),
    GONE(56, "mpx"),
    R(57, "setpgid", (-EPERM), 0, 0),
    GONE(58, "ulimit"),
    R(59, "oldolduname", (OK, NOSYS), P(buf)),
    R(60, "umask", (022), 022),
    R(61, "chroot", (-ENOENT, -EPERM), P("nosuch")),
    R(62, "ustat", (-EINVAL, NOSYS), 0, P(buf)),
    R(63, "dup2", (FREE_FD), FILE_FD, FREE_FD),
    R(64, "getppid", (OK), 0),
    R(65, "getpgrp", (OK), 0),
    R(66, "setsid", (-EPERM), 0),
    R(67, "sigaction", (OK), SIGUSR2, 0, P(buf)),
    R(68, "sgetmask", (OK, NOSYS), 0),
    R(69, "ssetmask", (OK, NOSYS), 0),
    R(70, "setreuid16", (OK), 0xffff, 0xffff),
    R(71, "setregid16", (OK), 0xffff, 0xffff),
    R(73, "sigpending", (OK), P(buf)),
    R(74, "sethostname", (-EINVAL, -EPERM), P("hostile"), -1),
    R(75, "setrlimit", (OK), RLIMIT_CORE, P(&no_core)),
    R(76, "old_getrlimit", (OK), RLIMIT_NOFILE, P(buf)),
    R(77, "getrusage", (OK), RUSAGE_SELF, P(buf)),
    R(78, "gettimeofday", (OK), P(buf), 0),
    R(79, "settimeofday", (-EFAULT), 1, 0),
    R(80, "getgroups16", (OK), 0, 0),
    R(81, "setgroups16", (-EINVAL, -EPERM), 0x20000, 0),
    R(82, "old_select", (OK), P(&select_args)),
    R(83, "symlink", (OK), P("target"), P("sym")),
    R(84, "oldlstat", (OK, -EOVERFLOW), P("file"), P(buf)),
    R(85, "readlink", (6), P("sym"), P(buf), MAX_),
    R(86, "uselib", (-ENOENT, NOSYS), P("nosuch")),
    R(87, "swapon", (-ENOENT, -EPERM, NOSYS), P("nosuch"), 0),
    R(88, "reboot", (-EINVAL, -EPERM), 0, 0, 0, 0),
    R(89, "readdir", (OK, -EOVERFLOW), DIR_FD, P(buf), 1),
    R(90, "mmap", (AREA), P(&map_args)),
    R(125, "mprotect", (OK), AREA, 4096, PROT_READ),
    R(380, "pkey_mprotect", (OK), AREA, 4096, PROT_READ | PROT_WRITE, -1),
    R(144, "msync", (OK), AREA, 4096, 1),
    R(163, "mremap", (AREA), AREA, 8192, 4096, 0, 0),
    R(218, "mincore", (OK), AREA, 4096, P(buf)),
    R(219, "madvise", (OK), AREA, 4096, 0),
    R(150, "mlock", (OK), AREA, 4096),
    R(376, "mlock2", (OK), AREA, 4096, 0),
    R(151, "munlock", (OK), AREA, 4096),
    R(152, "mlockall", (-EINVAL), 0),
    R(153, "munlockall", (OK), 0),
    R(257, "remap_file_pages", (-EINVAL, OK), AREA, 4096, 0, 0, 0),
    R(91, "munmap", (OK), AREA, 4096),
    R(192, "mmap2", (AREA), AREA, 4096, PROT_READ, MAP_PRIVATE | MAP_FIXED, FILE_FD, 1),
    R(92, "truncate", (OK), P("file2"), 100),
    R(93, "ftruncate", (OK), FILE2_FD, 50),
    R(94, "fchmod", (OK), FILE2_FD, 0600),
    R(95, "fchown16", (OK), FILE2_FD, 0xffff, 0xffff),
    R(96, "getpriority", (OK), PRIO_PROCESS, 0),
    R(97, "setpriority", (OK, -EACCES, -EPERM), PRIO_PROCESS, 0, 0),
    GONE(98, "profil"),
    R(99, "statfs", (OK, -EOVERFLOW), P("."), P(buf)),
    R(100, "fstatfs", (OK, -EOVERFLOW), FILE_FD, P(buf)),
    R(101, "ioperm", (-EINVAL, -EPERM, NOSYS), 0, 0, 0),
    R(102, "socketcall", (OK), 1, P(socket_args)),
    R(103, "syslog", (OK, -EPERM), 10, 0, 0),
    R(104, "setitimer", (OK), 0, P(&never32), P(buf)),
    R(105, "getitimer", (OK), 0, P(buf)),
    R(106, "stat", (OK, -EOVERFLOW), P("file"), P(buf)),
    R(107, "lstat", (OK, -EOVERFLOW), P("file"), P(buf)),
    R(108, "fstat", (OK, -EOVERFLOW), FILE_FD, P(buf)),
    R(109, "olduname", (OK, NOSYS), P(buf)),
    R(110, "iopl", (-EINVAL, NOSYS), 4),
    R(111, "vhangup", (OK, -EPERM), 0),
    GONE(112, "idle"),
    R(113, "vm86old", (NOSYS, -EPERM), 0),
    R(114, "wait4", (-ECHILD), -1, 0, 1, 0),
    R(115, "swapoff", (-ENOENT, -EPERM, NOSYS), P("nosuch")),
    R(116, "sysinfo", (OK), P(buf)),
    KEEP(117, "ipc", (OK), 2, 0, 1, 01600, 0),
    R(117, "ipc", (OK), 3, LAST, 0, 0, P(buf)),
    R(118, "fsync", (OK), FILE2_FD),
    R(121, "setdomainname", (-EINVAL, -EPERM), P("hostile"), -1),
    R(122, "uname", (OK), P(buf)),
    R(123, "modify_ldt", (OK, NOSYS), 0, P(buf), 16),
    R(124, "adjtimex", (-EFAULT, NOSYS), 0),
    R(126, "sigprocmask", (OK), SIG_BLOCK, 0, P(buf)),
    GONE(127, "create_module"),
    R(128, "init_module", (NOSYS, -EPERM, -ENOEXEC), 0, 0, P("parameters")),
    R(129, "delete_module", (NOSYS, -EPERM, -ENOENT), P("ratel_nosuch"), O_NONBLOCK),
    GONE(130, "get_kernel_syms"),
    R(131, "quotactl", (-EINVAL, -ENOENT, -ENODEV, -ENOTBLK, NOSYS), 0x7fffff00, P("nosuch"), 0, 0),
    R(132, "getpgid", (OK), 0),
    R(133, "fchdir", (OK), DIR_FD),
    R(134, "bdflush", (OK, NOSYS, -EPERM), 0, 0),
    R(135, "sysfs", (OK, -EINVAL, NOSYS), 3, 0, 0),
    R(136, "personality", (OK), 0xffffffff),
    GONE(137, "afs_syscall"),
    R(138, "setfsuid16", (OK), 0xffff),
    R(139, "setfsgid16", (OK), 0xffff),
    R(140, "llseek", (OK), FILE_FD, 1, 2, P(buf), SEEK_SET),
    R(19, "lseek", (OK), FILE_FD, 0, SEEK_SET),
    R(141, "getdents", (OK), DIR_FD, P(buf), MAX_),
    R(142, "select", (OK), 0, 0, 0, 0, P(&zero32)),
    R(143, "flock", (OK), FILE_FD, 5),
    R(145, "readv", (16), FILE_FD, P(&iov), 1),
    R(146, "writev", (4), FILE2_FD, P(&out), 1),
    R(147, "getsid", (OK), 0),
    R(148, "fdatasync", (OK), FILE2_FD),
    GONE(149, "sysctl"),
    R(154, "sched_setparam", (OK, -EPERM), 0, P(&normal)),
    R(155, "sched_getparam", (OK), 0, P(buf)),
    R(156, "sched_setscheduler", (OK, -EPERM), 0, SCHED_OTHER, P(&normal)),
    R(157, "sched_getscheduler", (OK), 0),
    R(158, "sched_yield", (OK), 0),
    R(159, "sched_get_priority_max", (99), SCHED_FIFO),
    R(160, "sched_get_priority_min", (1), SCHED_FIFO),
    R(161, "sched_rr_get_interval_time32", (OK), 0, P(buf)),
    R(162, "nanosleep", (OK), P(&soon32), 0),
    R(164, "setresuid16", (OK), 0xffff, 0xffff, 0xffff),
    R(165, "getresuid16", (OK), P(buf), P(buf), P(buf)),
    R(166, "vm86", (NOSYS, -EPERM), 0, 0),
    GONE(167, "query_module"),
    R(168, "poll", (OK), 0, 0, 0),
    GONE(169, "nfsservctl"),
    R(170, "setresgid16", (OK), 0xffff, 0xffff, 0xffff),
    R(171, "getresgid16", (OK), P(buf), P(buf), P(buf)),
    R(172, "prctl", (OK), 16, P(buf), 0, 0, 0),
    R(174, "rt_sigaction", (OK), SIGUSR2, 0, P(buf), 8),
    R(175, "rt_sigprocmask", (OK), SIG_BLOCK, 0, P(buf), 8),
    R(176, "rt_sigpending", (OK), P(buf), 8),
    R(177, "rt_sigtimedwait_time32", (-EAGAIN), P(&usr1), 0, P(&zero32), 8),
    R(178, "rt_sigqueueinfo", (OK), SELF, 0, P(&queued)),
    R(180, "pread64", (16), FILE_FD, P(buf), 16, 32, 0),
    R(181, "pwrite64", (4), FILE2_FD, P(buf), 4, 8, 0),
    R(182, "chown16", (OK), P("file2"), 0xffff, 0xffff),
    R(183, "getcwd", (OK), P(buf), MAX_),
    R(184, "capget", (OK), P(&caps), P(buf)),
    R(185, "capset", (-EFAULT), 0, 0),
    R(186, "sigaltstack", (OK), 0, P(buf)),
    R(187, "sendfile32", (10), FILE2_FD, FILE_FD, 0, 10),
    GONE(188, "getpmsg"),
    GONE(189, "putpmsg"),
    R(191, "getrlimit", (OK), RLIMIT_NOFILE, P(buf)),
    R(193, "truncate64", (OK), P("file2"), 100, 0),
    R(194, "ftruncate64", (OK), FILE2_FD, 50, 0),
    R(195, "stat64", (OK), P("file"), P(buf)),
    R(196, "lstat64", (OK), P("file"), P(buf)),
    R(197, "fstat64", (OK), FILE_FD, P(buf)),
    R(198, "lchown", (OK), P("file2"), -1, -1),
    R(199, "getuid", (OK), 0),
    R(200, "getgid", (OK), 0),
    R(201, "geteuid", (OK), 0),
    R(202, "getegid", (OK), 0),
    R(203, "setreuid", (OK), -1, -1),
    R(204, "setregid", (OK), -1, -1),
    R(205, "getgroups", (OK), 0, 0),
    R(206, "setgroups", (-EINVAL, -EPERM), 0x20000, 0),
    R(207, "fchown", (OK), FILE2_FD, -1, -1),
    R(208, "setresuid", (OK), -1, -1, -1),
    R(209, "getresuid", (OK), P(buf), P(buf), P(buf)),
    R(210, "setresgid", (OK), -1, -1, -1),
    R(211, "getresgid", (OK), P(buf), P(buf), P(buf)),
    R(212, "chown", (OK), P("file2"), -1, -1),
    R(213, "setuid", (OK, -EPERM), 0),
    R(214, "setgid", (OK, -EPERM), 0),
    R(215, "setfsuid", (OK), -1),
    R(216, "setfsgid", (OK), -1),
    R(217, "pivot_root", (-ENOENT, -EPERM), P("nosuch"), P("nosuch2")),
    R(220, "getdents64", (OK), DIR_FD, P(buf), MAX_),
    R(221, "fcntl64", (OK), FILE_FD, F_GETFD, 0),
    R(224, "gettid", (OK), 0),
    R(225, "readahead", (OK), FILE_FD, 0, 0, 4096),
    R(226, "setxattr", (OK, -EOPNOTSUPP), P("file2"), P("user.ratel"), P("v"), 1, 0),
    R(229, "getxattr", (OK, -EOPNOTSUPP), P("file2"), P("user.ratel"), P(buf), 16),
    R(232, "listxattr", (OK), P("file2"), P(buf), MAX_),
    R(235, "removexattr", (OK, -EOPNOTSUPP), P("file2"), P("user.ratel")),
    R(227, "lsetxattr", (OK, -EOPNOTSUPP), P("file2"), P("user.ratel"), P("v"), 1, 0),
    R(230, "lgetxattr", (OK, -EOPNOTSUPP), P("file2"), P("user.ratel"), P(buf), 16),
    R(233, "llistxattr", (OK), P("file2"), P(buf), MAX_),
    R(236, "lremovexattr", (OK, -EOPNOTSUPP), P("file2"), P("user.ratel")),
    R(228, "fsetxattr", (OK, -EOPNOTSUPP), FILE2_FD, P("user.ratel"), P("v"), 1, 0),
    R(231, "fgetxattr", (OK, -EOPNOTSUPP), FILE2_FD, P("user.ratel"), P(buf), 16),
    R(234, "flistxattr", (OK), FILE2_FD, P(buf), MAX_),
    R(237, "fremovexattr", (OK, -EOPNOTSUPP), FILE2_FD, P("user.ratel")),
    R(238, "tkill", (OK), SELF, 0),
    R(239, "sendfile", (10), FILE2_FD, FILE_FD, 0, 10),
    R(240, "futex_time32", (-EAGAIN), P(&word), 0, 5, P(&soon32), 0, 0),
    R(242, "sched_getaffinity", (OK), 0, sizeof(mask), P(mask)),
    R(241, "sched_setaffinity", (OK), 0, sizeof(mask), P(mask)),
    R(243, "set_thread_area", (-EFAULT, NOSYS), 0),
    R(244, "get_thread_area", (-EFAULT, NOSYS), 0),
    R(245, "io_setup", (OK, NOSYS), 1, P(&aio_context)),
    R(246, "io_destroy", (-EINVAL, NOSYS), 0),
    R(247, "io_getevents", (-EINVAL, NOSYS), 0, 0, 0, 0, P(&zero32)),
    R(248, "io_submit", (-EINVAL, NOSYS), 0, 0, 0),
    R(249, "io_cancel", (-EINVAL, -EFAULT, NOSYS), 0, 0, 0),
    R(250, "fadvise64", (OK), FILE_FD, 0, 0, 0, 0),
    R(253, "lookup_dcookie", (NOSYS, -EINVAL, -EPERM), 0, 0, P(buf), 16),
    R(254, "epoll_create", (OK), 1),
    R(255, "epoll_ctl", (OK), EPOLL_FD, 1, PIPE_R, P(&interest)),
    R(256, "epoll_wait", (1), EPOLL_FD, P(buf), 1, 0),
    R(258, "set_tid_address", (OK), P(&tid_word)),
    R(259, "timer_create", (OK), CLOCK_MONOTONIC, 0, P(&timer_id)),
    R(260, "timer_settime32", (OK), 0, 0, P(&never32), 0),
    R(261, "timer_gettime32", (OK), 0, P(buf)),
    R(409, "timer_settime", (OK), 0, 0, P(&never), 0),
    R(408, "timer_gettime", (OK), 0, P(buf)),
    R(262, "timer_getoverrun", (OK), 0),
    R(263, "timer_delete", (OK), 0),
    R(264, "clock_settime32", (-EINVAL), 99, P(&zero32)),
    R(265, "clock_gettime32", (OK), CLOCK_MONOTONIC, P(buf)),
    R(266, "clock_getres_time32", (OK), CLOCK_MONOTONIC, P(buf)),
    R(267, "clock_nanosleep_time32", (OK), CLOCK_MONOTONIC, 0, P(&soon32), 0),
    R(268, "statfs64", (OK), P("."), 84, P(buf)),
    R(269, "fstatfs64", (OK), FILE_FD, 84, P(buf)),
    R(270, "tgkill", (OK), SELF, SELF, 0),
    R(271, "utimes", (OK), P("file2"), 0),
    R(272, "fadvise64_64", (OK), FILE_FD, 0, 0, 0, 0, 0),
    GONE(273, "vserver"),
    R(274, "mbind", (OK, -EINVAL, NOSYS), AREA, 0, 0, 0, 0, 0),
    R(275, "get_mempolicy", (OK, NOSYS), P(buf), 0, 0, 0, 0),
    R(276, "set_mempolicy", (OK, NOSYS), 0, 0, 0),
    R(277, "mq_open", (-ENOENT, NOSYS), P("ratel-nosuch"), O_RDONLY, 0, 0),
    R(278, "mq_unlink", (-ENOENT, NOSYS), P("ratel-nosuch")),
    R(279, "mq_timedsend_time32", (-EBADF, NOSYS), -1, P("text"), 4, 1, P(&zero32)),
    R(280, "mq_timedreceive_time32", (-EBADF, NOSYS), -1, P(buf), 4, 0, P(&zero32)),
    R(281, "mq_notify", (-EBADF, NOSYS), -1, 0),
    R(282, "mq_getsetattr", (-EBADF, NOSYS), -1, 0, P(buf)),
    R(283, "kexec_load", (NOSYS, -EPERM, -EINVAL), 0, 100000, 0, 0),
    R(284, "waitid", (-ECHILD), 0, 0, P(buf), 5, 0),
    R(286, "add_key", (-ENODEV, NOSYS), P("nosuchtype"), P("key"), P("payload"), 7, -2),
    R(287, "request_key", (-ENODEV, NOSYS, -ENOKEY), P("nosuchtype"), P("key"), P("callout"), 0),
    R(288, "keyctl", (-EOPNOTSUPP, NOSYS), 9999, 0, 0, 0, 0),
    R(289, "ioprio_set", (OK), 1, 0, 0),
    R(290, "ioprio_get", (OK), 1, 0),
    R(291, "inotify_init", (OK), 0),
    KEEP(292, "inotify_add_watch", (OK), INOTIFY_FD, P("."), 0x100),
    R(293, "inotify_rm_watch", (OK), INOTIFY_FD, LAST),
    R(294, "migrate_pages", (OK, -EINVAL, -EFAULT, -EPERM, NOSYS), SELF, 0, 0, 0),
    R(295, "openat", (OK), DIR_FD, P("file"), O_RDONLY, 0),
    R(296, "mkdirat", (OK), DIR_FD, P("dirat"), 0700),
    R(301, "unlinkat", (OK), DIR_FD, P("dirat"), AT_REMOVEDIR),
    R(297, "mknodat", (OK), AT_FDCWD, P("fifo2"), 010600, 0),
    R(298, "fchownat", (OK), AT_FDCWD, P("file2"), -1, -1, 0),
    R(299, "futimesat", (OK), AT_FDCWD, P("file2"), 0),
    R(300, "newfstatat", (OK), AT_FDCWD, P("file"), P(buf), 0),
    R(302, "renameat", (OK), DIR_FD, P("b"), DIR_FD, P("b1")),
    R(303, "linkat", (OK), DIR_FD, P("file"), DIR_FD, P("hardat"), 0),
    R(304, "symlinkat", (OK), P("target"), DIR_FD, P("symat")),
    R(305, "readlinkat", (6), DIR_FD, P("sym"), P(buf), MAX_),
    R(306, "fchmodat", (OK), AT_FDCWD, P("file2"), 0644),
    R(307, "faccessat", (OK), AT_FDCWD, P("file"), R_OK),
    R(308, "pselect6_time32", (OK), 0, 0, 0, 0, P(&zero32), 0),
    R(309, "ppoll_time32", (OK), 0, 0, P(&zero32), 0, 8),
    R(310, "unshare", (OK), 0),
    R(311, "set_robust_list", (-EINVAL), P(buf), 1),
    R(312, "get_robust_list", (OK), 0, P(buf), P(buf)),
    R(313, "splice", (4), PIPE_R, 0, FILE2_FD, 0, 4, 2),
    R(314, "sync_file_range", (OK), FILE_FD, 0, 0, 0, 0, 0),
    R(315, "tee", (12), PIPE_R, PIPE2_W, 64, 2),
    R(316, "vmsplice", (4), PIPE_W, P(&out), 1, 0),
    R(317, "move_pages", (OK, NOSYS), 0, 0, 0, 0, 0, 0),
    R(318, "getcpu", (OK), P(buf), 0, 0),
    R(319, "epoll_pwait", (1), EPOLL_FD, P(buf), 1, 0, 0, 8),
    R(320, "utimensat_time32", (OK), AT_FDCWD, P("file2"), 0, 0),
    R(321, "signalfd", (OK), -1, P(&usr1), 8),
    R(322, "timerfd_create", (OK), CLOCK_MONOTONIC, 0),
    R(323, "eventfd", (OK), 7),
    R(324, "fallocate", (OK, -EOPNOTSUPP), FILE2_FD, 0, 0, 0, 4096, 0),
    R(325, "timerfd_settime32", (OK), TIMER_FD, 0, P(&never32), 0),
    R(326, "timerfd_gettime32", (OK), TIMER_FD, P(buf)),
    R(411, "timerfd_settime", (OK), TIMER_FD, 0, P(&never), 0),
    R(410, "timerfd_gettime", (OK), TIMER_FD, P(buf)),
    R(327, "signalfd4", (OK), -1, P(&usr1), 8, O_CLOEXEC),
    R(328, "eventfd2", (OK), 7, O_CLOEXEC),
    R(329, "epoll_create1", (OK), 0),
    R(330, "dup3", (FREE_FD + 1), FILE_FD, FREE_FD + 1, O_CLOEXEC),
    R(331, "pipe2", (OK), P(buf), O_CLOEXEC),
    R(332, "inotify_init1", (OK), O_CLOEXEC),
    R(333, "preadv", (16), FILE_FD, P(&iov), 1, 0, 0),
    R(334, "pwritev", (4), FILE2_FD, P(&out), 1, 0, 0),
    R(335, "rt_tgsigqueueinfo", (OK), SELF, SELF, 0, P(&queued)),
    R(336, "perf_event_open", (-EFAULT, -EPERM, -EACCES, NOSYS), 0, 0, -1, -1, 0),
    R(338, "fanotify_init", (-EINVAL, -EPERM, NOSYS), 0xffffffff, 0),
    R(339, "fanotify_mark", (-EBADF, -EINVAL, NOSYS), -1, 1, 0x20, 0, AT_FDCWD, P("file")),
    R(340, "prlimit64", (OK), 0, RLIMIT_NOFILE, 0, P(buf)),
    R(341, "name_to_handle_at", (OK, -EOPNOTSUPP), AT_FDCWD, P("file"), P(&handle), P(buf), 0),
    R(342, "open_by_handle_at", (-EBADF, -EPERM), -1, P(&handle), 0),
    R(343, "clock_adjtime", (-EINVAL, -EFAULT, NOSYS), 99, P(buf)),
    R(344, "syncfs", (OK), FILE_FD),
    R(346, "setns", (-EINVAL, -EBADF), FILE_FD, 0),
    R(347, "process_vm_readv", (16), SELF, P(&iov), 1, P(&iov), 1, 0),
    R(348, "process_vm_writev", (16), SELF, P(&iov), 1, P(&iov), 1, 0),
    R(349, "kcmp", (OK, NOSYS), SELF, SELF, 0, FILE_FD, FILE_FD),
    R(350, "finit_module", (NOSYS, -EPERM, -EBADF), -1, P("parameters"), 0),
    R(351, "sched_setattr", (-EINVAL), 0, 0, 0),
    R(352, "sched_getattr", (OK), 0, P(buf), 56, 0),
    R(353, "renameat2", (OK), DIR_FD, P("b1"), DIR_FD, P("b2"), 1),
    R(354, "seccomp", (OK), 2, 0, P(&allow)),
    R(355, "getrandom", (8), P(buf), 8, 0),
    R(356, "memfd_create", (OK), P("ratel memfd"), 1),
    R(357, "bpf", (-EINVAL, -EPERM, NOSYS), -1, 0, 0),
    R(358, "execveat", (-ENOENT), DIR_FD, P("nosuch"), P(argv_), P(envp_), 0),
    R(359, "socket", (OK), AF_UNIX, SOCK_STREAM, 0),
    R(360, "socketpair", (OK), AF_UNIX, SOCK_DGRAM, 0, P(buf)),
    R(361, "bind", (OK), TCP_FD, P(&loopback), sizeof(loopback)),
    R(363, "listen", (OK), TCP_FD, 5),
    R(362, "connect", (-ENOENT), SOCK_C, P(&nobody), sizeof(nobody)),
    R(364, "accept4", (-EAGAIN), TCP_FD, 0, 0, SOCK_CLOEXEC),
    R(366, "setsockopt", (OK), TCP_FD, SOL_SOCKET, SO_REUSEADDR, P(&one), 4),
    R(365, "getsockopt", (OK), TCP_FD, SOL_SOCKET, SO_REUSEADDR, P(buf), P(&addrlen)),
    R(367, "getsockname", (OK), TCP_FD, P(buf), P(&addrlen)),
    R(368, "getpeername", (OK), SOCK_A, P(buf), P(&addrlen)),
    R(369, "sendto", (5), SOCK_A, P("hello"), 5, 0, 0, 0),
    R(371, "recvfrom", (5), SOCK_B, P(buf), 16, MSG_DONTWAIT, 0, 0),
    R(370, "sendmsg", (4), SOCK_A, P(&msg_out), 0),
    R(372, "recvmsg", (4), SOCK_B, P(&msg_in), MSG_DONTWAIT),
    R(345, "sendmmsg", (1), SOCK_A, P(&many_out), 1, 0),
    R(337, "recvmmsg_time32", (1), SOCK_B, P(&many_in), 1, MSG_DONTWAIT, P(&soon32)),
    R(417, "recvmmsg", (-EAGAIN), SOCK_B, P(&many_in), 1, MSG_DONTWAIT, P(&soon)),
    R(373, "shutdown", (OK), SOCK_A, SHUT_RDWR),
    R(374, "userfaultfd", (-EINVAL, -EPERM, NOSYS), 0x10),
    R(375, "membarrier", (OK, NOSYS), 0, 0, 0),
    R(377, "copy_file_range", (OK), FILE_FD, 0, FILE2_FD, 0, 10, 0),
    R(378, "preadv2", (16), FILE_FD, P(&iov), 1, 0, 0, 0),
    R(379, "pwritev2", (4), FILE2_FD, P(&out), 1, 0, 0, 0),
    R(381, "pkey_alloc", (OK, -ENOSPC, -EINVAL, NOSYS), 0, 0),
    R(382, "pkey_free", (-EINVAL, NOSYS), 99),
    R(383, "statx", (OK), AT_FDCWD, P("file"), 0, 0xfff, P(buf)),
    R(384, "arch_prctl", (OK, -EINVAL, -ENODEV), 0x1011, 0),
    R(385, "io_pgetevents_time32", (-EINVAL, NOSYS), 0, 0, 0, 0, P(&zero32), 0),
    R(386, "rseq", (-EINVAL, -EBUSY, -EPERM, NOSYS), 0, 1, 0, 0),
    KEEP(393, "semget", (OK), 0, 1, 01600),
    R(420, "semtimedop", (OK), LAST, P(&up), 1, P(&soon)),
    R(394, "semctl", (OK), LAST, 0, 0, 0),
    KEEP(395, "shmget", (OK), 0, 4096, 01600),
    R(397, "shmat", (SHARED), LAST, SHARED, 0),
    R(396, "shmctl", (OK), LAST, 0, 0),
    R(398, "shmdt", (OK), SHARED),
    KEEP(399, "msgget", (OK), 0, 01600),
    R(400, "msgsnd", (OK), LAST, P(&message), 8, 04000),
    R(401, "msgrcv", (8), LAST, P(&message), 8, 0, 04000),
    R(402, "msgctl", (OK), LAST, 0, 0),
    R(403, "clock_gettime", (OK), CLOCK_MONOTONIC, P(buf)),
    R(404, "clock_settime", (-EINVAL), 99, P(&zero)),
    R(405, "clock_adjtime64", (-EINVAL, -EFAULT), 99, P(buf)),
    R(406, "clock_getres", (OK), CLOCK_MONOTONIC, P(buf)),
    R(407, "clock_nanosleep", (OK), CLOCK_MONOTONIC, 0, P(&soon), 0),
    R(412, "utimensat", (OK), AT_FDCWD, P("file2"), 0, 0),
    R(413, "pselect6", (OK), 0, 0, 0, 0, P(&zero), 0),
    R(414, "ppoll", (OK), 0, 0, P(&zero), 0, 8),
    R(416, "io_pgetevents", (-EINVAL, NOSYS), 0, 0, 0, 0, P(&zero), 0),
    R(418, "mq_timedsend", (-EBADF, NOSYS), -1, P("text"), 4, 1, P(&zero)),
    R(419, "mq_timedreceive", (-EBADF, NOSYS), -1, P(buf), 4, 0, P(&zero)),
    R(421, "rt_sigtimedwait", (-EAGAIN), P(&usr1), 0, P(&zero), 8),
    R(422, "futex", (-EAGAIN), P(&word), 0, 5, P(&soon), 0, 0),
    R(423, "sched_rr_get_interval", (OK), 0, P(buf)),
    R(424, "pidfd_send_signal", (-EBADF), -1, 0, 0, 0),
    R(425, "io_uring_setup", (-EFAULT, -EPERM, NOSYS), 1, 0),
    R(426, "io_uring_enter", (-EBADF, NOSYS), -1, 0, 0, 0, 0, 0),
    R(427, "io_uring_register", (-EBADF, -EINVAL, NOSYS), -1, 0, 0, 0),
    R(428, "open_tree", (-ENOENT), AT_FDCWD, P("nosuch"), 0),
    R(429, "move_mount", (-ENOENT, -EPERM), AT_FDCWD, P("nosuch"), AT_FDCWD, P("nosuch2"), 0),
    R(430, "fsopen", (-ENODEV, -EPERM), P("nosuchfs"), 0),
    R(431, "fsconfig", (-EBADF, -EINVAL), -1, 0, P("key"), P("value"), 0),
    R(432, "fsmount", (-EBADF, -EPERM), -1, 0, 0),
    R(433, "fspick", (-ENOENT, -EPERM), AT_FDCWD, P("nosuch"), 0),
    R(434, "pidfd_open", (OK), SELF, 0),
    R(435, "clone3", (-EINVAL), 0, 0),
    R(436, "close_range", (OK), 900, 901, 0),
    R(437, "openat2", (OK), AT_FDCWD, P("file"), P(&how), sizeof(how)),
    R(438, "pidfd_getfd", (-EBADF), -1, 0, 0),
    R(439, "faccessat2", (OK), AT_FDCWD, P("file"), R_OK, 0),
    R(440, "process_madvise", (-EBADF, -EINVAL), -1, P(&iov), 1, 0, 0),
    R(441, "epoll_pwait2", (1), EPOLL_FD, P(buf), 1, P(&zero), 0, 8),
    R(442, "mount_setattr", (OK, -ENOENT, -EPERM, -EINVAL), AT_FDCWD, P("nosuch"), 0, P(&zero), 32),
    R(443, "quotactl_fd", (-EBADF, -EINVAL, NOSYS), -1, 0x7fffff00, 0, 0),
    R(444, "landlock_create_ruleset", (OK, NOSYS, -EOPNOTSUPP), 0, 0, 1),
    R(445, "landlock_add_rule", (-EBADF, -EINVAL, NOSYS, -EOPNOTSUPP), -1, 1, P(buf), 0),
    R(446, "landlock_restrict_self", (-EBADF, -EPERM, NOSYS, -EOPNOTSUPP), -1, 0),
    R(447, "memfd_secret", (OK, NOSYS), 0),
    R(448, "process_mrelease", (-EBADF, NOSYS), -1, 0),
};

#ifdef __i386__
static long call32(long nr, const long a[6])
{
    long regs[7] = {nr, a[0], a[1], a[2], a[3], a[4], a[5]}, ret;

    __asm__ volatile("pushl %%ebx\n\tpushl %%ebp\n\t"
                     "movl 4(%%eax), %%ebx\n\tmovl 8(%%eax), %%ecx\n\tmovl 12(%%eax), %%edx\n\t"
                     "movl 16(%%eax), %%esi\n\tmovl 20(%%eax), %%edi\n\tmovl 24(%%eax), %%ebp\n\t"
                     "movl (%%eax), %%eax\n\tint $0x80\n\tpopl %%ebp\n\tpopl %%ebx"
                     : "=a"(ret)
                     : "0"(regs)
                     : "ecx", "edx", "esi", "edi", "memory");
    return ret;
}
#else
static long call32(long nr, const long a[6])
{
    const long regs[7] = {nr, a[0], a[1], a[2], a[3], a[4], a[5]};
    long ret;

    /* The red zone is stepped over because of the pushes. */
    __asm__ volatile("leaq -128(%%rsp), %%rsp\n\tpushq %%rbx\n\tpushq %%rbp\n\t"
                     "movq 8(%%rax), %%rbx\n\tmovq 16(%%rax), %%rcx\n\tmovq 24(%%rax), %%rdx\n\t"
                     "movq 32(%%rax), %%rsi\n\tmovq 40(%%rax), %%rdi\n\tmovq 48(%%rax), %%rbp\n\t"
                     "movq (%%rax), %%rax\n\tint $0x80\n\tpopq %%rbp\n\tpopq %%rbx\n\t"
                     "leaq 128(%%rsp), %%rsp"
                     : "=a"(ret)
                     : "0"(regs)
                     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory");
    return (int)ret;
}
#endif

static void reap(long pid, int code)
{
    int status;

    calls_check(waitpid((pid_t)pid, &status, 0) == pid && WIFEXITED(status) &&
                    WEXITSTATUS(status) == code,
                "a child");
}

static void forks(void)
{
    static struct {
        uint64_t flags, pidfd, child, parent, signal, stack, size, tls;
    } args;
    long flags[6] = {SIGCHLD}, size[6] = {P(&args), sizeof(args)}, none[6] = {0}, pid;

    args.signal = SIGCHLD;
    pid = call32(2, none);
    if (pid == 0)
        call32(1, (long[6]){3});
    calls_log(0, "fork", pid, NULL);
    calls_log_enter(pid, "exit", (long[6]){3});
    reap(pid, 3);

    pid = call32(120, flags);
    if (pid == 0)
        call32(252, (long[6]){5});
    calls_log(0, "clone", pid, flags);
    calls_log_enter(pid, "exit_group", (long[6]){5});
    reap(pid, 5);

    pid = call32(435, size);
    if (pid == 0)
        call32(252, (long[6]){6});
    calls_log(0, "clone3", pid, size);
    calls_log_enter(pid, "exit_group", (long[6]){6});
    reap(pid, 6);

#ifdef __i386__
    pid = vfork();
    if (pid == 0)
        _exit(4);
    calls_log(0, "vfork", pid, NULL);
    calls_log_enter(pid, "exit_group", (long[6]){4});
    reap(pid, 4);
#endif
}

#ifdef __i386__
static void on_signal(int sig)
{
    (void)sig;
}

/* handler without SA_SIGINFO returns through sigreturn, with it through rt_sigreturn */
static void wait_with(int flags, long nr, const char *name, const char *back, const long a[6])
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = flags};
    struct itimerval in_10ms = {.it_value = {.tv_usec = 10000}};
    long ret;

    calls_check(sigaction(SIGALRM, &act, NULL) == 0, "sigaction");
    calls_check(setitimer(ITIMER_REAL, &in_10ms, NULL) == 0, "setitimer");
    ret = call32(nr, a);
    calls_log(0, name, ret, a);
    calls_log_enter(0, back, NULL);
    calls_check(ret == -EINTR, name);
}

static void signals(void)
{
    static uint32_t none[2];

    wait_with(0, 29, "pause", "sigreturn", (long[6]){0});
    wait_with(SA_SIGINFO, 29, "pause", "rt_sigreturn", (long[6]){0});
    wait_with(0, 179, "rt_sigsuspend", "sigreturn", (long[6]){P(none), 8});
    wait_with(0, 72, "sigsuspend", "sigreturn", (long[6]){0, 0, 0});
}
#else
static void signals(void)
{
}
#endif

static void special(void)
{
    forks();
    signals();
}

int main(void)
{
    lay_out();
    return calls_run(rows, sizeof(rows) / sizeof(rows[0]), call32, special);
}
