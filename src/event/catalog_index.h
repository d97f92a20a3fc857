/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the catalog: how names and system-call numbers are found. */
#ifndef RATEL_EVENT_CATALOG_INDEX_H
#define RATEL_EVENT_CATALOG_INDEX_H

#include "event/catalog.h"
#include "plan.h"

/* A power of two, at most half full, so that a search ends. Bounded by CATALOG_IDS twice over. */
#define NAME_SLOTS_MIN(count)                                                                      \
    ((count) <= 512 ? 1024u : (count) <= 1024 ? 2048u : (count) <= 4096 ? 8192u : 32768u)

struct catalog_index {
    uint16_t *names; /* open addressing by hash of the name: slot + 1, 0 is free */
    uint32_t nnames; /* a power of two */
    uint16_t syscalls[ARCH_COUNT][PLAN_SYSCALLS]; /* slot + 1 by number, 0 for none */
};

/* Fills an index whose tables are zero. */
void catalog_index_fill(struct catalog_index *index, const struct event_def *defs, unsigned count);

#endif
