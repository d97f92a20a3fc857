/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a recording, from a file or from a pipe, a wanted number at a time. */
#ifndef RATEL_RECORD_INPUT_H
#define RATEL_RECORD_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct input {
    int fd;
    bool seekable;
    uint64_t base; /* place in the file where the recording begins */
    uint64_t pos;  /* what is read next, from there */
    uint64_t size; /* bytes from there; UINT64_MAX in a pipe */
    size_t have;   /* of what is wanted now */
};

/* Takes the descriptor. 0, -EISDIR, -ENOTTY for a terminal, -errno. */
int input_open(struct input *in, int fd_take);
void input_close(struct input *in);
/*
 * Fills buf with want bytes. 0, or -EAGAIN: a pipe had not enough yet, ask again with the same
 * arguments. -ENODATA: the end came first, .have bytes before it. Another -errno.
 */
int input_fill(struct input *in, void *buf, size_t want);
/* Passes over n bytes; the same results. */
int input_skip(struct input *in, uint64_t n);
/* Goes to a place, in a file only. */
void input_seek(struct input *in, uint64_t pos);

#endif
