/* SPDX-License-Identifier: Apache-2.0 */
/* What a task changes about itself: ids, capabilities, namespaces, limits, signals, prctl, seccomp.
 */
#include "provoke.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

#include <fcntl.h>

#ifndef PR_SET_VMA
#define PR_SET_VMA           0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

static void mode_ids(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    check(syscall(SYS_setresgid, 1001, 1002, 1003) == 0);
    check(syscall(SYS_setresuid, 1004, 1005, 1006) == 0);
    check(syscall(SYS_setresuid, 1004, 1005, 1006) == 0); /* the same again */
    check(syscall(SYS_setuid, 0) == -1);
}

static void mode_caps(int argc, char **argv)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    __u32 caps = 1U << CAP_CHOWN | 1U << CAP_NET_RAW;

    (void)argc;
    (void)argv;
    check(prctl(PR_CAPBSET_DROP, CAP_SYS_MODULE, 0, 0, 0) == 0);
    check(prctl(PR_SET_SECUREBITS, 1 << 2, 0, 0, 0) == 0); /* SECBIT_NO_SETUID_FIXUP */
    data[0].permitted = data[0].inheritable = caps;
    data[0].effective = 1U << CAP_NET_RAW;
    check(syscall(SYS_capset, &head, data) == 0);
    check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) == 0);
}

static void say_ns(const char *key, const char *path)
{
    struct stat st;

    check(stat(path, &st) == 0);
    say(key, "%ju", (uintmax_t)st.st_ino);
}

static void mode_namespaces(int argc, char **argv)
{
    int uts = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);

    (void)argc;
    (void)argv;
    say_ns("OLD_UTS", "/proc/self/ns/uts");
    check(uts >= 0 && unshare(CLONE_NEWUTS | CLONE_NEWIPC) == 0);
    say_ns("UTS", "/proc/self/ns/uts");
    say_ns("IPC", "/proc/self/ns/ipc");
    check(setns(uts, 0) == 0);
    check(setns(-1, 0) == -1);
    say("PID", "%d", getpid());
}

static void mode_userns(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    if (unshare(CLONE_NEWUSER)) {
        say("SKIP", "no user namespaces (%s)", strerror(errno));
        return;
    }
    say_ns("USER", "/proc/self/ns/user");
}

static void mode_capable(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    check(chroot("/") == 0);
}

static void mode_limits(int argc, char **argv)
{
    struct rlimit files = {.rlim_cur = 100, .rlim_max = 200};
    struct rlimit cores = {.rlim_cur = 0, .rlim_max = RLIM_INFINITY}, old;
    pid_t child = fork();

    (void)argc;
    (void)argv;
    if (child == 0) {
        pause();
        _exit(0);
    }
    check(syscall(SYS_setrlimit, RLIMIT_NOFILE, &files) == 0);
    check(prlimit(child, RLIMIT_CORE, &cores, &old) == 0);
    check(prlimit(child, RLIMIT_CORE, NULL, &old) == 0);
    files.rlim_cur = 300;
    check(syscall(SYS_setrlimit, RLIMIT_NOFILE, &files) == -1 && errno == EINVAL);
    say("PID", "%d", getpid());
    say("CHILD", "%d", child);
    check(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

/* Without the right to, so that the clock stays as it is. */
static void mode_clock(int argc, char **argv)
{
    struct timespec t = {.tv_sec = 1000000000, .tv_nsec = 5000};
    struct timeval tv = {.tv_sec = 1000000001, .tv_usec = 7};
    struct timezone tz = {.tz_minuteswest = 60};

    (void)argc;
    (void)argv;
    check(syscall(SYS_setresuid, 1000, 1000, 1000) == 0);
    check(syscall(SYS_clock_settime, CLOCK_REALTIME, &t) == -1 && errno == EPERM);
    check(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &t) == -1 && errno == EINVAL);
    check(syscall(SYS_settimeofday, &tv, &tz) == -1 && errno == EPERM);
    tv.tv_usec = 1000000;
    check(syscall(SYS_settimeofday, &tv, NULL) == -1 && errno == EINVAL);
}

/* To what it is: for machines that are there to be changed. */
static void mode_set_clock(int argc, char **argv)
{
    struct timespec t;

    (void)argc;
    (void)argv;
    check(clock_gettime(CLOCK_REALTIME, &t) == 0);
    check(syscall(SYS_clock_settime, CLOCK_REALTIME, &t) == 0);
    say("SEC", "%jd", (intmax_t)t.tv_sec);
    say("NSEC", "%ld", t.tv_nsec);
}

static void handler(int sig)
{
    (void)sig;
}

static void mode_sigaction(int argc, char **argv)
{
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_RESTART}, old;

    (void)argc;
    (void)argv;
    sigaddset(&a.sa_mask, SIGUSR2);
    check(sigaction(SIGUSR1, &a, NULL) == 0);
    check(sigaction(SIGUSR1, NULL, &old) == 0 && old.sa_handler == handler);
    a.sa_handler = SIG_IGN;
    a.sa_flags = 0;
    sigemptyset(&a.sa_mask);
    check(sigaction(SIGUSR1, &a, &old) == 0);
    say("HANDLER", "0x%" PRIxPTR, (uintptr_t)handler);
}

