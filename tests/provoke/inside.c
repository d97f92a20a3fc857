/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens inside of the kernel to files: opened, cut, given modes and times. Works in the
 * directory given.
 */
#include "filekeys.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <utime.h>

static void mode_open(int argc, char **argv)
{
    struct open_how how = {.flags = O_RDWR | O_CREAT | O_EXCL, .mode = 0600};
    int fd, dir, again, other, none, stale, link;

    enter(argc, argv);
    check(mkdir("sub", 0700) == 0 && symlink("../opened", "sub/link") == 0);
    fd = openat(AT_FDCWD, "opened", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    dir = open("sub", O_RDONLY | O_DIRECTORY);
    check(fd >= 0 && dir >= 0);
    say_file("DIR", dir);
    again = openat(dir, "link", O_WRONLY | O_APPEND);
    other = (int)syscall(SYS_openat2, dir, "other", &how, sizeof(how));
    check(again >= 0 && (other >= 0 || errno == ENOSYS));
    none = open("opened", O_PATH);
    check(none >= 0 && open("nosuch", O_RDONLY) == -1 && errno == ENOENT);
    stale = (int)syscall(SYS_open, "sub/../opened", O_RDONLY | O_NONBLOCK);
    link = creat("opened", 0600);
    check(stale >= 0 && link >= 0);
    say_file("FILE", fd);
    say_file("OTHER", other);
}

static void mode_truncate(int argc, char **argv)
{
    int fd, cut;

    enter(argc, argv);
    fd = open("cut", O_RDWR | O_CREAT | O_TRUNC, 0600); /* made: there is nothing to cut */
    check(fd >= 0 && ftruncate(fd, 0x123456789) == 0 && truncate("cut", 77) == 0);
    cut = open("cut", O_WRONLY | O_TRUNC);
    check(cut >= 0 && truncate("nosuch", 1) == -1 && ftruncate(fd, -1) == -1);
    say_file("FILE", fd);
}

static void mode_attributes(int argc, char **argv)
{
    struct timespec times[2] = {{1000000001, 5}, {1000000002, 999999999}};
    struct timespec half[2] = {{0, UTIME_NOW}, {7, 0}};
    struct timeval parts[2] = {{8, 999999}, {9, 1}};
    struct utimbuf seconds = {.actime = 10, .modtime = 11};
    int fd, dir;

    enter(argc, argv);
    dir = open(".", O_RDONLY | O_DIRECTORY);
    fd = open("attributes", O_RDWR | O_CREAT, 0600);
    check(dir >= 0 && fd >= 0);
    check(fchmod(fd, 0640) == 0 && chmod("./attributes", 04711) == 0);
    check(syscall(SYS_fchmodat, dir, "attributes", 0600) == 0);
    check(chmod("nosuch", 0600) == -1);
    check(futimens(fd, times) == 0 && utimensat(dir, "attributes", half, 0) == 0);
    check(utimensat(AT_FDCWD, "attributes", NULL, 0) == 0);
    check(utimes("attributes", parts) == 0 && utime("attributes", &seconds) == 0);
    say_file("FILE", fd);
}

static void mode_directory(int argc, char **argv)
{
    int dir;

    enter(argc, argv);
    check(mkdir("sub", 0700) == 0 && symlink("sub", "link") == 0);
    dir = open(".", O_RDONLY | O_DIRECTORY);
    check(dir >= 0 && chdir("link/../link") == 0 && fchdir(dir) == 0 && chdir("nosuch") == -1);
}

static const struct mode modes[] = {
    {"open", mode_open},
    {"truncate", mode_truncate},
    {"attributes", mode_attributes},
    {"directory", mode_directory},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
