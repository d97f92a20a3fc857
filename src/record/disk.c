/* SPDX-License-Identifier: Apache-2.0 */
#include "record/disk.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t disk_sum(const void *data, uint32_t len)
{
    return XXH3_64bits(data, len);
}

/* Chains the two parts by the seed: no state, so nothing to allocate. */
static uint64_t sum_parts(const void *head, size_t head_len, const void *rest, size_t rest_len)
{
    return XXH3_64bits_withSeed(rest, rest_len, XXH3_64bits(head, head_len));
}

uint64_t disk_header_sum(const struct disk_header *h, const void *sections)
{
    struct disk_header copy = *h;

    copy.sum = 0;
    return sum_parts(&copy, sizeof(copy), sections, copy.sections);
}

uint64_t disk_chunk_sum(const struct disk_chunk *c, const void *info)
{
    struct disk_chunk copy = *c;

    copy.sum = 0;
    return sum_parts(&copy, sizeof(copy), info, copy.info);
}
