/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/batch.h"

#include <stdlib.h>
#include <string.h>

struct batch *batch_new(size_t cap)
{
    struct batch *b = malloc(sizeof(*b) + cap);
    if (!b)
        return NULL;
    atomic_init(&b->refs, 1);
    b->count = 0;
    b->world = 0;
    b->used = 0;
    b->cap = cap;
    arena_init(&b->arena);
    return b;
}

static bool batch_grow(struct batch **b, size_t need)
{
    if (need > BATCH_BYTES)
        return false;
    size_t cap = (*b)->cap;
    while (cap < need)
        cap *= 2;
    if (cap > BATCH_BYTES)
        cap = BATCH_BYTES;
    /* Nobody else has it yet: it may move. */
    struct batch *grown = realloc(*b, sizeof(*grown) + cap);
    if (!grown)
        return false;
    grown->cap = cap;
    *b = grown;
    return true;
}

bool batch_add(struct batch **b, const struct abi_record *r, uint16_t flags,
               const struct event_context *context)
{
    size_t need = batch_need(r);
    if ((*b)->cap - (*b)->used < need && !batch_grow(b, (*b)->used + need))
        return false;
    struct batch_item item = {.context = context};
    struct abi_record *copy = (void *)((*b)->data + (*b)->used + sizeof(item));
    memcpy((*b)->data + (*b)->used, &item, sizeof(item));
    memcpy(copy, r, r->len);
    copy->flags |= flags;
    (*b)->used += need;
    (*b)->count++;
    (*b)->world += !!(copy->flags & ABI_F_WORLD);
    return true;
}

void batch_unref(struct batch *b)
{
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1) {
        arena_free(&b->arena);
        free(b);
    }
}

bool queue_fits(const struct queue *q, const struct batch *b, size_t limit)
{
    return q->count == 0 || (q->count < QUEUE_BATCHES && q->bytes + batch_bytes(b) <= limit);
}

void queue_push(struct queue *q, struct batch *b)
{
    q->batches[(q->head + q->count++) % QUEUE_BATCHES] = b;
    q->bytes += batch_bytes(b);
}

struct batch *queue_pop(struct queue *q)
{
    if (q->count == 0)
        return NULL;
    struct batch *b = q->batches[q->head];
    q->head = (q->head + 1) % QUEUE_BATCHES;
    q->count--;
    q->bytes -= batch_bytes(b);
    return b;
}
