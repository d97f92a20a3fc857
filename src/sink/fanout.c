/* SPDX-License-Identifier: Apache-2.0 */
/* One batch for all sinks. */
#include <errno.h>
#include <stdlib.h>

#include "sink/sink_impl.h"

#define BATCH_FIRST (16 * 1024)

struct fanout {
    struct sink **sinks;
    unsigned count;
    unsigned keepers;    /* of them, those that keep the world */
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
    for (unsigned i = 0; i < count; i++) {
        f->sinks[i] = sinks[i];
        f->keepers += sinks[i]->ops->keeps_world;
    }
    f->count = count;
    f->hint = BATCH_FIRST;
    *out = f;
    return 0;
}

bool fanout_wants_context(const struct fanout *f)
{
    return f->keepers < f->count;
}

bool fanout_keeps_world(const struct fanout *f)
{
    return f->keepers;
}

/* The batch that has room for the record; NULL without memory. */
static struct batch *batch_for(struct fanout *f, const struct abi_record *r)
{
    if (f->batch && f->batch->used + batch_need(r) > BATCH_BYTES)
        fanout_flush(f);
    if (!f->batch)
        f->batch = batch_new(f->hint);
    return f->batch;
}

/* A batch ends before a context is made, not behind it: the event goes where its context is. */
struct arena *fanout_arena(struct fanout *f, const struct event *ev)
{
    if (f->batch && f->batch->arena.bytes > CONTEXT_BYTES)
        fanout_flush(f);
    struct batch *b = batch_for(f, ev->rec);
    return b ? &b->arena : NULL;
}

static void add(struct fanout *f, const struct event *ev, uint16_t flags)
{
    if (batch_for(f, ev->rec) && batch_add(&f->batch, ev->rec, flags, ev->context))
        return;
    /* No memory: what there is goes on its way, this one is lost. */
    fanout_flush(f);
    for (unsigned i = 0; i < f->count; i++)
        if (!flags || f->sinks[i]->ops->keeps_world)
            sink_push_lost(f->sinks[i], 1);
}

void fanout_event(struct fanout *f, const struct event *ev)
{
    if (f->count)
        add(f, ev, 0);
}

void fanout_world(struct fanout *f, const struct event *ev)
{
    if (f->keepers)
        add(f, ev, ABI_F_WORLD);
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
    return BATCH_BYTES + CONTEXT_BYTES;
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
