/* SPDX-License-Identifier: Apache-2.0 */
#include "source/containers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "event/event.h"
#include "event/ids.h"
#include "source/container_cache.h"
#include "source/container_known.h"
#include "source/container_records.h"
#include "source/findings.h"
#include "source/times.h"

/* A cgroup came or went. */
struct notice {
    struct container_place place;
    bool gone;
};

/* A container that is to be asked about. Times are of the monotonic clock. */
struct lookup {
    struct container_place place;
    uint64_t since, next, wait_ns;
    bool existing; /* it was there before ratel */
    bool told;     /* of what was known by then */
};

struct containers {
    struct findings findings;
    struct known_containers known;
    struct container_cache *cache;
    struct runtimes *runtimes;
    struct facts facts; /* of the container that is being looked up */
    struct lookup *lookups;
    unsigned nlookups;
    char *scratch; /* CONTAINER_RECORD_BYTES: the record that is being made */
    const char *state;
    struct cgroup_root root;
    int64_t realtime_offset;
    pthread_t thread;
    bool running;
    /* between the threads, under the lock */
    pthread_mutex_t lock;
    pthread_cond_t wake, scan_over;
    struct notice *notices; /* a ring */
    unsigned first, count;
    struct runtime_counts runtime_counts[RUNTIME_SOCKETS_MAX];
    unsigned nruntimes;
    bool scanned; /* what was there at the start is told */
    bool ending;
};

static const uint16_t events[] = {EVENT_container_create, EVENT_container_remove,
                                  EVENT_existing_container};

#define EVENTS (sizeof(events) / sizeof(*events))

static const struct event_def *def_of(uint16_t id)
{
    return catalog_by_id(catalog_builtin(), id);
}

bool containers_makes(const struct event_def *def)
{
    for (unsigned i = 0; i < EVENTS; i++)
        if (def->id == events[i])
            return true;
    return false;
}

/* Begins a record in the scratch. */
static void begin(struct containers *c, struct record_builder *b, uint16_t event)
{
    record_begin(b, c->scratch, CONTAINER_RECORD_BYTES, def_of(event));
    record_header(b)->flags |= ABI_F_NO_TASK | ABI_F_NO_RET;
}

static bool is_ending(struct containers *c)
{
    pthread_mutex_lock(&c->lock);
    bool ending = c->ending;
    pthread_mutex_unlock(&c->lock);
    return ending;
}

