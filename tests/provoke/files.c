/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with one exact value of each type of field. Works in the directory given. */
#include "provoke.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>

/* One file through its life. */
static void mode_file(int argc, char **argv)
{
    int dir, fd, copy;

    check(argc == 1 && chdir(argv[0]) == 0);
    dir = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd = openat(dir, "hello", O_RDWR | O_CREAT | O_EXCL | O_TRUNC, 0640);
    check(dir >= 0 && fd >= 0);
    check(write(fd, "0123456789", 10) == 10);
    check(lseek(fd, 0x123456789abLL, SEEK_SET) == 0x123456789abLL);
    check(pread(fd, (char[4]){0}, 4, 6) == 4);
    copy = dup2(fd, 55);
    check(copy == 55 && fcntl(55, F_SETFD, FD_CLOEXEC) == 0);
    check(openat(AT_FDCWD, "nosuch", O_RDONLY) == -1 && errno == ENOENT);
    check(openat(-5, "relative", O_RDONLY) == -1 && errno == EBADF);
    check(syscall(SYS_openat, AT_FDCWD, 8L, 0, 0) == -1 && errno == EFAULT);
    check(syscall(SYS_openat, AT_FDCWD, 0L, 0, 0) == -1 && errno == EFAULT);
    check(read(999, (char[4]){0}, 4) == -1 && errno == EBADF);
    check(fchmod(fd, 04751) == 0);
    check(close(55) == 0);
    check(renameat(dir, "hello", dir, "hello again") == 0);
    say("PID", "%d", getpid());
    say("DIR", "%d", dir);
    say("FD", "%d", fd);
}

static void mode_out(int argc, char **argv)
{
    char buf[256];

    check(argc == 1 && chdir(argv[0]) == 0);
    check(symlink("where it points", "sym") == 0);
    check(readlink("sym", buf, sizeof(buf)) == 15);
    check(readlink("sym", buf, 5) == 5);
    check(readlink("nosuch", buf, sizeof(buf)) == -1);
    check(syscall(SYS_getcwd, buf, sizeof(buf)) > 0);
    say("CWD", "%s", argv[0]);
    check(mknod("device", S_IFCHR | 0600, makedev(200, 300)) == 0 || errno == EPERM);
}

static void mode_time(int argc, char **argv)
{
    struct timespec t = {0, 1234567}, past = {1, 500000000};
    static unsigned word;

    (void)argc;
    (void)argv;
    check(nanosleep(&t, NULL) == 0);
    check(syscall(SYS_futex, &word, 0, 5, &past, NULL, 0) == -1 && errno == EAGAIN);
    check(syscall(SYS_nanosleep, 8L, NULL) == -1 && errno == EFAULT);
}

static void mode_memory(int argc, char **argv)
{
    void *p = mmap(NULL, 12288, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)argc;
    (void)argv;
    check(p != MAP_FAILED);
    say("ADDRESS", "0x%lx", (unsigned long)p);
    check(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0);
    check(mprotect(p, 4096, PROT_NONE) == 0);
    check(munmap(p, 12288) == 0);
}

/* Paths: of the longest kind, over it, with hostile bytes, across the end of a page. */
static void mode_paths(int argc, char **argv)
{
    static char path[6000];
    char *page, *end;

    (void)argc;
    (void)argv;
    memset(path, 'p', sizeof(path));
    path[0] = '/';
    for (int i = 200; i < 4095; i += 200)
        path[i] = '/';
    path[4095] = '\0';
    check(open(path, O_RDONLY) == -1 && errno == ENOENT);
    path[4095] = 'p';
    path[5999] = '\0';
    check(open(path, O_RDONLY) == -1 && errno == ENAMETOOLONG);
    check(open("/nosuch/\033[31m\n\xff\xc3\x28\"\\", O_RDONLY) == -1 && errno == ENOENT);
    check(open("", O_RDONLY) == -1 && errno == ENOENT);
    page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(page != MAP_FAILED && munmap(page + 4096, 4096) == 0);
    end = page + 4096;
    memcpy(end - 13, "/nosuch/edge", 13);
    check(open(end - 13, O_RDONLY) == -1 && errno == ENOENT);
    memcpy(end - 12, "/nosuch/fall", 12); /* no NUL before the end of what is mapped */
    check(open(end - 12, O_RDONLY) == -1 && errno == EFAULT);
    say("PID", "%d", getpid());
}

static const struct mode modes[] = {
    {"file", mode_file},     {"out", mode_out},     {"time", mode_time},
    {"memory", mode_memory}, {"paths", mode_paths}, {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
