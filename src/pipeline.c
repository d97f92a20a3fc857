/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source ─▶ decode ─▶ match ─▶ sinks. The source has put the records in order; nothing flows back.
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
};

static void pipeline_record(struct pipeline *p, const struct abi_record *record)
{
    const struct catalog *catalog = p->o->source->catalog;
    struct event ev;
    if (event_decode(&ev, catalog, record, record->len)) {
        const struct event_def *def = catalog_by_id(catalog, record->event);
        if (def)
            p->account->rows[def->slot].bad++;
        else
            p->account->unreadable++;
        return;
    }
    struct account_row *row = &p->account->rows[ev.def->slot];
    if (!selection_match(p->o->selection, &ev)) {
        row->filtered++;
        return;
    }
    if (p->o->max_events && p->delivered >= p->o->max_events) {
        row->beyond++;
        return;
    }
    row->delivered++;
    p->delivered += !(ev.rec->flags & ABI_F_USER); /* what ratel says of itself does not count */
    fanout_event(p->fanout, &ev);
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
