/* SPDX-License-Identifier: Apache-2.0 */
/* What a sink writes to: a file that can be rotated, a pipe, a terminal. */
#ifndef RATEL_SINK_DESTINATION_H
#define RATEL_SINK_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct destination {
    char *path;       /* NULL: standard output or error */
    const char *name; /* for messages */
    int fd;
    bool own;     /* fd is to be closed */
    bool regular; /* a file: can be cut, never blocks */
    bool nonblocking;
    uint64_t bytes;  /* written since it was opened or rotated */
    uint64_t opened; /* CLOCK_MONOTONIC seconds */
};

/*
 * Whether writing there would go into the same file, or to standard output (or error) as well.
 * Nothing is opened. What can't be looked at is not the same: opening it says why.
 */
bool destination_same(const struct destination *d, const char *where);
/* "", "-", "stdout", "stderr" or a path, which is emptied. 0 or -errno with err filled. */
int destination_open(struct destination *d, const char *where, struct error *err);
/*
 * Writes as much as goes without waiting; *done bytes of it. 0: all; -EAGAIN: it would wait;
 * otherwise -errno.
 */
int destination_write(struct destination *d, const char *p, size_t n, size_t *done);
/* Takes back the last n bytes written. False where that can't be done. */
bool destination_cut(struct destination *d, size_t n);
/* Moves the file aside (path.1 … up to keep), begins a new one. 0 or -errno: as it was. */
int destination_rotate(struct destination *d, unsigned keep);
void destination_close(struct destination *d);
uint64_t monotonic_ms(void);

#endif
