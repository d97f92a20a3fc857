/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Look-ups: which containers are to be asked about, and when one has waited for long enough. One
 * that was made is held until its runtime knows it, but not for longer than RUNTIME_HOLD_NS.
 */
#include "base/clock.h"
#include "event/ids.h"
#include "source/containers_impl.h"
#include "source/times.h"

struct lookup *lookup_of(struct containers *c, uint64_t cgroup)
{
    const struct known_container *known = known_find(&c->known, cgroup);
    return known && known->lookup ? &c->lookups[known->lookup - 1] : NULL;
}

static void wait_no_more(struct containers *c, struct lookup *l)
{
    c->nwaiting -= l->waits;
    l->waits = false;
}

void lookup_forget(struct containers *c, struct lookup *l)
{
    wait_no_more(c, l);
    struct known_container *known = known_find(&c->known, l->place.cgroup);
    if (known && known->told)
        known->lookup = 0;
    else if (known)
        known_remove(&c->known, l->place.cgroup);
    const struct lookup *last = &c->lookups[--c->nlookups];
    if (l == last)
        return;
    *l = *last;
    known = known_find(&c->known, l->place.cgroup);
    if (known)
        known->lookup = (uint16_t)(l - c->lookups + 1);
}

/* Those that are told of had their chance. */
static void make_room(struct containers *c)
{
    for (unsigned i = 0; i < c->nlookups && c->nlookups == LOOKUPS_MAX;) {
        if (c->lookups[i].told)
            lookup_forget(c, &c->lookups[i]);
        else
            i++;
    }
}

struct lookup *lookup_begin(struct containers *c, const struct container_place *p,
                            enum lookup_kind kind)
{
    uint64_t now = clock_monotonic();
    make_room(c);
    struct known_container *known =
        c->nlookups < LOOKUPS_MAX ? known_add(&c->known, p->cgroup) : NULL;
    if (!known) {
        findings_drop(&c->findings, containers_def(kind == LOOKUP_MADE ? EVENT_container_create
                                                                       : EVENT_existing_container));
        return NULL;
    }
    struct lookup *l = &c->lookups[c->nlookups++];
    known->lookup = (uint16_t)c->nlookups;
    *l = (struct lookup){.place = *p,
                         .kind = kind,
                         .since = now,
                         .next = now,
                         .wait_ns = RUNTIME_AGAIN_NS,
                         .told = kind == LOOKUP_AGAIN,
                         .waits = kind != LOOKUP_MADE};
    c->nwaiting += l->waits;
    return l;
}

/* What may be none of containerd's is told when it is known to be, however late that is. */
static bool is_held(const struct lookup *l)
{
    return l->kind == LOOKUP_MADE && !l->told && !*l->place.space;
}

/* The cgroup is gone: what is known is told, and then that. */
static void conclude(struct containers *c, struct lookup *l, struct facts *facts)
{
    const struct container_place p = l->place;
    if (!facts->answered)
        facts_clear(facts, ABI_WHY_GONE);
    if (facts->answered || !*l->place.space)
        container_tell(c, l, facts);
    lookup_forget(c, l);
    container_tell_gone(c, &p);
}

/* When it is asked about next, longer and longer after it was told of; or not any more. */
static void ask_later(struct containers *c, struct lookup *l, bool last)
{
    l->wait_ns = is_held(l) ? RUNTIME_AGAIN_NS : 2 * l->wait_ns;
    l->next = clock_monotonic() + l->wait_ns;
    if (last || l->wait_ns > RUNTIME_SPARE_MAX_NS)
        lookup_forget(c, l);
}

/* All were asked that may know it. */
static void settle(struct containers *c, struct lookup *l, enum abi_reason why, struct facts *facts)
{
    bool over = c->last_by || !is_held(l) || clock_monotonic() - l->since >= RUNTIME_HOLD_NS;
    bool whole = why == ABI_WHY_NONE && !facts->partial;
    bool known = whole || (why == ABI_WHY_NONE && over);
    l->todo = l->busy = 0;
    wait_no_more(c, l);
    if (why != ABI_WHY_NONE) {
        facts_clear(facts, why);
        facts->runtime = l->place.is.runtime;
    }
    if (l->gone_by) {
        conclude(c, l, facts);
        return;
    }
    bool tells = whole || (l->kind != LOOKUP_AGAIN && (!l->told || l->pending) &&
                           (over || why == ABI_WHY_NO_RUNTIME));
    if (tells && (known || !*l->place.space))
        container_tell(c, l, facts);
    /* Who is unknown is looked for anew, or none of containerd's: no container. */
    bool unknown = why == ABI_WHY_UNKNOWN && (l->kind == LOOKUP_THERE || *l->place.space);
    ask_later(c, l, whole || unknown || l->kind == LOOKUP_AGAIN || why == ABI_WHY_NO_RUNTIME);
}

/* Nobody has answered by now, and it can't be held any longer. */
static void tell_pending(struct containers *c, struct lookup *l)
{
    facts_clear(&c->facts, ABI_WHY_PENDING);
    c->facts.runtime = l->place.is.runtime;
    container_tell(c, l, &c->facts);
    l->pending = true;
}

