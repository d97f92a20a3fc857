/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: mapped, and made writable and executable in every order. Works in the folder that is
 * given; says where the mappings were.
 */
#include "provoke.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define PAGE   4096UL
#define R      PROT_READ
#define RW     (PROT_READ | PROT_WRITE)
#define RX     (PROT_READ | PROT_EXEC)
#define RWX    (PROT_READ | PROT_WRITE | PROT_EXEC)
#define NO_KEY (-1)

/* A file of three pages in the folder. */
static int make_file(const char *folder)
{
    static char page[3 * PAGE];
    char path[4096], time[32];
    struct stat st;
    int fd;

    snprintf(path, sizeof(path), "%s/mapped", folder);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0755);
    check(fd >= 0 && write(fd, page, sizeof(page)) == sizeof(page) && close(fd) == 0);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    check(fd >= 0 && fstat(fd, &st) == 0);
    say("PID", "%d", getpid());
    say("FILE", "%s", path);
    say("INODE", "%lu", (unsigned long)st.st_ino);
    strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", gmtime(&st.st_ctim.tv_sec));
    say("CTIME", "%s.%09luZ", time, (unsigned long)st.st_ctim.tv_nsec);
    return fd;
}

static char *map(size_t len, int prot, int flags, int fd, off_t at)
{
    char *p = mmap(NULL, len, prot, flags, fd, at);

    check(p != MAP_FAILED);
    return p;
}

/* A file read, as code, and from its second page; fresh memory; and what the kernel refuses. */
static void mode_map(int argc, char **argv)
{
    int fd;

    check(argc == 1);
    fd = make_file(argv[0]);
    say("READ", "%p", (void *)map(PAGE, R, MAP_PRIVATE, fd, 0));
    say("CODE", "%p", (void *)map(2 * PAGE, RX, MAP_PRIVATE, fd, PAGE));
    say("FRESH", "%p", (void *)map(5 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    check(mmap(NULL, 7 * PAGE, RW, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
}

static char *fresh(int prot)
{
    return map(2 * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void protect(void *p, int prot)
{
    check(mprotect(p, PAGE, prot) == 0);
}

/* Every order in which memory becomes writable and executable, and orders that are nothing. */
static void mode_protect(int argc, char **argv)
{
    char *added = fresh(RW), *code = fresh(RX), *dropped, *quiet = fresh(RW), *file;
    int fd;

    check(argc == 1);
    fd = make_file(argv[0]);
    file = map(PAGE, R, MAP_PRIVATE, fd, 0);
    protect(added, RX);
    protect(code, RWX);
    dropped = fresh(RWX);
    protect(dropped, RX);
    protect(quiet, R);
    protect(quiet, RW);
    check(syscall(SYS_pkey_mprotect, quiet + PAGE, PAGE, R, NO_KEY) == 0);
    protect(file, RX);
    check(syscall(SYS_mprotect, quiet + 1, PAGE, RX) == -1 && errno == EINVAL);
    say("ADDED", "%p", (void *)added);
    say("CODE", "%p", (void *)code);
    say("DROPPED", "%p", (void *)dropped);
    say("QUIET", "%p", (void *)quiet);
    say("KEYED", "%p", (void *)(quiet + PAGE));
    say("MAPPED", "%p", (void *)file);
}

/* Fresh memory and a file's, mapped writable and executable at once. */
static void mode_both(int argc, char **argv)
{
    int fd;

    check(argc == 1);
    fd = make_file(argv[0]);
    say("FRESH", "%p", (void *)fresh(RWX));
    say("MAPPED", "%p", (void *)map(PAGE, RWX, MAP_PRIVATE, fd, PAGE));
}

/* Code that is loaded from memory as if it were a library. */
static void mode_memfd(int argc, char **argv)
{
    static char page[PAGE];
    int fd = (int)syscall(SYS_memfd_create, "ratel library", 0U);

    (void)argc;
    (void)argv;
    check(fd >= 0 && write(fd, page, sizeof(page)) == sizeof(page));
    map(PAGE, RX, MAP_PRIVATE, fd, 0);
    say("PID", "%d", getpid());
}

/* A process that exits with 7, one that a signal ends. */
static void mode_exit(int argc, char **argv)
{
    int status;
    pid_t pid = fork();

    (void)argc;
    (void)argv;
    if (pid == 0)
        _exit(7);
    reap(pid, 7);
    say("EXITED", "%d", pid);
    pid = fork();
    if (pid == 0) {
        raise(SIGKILL);
        _exit(1);
    }
    check(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
    say("KILLED", "%d", pid);
}

/* Once for memory, once for none, and the same number at a file that knows nothing of it. */
static void mode_userfault(int argc, char **argv)
{
    struct uffdio_api api = {.api = UFFD_API};
    struct uffdio_register r = {.range.len = 2 * PAGE, .mode = UFFDIO_REGISTER_MODE_MISSING};
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    int other = open("/dev/null", O_RDONLY | O_CLOEXEC);

    (void)argv;
    check(argc == 0 && other >= 0);
    if (fd < 0) {
        say("SKIP", "userfaultfd: %s", strerror(errno));
        return;
    }
    r.range.start = (unsigned long)mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(ioctl(fd, UFFDIO_API, &api) == 0);
    check(ioctl(other, UFFDIO_REGISTER, &r) < 0 && errno == ENOTTY);
    check(ioctl(fd, UFFDIO_REGISTER, &r) == 0);
    say("FD", "%d", fd);
    say("START", "0x%llx", (unsigned long long)r.range.start);
    r.range.start++;
    check(ioctl(fd, UFFDIO_REGISTER, &r) < 0 && errno == EINVAL);
}

static const struct mode modes[] = {
    {"map", mode_map},   {"protect", mode_protect},     {"both", mode_both}, {"memfd", mode_memfd},
    {"exit", mode_exit}, {"userfault", mode_userfault}, {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
