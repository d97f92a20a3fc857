/* SPDX-License-Identifier: Apache-2.0 */
/* What a cache tells of itself, for --stats. */
#ifndef RATEL_BASE_FIGURES_H
#define RATEL_BASE_FIGURES_H

#include <stdint.h>
#include <stdio.h>

struct cache_figures {
    const char *name;
    uint64_t entries, most; /* now, and room for; most 0: it is not in use */
    uint64_t hits, misses;  /* questions that it could answer, and that it could not */
    uint64_t evictions;     /* taken out though it was not too old: for want of room */
    uint64_t bytes;
};

/* A line of heads, then one for each cache. */
void figures_head(const char *title, FILE *out);
void figures_print(const struct cache_figures *f, FILE *out);

#endif