/* Of what was there before, nothing is lost because there is much of it. */
static void wait_for_room(struct containers *c)
{
    const struct timespec pause = {.tv_nsec = CONTAINERS_PAUSE_NS};
    while (!findings_room(&c->findings, CONTAINER_RECORD_BYTES) && !is_ending(c))
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

/* container_create and existing_container are the same but for their name. */
static void tell(struct containers *c, struct lookup *l)
{
    bool again = l->existing || l->told;
    struct record_builder b;
    begin(c, &b, EVENT_existing_container);
    container_record_fill(&b, def_of(EVENT_existing_container), &l->place, &c->facts);
    struct abi_record *r = (struct abi_record *)(uintptr_t)record_end(&b);
    if (r && c->facts.answered)
        container_cache_add(c->cache, r, l->place.cgroup);
    uint16_t event = again ? EVENT_existing_container : EVENT_container_create;
    if (again)
        wait_for_room(c);
    if (r)
        r->event = event;
    findings_put(&c->findings, r, def_of(event));
    known_add(&c->known, l->place.cgroup, c->facts.runtime);
    l->told = true;
}

static void tell_gone(struct containers *c, const struct container_place *p)
{
    const struct known_container *known = known_find(&c->known, p->cgroup);
    struct record_builder b;
    if (!known)
        return;
    begin(c, &b, EVENT_container_remove);
    container_record_gone(&b, def_of(EVENT_container_remove), known->runtime, p->is.id, p->cgroup);
    findings_put(&c->findings, record_end(&b), def_of(EVENT_container_remove));
    known_remove(&c->known, p->cgroup);
    container_cache_remove(c->cache, p->cgroup);
}

static enum abi_reason ask(struct containers *c, const struct container_place *p,
                           uint64_t patience_ns)
{
    struct runtime_question q = {.runtime = p->is.runtime,
                                 .id = p->is.id,
                                 .space = *p->space ? p->space : NULL,
                                 .patience_ns = patience_ns};
    enum abi_reason why = runtimes_ask(c->runtimes, &q, &c->facts);
    pthread_mutex_lock(&c->lock);
    for (unsigned i = 0; i < c->nruntimes; i++)
        runtimes_counts(c->runtimes, i, &c->runtime_counts[i]);
    pthread_mutex_unlock(&c->lock);
    return why;
}

/*
 * Asks once; whether that was all. What is made is told when its runtime knows it or has had its
 * time, and asked about further, at longer and longer intervals, where it did not answer.
 */
static bool look_up(struct containers *c, struct lookup *l, bool last)
{
    bool made = !l->existing && !l->told;
    uint64_t now = clock_monotonic(), waited = now - l->since;
    uint64_t left = waited < RUNTIME_HOLD_NS ? RUNTIME_HOLD_NS - waited : RUNTIME_AGAIN_NS;
    enum abi_reason why = ask(c, &l->place, made ? left : RUNTIME_TIMEOUT_NS);
    now = clock_monotonic();
    bool over = last || l->existing || now - l->since >= RUNTIME_HOLD_NS;
    bool known = why == ABI_WHY_NONE && (over || !c->facts.partial);
    if (*l->place.space && !known)
        return true; /* none of containerd's: no container */
    if (known || (!l->told && (over || why == ABI_WHY_NO_RUNTIME)))
        tell(c, l);
    l->wait_ns = l->told ? 2 * l->wait_ns : RUNTIME_AGAIN_NS;
    l->next = now + l->wait_ns;
    return known || why == ABI_WHY_NO_RUNTIME || l->wait_ns > RUNTIME_SPARE_MAX_NS;
}

static void forget(struct containers *c, unsigned i)
{
    c->lookups[i] = c->lookups[--c->nlookups];
}

static void begin_lookup(struct containers *c, const struct container_place *p, bool existing)
{
    uint64_t now = clock_monotonic();
    for (unsigned i = 0; i < c->nlookups && c->nlookups == LOOKUPS_MAX; i++)
        if (c->lookups[i].told) /* it had its chance */
            forget(c, i);
    if (c->nlookups == LOOKUPS_MAX) {
        findings_drop(&c->findings,
                      def_of(existing ? EVENT_existing_container : EVENT_container_create));
        return;
    }
    c->lookups[c->nlookups++] = (struct lookup){
        .place = *p, .since = now, .next = now, .wait_ns = RUNTIME_AGAIN_NS, .existing = existing};
}

/* The cgroup is gone: whoever was not told of yet is told of now, as far as it is known. */
static void end_container(struct containers *c, const struct container_place *p)
{
    for (unsigned i = 0; i < c->nlookups; i++) {
        struct lookup *l = &c->lookups[i];
        if (l->place.cgroup != p->cgroup)
            continue;
        if (!l->told && ask(c, &l->place, RUNTIME_AGAIN_NS) != ABI_WHY_NONE)
            facts_clear(&c->facts, ABI_WHY_GONE);
        if (!l->told && (c->facts.answered || !*l->place.space))
            tell(c, l);
        forget(c, i);
        break;
    }
    tell_gone(c, p);
}

static bool take_notice(struct containers *c, struct notice *out)
{
    pthread_mutex_lock(&c->lock);
    bool there = c->count;
    if (there) {
        *out = c->notices[c->first];
        c->first = (c->first + 1) % LOOKUPS_MAX;
        c->count--;
    }
    pthread_mutex_unlock(&c->lock);
    return there;
}

static void take_notices(struct containers *c)
{
    for (struct notice n; take_notice(c, &n);) {
        if (n.gone)
            end_container(c, &n.place);
        else if (!known_find(&c->known, n.place.cgroup))
            begin_lookup(c, &n.place, false);
    }
}

/* What is due. Between two of them, what came meanwhile. */
static void work(struct containers *c, bool last)
{
    take_notices(c);
    for (unsigned i = 0; i < c->nlookups;) {
        struct lookup *l = &c->lookups[i];
        if (!last && (l->next > clock_monotonic())) {
            i++;
            continue;
        }
        if ((last && l->told) || look_up(c, l, last) || last)
            forget(c, i);
        else
            i++;
        if (!last)
            take_notices(c);
    }
}

static bool found(void *ctx, const struct container_place *p)
{
    struct containers *c = ctx;
    const struct abi_record *kept = container_cache_find(c->cache, p->cgroup, p->is.id);
    if (kept) {
        wait_for_room(c);
        findings_put(&c->findings, kept, def_of(EVENT_existing_container));
        known_add(&c->known, p->cgroup, container_record_runtime(kept));
    } else if (!known_find(&c->known, p->cgroup)) {
        begin_lookup(c, p, true);
    }
    work(c, false);
    return !is_ending(c);
}

static struct timespec time_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u),
                             .tv_nsec = (long)(ns % 1000000000u)};
}

