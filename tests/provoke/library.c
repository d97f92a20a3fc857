/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps libraries as a loader does. They are made here, and have symbols but no code.
 *   library one          one file
 *   library two          two that export the same
 *   library child        the second by a child that runs its parent's program
 *   library memory       one that has no file
 *   library gone         one whose file and mapping are gone at once
 *   library text         a file that is no library
 */
#include "library.h"
#include "provoke.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define FIRST  "ratel_shared_one ratel_shared_two ratel_watched"
#define SECOND "ratel_shared_two ratel_other ratel_shared_one"

static int write_library(int fd, const char *names)
{
    struct library_image l;

    library_make(&l, names);
    check(fd >= 0 && write(fd, &l, sizeof(l)) == sizeof(l));
    return fd;
}

static void *map(int fd)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);

    check(at != MAP_FAILED && close(fd) == 0);
    return at;
}

static int make(const char *name, const char *names)
{
    return write_library(open(name, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600), names);
}

static void say_file(const char *key, const char *name)
{
    char path[4096];
    struct stat st;

    check(stat(name, &st) == 0 && realpath(name, path));
    say(key, "%s", path);
    say("INODE", "%lu", (unsigned long)st.st_ino);
}

static void mode_one(int argc, char **argv)
{
    (void)argv;
    check(argc == 0);
    map(make("first.so", FIRST));
    say_file("FIRST", "first.so");
}

static void mode_two(int argc, char **argv)
{
    (void)argv;
    check(argc == 0);
    map(make("first.so", FIRST));
    map(make("second.so", SECOND));
    map(make("third.so", "ratel_alone"));
    say_file("FIRST", "first.so");
    say_file("SECOND", "second.so");
    say("PID", "%d", getpid());
}

static void mode_child(int argc, char **argv)
{
    int status = 0;

    (void)argv;
    check(argc == 0);
    map(make("first.so", FIRST));
    pid_t child = fork();
    if (!child) {
        map(make("second.so", SECOND));
        sleep(1); /* until ratel has seen what it has from its parent */
        _exit(0);
    }
    check(waitpid(child, &status, 0) == child && status == 0);
    say_file("FIRST", "first.so");
    say_file("SECOND", "second.so");
    say("CHILD", "%d", child);
}

static void mode_memory(int argc, char **argv)
{
    (void)argv;
    check(argc == 0);
    map(write_library(memfd_create("ratel library", MFD_CLOEXEC), FIRST));
    sleep(1);
}

static void mode_gone(int argc, char **argv)
{
    (void)argv;
    check(argc == 0);
    int fd = make("gone.so", FIRST);
    check(unlink("gone.so") == 0);
    check(munmap(map(fd), 4096) == 0);
}

static void mode_text(int argc, char **argv)
{
    (void)argv;
    check(argc == 0);
    int fd = open("text", O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
    check(fd >= 0 && write(fd, "ratel_watched", 13) == 13);
    map(fd);
}

int main(int argc, char **argv)
{
    static const struct mode modes[] = {
        {"one", mode_one},   {"two", mode_two},   {"child", mode_child}, {"memory", mode_memory},
        {"gone", mode_gone}, {"text", mode_text}, {NULL, NULL}};
    return run_mode(modes, argc, argv);
}
