/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that were made once and are wanted again, by number; the newest are kept. */
#ifndef RATEL_EVENT_TEXT_CACHE_H
#define RATEL_EVENT_TEXT_CACHE_H

#include "base/figures.h"
#include "base/strbuf.h"

struct text_row;

/* All zero is an empty one. */
struct text_cache {
    char *data; /* TEXT_CACHE_BYTES, written round and round; NULL until there is something */
    struct text_row *rows;
    uint64_t written; /* bytes, with those that were left at the end of each round */
    uint64_t puts, hits, misses;
};

void text_cache_free(struct text_cache *c);
/* Bytes that one takes at most. */
size_t text_cache_memory(void);
/* Appends the text; false when it is not there. key: not 0. */
bool text_cache_get(struct text_cache *c, uint64_t key, struct strbuf *out);
/* Keeps a copy, or not: what is too long is not, and without memory nothing is. */
void text_cache_put(struct text_cache *c, uint64_t key, const char *s, size_t n);
void text_cache_figures(const struct text_cache *c, struct cache_figures *out);

#endif
