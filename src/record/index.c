/* SPDX-License-Identifier: Apache-2.0 */
#include "record/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int index_init(struct index *x)
{
    x->entries = calloc(DISK_INDEX_MAX, sizeof(*x->entries));
    index_clear(x);
    return x->entries ? 0 : -ENOMEM;
}

/* Keeps every second entry; it takes over the time of the one behind it. */
static void index_thin(struct index *x)
{
    for (uint32_t i = 0; i < x->count / 2; i++) {
        x->entries[i].offset = x->entries[2 * i].offset;
        x->entries[i].last = x->entries[2 * i + 1].last;
    }
    x->count /= 2;
    x->stride *= 2;
    x->pending = x->stride;
}

void index_add(struct index *x, uint64_t offset, uint64_t last)
{
    struct disk_index *e;

    if (x->count == DISK_INDEX_MAX && x->pending == x->stride)
        index_thin(x);
    if (x->count > 0 && x->pending < x->stride) {
        e = &x->entries[x->count - 1];
    } else {
        e = &x->entries[x->count++];
        e->offset = offset;
        e->last = x->count > 1 ? e[-1].last : 0;
        x->pending = 0;
    }
    if (e->last < last)
        e->last = last;
    x->pending++;
}

int index_load(struct index *x, const void *data, uint32_t len, uint64_t end)
{
    uint32_t n = len / sizeof(struct disk_index);

    index_clear(x);
    if (len % sizeof(struct disk_index) || n > DISK_INDEX_MAX)
        return -EINVAL;
    if (n == 0)
        return 0;
    memcpy(x->entries, data, len);
    for (uint32_t i = 0; i < n; i++) {
        const struct disk_index *e = &x->entries[i];

        if (e->offset >= end || (i > 0 && (e->offset <= e[-1].offset || e->last < e[-1].last)))
            return -EINVAL;
    }
    x->count = n;
    return 0;
}

uint64_t index_find(const struct index *x, uint64_t time, uint64_t first)
{
    uint32_t lo = 0;
    uint32_t hi = x->count;

    /* The first entry whose frames reach up to time. */
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (x->entries[mid].last < time)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return first;
    return lo < x->count ? x->entries[lo].offset : x->entries[x->count - 1].offset;
}

uint64_t index_next(const struct index *x, uint64_t offset)
{
    uint32_t lo = 0;
    uint32_t hi = x->count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (x->entries[mid].offset <= offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < x->count ? x->entries[lo].offset : UINT64_MAX;
}

void index_clear(struct index *x)
{
    x->count = 0;
    x->stride = 1;
    x->pending = 0;
}

void index_free(struct index *x)
{
    free(x->entries);
    x->entries = NULL;
    index_clear(x);
}
