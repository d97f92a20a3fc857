/* SPDX-License-Identifier: Apache-2.0 */
/* The door to containers: whoever reads records never waits behind it. */
#include "source/containers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "event/event.h"
#include "event/ids.h"
#include "source/container_records.h"
#include "source/containers_impl.h"
#include "source/times.h"

static const uint16_t events[] = {EVENT_container_create, EVENT_container_remove,
                                  EVENT_existing_container};

#define EVENTS (sizeof(events) / sizeof(*events))

bool containers_makes(const struct event_def *def)
{
    for (unsigned i = 0; i < EVENTS; i++)
        if (def->id == events[i])
            return true;
    return false;
}

bool containers_ending(struct containers *c)
{
    pthread_mutex_lock(&c->lock);
    bool ending = c->ending;
    pthread_mutex_unlock(&c->lock);
    return ending;
}

/* A container that is there should be known before what happens in it. */
static void wait_for_scan(struct containers *c)
{
    const struct timespec t = containers_time(clock_monotonic() + CONTAINERS_START_NS);
    pthread_mutex_lock(&c->lock);
    while (!c->scanned && !pthread_cond_timedwait(&c->scan_over, &c->lock, &t))
        ;
    pthread_mutex_unlock(&c->lock);
}

static int prepare(struct containers *c, const struct containers_setup *setup)
{
    c->scratch = aligned_alloc(8, CONTAINER_RECORD_BYTES);
    c->looked = aligned_alloc(8, CONTAINER_RECORD_BYTES);
    c->lookups = calloc(LOOKUPS_MAX, sizeof(*c->lookups));
    c->notices = calloc(LOOKUPS_MAX, sizeof(*c->notices));
    if (!c->scratch || !c->looked || !c->lookups || !c->notices)
        return -ENOMEM;
    c->state = setup->state;
    c->root = *setup->root;
    c->realtime_offset = setup->realtime_offset;
    c->refresh_ns = setup->refresh_ns;
    return runtimes_new(&c->runtimes, &setup->sockets);
}

static void init_locks(struct containers *c)
{
    pthread_condattr_t attr;
    pthread_mutex_init(&c->work, NULL);
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->questions, &attr);
    pthread_cond_init(&c->wake, &attr);
    pthread_cond_init(&c->scan_over, &attr);
    pthread_condattr_destroy(&attr);
}

static int start_threads(struct containers *c)
{
    int rc = askers_start(c);
    rc = rc ? rc : -pthread_create(&c->thread, NULL, containers_keep, c);
    c->running = !rc;
    return rc;
}

int containers_start(struct containers **out, const struct containers_setup *setup)
{
    uint64_t wanted = 0;
    *out = NULL;
    for (unsigned i = 0; i < EVENTS; i++)
        wanted |= setup->sets[containers_def(events[i])->slot];
    if (!wanted)
        return 0;
    struct containers *c = calloc(1, sizeof(*c));
    if (!c)
        return -ENOMEM;
    init_locks(c);
    int rc = findings_init(&c->findings, setup->sets);
    rc = rc ? rc : prepare(c, setup);
    rc = rc ? rc : start_threads(c);
    if (rc) {
        containers_free(c);
        return rc;
    }
    wait_for_scan(c);
    *out = c;
    return 0;
}

void containers_end(struct containers *c)
{
    if (!c || !c->running)
        return;
    pthread_mutex_lock(&c->lock);
    c->ending = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    c->running = false;
}

void containers_free(struct containers *c)
{
    if (!c)
        return;
    containers_end(c);
    pthread_mutex_lock(&c->work);
    askers_end(c);
    pthread_mutex_unlock(&c->work);
    findings_free(&c->findings);
    runtimes_free(c->runtimes);
    facts_free(&c->facts);
    facts_free(&c->unknown);
    known_free(&c->known);
    free(c->lookups);
    free(c->notices);
    free(c->scratch);
    free(c->looked);
    pthread_cond_destroy(&c->questions);
    pthread_cond_destroy(&c->wake);
    pthread_cond_destroy(&c->scan_over);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->work);
    free(c);
}

static void leave_notice(struct containers *c, const struct notice *n)
{
    static const uint16_t costs[] = {
        [NOTICE_MADE] = EVENT_container_create,
        [NOTICE_GONE] = EVENT_container_remove,
        [NOTICE_WANTED] = EVENT_existing_container,
    };
    pthread_mutex_lock(&c->lock);
    bool room = c->count < LOOKUPS_MAX;
    if (room)
        c->notices[(c->first + c->count++) % LOOKUPS_MAX] = *n;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (!room)
        findings_drop(&c->findings, containers_def(costs[n->kind]));
}

void containers_saw(struct containers *c, const struct abi_record *r)
{
    struct event ev;
    struct notice n;
    if (!c || (r->event != EVENT_cgroup_mkdir && r->event != EVENT_cgroup_rmdir) ||
        event_decode(&ev, catalog_builtin(), r, r->len))
        return;
    struct value id = event_value(&ev, 0), path = event_value(&ev, 1), of = event_value(&ev, 2);
    if (path.status != ABI_PRESENT || of.number != c->root.hierarchy ||
        !container_place_read(path.data, path.len, &n.place) || n.place.is.inside)
        return;
    n.place.cgroup = id.number;
    n.place.ctime = r->time + (uint64_t)c->realtime_offset;
    n.kind = r->event == EVENT_cgroup_rmdir ? NOTICE_GONE : NOTICE_MADE;
    leave_notice(c, &n);
}

const struct abi_record *containers_look(struct containers *c, uint64_t cgroup, uint64_t time)
{
    const struct event_def *def = containers_def(EVENT_existing_container);
    struct notice n = {.kind = NOTICE_WANTED};
    struct record_builder b;
    if (!c || container_place_find(c->root.path, cgroup, &n.place))
        return NULL;
    leave_notice(c, &n);
    if (*n.place.space) /* containerd may know better */
        return NULL;
    facts_clear(&c->unknown, ABI_WHY_PENDING);
    c->unknown.runtime = n.place.is.runtime;
    record_begin(&b, c->looked, CONTAINER_RECORD_BYTES, def);
    record_header(&b)->flags |= ABI_F_NO_TASK | ABI_F_NO_RET | ABI_F_WORLD;
    record_header(&b)->time = time;
    container_record_fill(&b, def, &n.place, &c->unknown);
    findings_count(&c->findings, def);
    return record_end(&b);
}

unsigned containers_take(struct containers *c, const struct abi_record **out, unsigned max,
                         uint64_t before)
{
    return c ? findings_take(&c->findings, out, max, before) : 0;
}

void containers_counts(struct containers *c, unsigned slot, struct source_counts *out)
{
    if (c)
        findings_counts(&c->findings, slot, out);
}

bool containers_runtime(struct containers *c, unsigned i, struct runtime_counts *out)
{
    if (!c || i >= runtimes_count(c->runtimes))
        return false;
    runtimes_counts(c->runtimes, i, out);
    return true;
}

size_t containers_memory(void)
{
    return findings_memory() + runtimes_memory() + known_memory() + CONTAINER_CACHE_BYTES +
           2 * CONTAINER_RECORD_BYTES + (RUNTIME_SOCKETS_MAX + 2) * FACTS_BYTES +
           LOOKUPS_MAX * (sizeof(struct lookup) + sizeof(struct notice));
}
