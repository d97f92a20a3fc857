/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file_ids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int file_ids_init(struct file_ids *f, uint32_t most)
{
    *f = (struct file_ids){.most = most};
    f->ids = calloc(most, sizeof(*f->ids));
    f->next = calloc(most, sizeof(*f->next));
    f->buckets = calloc(most, sizeof(*f->buckets));
    return f->ids && f->next && f->buckets ? 0 : -ENOMEM;
}

void file_ids_free(struct file_ids *f)
{
    free(f->ids);
    free(f->next);
    free(f->buckets);
    *f = (struct file_ids){0};
}

static uint32_t *bucket(const struct file_ids *f, const struct file_id *id)
{
    return &f->buckets[XXH64(id, sizeof(*id), 0) & (f->most - 1)];
}

uint32_t file_ids_find(const struct file_ids *f, const struct file_id *id)
{
    uint32_t i = *bucket(f, id);
    while (i && memcmp(&f->ids[i - 1], id, sizeof(*id)) != 0)
        i = f->next[i - 1];
    return i ? i - 1 : FILE_IDS_NONE;
}

static void take_out(struct file_ids *f, uint32_t place)
{
    uint32_t *at = bucket(f, &f->ids[place]);
    while (*at != place + 1)
        at = &f->next[*at - 1];
    *at = f->next[place];
}

uint32_t file_ids_add(struct file_ids *f, const struct file_id *id)
{
    uint32_t place = (uint32_t)(f->added++ & (f->most - 1));
    if (f->count == f->most)
        take_out(f, place);
    else
        f->count++;
    uint32_t *at = bucket(f, id);
    f->ids[place] = *id;
    f->next[place] = *at;
    *at = place + 1;
    return place;
}

size_t file_ids_memory(uint32_t most)
{
    return most * (sizeof(struct file_id) + 2 * sizeof(uint32_t));
}
