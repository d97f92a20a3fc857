/* SPDX-License-Identifier: Apache-2.0 */
#include "source/container_known.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"

#define FIRST_CAPACITY 64

static uint32_t place_of(const struct known_containers *k, uint64_t cgroup)
{
    return (uint32_t)((cgroup * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (k->capacity - 1);
}

/* Its row, or the free one where it belongs. */
static struct known_container *row_of(const struct known_containers *k, uint64_t cgroup)
{
    uint32_t i = place_of(k, cgroup);
    while (k->rows[i].cgroup && k->rows[i].cgroup != cgroup)
        i = (i + 1) & (k->capacity - 1);
    return &k->rows[i];
}

static int grow(struct known_containers *k)
{
    struct known_containers bigger = {.count = k->count, .refused = k->refused};
    bigger.capacity = k->capacity ? 2 * k->capacity : FIRST_CAPACITY;
    bigger.rows = calloc(bigger.capacity, sizeof(*bigger.rows));
    if (!bigger.rows)
        return -ENOMEM;
    for (uint32_t i = 0; i < k->capacity; i++)
        if (k->rows[i].cgroup)
            *row_of(&bigger, k->rows[i].cgroup) = k->rows[i];
    free(k->rows);
    *k = bigger;
    return 0;
}

struct known_container *known_find(const struct known_containers *k, uint64_t cgroup)
{
    struct known_container *row = k->capacity && cgroup ? row_of(k, cgroup) : NULL;
    return row && row->cgroup ? row : NULL;
}

struct known_container *known_add(struct known_containers *k, uint64_t cgroup)
{
    struct known_container *row = known_find(k, cgroup);
    if (row)
        return row;
    bool full = !cgroup || k->count == CONTAINERS_KNOWN;
    if (!full && 2 * (k->count + 1) > k->capacity)
        full = grow(k);
    if (full) {
        k->refused++;
        return NULL;
    }
    row = row_of(k, cgroup);
    *row = (struct known_container){.cgroup = cgroup};
    k->count++;
    return row;
}

/* What stands behind it and was pushed away from its place moves up. */
void known_remove(struct known_containers *k, uint64_t cgroup)
{
    struct known_container *row = k->capacity && cgroup ? row_of(k, cgroup) : NULL;
    if (!row || !row->cgroup)
        return;
    uint32_t hole = (uint32_t)(row - k->rows), mask = k->capacity - 1;
    for (uint32_t i = (hole + 1) & mask; k->rows[i].cgroup; i = (i + 1) & mask) {
        uint32_t home = place_of(k, k->rows[i].cgroup);
        if (((i - home) & mask) < ((i - hole) & mask))
            continue;
        k->rows[hole] = k->rows[i];
        hole = i;
    }
    k->rows[hole].cgroup = 0;
    k->count--;
}

void known_free(struct known_containers *k)
{
    free(k->rows);
    *k = (struct known_containers){0};
}

/* Twice as many rows as there may be; while they grow, the old ones are there as well. */
size_t known_memory(void)
{
    static_assert((CONTAINERS_KNOWN & (CONTAINERS_KNOWN - 1)) == 0, "the capacity doubles");
    return (size_t)3 * CONTAINERS_KNOWN * sizeof(struct known_container);
}
