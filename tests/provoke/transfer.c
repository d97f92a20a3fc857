/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes read and written, by every call and by the kernel. Works in the directory given. */
#include "filekeys.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>

/* 40 bytes, of which 32 are shown. */
#define LONG "0123456789abcdefghijklmnopqrstuvwxyz...."

static void mode_write(int argc, char **argv)
{
    char one[] = "\177E", two[] = "LF, and more";
    struct iovec parts[] = {{NULL, 0}, {one, 2}, {two, 12}};
    int fd, end, pipes[2];

    enter(argc, argv);
    fd = open("written", O_RDWR | O_CREAT, 0600);
    end = open("written", O_WRONLY | O_APPEND);
    check(fd >= 0 && end >= 0 && pipe(pipes) == 0);
    check(write(fd, LONG, 40) == 40 && write(fd, "second", 6) == 6);
    check(pwrite(fd, "third", 5, 1000) == 5);
    check(lseek(fd, 0, SEEK_SET) == 0 && writev(fd, parts, 3) == 14);
    check(pwritev(fd, parts + 2, 1, 70) == 12);
    check(pwritev2(fd, parts + 2, 1, -1, 0) == 12); /* where the file is: 14 */
    check(write(end, "at the end", 10) == 10 && write(pipes[1], "pipe", 4) == 4);
    check(pwrite(fd, "!", 1, 0) == 1);
    check(write(-1, "x", 1) == -1);
    say_file("FILE", fd);
}

static void mode_read(int argc, char **argv)
{
    char a[8], b[8];
    struct iovec parts[] = {{a, 8}, {b, 8}};
    int fd;

    enter(argc, argv);
    fd = open("read", O_RDWR | O_CREAT, 0600);
    check(fd >= 0 && write(fd, LONG, 40) == 40 && lseek(fd, 2, SEEK_SET) == 2);
    check(read(fd, a, 5) == 5 && pread(fd, a, 8, 39) == 1 && readv(fd, parts, 2) == 16);
    check(preadv(fd, parts, 1, 3) == 8 && preadv2(fd, parts, 2, -1, 0) == 16);
    check(read(fd, a, 8) == 1 && read(fd, a, 8) == 0);
    say_file("FILE", fd);
}

/* A core file is written by the kernel, in the task that dies. */
static void mode_core(int argc, char **argv)
{
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    char pattern[128] = "";
    int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY), status;
    pid_t pid;

    check(fd >= 0 && read(fd, pattern, sizeof(pattern) - 1) > 0);
    if (strcmp(pattern, "core\n")) {
        say("SKIP", "core files do not go to the working directory");
        return;
    }
    enter(argc, argv);
    pid = fork();
    if (!pid) {
        check(setrlimit(RLIMIT_CORE, &all) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
        raise(SIGSEGV);
    }
    check(pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WCOREDUMP(status));
    fd = open("core", O_RDONLY);
    if (fd < 0) {
        char name[32];
        snprintf(name, sizeof(name), "core.%d", pid);
        fd = open(name, O_RDONLY);
    }
    check(fd >= 0);
    say_file("CORE", fd);
    say("VICTIM", "%d", pid);
}

static const struct mode modes[] = {
    {"write", mode_write},
    {"read", mode_read},
    {"core", mode_core},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
