/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program somewhere else:
 *   enter [uts=NAME] [mnt] [pid] [net] [user] [cgroup=DIRECTORY] [uid=N] [wait=FILE] -- PROGRAM …
 * Prints the namespaces' inode numbers as the program will have them, the pid, and exits as the
 * program does. wait: not before the file is there.
 */
#include "provoke.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <sys/stat.h>

static unsigned long inode(const char *ns)
{
    char path[64];
    struct stat st;

    snprintf(path, sizeof(path), "/proc/self/ns/%s", ns);
    check(stat(path, &st) == 0);
    return (unsigned long)st.st_ino;
}

static void join(const char *directory)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    check(fd >= 0 && write(fd, "0", 1) == 1 && close(fd) == 0);
}

static void become(const char *text)
{
    uid_t uid = (uid_t)strtoul(text, NULL, 10);

    check(setgroups(0, NULL) == 0 && setgid(uid) == 0 && setuid(uid) == 0);
}

static void apply(const char *word)
{
    if (!strncmp(word, "uts=", 4)) {
        check(unshare(CLONE_NEWUTS) == 0 && sethostname(word + 4, strlen(word + 4)) == 0);
    } else if (!strcmp(word, "mnt")) {
        check(unshare(CLONE_NEWNS) == 0);
    } else if (!strcmp(word, "net")) {
        check(unshare(CLONE_NEWNET) == 0);
    } else if (!strcmp(word, "user")) {
        check(unshare(CLONE_NEWUSER) == 0);
    } else if (!strcmp(word, "pid")) {
        check(unshare(CLONE_NEWPID) == 0);
    } else if (!strncmp(word, "cgroup=", 7)) {
        join(word + 7);
    } else if (!strncmp(word, "uid=", 4)) {
        become(word + 4);
    } else if (!strncmp(word, "wait=", 5)) {
        for (int i = 0; access(word + 5, F_OK) != 0; i++) {
            check(i < 20000);
            usleep(1000);
        }
    } else {
        fprintf(stderr, "enter: what is %s?\n", word);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = {"uts", "mnt", "net", "user", "cgroup"};
    int i, status;
    pid_t pid;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        apply(argv[i]);
    check(i + 1 < argc);
    pid = fork();
    if (pid == 0) {
        for (unsigned k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
            printf("NS_%s=%lu\n", kinds[k], inode(kinds[k]));
        printf("NS_pid=%lu\n", inode("pid_for_children"));
        fflush(stdout);
        execvp(argv[i + 1], argv + i + 1);
        _exit(127);
    }
    check(pid > 0 && waitpid(pid, &status, 0) == pid);
    printf("ENTERED=%d\n", pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
