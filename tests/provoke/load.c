/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load of a known size.
 *   load getpid PROCESSES CALLS   so many calls in all, shared out among so many processes
 *   load threads THREADS CALLS    the same among threads: each call is an lseek to its own count
 *   load until FILE [SLEEP_US]    getpid until the file is there, at most 40 s; prints how many
 */
#include "provoke.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>

static long number(const char *text)
{
    char *end;
    long v = strtol(text, &end, 10);

    check(*end == '\0' && v >= 0);
    return v;
}

static void mode_getpid(int argc, char **argv)
{
    long processes, calls;

    check(argc == 2);
    processes = number(argv[0]);
    calls = number(argv[1]);
    check(processes > 0 && calls % processes == 0);
    for (long p = 0; p < processes; p++) {
        pid_t pid = fork();

        if (pid == 0) {
            for (long i = 0; i < calls / processes; i++)
                syscall(SYS_getpid);
            _exit(0);
        }
        check(pid > 0);
    }
    for (long p = 0; p < processes; p++) {
        int status;

        check(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

static long per_thread;

static void *seek(void *arg)
{
    int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    (void)arg;
    check(fd >= 0);
    for (long i = 0; i < per_thread; i++)
        syscall(SYS_lseek, fd, i, SEEK_SET);
    close(fd);
    return NULL;
}

static void mode_threads(int argc, char **argv)
{
    pthread_t threads[64];
    long count;

    check(argc == 2);
    count = number(argv[0]);
    check(count > 0 && count <= 64);
    per_thread = number(argv[1]) / count;
    for (long i = 0; i < count; i++)
        check(pthread_create(&threads[i], NULL, seek, NULL) == 0);
    for (long i = 0; i < count; i++)
        check(pthread_join(threads[i], NULL) == 0);
}

static void mode_until(int argc, char **argv)
{
    long done = 0, pause_us = argc > 1 ? number(argv[1]) : 0;

    check(argc > 0);
    alarm(40); /* not for ever when whoever started it is gone */
    while (access(argv[0], F_OK) != 0) {
        for (int i = 0; i < 100; i++)
            syscall(SYS_getpid);
        done += 100;
        if (pause_us)
            usleep((useconds_t)pause_us);
    }
    say("CALLS", "%ld", done);
}

static const struct mode modes[] = {
    {"getpid", mode_getpid},
    {"threads", mode_threads},
    {"until", mode_until},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
