/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper: looks for containers, and sees to it that each is asked about and told of in time. */
#include "base/clock.h"
#include "event/ids.h"
#include "source/containers_impl.h"
#include "source/times.h"

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

/* The world has forgotten it, or never heard of it. */
static void want(struct containers *c, const struct container_place *p)
{
    const struct known_container *known = known_find(&c->known, p->cgroup);
    bool quiet = known && known->told;
    if (known && known->lookup)
        return;
    struct lookup *l = lookup_begin(c, p, LOOKUP_THERE);
    if (l)
        l->quiet = quiet;
}

static void take_notices(struct containers *c)
{
    for (struct notice n; take_notice(c, &n);) {
        if (n.kind == NOTICE_GONE)
            lookup_gone(c, &n.place);
        else if (n.kind == NOTICE_WANTED)
            want(c, &n.place);
        else if (!known_find(&c->known, n.place.cgroup))
            lookup_begin(c, &n.place, LOOKUP_MADE);
    }
}

/* Whether its runtime may know more by now: it has not answered, or may call it otherwise. */
static bool may_be_news(const struct known_container *known)
{
    return !known->answered || known->runtime == RUNTIME_docker || known->runtime == RUNTIME_podman;
}

/* The walk has come to it. What is known from before is asked about all the same. */
static void found(struct containers *c, const struct container_place *p)
{
    if (!c->walked && !known_find(&c->known, p->cgroup))
        container_tell_kept(c, p);
    const struct known_container *known = known_find(&c->known, p->cgroup);
    bool again = known && known->told;
    if ((known && known->lookup) || (c->walked && again && !may_be_news(known)) ||
        (c->walked && !again && *p->space)) /* containerd was asked */
        return;
    lookup_begin(c, p, again ? LOOKUP_AGAIN : LOOKUP_THERE);
    if (c->walked)
        c->walk_on = clock_monotonic() + RUNTIME_STEP_NS;
}

static void begin_walk(struct containers *c)
{
    uint64_t now = clock_monotonic();
    c->walk_again = now + c->refresh_ns;
    c->walk_on = now;
    if (*c->root.path)
        container_walk_open(&c->walk, c->root.path, "");
}

static void end_walk(struct containers *c)
{
    container_walk_close(c->walk);
    c->walk = NULL;
    if (!c->walked)
        container_cache_settle(c->cache);
    c->walked = true;
}

/* So far as there is room, and not so far that what comes meanwhile has to wait. */
static void walk_on(struct containers *c)
{
    uint64_t now = clock_monotonic();
    if (!c->walk && c->walked && now >= c->walk_again)
        begin_walk(c);
    for (unsigned i = 0; i < LOOKUPS_THERE && c->nwaiting < LOOKUPS_THERE && now >= c->walk_on;
         i++) {
        const struct container_place *p = c->walk ? container_walk_next(c->walk) : NULL;
        if (!p) {
            if (c->walk || !c->walked)
                end_walk(c);
            return;
        }
        found(c, p);
    }
}

/* When there is something to do again, but for what comes. */
static uint64_t due(const struct containers *c)
{
    uint64_t until = lookups_due(c), walk = c->walk ? c->walk_on : c->walk_again;
    if (c->walk && c->nwaiting >= LOOKUPS_THERE)
        return until; /* a look-up that is done makes room */
    return walk < until ? walk : until;
}

struct timespec containers_time(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u),
                             .tv_nsec = (long)(ns % 1000000000u)};
}

/* Until that time, or until something comes, or a look-up is done. Whether it is to end. */
static bool wait_for_work(struct containers *c, uint64_t until, bool scanned)
{
    const struct timespec t = containers_time(until);
    pthread_mutex_lock(&c->lock);
    c->scanned |= scanned;
    if (scanned)
        pthread_cond_signal(&c->scan_over);
    while (!c->ending && !c->count && !c->progress &&
           !pthread_cond_timedwait(&c->wake, &c->lock, &t))
        ;
    c->progress = false;
    bool ending = c->ending;
    pthread_mutex_unlock(&c->lock);
    return ending;
}

/* One turn. Whether it is to end. */
static bool work(struct containers *c)
{
    pthread_mutex_lock(&c->work);
    take_notices(c);
    if (!c->last_by)
        walk_on(c);
    lookups_run(c);
    uint64_t until = due(c);
    bool scanned = c->walked && lookups_told(c);
    pthread_mutex_unlock(&c->work);
    return wait_for_work(c, until, scanned);
}

/* What is not told of yet is told, as far as it is known in a while. */
static void conclude(struct containers *c)
{
    const struct timespec pause = {.tv_nsec = CONTAINERS_PAUSE_NS};
    pthread_mutex_lock(&c->work);
    c->last_by = clock_monotonic() + RUNTIME_TIMEOUT_NS;
    take_notices(c);
    for (lookups_run(c); c->nlookups; lookups_run(c)) {
        pthread_mutex_unlock(&c->work);
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
        pthread_mutex_lock(&c->work);
    }
    askers_end(c);
    pthread_mutex_unlock(&c->work);
}

void *containers_keep(void *ctx)
{
    struct containers *c = ctx;
    container_cache_open(&c->cache, c->state);
    begin_walk(c);
    while (!work(c))
        ;
    conclude(c);
    container_walk_close(c->walk);
    container_cache_close(c->cache);
    return NULL;
}
