/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define ALIGNMENT 16

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size; /* bytes of data */
    _Alignas(ALIGNMENT) char data[];
};

void arena_init(struct arena *a)
{
    static atomic_uint_fast64_t last;
    *a = (struct arena){.id = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1};
}

static struct arena_chunk *add_chunk(struct arena *a, size_t size)
{
    struct arena_chunk *c = malloc(sizeof(*c) + size);
    if (!c)
        return NULL;
    c->next = a->chunks;
    c->used = 0;
    c->size = size;
    a->chunks = c;
    a->bytes += sizeof(*c) + size;
    return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
    struct arena_chunk *c = a->chunks;
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!c || c->size - c->used < size)
        c = add_chunk(a, size > ARENA_CHUNK ? size : ARENA_CHUNK);
    if (!c)
        return NULL;
    void *p = c->data + c->used;
    c->used += size;
    return p;
}

char *arena_copy(struct arena *a, const void *p, size_t n)
{
    char *copy = n < SIZE_MAX ? arena_alloc(a, n + 1) : NULL;
    if (!copy)
        return NULL;
    if (n)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

void arena_free(struct arena *a)
{
    for (struct arena_chunk *c = a->chunks, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    *a = (struct arena){0};
}
