/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of the kernel that somebody looks at, through tracefs, on a test machine only:
 *   diverted SECONDS   a kprobe on vfs_mkdir and the function tracer on vfs_rmdir, for that long
 */
#include "provoke.h"

#define TRACING "/sys/kernel/tracing/"

static void put(const char *file, const char *text)
{
    FILE *f = fopen(file, "w");

    if (!f) {
        printf("SKIP=no %s\n", file);
        exit(0);
    }
    if (fputs(text, f) < 0 || fclose(f) != 0) {
        fprintf(stderr, "%s: not as planned: %s to %s (%s)\n", __FILE__, text, file,
                strerror(errno));
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (!getenv("RATEL_VM")) {
        printf("SKIP=only a test machine is to be traced as a whole\n");
        return 0;
    }
    check(argc == 2);
    put(TRACING "kprobe_events", "p:ratel_test vfs_mkdir\n");
    put(TRACING "events/kprobes/ratel_test/enable", "1\n");
    put(TRACING "set_ftrace_filter", "vfs_rmdir\n");
    put(TRACING "current_tracer", "function\n");
    sleep((unsigned)strtoul(argv[1], NULL, 10));
    put(TRACING "current_tracer", "nop\n");
    put(TRACING "set_ftrace_filter", "\n");
    put(TRACING "events/kprobes/ratel_test/enable", "0\n");
    put(TRACING "kprobe_events", ""); /* to open it for writing is to empty it */
    return 0;
}
