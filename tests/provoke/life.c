/* SPDX-License-Identifier: Apache-2.0 */
/* Births and deaths of tasks: every way to fork, threads, and every way to end. */
#include "provoke.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static void mode_fork(int argc, char **argv)
{
    pid_t pid;

    (void)argc;
    (void)argv;
    say("PID", "%d", getpid());
    pid = fork();
    if (pid == 0)
        _exit(7);
    say("CHILD", "%d", pid);
    reap(pid, 7);
}

static void mode_vfork(int argc, char **argv)
{
    pid_t pid;

    (void)argc;
    (void)argv;
    say("PID", "%d", getpid());
    pid = vfork();
    if (pid == 0)
        _exit(8);
    say("CHILD", "%d", pid);
    reap(pid, 8);
}

static void mode_clone3(int argc, char **argv)
{
    struct {
        unsigned long flags, pidfd, child_tid, parent_tid, signal, stack, stack_size, tls;
    } args = {.signal = SIGCHLD};
    pid_t pid;

    (void)argc;
    (void)argv;
    say("PID", "%d", getpid());
    pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0)
        _exit(9);
    say("CHILD", "%d", pid);
    reap(pid, 9);
}

static void *thread_main(void *arg)
{
    (void)arg;
    check(prctl(PR_SET_NAME, "worker") == 0);
    return (void *)(long)gettid();
}

/* A joined thread may still be on its way out: the process waits, and ends after it. */
static void mode_thread(int argc, char **argv)
{
    pthread_t thread;
    void *tid;

    (void)argc;
    (void)argv;
    say("PID", "%d", getpid());
    check(pthread_create(&thread, NULL, thread_main, NULL) == 0);
    check(pthread_join(thread, &tid) == 0);
    while (syscall(SYS_tgkill, getpid(), (long)tid, 0) == 0)
        usleep(1000);
    say("TID", "%ld", (long)tid);
}

/* A grandchild that outlives its parent. */
static void mode_orphan(int argc, char **argv)
{
    int pipes[2];
    pid_t pid, grandchild = 0;

    (void)argc;
    (void)argv;
    say("PID", "%d", getpid());
    check(pipe(pipes) == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
    pid = fork();
    if (pid == 0) {
        pid_t parent = getpid(), inner = fork();

        if (inner == 0) {
            while (getppid() == parent)
                usleep(1000);
            _exit(5);
        }
        check(write(pipes[1], &inner, sizeof(inner)) == sizeof(inner));
        _exit(4);
    }
    check(read(pipes[0], &grandchild, sizeof(grandchild)) == sizeof(grandchild));
    reap(pid, 4);
    reap(grandchild, 5);
    say("CHILD", "%d", pid);
    say("GRANDCHILD", "%d", grandchild);
}

/* Death by a signal. */
static void mode_killed(int argc, char **argv)
{
    int sig = argc > 0 ? (int)strtol(argv[0], NULL, 10) : SIGKILL, status;
    pid_t pid = fork();

    if (pid == 0) {
        for (;;)
            pause();
    }
    check(pid > 0 && kill(pid, sig) == 0);
    check(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == sig);
    say("PID", "%d", getpid());
    say("CHILD", "%d", pid);
}

static void *exit_all(void *arg)
{
    (void)arg;
    _exit(11);
}

/* exit_group from a thread that is not the leader; again and again where a number is given. */
static void mode_exit_group(int argc, char **argv)
{
    long times = argc > 0 ? strtol(argv[0], NULL, 10) : 1;
    pid_t pid = 0;

    for (long i = 0; i < times; i++) {
        pid = fork();
        if (pid == 0) {
            pthread_t thread;

            check(pthread_create(&thread, NULL, exit_all, NULL) == 0);
            for (;;)
                pause();
        }
        reap(pid, 11);
    }
    say("PID", "%d", getpid());
    say("CHILD", "%d", pid);
}

static const struct mode modes[] = {
    {"fork", mode_fork},
    {"vfork", mode_vfork},
    {"clone3", mode_clone3},
    {"thread", mode_thread},
    {"orphan", mode_orphan},
    {"killed", mode_killed},
    {"exit_group", mode_exit_group},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
