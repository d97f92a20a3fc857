/* SPDX-License-Identifier: Apache-2.0 */
/* Signals: handled, ignored, default, real-time, to a thread, from a timer, and one that kills. */
#include "provoke.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
    caught = sig;
}

int main(void)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    struct itimerval in_5ms = {.it_value = {.tv_usec = 5000}};
    union sigval value = {.sival_int = 12345};
    int status;
    pid_t pid;

    check(sigaction(SIGUSR1, &act, NULL) == 0 && sigaction(SIGRTMIN + 3, &act, NULL) == 0);
    check(sigaction(SIGALRM, &act, NULL) == 0 && signal(SIGUSR2, SIG_IGN) != SIG_ERR);
    check(kill(getpid(), SIGUSR1) == 0 && caught == SIGUSR1);
    check(kill(getpid(), SIGUSR2) == 0 && caught == SIGUSR1);
    check(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1) == 0);
    check(sigqueue(getpid(), SIGRTMIN + 3, value) == 0 && caught == SIGRTMIN + 3);
    check(setitimer(ITIMER_REAL, &in_5ms, NULL) == 0);
    while (caught != SIGALRM)
        pause();
    pid = fork();
    if (pid == 0) {
        raise(SIGTERM);
        _exit(1);
    }
    check(pid > 0 && waitpid(pid, &status, 0) == pid);
    check(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    say("PID", "%d", getpid());
    say("CHILD", "%d", pid);
    say("RT", "%d", SIGRTMIN + 3);
    return 0;
}