static void mode_prctl(int argc, char **argv)
{
    void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)argc;
    (void)argv;
    check(page != MAP_FAILED);
    check(prctl(PR_SET_NAME, "renamed", 0, 0, 0) == 0);
    /* refused where the kernel has no names of mappings */
    prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, page, 4096, "a-name");
    check(prctl(PR_SET_SECUREBITS, 1 << 2, 0, 0, 0) == 0);
    check(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0) == 0);
    say("PAGE", "%" PRIuPTR, (uintptr_t)page);
}

/* Field number of /proc/self/stat, counted from 1 behind the name. */
static unsigned long of_stat(int field)
{
    char text[2048] = "";
    FILE *f = fopen("/proc/self/stat", "re");
    char *p;

    check(f && fread(text, 1, sizeof(text) - 1, f) > 0);
    fclose(f);
    p = strrchr(text, ')');
    for (int i = 2; p && i < field; i++)
        p = strchr(p + 1, ' ');
    check(p);
    return strtoul(p + 1, NULL, 10);
}

static void mode_mm(int argc, char **argv)
{
    struct prctl_mm_map map = {.exe_fd = (__u32)-1};
    unsigned long from = of_stat(48), to = of_stat(49);

    (void)argc;
    (void)argv;
    if (prctl(PR_SET_MM, PR_SET_MM_ARG_END, to - 1, 0, 0)) {
        say("SKIP", "no PR_SET_MM (%s)", strerror(errno));
        return;
    }
    map.start_code = of_stat(26);
    map.end_code = of_stat(27);
    map.start_data = of_stat(45);
    map.end_data = of_stat(46);
    map.start_brk = of_stat(47);
    map.brk = (__u64)(uintptr_t)sbrk(0);
    map.start_stack = of_stat(28);
    map.arg_start = from;
    map.arg_end = to;
    map.env_start = of_stat(50);
    map.env_end = of_stat(51);
    check(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) == 0);
    check(prctl(PR_SET_MM, PR_SET_MM_EXE_FILE, 0x7ffffff, 0, 0) == -1);
    say("ARG_START", "0x%lx", from);
    say("ARG_END", "0x%lx", to);
    say("ARG_LESS", "0x%lx", to - 1);
    say("ARG_LESS_NUMBER", "%lu", to - 1);
    say("END_CODE", "0x%lx", (unsigned long)map.end_code);
}

static void mode_seccomp(int argc, char **argv)
{
    struct sock_filter allow[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog one = {.len = 1, .filter = allow + 1}, two = {.len = 2, .filter = allow};

    (void)argc;
    (void)argv;
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &one) == 0);
    check(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) == -1);
    check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &two, 0, 0) == 0);
}

static const struct mode modes[] = {
    {"ids", mode_ids},
    {"caps", mode_caps},
    {"namespaces", mode_namespaces},
    {"userns", mode_userns},
    {"capable", mode_capable},
    {"limits", mode_limits},
    {"clock", mode_clock},
    {"set-clock", mode_set_clock},
    {"sigaction", mode_sigaction},
    {"prctl", mode_prctl},
    {"mm", mode_mm},
    {"seccomp", mode_seccomp},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
