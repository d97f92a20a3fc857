/* SPDX-License-Identifier: Apache-2.0 */
#include "source/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: wait for the word, then become the command with untouched signals. */
static _Noreturn void child_run(int go, int failed, char *const *argv)
{
    char byte;
    sigset_t none;
    ssize_t n;
    do
        n = read(go, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n != 1)
        _exit(125);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    execvp(argv[0], argv);
    int e = errno;
    if (write(failed, &e, sizeof(e)) < 0)
        _exit(126);
    _exit(127);
}

int command_fork(struct command *c, char *const *argv)
{
    int go[2], failed[2];
    if (pipe2(go, O_CLOEXEC))
        return -errno;
    if (pipe2(failed, O_CLOEXEC)) {
        int rc = -errno;
        close(go[0]);
        close(go[1]);
        return rc;
    }
    pid_t pid = fork();
    int rc = pid < 0 ? -errno : 0;
    if (pid == 0) {
        close(go[1]);
        close(failed[0]);
        child_run(go[0], failed[1], argv);
    }
    close(go[0]);
    close(failed[1]);
    if (rc) {
        close(go[1]);
        close(failed[0]);
        return rc;
    }
    *c = (struct command){.pid = pid, .go = go[1], .failed = failed[0]};
    return 0;
}

int command_start(struct command *c, const char *name, struct error *err)
{
    int e = 0;
    ssize_t n;
    if (write(c->go, "g", 1) != 1)
        return error_set(err, -errno, "%s can't be started: %s", name, strerror(errno));
    do
        n = read(c->failed, &e, sizeof(e));
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof(e))
        return error_set(err, -e, "%s can't be run: %s", name, strerror(e));
    return 0;
}

bool command_ended(struct command *c)
{
    if (c->pid && waitpid(c->pid, NULL, WNOHANG) == c->pid)
        c->pid = 0;
    return !c->pid;
}

void command_close(struct command *c)
{
    if (c->go > 0)
        close(c->go);
    if (c->failed > 0)
        close(c->failed);
    c->go = c->failed = -1;
}