/* A container that is there should be known before what happens in it. */
static void wait_for_scan(struct containers *c)
{
    const struct timespec t = time_of(clock_monotonic() + CONTAINERS_START_NS);
    pthread_mutex_lock(&c->lock);
    while (!c->scanned && !pthread_cond_timedwait(&c->scan_over, &c->lock, &t))
        ;
    pthread_mutex_unlock(&c->lock);
}

/* Until something is due, comes, or it is to end. */
static bool wait_for_work(struct containers *c)
{
    uint64_t until = clock_monotonic() + CONTAINERS_IDLE_NS;
    for (unsigned i = 0; i < c->nlookups; i++)
        until = c->lookups[i].next < until ? c->lookups[i].next : until;
    const struct timespec t = time_of(until);
    pthread_mutex_lock(&c->lock);
    while (!c->ending && !c->count && !pthread_cond_timedwait(&c->wake, &c->lock, &t))
        ;
    bool ending = c->ending;
    pthread_mutex_unlock(&c->lock);
    return ending;
}

static void *run(void *ctx)
{
    struct containers *c = ctx;
    container_cache_open(&c->cache, c->state);
    if (*c->root.path)
        container_scan(c->root.path, found, c);
    container_cache_settle(c->cache);
    pthread_mutex_lock(&c->lock);
    c->scanned = true;
    pthread_cond_signal(&c->scan_over);
    pthread_mutex_unlock(&c->lock);
    while (!wait_for_work(c))
        work(c, false);
    work(c, true);
    container_cache_close(c->cache);
    return NULL;
}

static int prepare(struct containers *c, const struct containers_setup *setup)
{
    c->scratch = aligned_alloc(8, CONTAINER_RECORD_BYTES);
    c->lookups = calloc(LOOKUPS_MAX, sizeof(*c->lookups));
    c->notices = calloc(LOOKUPS_MAX, sizeof(*c->notices));
    if (!c->scratch || !c->lookups || !c->notices)
        return -ENOMEM;
    c->state = setup->state;
    c->root = *setup->root;
    c->realtime_offset = setup->realtime_offset;
    int rc = runtimes_new(&c->runtimes, &setup->sockets);
    c->nruntimes = rc ? 0 : runtimes_count(c->runtimes);
    return rc;
}

int containers_start(struct containers **out, const struct containers_setup *setup)
{
    pthread_condattr_t attr;
    uint64_t wanted = 0;
    *out = NULL;
    for (unsigned i = 0; i < EVENTS; i++)
        wanted |= setup->sets[def_of(events[i])->slot];
    if (!wanted)
        return 0;
    struct containers *c = calloc(1, sizeof(*c));
    if (!c)
        return -ENOMEM;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &attr);
    pthread_cond_init(&c->scan_over, &attr);
    pthread_condattr_destroy(&attr);
    int rc = findings_init(&c->findings, setup->sets);
    rc = rc ? rc : prepare(c, setup);
    rc = rc ? rc : -pthread_create(&c->thread, NULL, run, c);
    c->running = !rc;
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
    findings_free(&c->findings);
    runtimes_free(c->runtimes);
    facts_free(&c->facts);
    known_free(&c->known);
    free(c->lookups);
    free(c->notices);
    free(c->scratch);
    pthread_cond_destroy(&c->wake);
    pthread_cond_destroy(&c->scan_over);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void leave_notice(struct containers *c, const struct notice *n)
{
    pthread_mutex_lock(&c->lock);
    bool room = c->count < LOOKUPS_MAX;
    if (room)
        c->notices[(c->first + c->count++) % LOOKUPS_MAX] = *n;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (!room)
        findings_drop(&c->findings,
                      def_of(n->gone ? EVENT_container_remove : EVENT_container_create));
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
    n.gone = r->event == EVENT_cgroup_rmdir;
    leave_notice(c, &n);
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
    if (!c || i >= c->nruntimes)
        return false;
    pthread_mutex_lock(&c->lock);
    *out = c->runtime_counts[i];
    pthread_mutex_unlock(&c->lock);
    return true;
}

size_t containers_memory(void)
{
    return findings_memory() + runtimes_memory() + known_memory() + CONTAINER_CACHE_BYTES +
           CONTAINER_RECORD_BYTES + LOOKUPS_MAX * (sizeof(struct lookup) + sizeof(struct notice));
}
