/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of containers, told. */
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "event/event.h"
#include "event/ids.h"
#include "source/container_records.h"
#include "source/containers_impl.h"
#include "source/times.h"

const struct event_def *containers_def(uint16_t event)
{
    return catalog_by_id(catalog_builtin(), event);
}

/* Begins a record in the scratch. */
static void begin(struct containers *c, struct record_builder *b, uint16_t event)
{
    record_begin(b, c->scratch, CONTAINER_RECORD_BYTES, containers_def(event));
    record_header(b)->flags |= ABI_F_NO_TASK | ABI_F_NO_RET;
}

/* Of what was there before, nothing is lost because there is much of it. */
static void wait_for_room(struct containers *c)
{
    const struct timespec pause = {.tv_nsec = CONTAINERS_PAUSE_NS};
    while (!findings_room(&c->findings, CONTAINER_RECORD_BYTES) && !containers_ending(c))
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

/* Of what may change while a container lives: times and cgroups of the same one are no news. */
static uint64_t facts_hash(const struct abi_record *r)
{
    struct event ev;
    uint64_t hash = 0;
    if (!r || event_decode(&ev, catalog_builtin(), r, r->len))
        return 0;
    for (unsigned i = 0; i < FACT_COUNT; i++) {
        unsigned at = (unsigned)event_def_field(ev.def, fact_names[i], strlen(fact_names[i]));
        struct value v = event_value(&ev, at);
        hash = XXH64(v.data, v.status == ABI_MISSING ? 0 : v.len, hash + v.reason);
    }
    return hash;
}

/* container_create and existing_container are the same but for their name. */
void container_tell(struct containers *c, struct lookup *l, struct facts *facts)
{
    bool again = l->kind != LOOKUP_MADE || l->told;
    const struct event_def *def = containers_def(EVENT_existing_container);
    struct record_builder b;
    begin(c, &b, EVENT_existing_container);
    container_record_fill(&b, def, &l->place, facts);
    struct abi_record *r = (struct abi_record *)(uintptr_t)record_end(&b);
    struct known_container *known = known_find(&c->known, l->place.cgroup);
    uint64_t hash = facts_hash(r);
    if (l->kind == LOOKUP_AGAIN && known && known->facts == hash)
        return;
    if (r && facts->answered)
        container_cache_add(c->cache, r, l->place.cgroup);
    if (known) {
        known->told = true;
        known->answered = facts->answered;
        known->facts = hash;
        known->runtime = (uint8_t)facts->runtime;
    }
    l->told = true;
    l->pending = false;
    if (again)
        wait_for_room(c);
    if (r && l->quiet)
        r->flags |= ABI_F_WORLD;
    if (r && !again)
        r->event = EVENT_container_create;
    findings_put(&c->findings, r, again ? def : containers_def(EVENT_container_create));
}

bool container_tell_kept(struct containers *c, const struct container_place *p)
{
    const struct abi_record *kept = container_cache_find(c->cache, p->cgroup, p->is.id);
    struct known_container *known = kept ? known_add(&c->known, p->cgroup) : NULL;
    const struct event_def *def = containers_def(EVENT_existing_container);
    struct record_builder b;
    if (!known)
        return false;
    known->told = known->answered = true;
    known->facts = facts_hash(kept);
    known->runtime = (uint8_t)container_record_runtime(kept);
    begin(c, &b, EVENT_existing_container);
    container_record_again(&b, def, p, kept);
    wait_for_room(c);
    findings_put(&c->findings, record_end(&b), def);
    return true;
}

void container_tell_gone(struct containers *c, const struct container_place *p)
{
    const struct known_container *known = known_find(&c->known, p->cgroup);
    const struct event_def *def = containers_def(EVENT_container_remove);
    struct record_builder b;
    if (!known || !known->told)
        return;
    begin(c, &b, EVENT_container_remove);
    container_record_gone(&b, def, (enum runtime)known->runtime, p->is.id, p->cgroup);
    findings_put(&c->findings, record_end(&b), def);
    known_remove(&c->known, p->cgroup);
    container_cache_remove(c->cache, p->cgroup);
}
