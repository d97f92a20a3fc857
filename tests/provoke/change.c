/* SPDX-License-Identifier: Apache-2.0 */
/* Files that change while they are open, and pipes that stay open for appending. */
#include "filekeys.h"

#include <fcntl.h>

/* The kernel's clock of files stands still for up to 10 ms. */
static void wait_for_clock(void)
{
    struct timespec t = {0, 50000000};

    check(nanosleep(&t, NULL) == 0);
}

static void write_later(int fd)
{
    wait_for_clock();
    check(write(fd, "x", 1) == 1);
}

static void mode_modify(int argc, char **argv)
{
    int fd, copy, again;

    enter(argc, argv);
    fd = open("changed", O_RDWR | O_CREAT, 0600);
    check(fd >= 0);
    say_file("BEFORE", fd);
    write_later(fd);
    say_file("FIRST", fd);
    copy = dup(fd);
    check(copy >= 0 && close(copy) == 0);
    write_later(fd);
    say_file("SECOND", fd);
    again = open("changed", O_WRONLY);
    write_later(again);
    say_file("THIRD", again);
    check(close(fd) == 0 && close(again) == 0);
    again = open("changed", O_WRONLY);
    write_later(again);
    say_file("FOURTH", again);
}

static void mode_splice(int argc, char **argv)
{
    int from[2], to[2], file;
    loff_t at = 3;

    enter(argc, argv);
    file = open("spliced", O_RDWR | O_CREAT, 0600);
    check(file >= 0 && write(file, "0123456789", 10) == 10);
    check(pipe(from) == 0 && pipe(to) == 0);
    check(splice(file, &at, to[1], NULL, 5, 0) == 5); /* a page of the file */
    check(write(from[1], "seven B", 7) == 7);
    check(splice(from[0], NULL, to[1], NULL, 4, 0) == 4);   /* a part of a page */
    check(splice(from[0], NULL, to[1], NULL, 100, 0) == 3); /* a page as it is */
    say_file("IN", from[0]);
    say_file("OUT", to[0]);
}

static const struct mode modes[] = {
    {"modify", mode_modify},
    {"splice", mode_splice},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
