/* SPDX-License-Identifier: Apache-2.0 */
/* What the small programs share: a check that ends them, and lines KEY=VALUE for the case. */
#ifndef RATEL_PROVOKE_PROVOKE_H
#define RATEL_PROVOKE_PROVOKE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends the program when something was not as planned. */
#define check(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not as planned: %s (%s)\n", __FILE__, __LINE__, #condition,    \
                    strerror(errno));                                                              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* KEY=VALUE, kept until the program ends so that printing is not among what it does. */
__attribute__((format(printf, 2, 3), unused)) static void say(const char *key, const char *format,
                                                              ...)
{
    static char text[16384];
    va_list args;

    setvbuf(stdout, text, _IOFBF, sizeof(text));
    va_start(args, format);
    printf("%s=", key);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

/* The case is skipped where it can't be provoked. */
__attribute__((unused, noreturn)) static void skip(const char *why)
{
    printf("SKIP=%s\n", why);
    exit(0);
}

/* Address of a function or variable of the kernel; 0 for none. */
__attribute__((unused)) static unsigned long kernel_symbol(const char *wanted)
{
    char line[512], name[256];
    unsigned long address, found = 0;
    FILE *f = fopen("/proc/kallsyms", "r");

    check(f);
    while (!found && fgets(line, sizeof(line), f))
        if (sscanf(line, "%lx %*c %255s", &address, name) == 2 && strcmp(name, wanted) == 0)
            found = address;
    fclose(f);
    return found;
}

/* The same; the case is skipped where there is none. */
__attribute__((unused)) static unsigned long needed_symbol(const char *wanted)
{
    unsigned long at = kernel_symbol(wanted);

    if (!at)
        skip("the kernel has no such symbol");
    return at;
}

/* Waits for a child that must exit with code. */
__attribute__((unused)) static void reap(pid_t pid, int code)
{
    int status;

    check(pid > 0 && waitpid(pid, &status, 0) == pid);
    check(WIFEXITED(status) && WEXITSTATUS(status) == code);
}

/* A row of a program's modes. */
struct mode {
    const char *name;
    void (*run)(int argc, char **argv); /* with what stands after the name */
};

__attribute__((unused)) static int run_mode(const struct mode *modes, int argc, char **argv)
{
    for (const struct mode *m = modes; argc > 1 && m->name; m++) {
        if (strcmp(m->name, argv[1]) == 0) {
            m->run(argc - 2, argv + 2);
            return 0;
        }
    }
    fprintf(stderr, "usage: %s MODE …; modes:", argv[0]);
    for (const struct mode *m = modes; m->name; m++)
        fprintf(stderr, " %s", m->name);
    fputc('\n', stderr);
    return 2;
}

#endif
