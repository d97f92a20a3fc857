/* SPDX-License-Identifier: Apache-2.0 */
/* --max-memory: the sum of all that a run can take, and buffers made smaller to fit under it. */
#ifndef RATEL_CMD_MEMORY_H
#define RATEL_CMD_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum memory_buffer {
    MEMORY_ring,
    MEMORY_lifecycle,
    MEMORY_queue,
    MEMORY_containers, /* that the world knows */
    MEMORY_BUFFERS
};

struct memory_size {
    uint64_t bytes; /* of one */
    uint64_t count;
    uint64_t least; /* may be made as small; .bytes when the user has chosen */
};

struct memory {
    uint64_t fixed; /* bytes of everything else, at most */
    struct memory_size buffers[MEMORY_BUFFERS];
};

/* Bytes in total; UINT64_MAX when they are more than can be said. */
uint64_t memory_total(const struct memory *m);
/*
 * Halves what takes most until the total is at most max. False: it is not, and no buffer can get
 * smaller.
 */
bool memory_fit(struct memory *m, uint64_t max);

#endif
