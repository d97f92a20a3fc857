/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/memory.h"

#include <stddef.h>

static uint64_t times(const struct memory_size *s)
{
    uint64_t bytes;
    return __builtin_mul_overflow(s->bytes, s->count, &bytes) ? UINT64_MAX : bytes;
}

uint64_t memory_total(const struct memory *m)
{
    uint64_t total = m->fixed;
    for (int i = 0; i < MEMORY_BUFFERS; i++)
        if (__builtin_add_overflow(total, times(&m->buffers[i]), &total))
            return UINT64_MAX;
    return total;
}

/* The buffer that takes most of those that may get smaller; NULL for none. */
static struct memory_size *largest(struct memory *m)
{
    struct memory_size *most = NULL;
    for (int i = 0; i < MEMORY_BUFFERS; i++) {
        struct memory_size *s = &m->buffers[i];
        if (s->count && s->bytes / 2 >= s->least && (!most || times(s) > times(most)))
            most = s;
    }
    return most;
}

bool memory_fit(struct memory *m, uint64_t max)
{
    while (memory_total(m) > max) {
        struct memory_size *s = largest(m);
        if (!s)
            return false;
        s->bytes /= 2;
    }
    return true;
}
