/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "world/world_impl.h"

void pages_want(void *from, size_t bytes)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)from & ~(page - 1);
    uintptr_t end = ((uintptr_t)from + bytes) & ~(page - 1);
    /* What it refuses, or does not know, comes by faults. */
    if (end > at)
        madvise((void *)at, end - at, MADV_POPULATE_WRITE);
}

/* Pages that are never used are never taken from the machine, but for POOL_AHEAD. */
int pool_init(struct pool *p, uint32_t most, size_t size, size_t link)
{
    *p = (struct pool){.size = size, .link = link, .fresh = 1, .most = most};
    p->rows = calloc((size_t)most + 1, size);
    return p->rows ? 0 : -ENOMEM;
}

void pool_free(struct pool *p)
{
    free(p->rows);
    *p = (struct pool){0};
}

/* A fault costs ten times what taking a page along with others does. */
static void take_pages(struct pool *p)
{
    size_t rows = POOL_AHEAD / p->size, left = p->most + 1 - p->fresh;
    rows = rows < left ? rows : left;
    pages_want(p->rows + p->fresh * p->size, rows * p->size);
    p->paged = p->fresh + (place)rows;
}

static place fresh_row(struct pool *p)
{
    if (p->fresh >= p->paged)
        take_pages(p);
    return p->fresh++;
}

static place *pool_link(const struct pool *p, place at)
{
    return (place *)(void *)(p->rows + at * p->size + p->link);
}

place pool_take(struct pool *p)
{
    place at = p->free;
    if (at)
        p->free = *pool_link(p, at);
    else if (p->fresh <= p->most)
        at = fresh_row(p);
    else
        return 0;
    memset(p->rows + at * p->size, 0, p->size);
    p->used++;
    return at;
}

void pool_give(struct pool *p, place at)
{
    *pool_link(p, at) = p->free;
    p->free = at;
    p->used--;
}
