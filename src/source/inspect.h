/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at the kernel itself, in a thread of its own: at the start, every interval, and when
 * modules come or go. What it finds are records, which the live source hands out among the others.
 */
#ifndef RATEL_SOURCE_INSPECT_H
#define RATEL_SOURCE_INSPECT_H

#include "source/checks.h"

struct inspect_setup {
    const uint64_t *sets; /* by slot; copied */
    struct kernel_memory memory;
    const struct inspect_wishes *wishes; /* borrowed */
    uint64_t interval_ns;                /* 0: only at the start and when modules change */
    bool (*is_ours)(void *ctx, const char *function);
    void *ours;
};

struct inspect;

/* Whether the event is made here. */
bool inspect_makes(const struct event_def *def);
/* Starts the thread. *out is NULL when nothing that is wanted is made here. 0 or -errno. */
int inspect_start(struct inspect **out, const struct inspect_setup *setup);
/* Ends the thread, after a look that is due; what it found can still be taken. NULL is allowed. */
void inspect_end(struct inspect *i);
void inspect_free(struct inspect *i);

/* As findings_take and findings_counts; nothing of NULL. */
unsigned inspect_take(struct inspect *i, const struct abi_record **out, unsigned max,
                      uint64_t before);
/* Of the kernel's symbols, once it has ended; false: there are none. */
bool inspect_figures(const struct inspect *i, struct cache_figures *out);
void inspect_counts(struct inspect *i, unsigned slot, struct source_counts *out);
size_t inspect_memory(void); /* bytes that it takes at most */

#endif
