/* SPDX-License-Identifier: Apache-2.0 */
/* One batch for all sinks. */
#include <errno.h>
#include <stdlib.h>

#include "sink/sink_impl.h"

#define BATCH_FIRST (16 * 1024)

struct fanout {
    struct sink **sinks;
    unsigned count;
    struct batch *batch; /* being filled; NULL for none */
    size_t hint;         /* bytes of the last one: the next is as big at first */
};

int fanout_new(struct fanout **out, struct sink **sinks, unsigned count,
               const struct sink_context *ctx)
{
    (void)ctx;
    struct fanout *f = calloc(1, sizeof(*f));
    if (!f)
        return -ENOMEM;
    f->sinks = calloc(count ? count : 1, sizeof(struct sink *));
    if (!f->sinks) {
        free(f);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < count; i++)
        f->sinks[i] = sinks[i];
    f->count = count;
    f->hint = BATCH_FIRST;
    *out = f;
    return 0;
}

static bool add(struct fanout *f, const struct abi_record *r)
{
    if (!f->batch)
        f->batch = batch_new(f->hint);
    return f->batch && batch_add(&f->batch, r);
}

void fanout_event(struct fanout *f, const struct event *ev)
{
    if (f->count == 0)
        return;
    if (f->batch && f->batch->used + ev->rec->len > BATCH_BYTES)
        fanout_flush(f);
    if (add(f, ev->rec))
        return;
    /* No memory: what there is goes on its way, this one is lost. */
    fanout_flush(f);
    for (unsigned i = 0; i < f->count; i++)
        sink_push_lost(f->sinks[i], 1);
}

void fanout_flush(struct fanout *f)
{
    struct batch *b = f->batch;
    f->batch = NULL;
    if (!b)
        return;
    if (b->count) {
        size_t used = b->used;
        f->hint = used <= BATCH_FIRST ? BATCH_FIRST : used;
        for (unsigned i = 0; i < f->count; i++)
            sink_push(f->sinks[i], b);
    }
    batch_unref(b);
}

size_t fanout_memory(void)
{
    return BATCH_BYTES;
}

void fanout_free(struct fanout *f)
{
    if (!f)
        return;
    fanout_flush(f);
    for (unsigned i = 0; i < f->count; i++)
        sink_finish(f->sinks[i]);
    free(f->sinks);
    free(f);
}
