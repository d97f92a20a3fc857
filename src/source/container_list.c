/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of this moment, for who wants no trace. */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "event/ids.h"
#include "source/container_records.h"
#include "source/containers.h"
#include "source/probe.h"
#include "source/times.h"

struct listing {
    struct runtimes *runtimes;
    struct facts facts;
    uint64_t until; /* monotonic: nobody is asked any more */
    void (*each)(void *ctx, const struct container_place *place, const struct facts *facts);
    void *ctx;
};

/* One question, for as long as there is time. */
static enum abi_reason ask(struct listing *l, const struct container_place *p)
{
    uint64_t now = clock_monotonic(), left = now < l->until ? l->until - now : 0;
    struct runtime_question q = {.runtime = p->is.runtime,
                                 .id = p->is.id,
                                 .space = *p->space ? p->space : NULL,
                                 .patience_ns =
                                     left < RUNTIME_TIMEOUT_NS ? left : RUNTIME_TIMEOUT_NS};
    if (left)
        return runtimes_ask(l->runtimes, &q, &l->facts);
    facts_clear(&l->facts, ABI_WHY_SILENT);
    l->facts.runtime = p->is.runtime;
    l->facts.answered = false;
    return ABI_WHY_SILENT;
}

static void list(struct listing *l, const struct container_place *p)
{
    enum abi_reason why = ask(l, p);
    if (why == ABI_WHY_NONE || !*p->space)
        l->each(l->ctx, p, &l->facts);
}

int containers_list(const struct runtime_sockets *sockets,
                    void (*each)(void *ctx, const struct container_place *place,
                                 const struct facts *facts),
                    void *ctx)
{
    struct listing l = {.each = each, .ctx = ctx, .until = clock_monotonic() + CONTAINERS_LIST_NS};
    const struct cgroup_root *root = probe_cgroup_root();
    struct container_walk *walk = NULL;
    int rc = *root->path ? runtimes_new(&l.runtimes, sockets) : -ENOENT;
    rc = rc ? rc : container_walk_open(&walk, root->path, "");
    for (const struct container_place *p; walk && (p = container_walk_next(walk));)
        list(&l, p);
    container_walk_close(walk);
    runtimes_free(l.runtimes);
    facts_free(&l.facts);
    return rc;
}

struct telling {
    char *memory; /* CONTAINER_RECORD_BYTES */
    uint64_t time;
    void (*tell)(void *ctx, const struct abi_record *r);
    void *ctx;
};

static void tell(void *ctx, const struct container_place *place, const struct facts *facts)
{
    const struct event_def *def = &catalog_builtin()->events[SLOT_existing_container];
    const struct telling *t = ctx;
    struct record_builder b;
    record_begin(&b, t->memory, CONTAINER_RECORD_BYTES, def);
    struct abi_record *r = record_header(&b);
    r->flags |= ABI_F_NO_TASK | ABI_F_NO_RET;
    r->time = t->time;
    container_record_fill(&b, def, place, facts);
    const struct abi_record *whole = record_end(&b);
    if (whole)
        t->tell(t->ctx, whole);
}

int containers_tell(const struct runtime_sockets *sockets, uint64_t time,
                    void (*each)(void *ctx, const struct abi_record *r), void *ctx)
{
    struct telling t = {
        .memory = aligned_alloc(8, CONTAINER_RECORD_BYTES), .time = time, .tell = each, .ctx = ctx};
    int rc = t.memory ? containers_list(sockets, tell, &t) : -ENOMEM;
    free(t.memory);
    return rc;
}
