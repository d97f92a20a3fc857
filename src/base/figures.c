/* SPDX-License-Identifier: Apache-2.0 */
#include "base/figures.h"

#include <inttypes.h>

void figures_head(const char *title, FILE *out)
{
    fprintf(out, "%-20s %10s %10s %14s %14s %10s %12s\n", title, "entries", "most", "hits",
            "misses", "evictions", "bytes");
}

void figures_print(const struct cache_figures *f, FILE *out)
{
    fprintf(out,
            "%-20s %10" PRIu64 " %10" PRIu64 " %14" PRIu64 " %14" PRIu64 " %10" PRIu64 " %12" PRIu64
            "\n",
            f->name, f->entries, f->most, f->hits, f->misses, f->evictions, f->bytes);
}
