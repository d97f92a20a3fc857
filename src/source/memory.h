/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's memory, read by address; behind it the kernel, or a test's bytes. */
#ifndef RATEL_SOURCE_MEMORY_H
#define RATEL_SOURCE_MEMORY_H

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "inspect_plan.h"

struct kernel_memory {
    /* At most INSPECT_CHUNK bytes. 0 or -errno: -EFAULT where there is no memory. */
    int (*read)(void *ctx, uint64_t at, void *to, size_t len);
    void *ctx;
};

static inline int memory_read(const struct kernel_memory *m, uint64_t at, void *to, size_t len)
{
    return len > INSPECT_CHUNK || at + len < at ? -EINVAL : m->read(m->ctx, at, to, len);
}

/* A pointer of the kernel's. */
static inline int memory_pointer(const struct kernel_memory *m, uint64_t at, uint64_t *to)
{
    return memory_read(m, at, to, sizeof(*to));
}

/* A text in a buffer of size bytes, ended where the buffer ends. */
static inline int memory_text(const struct kernel_memory *m, uint64_t at, char *to, size_t size)
{
    int rc = memory_read(m, at, to, size - 1);
    /* Near the end of a mapping: as far as it goes. */
    for (size_t n = size / 2; rc == -EFAULT && n; n /= 2) {
        memset(to, 0, size);
        rc = memory_read(m, at, to, n);
    }
    to[size - 1] = '\0';
    return rc;
}

#endif
