/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is handed out piece by piece and given back all at once. */
#ifndef RATEL_BASE_ARENA_H
#define RATEL_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena_chunk;

struct arena {
    struct arena_chunk *chunks; /* the newest first; owned */
    size_t bytes;               /* taken from malloc */
    uint64_t id;                /* never the same for two arenas; 0 for none */
};

void arena_init(struct arena *a);
/* size bytes for anything, uninitialised. NULL without memory. */
void *arena_alloc(struct arena *a, size_t size);
/* A copy of n bytes with a NUL behind. NULL without memory. */
char *arena_copy(struct arena *a, const void *p, size_t n);
void arena_free(struct arena *a);

#endif
