/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a table of system calls in a process of its own, checks each result, and prints one line a
 * call that a case compares with what was traced:
 *
 *   CALL <tid> <name> <result> <register 0> … <register 5>
 *
 * Descriptors stand at fixed numbers, so that a table can be constant.
 */
#ifndef RATEL_PROVOKE_CALLS_H
#define RATEL_PROVOKE_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define OK 1 /* any result that is no error */

/* Arguments that are known only when the call is made. */
#define SELF 0x5afe0001L /* this process */
#define LAST 0x5afe0002L /* result of the last row that was KEPT */

enum {
    FILE_FD = 100, /* regular file of 8 KiB */
    FILE2_FD,      /* another, written to */
    DIR_FD,        /* the working directory */
    PIPE_R,        /* pipe with 16 bytes in it, non-blocking */
    PIPE_W,
    PIPE2_R,
    PIPE2_W,
    SOCK_A, /* pair of Unix datagram sockets, non-blocking */
    SOCK_B,
    SOCK_C, /* connected to nobody: a Unix stream socket */
    TCP_FD, /* TCP socket, not bound */
    EPOLL_FD,
    INOTIFY_FD,
    TIMER_FD,
    SPARE_FD,      /* there to be closed */
    FREE_FD = 130, /* free, for dup2 and the like */
};

#define WANTS 6

struct call {
    const char *name;
    long nr;
    long arg[6];
    bool keep;        /* LAST becomes its result */
    long want[WANTS]; /* OK or -errno, whatever may come out; 0 ends */
};

/* clang-format off */
#define WANT(...) { __VA_ARGS__ }
/* clang-format on */

/* Makes one system call as the table's machine does: result or -errno. */
typedef long call_fn(long nr, const long arg[6]);

static FILE *log_file; /* in memory: printing must not be among the calls */
static char *log_text;
static size_t log_size;
static long self; /* the worker */
static int failures;

static void log_line(long tid, const char *name, const char *ret, const long arg[6])
{
    static const long none[6];

    if (!arg)
        arg = none;
    fprintf(log_file, "CALL %ld %s %s", tid ? tid : self, name, ret);
    for (int i = 0; i < 6; i++)
        fprintf(log_file, " %ld", arg[i]);
    fputc('\n', log_file);
}

/* Logs a call made elsewhere; tid 0: the worker. */
static void calls_log(long tid, const char *name, long ret, const long arg[6])
{
    char text[32];

    snprintf(text, sizeof(text), "%ld", ret);
    log_line(tid, name, text, arg);
}

/* Like calls_log, for a call that does not return. */
static void calls_log_enter(long tid, const char *name, const long arg[6])
{
    log_line(tid, name, "-", arg);
}

/* Ends the program when what it prepares or tries did not behave. */
static void calls_check(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s: not as planned (%s)\n", what, strerror(errno));
        exit(1);
    }
}

/* Puts fd at the fixed number. */
static void place(int fd, int at)
{
    calls_check(fd >= 0 && dup2(fd, at) == at && close(fd) == 0, "placing a descriptor");
}

static void make_file(const char *name, size_t size)
{
    static char block[8192];
    int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);

    calls_check(fd >= 0 && write(fd, block, size) == (ssize_t)size, name);
    close(fd);
}

static void prepare(void)
{
    int pair[2];

    umask(022);
    make_file("file", 8192);
    make_file("file2", 0);
    make_file("a", 1);
    make_file("b", 1);
    place(open("file", O_RDWR), FILE_FD);
    place(open("file2", O_RDWR), FILE2_FD);
    place(open(".", O_RDONLY | O_DIRECTORY), DIR_FD);
    calls_check(pipe2(pair, O_NONBLOCK) == 0, "pipe2");
    place(pair[0], PIPE_R);
    place(pair[1], PIPE_W);
    calls_check(write(PIPE_W, "0123456789abcdef", 16) == 16, "filling the pipe");
    calls_check(pipe2(pair, O_NONBLOCK) == 0, "pipe2");
    place(pair[0], PIPE2_R);
    place(pair[1], PIPE2_W);
    calls_check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) == 0, "socketpair");
    place(pair[0], SOCK_A);
    place(pair[1], SOCK_B);
    place(socket(AF_UNIX, SOCK_STREAM, 0), SOCK_C);
    place(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), TCP_FD);
    place(epoll_create1(0), EPOLL_FD);
    place(inotify_init1(IN_NONBLOCK), INOTIFY_FD);
    place(timerfd_create(CLOCK_MONOTONIC, 0), TIMER_FD);
    place(dup(DIR_FD), SPARE_FD);
}

static bool wanted(const struct call *c, long ret)
{
    bool failed = ret < 0 && ret >= -4095;

    for (int i = 0; i < WANTS && c->want[i]; i++)
        if (c->want[i] == ret || (c->want[i] == OK && !failed))
            return true;
    return false;
}

static void run_row(const struct call *c, call_fn *fn, long *last)
{
    long arg[6], ret;

    for (int i = 0; i < 6; i++) {
        arg[i] = c->arg[i];
        if (arg[i] == SELF)
            arg[i] = self;
        else if (arg[i] == LAST)
            arg[i] = *last;
    }
    ret = fn(c->nr, arg);
    calls_log(0, c->name, ret, arg);
    if (c->keep)
        *last = ret;
    if (!wanted(c, ret)) {
        fprintf(stderr, "%s (%ld): unexpected result %ld %s\n", c->name, c->nr, ret,
                ret < 0 && ret >= -4095 ? strerror((int)-ret) : "");
        failures++;
    }
}

static int work(const struct call *rows, unsigned count, call_fn *fn, void (*special)(void))
{
    char place_[] = "/tmp/ratel-provoke.XXXXXX", clean[64];
    long last = 0;

    self = getpid();
    setsid(); /* no terminal that vhangup could hang up */
    log_file = open_memstream(&log_text, &log_size);
    calls_check(log_file && mkdtemp(place_) && chdir(place_) == 0, "a directory to work in");
    prepare();
    for (unsigned i = 0; i < count; i++)
        run_row(&rows[i], fn, &last);
    if (special)
        special();
    fflush(log_file);
    printf("PID=%d\nDIR=%s\n%s", (int)self, place_, log_text);
    fflush(stdout);
    snprintf(clean, sizeof(clean), "rm -rf %s", place_);
    if (system(clean) != 0)
        failures++;
    return failures ? 1 : 0;
}

/* Runs the rows, then special, which logs by itself. 0 when every result was expected. */
static int calls_run(const struct call *rows, unsigned count, call_fn *fn, void (*special)(void))
{
    pid_t worker = fork();
    int status;

    if (worker == 0)
        _exit(work(rows, count, fn, special));
    if (worker < 0 || waitpid(worker, &status, 0) != worker)
        return 1;
    if (!WIFEXITED(status))
        fprintf(stderr, "the worker ended with signal %d\n", WTERMSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

#endif
