/* SPDX-License-Identifier: Apache-2.0 */
/* Events that ratel makes of itself while it traces: ratel_info, init_namespaces, loss, stats. */
#ifndef RATEL_SOURCE_OWN_H
#define RATEL_SOURCE_OWN_H

#include "plan.h"
#include "source/source.h"

struct own {
    const uint64_t *sets; /* by slot; which of them are wanted. Borrowed for own_init only */
    uint64_t *reported;   /* losses told so far, [slot * LOSS_COUNT + cause] */
    char *memory;
    size_t used, read; /* bytes made, and handed out */
    uint64_t next_loss, next_stats, stats_ns;
    uint64_t wanted[4]; /* sets of the four events, by enum own_event */
    uint64_t seen[4], lost[4];
};

/* 0 or -ENOMEM. */
int own_init(struct own *o, const uint64_t *sets, uint64_t stats_ns);
/* Makes the events that stand at the beginning. */
void own_begin(struct own *o, const struct source *s, const struct init_namespaces *n,
               uint64_t now);
bool own_due(const struct own *o, uint64_t now);
/* Makes what is due by now: loss since the last time, stats. */
void own_update(struct own *o, struct source *s, uint64_t now, uint64_t ring_used);
/* From here on everything that is left to be said is due. */
void own_conclude(struct own *o);
/* Hands out up to max records; they stay valid until the next call. */
unsigned own_take(struct own *o, const struct abi_record **out, unsigned max);
/* Adds the events made here to the account of their row. */
void own_counts(const struct own *o, unsigned slot, struct source_counts *out);
size_t own_memory(void); /* bytes that it takes */
void own_free(struct own *o);

#endif
