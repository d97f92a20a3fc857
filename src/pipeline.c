/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source ─▶ decode ─▶ world ─▶ match ─▶ sinks. The source has put the records in order; nothing
 * flows back.
 */
#include "pipeline.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"

struct pipeline {
    const struct pipeline_options *o;
    struct account *account;
    struct fanout *fanout;
    uint64_t delivered;
    uint64_t deadline; /* monotonic nanoseconds, 0 for none */
    unsigned parts;    /* of a context; 0: no sink writes any */
};

static bool pipeline_decode(struct pipeline *p, const struct abi_record *record, struct event *ev)
{
    const struct catalog *catalog = p->o->source->catalog;
    if (!event_decode(ev, catalog, record, record->len))
        return true;
    const struct event_def *def = catalog_by_id(catalog, record->event);
    if (def)
        p->account->rows[def->slot].bad++;
    else
        p->account->unreadable++;
    return false;
}

/* An event that is asked for by nobody, but tells of the world. */
static void pipeline_world(struct pipeline *p, const struct event *ev)
{
    p->account->rows[ev->def->slot].world++;
    fanout_world(p->fanout, ev);
}

static void pipeline_deliver(struct pipeline *p, struct event *ev)
{
    p->account->rows[ev->def->slot].delivered++;
    p->delivered += !(ev->rec->flags & ABI_F_USER); /* what ratel says of itself does not count */
    if (p->parts) {
        struct arena *arena = fanout_arena(p->fanout, ev);
        ev->context = arena ? world_context(p->o->world, ev, arena) : NULL;
    }
    fanout_event(p->fanout, ev);
}

/* Whether the event was made for what the user asked for, and not for the world alone. */
static bool is_asked_for(const struct pipeline *p, const struct event *ev)
{
    return !(ev->rec->flags & ABI_F_WORLD) &&
           (!ev->rec->sets || (ev->rec->sets & ~p->o->source->world_sets)) &&
           selection_match(p->o->selection, ev);
}

static const struct abi_record *pipeline_look(struct source *source, const struct world_question *q,
                                              uint64_t now)
{
    if (q->cgroup)
        return source->ops->look_cgroup(source, q->cgroup, now);
    if (q->mounts)
        return source->ops->look_mounts(source, q->pid, q->another, q->mnt_ns, q->entry, now);
    return source->ops->look_up(source, q->pid, q->tid, q->start, now);
}

/*
 * Answers of the source to what the world asks: records like any other, told before the event that
 * they are needed for. An answer makes the next question.
 */
static void pipeline_ask(struct pipeline *p,
                         bool (*ask)(struct world *, const struct event *, struct world_question *),
                         const struct event *before, uint64_t now)
{
    struct source *source = p->o->source;
    struct world_question q;
    while (source->ops->look_up && ask(p->o->world, before, &q)) {
        struct event answer;
        const struct abi_record *r = pipeline_look(source, &q, now);
        if (!r && q.cgroup)
            continue;
        if (!r || !pipeline_decode(p, r, &answer))
            return;
        world_update(p->o->world, &answer);
        if (is_asked_for(p, &answer))
            pipeline_deliver(p, &answer);
        else
            pipeline_world(p, &answer);
    }
}

/* Only what is delivered, or kept for the world, is taken in: a replay has no more than that. */
static void pipeline_feed(struct pipeline *p, const struct event *ev, bool shown)
{
    pipeline_ask(p, world_ask, ev, ev->rec->time);
    if (shown)
        pipeline_ask(p, world_ask_mounts, ev, ev->rec->time);
    world_update(p->o->world, ev);
    pipeline_ask(p, world_ask, NULL, ev->rec->time);
}

static void pipeline_record(struct pipeline *p, const struct abi_record *record)
{
    struct event ev;
    if (!pipeline_decode(p, record, &ev))
        return;
    struct account_row *row = &p->account->rows[ev.def->slot];
    bool asked = is_asked_for(p, &ev);
    bool beyond = asked && p->o->max_events && p->delivered >= p->o->max_events;
    bool world = p->o->world && (asked || world_uses(ev.def, p->o->parts)) && !beyond;
    if (world)
        pipeline_feed(p, &ev, asked);
    if (beyond)
        row->beyond++;
    else if (asked)
        pipeline_deliver(p, &ev);
    else if (world)
        pipeline_world(p, &ev);
    else
        row->filtered++;
}

static bool all_sinks_ended(const struct pipeline *p)
{
    for (unsigned i = 0; i < p->o->nsinks; i++)
        if (!sink_ended(p->o->sinks[i]))
            return false;
    return p->o->nsinks > 0;
}

static bool should_stop(const struct pipeline *p)
{
    if (p->o->stop && *p->o->stop)
        return true;
    if (p->o->max_events && p->delivered >= p->o->max_events)
        return true;
    if (p->deadline && clock_monotonic() >= p->deadline)
        return true;
    return all_sinks_ended(p);
}

static int pipeline_loop(struct pipeline *p, struct error *err)
{
    struct source *source = p->o->source;
    const struct abi_record *batch[PIPELINE_BATCH];
    bool stopping = false;
    for (;;) {
        int n = source->ops->read(source, batch, PIPELINE_BATCH, err);
        if (n < 0)
            return n == -ENODATA ? 0 : n;
        for (int i = 0; i < n; i++)
            pipeline_record(p, batch[i]);
        if (n < PIPELINE_BATCH)
            fanout_flush(p->fanout);
        if (!stopping && should_stop(p)) {
            stopping = true;
            source->ops->stop(source);
        } else if (n < PIPELINE_BATCH && source->ops->wait && !stopping) {
            source->ops->wait(source);
        }
    }
}

/* The source is done and the sinks are not: a recording takes the account with it. */
static void pipeline_publish(const struct pipeline *p)
{
    struct account *a = p->account;
    struct source *source = p->o->source;
    for (unsigned slot = 0; slot < a->count; slot++) {
        source->ops->counts(source, slot, &a->counts[slot]);
        a->counts[slot].filtered += a->rows[slot].filtered + a->rows[slot].beyond;
        if (!fanout_keeps_world(p->fanout)) /* otherwise they are in the recording */
            a->counts[slot].filtered += a->rows[slot].world;
        a->counts[slot].lost[LOSS_bad_record] += a->rows[slot].bad;
    }
    p->o->context->account = a->counts;
}

int pipeline_run(const struct pipeline_options *o, struct account *account, struct error *err)
{
    struct pipeline p = {.o = o, .account = account};
    int rc = fanout_new(&p.fanout, o->sinks, o->nsinks, o->context);
    if (rc)
        return error_set(err, rc, "out of memory");
    o->context->stop = o->stop;
    p.parts = o->world && fanout_wants_context(p.fanout) ? o->parts : 0;
    if (o->max_ns)
        p.deadline = clock_monotonic() + o->max_ns;
    rc = pipeline_loop(&p, err);
    fanout_flush(p.fanout);
    pipeline_publish(&p);
    fanout_free(p.fanout);
    return rc;
}

int account_init(struct account *a, const struct catalog *catalog)
{
    a->count = catalog->count;
    a->unreadable = 0;
    a->rows = calloc(catalog->count, sizeof(*a->rows));
    a->counts = calloc(catalog->count, sizeof(*a->counts));
    if (a->rows && a->counts)
        return 0;
    account_free(a);
    return -ENOMEM;
}

void account_free(struct account *a)
{
    free(a->rows);
    free(a->counts);
    *a = (struct account){0};
}
