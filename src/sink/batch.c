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
    b->used = 0;
    b->cap = cap;
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

bool batch_add(struct batch **b, const struct abi_record *r)
{
    if ((*b)->cap - (*b)->used < r->len && !batch_grow(b, (*b)->used + r->len))
        return false;
    memcpy((*b)->data + (*b)->used, r, r->len);
    (*b)->used += r->len;
    (*b)->count++;
    return true;
}

void batch_unref(struct batch *b)
{
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
        free(b);
}

bool queue_fits(const struct queue *q, const struct batch *b, size_t limit)
{
    return q->count == 0 || (q->count < QUEUE_BATCHES && q->bytes + b->cap <= limit);
}

void queue_push(struct queue *q, struct batch *b)
{
    q->batches[(q->head + q->count++) % QUEUE_BATCHES] = b;
    q->bytes += b->cap;
}

struct batch *queue_pop(struct queue *q)
{
    if (q->count == 0)
        return NULL;
    struct batch *b = q->batches[q->head];
    q->head = (q->head + 1) % QUEUE_BATCHES;
    q->count--;
    q->bytes -= b->cap;
    return b;
}
