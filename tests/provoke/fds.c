/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors of many kinds, each touched once with fcntl(fd, F_GETFD); prints what /proc says that
 * each one is: PATH_<number>=…. Works in the folder given.
 */
#include "provoke.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

static void touch(int fd)
{
    char link[64], path[4200], key[32];
    ssize_t n;

    check(fd >= 0 && syscall(SYS_fcntl, fd, F_GETFD, 0) >= 0);
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    check(n > 0);
    path[n] = '\0';
    snprintf(key, sizeof(key), "PATH_%d", fd);
    say(key, "%s", path);
}

static void files(void)
{
    static char name[201];
    int fd = open("a file", O_RDWR | O_CREAT, 0644);

    touch(fd);
    check(rename("a file", "renamed") == 0);
    touch(dup(fd));
    check(unlink("renamed") == 0);
    touch(dup(fd));
    touch(open(".", O_RDONLY | O_DIRECTORY));
    touch(open("/", O_RDONLY | O_DIRECTORY));
    touch(open("/dev/null", O_RDONLY));
    touch(open("/proc/self/status", O_RDONLY));
    touch(open(".", O_PATH));
    memset(name, 'n', sizeof(name) - 1);
    for (int i = 0; i < 15; i++)
        check(mkdir(name, 0755) == 0 && chdir(name) == 0);
    touch(open("deep", O_RDWR | O_CREAT, 0644));
}

static void others(void)
{
    int pair[2];
    sigset_t none;

    sigemptyset(&none);
    check(pipe(pair) == 0);
    touch(pair[0]);
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    touch(pair[0]);
    touch(socket(AF_INET, SOCK_STREAM, 0));
    touch(epoll_create1(0));
    touch(eventfd(0, 0));
    touch(timerfd_create(CLOCK_MONOTONIC, 0));
    touch(signalfd(-1, &none, 0));
    touch(inotify_init1(0));
    touch((int)syscall(SYS_memfd_create, "in memory", 0U));
    touch((int)syscall(SYS_pidfd_open, getpid(), 0));
    touch(open("/proc/self/ns/uts", O_RDONLY));
}

/* A mount on a mount, and a bind mount of a folder in it. */
static void mounts(const char *folder)
{
    check(chdir(folder) == 0 && unshare(CLONE_NEWNS) == 0);
    check(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
    check(mkdir("outer", 0755) == 0 && mount("case", "outer", "tmpfs", 0, NULL) == 0);
    check(mkdir("outer/inner", 0755) == 0 && mount("case", "outer/inner", "tmpfs", 0, NULL) == 0);
    check(mkdir("outer/inner/bound", 0755) == 0 && mkdir("place", 0755) == 0);
    check(mount("outer/inner/bound", "place", NULL, MS_BIND, NULL) == 0);
    touch(open("outer/inner/file", O_RDWR | O_CREAT, 0644));
    touch(open("place/file", O_RDWR | O_CREAT, 0644));
    touch(open("outer/inner", O_RDONLY | O_DIRECTORY));
}

int main(int argc, char **argv)
{
    check(argc == 2 && chdir(argv[1]) == 0);
    say("PID", "%d", getpid());
    files();
    others();
    mounts(argv[1]);
    return 0;
}
