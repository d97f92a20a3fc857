/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files by what tells one from all others: the last so many that were added have a place, which
 * the owner keeps something for. Whoever has more places has all that another one with fewer has.
 */
#ifndef RATEL_BASE_FILE_IDS_H
#define RATEL_BASE_FILE_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_id {
    uint64_t inode, ctime; /* nanoseconds since the epoch */
    uint64_t dev;
};

struct file_ids {
    struct file_id *ids; /* by place */
    uint32_t *next;      /* of the same bucket: 1 + place */
    uint32_t *buckets;
    uint32_t most, count; /* most: a power of two */
    uint64_t added;
};

#define FILE_IDS_NONE UINT32_MAX

/* 0 or -ENOMEM; to be freed in either case. */
int file_ids_init(struct file_ids *f, uint32_t most);
void file_ids_free(struct file_ids *f);
/* Its place, FILE_IDS_NONE where it has none. */
uint32_t file_ids_find(const struct file_ids *f, const struct file_id *id);
/* The place of a file that has none yet; the file that was added longest ago loses it. */
uint32_t file_ids_add(struct file_ids *f, const struct file_id *id);
/* Bytes that it takes. */
size_t file_ids_memory(uint32_t most);

#endif