void lookup_gone(struct containers *c, const struct container_place *p)
{
    struct lookup *l = lookup_of(c, p->cgroup);
    if (l && !l->told) { /* what can be had in a moment */
        uint64_t now = clock_monotonic();
        l->gone_by = now + RUNTIME_AGAIN_NS;
        l->next = now;
        return;
    }
    if (l)
        lookup_forget(c, l);
    container_tell_gone(c, p);
}

/* Every runtime that may know it is to be asked. */
static void begin_round(struct containers *c, struct lookup *l)
{
    const struct runtime_question q = question_of(&l->place, 0);
    l->round = ++c->rounds;
    l->asked = clock_monotonic();
    l->why = ABI_WHY_NO_RUNTIME;
    for (unsigned i = 0; i < runtimes_count(c->runtimes); i++)
        if (runtimes_fits(c->runtimes, i, &q))
            l->todo |= 1u << i;
    if (l->todo)
        pthread_cond_broadcast(&c->questions);
    else
        settle(c, l, ABI_WHY_NO_RUNTIME, &c->facts);
}

/* How long a runtime may take to answer; UINT64_MAX: as long as any. */
static uint64_t patient_until(const struct containers *c, const struct lookup *l)
{
    uint64_t until = is_held(l) ? l->since + RUNTIME_HOLD_NS : UINT64_MAX;
    until = l->gone_by ? l->gone_by : until;
    until = c->last_by && c->last_by < until ? c->last_by : until;
    uint64_t least = l->asked + (l->gone_by ? RUNTIME_AGAIN_NS : RUNTIME_LEAST_NS);
    return until < least ? least : until;
}

/*
 * Its runtime is busy with others, and it is told of without. One that is being asked about has a
 * deadline of its own: a machine that is busy as well may be a little late with the answer.
 */
static uint64_t told_by(const struct containers *c, const struct lookup *l)
{
    uint64_t until = patient_until(c, l);
    return until == UINT64_MAX
               ? until
               : until + (l->busy && !l->gone_by ? RUNTIME_LATE_NS : RUNTIME_AGAIN_NS);
}

/* What is due of one of them; it may be gone then. */
static void run_one(struct containers *c, struct lookup *l, uint64_t now)
{
    bool asked = l->todo || l->busy, late = asked && now >= told_by(c, l);
    if (c->last_by && l->told)
        lookup_forget(c, l);
    else if (late && (l->gone_by || c->last_by))
        settle(c, l, ABI_WHY_PENDING, &c->facts);
    else if (late)
        tell_pending(c, l);
    else if (!asked && (now >= l->next || c->last_by))
        begin_round(c, l);
}

void lookups_run(struct containers *c)
{
    uint64_t now = clock_monotonic();
    for (unsigned i = 0; i < c->nlookups;) {
        uint64_t cgroup = c->lookups[i].place.cgroup;
        run_one(c, &c->lookups[i], now);
        if (i < c->nlookups && c->lookups[i].place.cgroup == cgroup)
            i++;
    }
}

uint64_t lookups_due(const struct containers *c)
{
    uint64_t due = UINT64_MAX;
    for (unsigned i = 0; i < c->nlookups; i++) {
        const struct lookup *l = &c->lookups[i];
        uint64_t when = l->todo || l->busy ? told_by(c, l) : l->next;
        due = when < due ? when : due;
    }
    return due;
}

bool lookups_told(const struct containers *c)
{
    for (unsigned i = 0; i < c->nlookups; i++)
        if (c->lookups[i].kind == LOOKUP_THERE && !c->lookups[i].told)
            return false;
    return true;
}

/* Those that are held come first, then those that are there, then what is known. */
bool lookup_take(struct containers *c, unsigned runtime, struct lookup_question *out)
{
    struct lookup *best = NULL;
    for (unsigned i = 0; i < c->nlookups; i++) {
        struct lookup *l = &c->lookups[i];
        bool better =
            !best || l->told < best->told || (l->told == best->told && l->kind < best->kind);
        if (l->todo & 1u << runtime && better)
            best = l;
    }
    if (!best)
        return false;
    best->todo &= ~(1u << runtime);
    best->busy |= 1u << runtime;
    uint64_t now = clock_monotonic(), until = patient_until(c, best);
    uint64_t left = until > now ? until - now : 0;
    *out = (struct lookup_question){.round = best->round,
                                    .place = best->place,
                                    .patience_ns =
                                        left < RUNTIME_TIMEOUT_NS ? left : RUNTIME_TIMEOUT_NS};
    return true;
}

/* It may have been settled without this answer. */
void lookup_answer(struct containers *c, unsigned runtime, uint64_t round, enum abi_reason why,
                   struct facts *facts)
{
    struct lookup *l = NULL;
    for (unsigned i = 0; i < c->nlookups && !l; i++)
        if (c->lookups[i].round == round && c->lookups[i].busy & 1u << runtime)
            l = &c->lookups[i];
    if (!l)
        return;
    l->busy &= ~(1u << runtime);
    l->why = runtimes_better(l->why, why);
    if (why == ABI_WHY_NONE)
        settle(c, l, why, facts);
    else if (!l->todo && !l->busy)
        settle(c, l, l->why, facts);
}
