/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where frames lie, by time. Bounded: when it is full, every second entry goes, and from then on an
 * entry stands for twice as many frames.
 */
#ifndef RATEL_RECORD_INDEX_H
#define RATEL_RECORD_INDEX_H

#include "record/disk.h"

struct index {
    struct disk_index *entries; /* owned, room for DISK_INDEX_MAX */
    uint32_t count;
    uint32_t stride;  /* frames that an entry stands for */
    uint32_t pending; /* frames that the last entry stands for so far */
};

int index_init(struct index *x); /* 0 or -ENOMEM */
/* Notes a frame; they come in order of offset. */
void index_add(struct index *x, uint64_t offset, uint64_t last);
/* Takes over entries as read from disk. 0 or -EINVAL: not in order, or not before end. */
int index_load(struct index *x, const void *data, uint32_t len, uint64_t end);
/* Offset of a chunk before which every record is earlier than time; first when none is. */
uint64_t index_find(const struct index *x, uint64_t time, uint64_t first);
/* The first offset after that one, or none: UINT64_MAX. */
uint64_t index_next(const struct index *x, uint64_t offset);
void index_clear(struct index *x); /* keeps the memory */
void index_free(struct index *x);

#endif
