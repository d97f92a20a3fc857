/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "world/world_impl.h"

/* Pages that are never used are never taken from the machine. */
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
        at = p->fresh++;
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
