/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs other provokers one after the other, so that one start of ratel sees them all: series
 * FOLDER… Each FOLDER has a file `argv`, words that end with NUL. The program runs there, prints to
 * `out1` and `err1`, and its process id and status, as waitpid gives it, are left in `status`.
 */
#include "provoke.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#define MOST_BYTES 65536
#define MOST_WORDS 1024

static void words_of(char *text, size_t length, char **words)
{
    int n = 0;

    for (char *at = text; at < text + length; at += strlen(at) + 1) {
        check(n < MOST_WORDS);
        words[n++] = at;
    }
    words[n] = NULL;
}

static void output_to(const char *file, int fd)
{
    int opened = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    check(opened >= 0 && dup2(opened, fd) == fd && close(opened) == 0);
}

/* All but the start itself is done here, not in the child: what the child does is the program's. */
static void run_in(const char *folder)
{
    static char text[MOST_BYTES + 1]; /* ends with NUL, whatever is read */
    static char *words[MOST_WORDS + 1];
    ssize_t length;
    int fd, status;
    pid_t pid;
    FILE *file;

    check(chdir(folder) == 0);
    fd = open("argv", O_RDONLY | O_CLOEXEC);
    length = fd < 0 ? -1 : read(fd, text, MOST_BYTES);
    check(length > 0 && close(fd) == 0);
    words_of(text, (size_t)length, words);
    output_to("out1", STDOUT_FILENO);
    output_to("err1", STDERR_FILENO);
    pid = fork();
    if (pid == 0)
        check(execvp(words[0], words) == 0);
    check(pid > 0 && waitpid(pid, &status, 0) == pid);
    file = fopen("status", "we");
    check(file && fprintf(file, "%d %d\n", pid, status) > 0 && fclose(file) == 0);
}

int main(int argc, char **argv)
{
    check(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0); /* what ratel does not see is not to be done */
    for (int i = 1; i < argc; i++)
        run_in(argv[i]);
    return 0;
}
