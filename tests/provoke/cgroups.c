/* SPDX-License-Identifier: Apache-2.0 */
/* Makes, enters, leaves and removes cgroups below the directory given. */
#include "provoke.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static void move(const char *directory, pid_t pid)
{
    char path[4096], text[16];
    int fd, n;

    snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
    n = snprintf(text, sizeof(text), "%d", pid);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    check(fd >= 0 && write(fd, text, (size_t)n) == n && close(fd) == 0);
}

int main(int argc, char **argv)
{
    char name[4096];
    struct stat st;
    pid_t pid;

    check(argc == 2);
    snprintf(name, sizeof(name), "%s/made", argv[1]);
    check(mkdir(name, 0755) == 0 && stat(name, &st) == 0);
    say("CGROUP", "%lu", (unsigned long)st.st_ino);
    pid = fork();
    if (pid == 0) {
        for (;;)
            pause();
    }
    check(pid > 0);
    move(name, pid);
    move(argv[1], pid);
    check(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
    check(rmdir(name) == 0);
    say("PID", "%d", getpid());
    say("CHILD", "%d", pid);
    return 0;
}
