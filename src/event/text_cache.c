/* SPDX-License-Identifier: Apache-2.0 */
#include "event/text_cache.h"

#include <stdlib.h>

#include "base/limits.h"

#define LONGEST (TEXT_CACHE_BYTES / 8)
#define WAYS    4 /* rows that a key may be in */

struct text_row {
    uint64_t key; /* 0: free */
    uint64_t at;  /* of all bytes ever written */
    size_t len;
};

void text_cache_free(struct text_cache *c)
{
    free(c->data);
    free(c->rows);
    *c = (struct text_cache){0};
}

size_t text_cache_memory(void)
{
    return TEXT_CACHE_BYTES + TEXT_CACHE_ROWS * sizeof(struct text_row);
}

static struct text_row *rows_of(const struct text_cache *c, uint64_t key)
{
    _Static_assert(!(TEXT_CACHE_ROWS & (TEXT_CACHE_ROWS - 1)), "a power of two");
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    return &c->rows[hash & (TEXT_CACHE_ROWS - WAYS)];
}

/* Whether nothing was written over it since. */
static bool is_there(const struct text_cache *c, const struct text_row *row)
{
    return row->key && c->written - row->at <= TEXT_CACHE_BYTES;
}

bool text_cache_get(struct text_cache *c, uint64_t key, struct strbuf *out)
{
    struct text_row *row = c->rows ? rows_of(c, key) : NULL;
    for (int i = 0; row && i < WAYS; i++) {
        if (row[i].key != key || !is_there(c, &row[i]))
            continue;
        c->hits++;
        strbuf_put(out, c->data + row[i].at % TEXT_CACHE_BYTES, row[i].len);
        return true;
    }
    c->misses++;
    return false;
}

static bool has_room(struct text_cache *c)
{
    if (!c->data)
        c->data = malloc(TEXT_CACHE_BYTES);
    if (!c->rows)
        c->rows = calloc(TEXT_CACHE_ROWS, sizeof(*c->rows));
    return c->data && c->rows;
}

/* Its own row, one that is free, or the one that was written first. */
static struct text_row *row_for(const struct text_cache *c, uint64_t key)
{
    struct text_row *row = rows_of(c, key), *first = row;
    for (int i = 0; i < WAYS; i++) {
        if (row[i].key == key || !row[i].key)
            return &row[i];
        if (row[i].at < first->at)
            first = &row[i];
    }
    return first;
}

void text_cache_put(struct text_cache *c, uint64_t key, const char *s, size_t n)
{
    if (n > LONGEST || !has_room(c))
        return;
    size_t at = c->written % TEXT_CACHE_BYTES;
    if (at + n > TEXT_CACHE_BYTES) { /* it would not be in one piece */
        c->written += TEXT_CACHE_BYTES - at;
        at = 0;
    }
    memcpy(c->data + at, s, n);
    *row_for(c, key) = (struct text_row){.key = key, .at = c->written, .len = n};
    c->written += n;
    c->puts++;
}

void text_cache_figures(const struct text_cache *c, struct cache_figures *out)
{
    *out = (struct cache_figures){
        .name = "ready texts",
        .most = c->rows ? TEXT_CACHE_ROWS : 0,
        .hits = c->hits,
        .misses = c->misses,
        .bytes = c->rows ? text_cache_memory() : 0,
    };
    for (size_t i = 0; i < out->most; i++)
        out->entries += is_there(c, &c->rows[i]);
    out->evictions = c->puts - out->entries;
}
