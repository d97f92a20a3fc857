/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file behind a mapping that the kernel told of. The process may be gone, its files elsewhere
 * than ratel's, and the path another file's by now: what is opened is that very file, or nothing.
 */
#ifndef RATEL_SOURCE_LIBRARY_OPEN_H
#define RATEL_SOURCE_LIBRARY_OPEN_H

#include <stdbool.h>
#include <sys/types.h>

#include "source/library.h"

struct library_place {
    struct library_key key;
    pid_t pid, ppid; /* whose it is, and another that sees it: their roots are tried, then ours */
    const char *path;
};

/* A descriptor to be closed, or -errno: -ESTALE where only another file was found. */
int library_open(const struct library_place *p);

/*
 * Tells each file that a process has mapped as code, its own program left out, open, with its key
 * and path as /proc says.
 */
void library_mapped(pid_t pid,
                    void (*tell)(void *ctx, const struct library_key *key, const char *path,
                                 int fd),
                    void *ctx);

#endif
