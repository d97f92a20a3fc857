/* SPDX-License-Identifier: Apache-2.0 */
/* Records on their way to several sinks at once: made once, read by all, freed by the last. */
#ifndef RATEL_SINK_BATCH_H
#define RATEL_SINK_BATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "abi.h"
#include "base/arena.h"
#include "base/limits.h"

struct event_context;

/* What stands before each record. */
struct batch_item {
    const struct event_context *context; /* in the batch's arena; NULL for none */
};

struct batch {
    atomic_uint refs;
    unsigned count; /* records */
    unsigned world; /* of them, those that only tell of the world (ABI_F_WORLD) */
    size_t used;    /* bytes of items and records */
    size_t cap;
    struct arena arena; /* what the contexts are made of */
    _Alignas(8) char data[];
};

/* Room for cap bytes of records; one reference. NULL without memory. */
struct batch *batch_new(size_t cap);
/*
 * Appends a copy, growing up to BATCH_BYTES (b moves). flags: added to the record's own. False:
 * full, or no memory; b is as it was.
 */
bool batch_add(struct batch **b, const struct abi_record *r, uint16_t flags,
               const struct event_context *context);
/* Bytes that a record takes in a batch. */
static inline size_t batch_need(const struct abi_record *r)
{
    return sizeof(struct batch_item) + r->len;
}
/* All that a batch takes, as queues count it. */
static inline size_t batch_bytes(const struct batch *b)
{
    return b->cap + b->arena.bytes;
}
static inline void batch_ref(struct batch *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
}
void batch_unref(struct batch *b); /* NULL is none */

/* A bounded queue of batches. Not locked: the sink's lock is around it. */

struct queue {
    struct batch *batches[QUEUE_BATCHES]; /* a ring */
    unsigned head, count;
    size_t bytes;
};

/* Whether a batch of that size fits under the limit; an empty queue takes any one. */
bool queue_fits(const struct queue *q, const struct batch *b, size_t limit);
void queue_push(struct queue *q, struct batch *b);
struct batch *queue_pop(struct queue *q); /* NULL when empty */

#endif
