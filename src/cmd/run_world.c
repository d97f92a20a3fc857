/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/run_world.h"

#include <errno.h>
#include <stdlib.h>

#include "event/ids.h"
#include "source/containers.h"

/* Whether the event is there for the world alone: it is in no set, and no hook makes it. */
static bool is_of_world(const struct event_def *def)
{
    return event_def_is_own(def) && !*def->sets && world_parts_of(def);
}

bool run_world_containers(const struct selection *s, unsigned parts)
{
    for (unsigned i = 0; i < s->catalog->count; i++)
        if (s->wanted[i] && containers_makes(&s->catalog->events[i]))
            return true;
    return parts & CONTEXT_CONTAINER;
}

unsigned run_world_parts(const struct options *o, const struct selection *s)
{
    static const unsigned parts[ENRICH_COUNT] = {
#define ENRICH(id, name, parts_, meaning) [ENRICH_##id] = (parts_),
#include "cmd/enrich.def"
#undef ENRICH
    };
    unsigned all = 0;
    for (unsigned i = 0; i < ENRICH_COUNT; i++)
        all |= o->enrich & UINT64_C(1) << i ? parts[i] : 0;
    /* Or a record of the world by itself: but not because everything was asked for. The first of
     * its parts is enough for it to be made. */
    for (unsigned i = 0; s->named && i < s->catalog->count; i++) {
        unsigned some = world_parts_of(&s->catalog->events[i]);
        if (s->wanted[i] && is_of_world(&s->catalog->events[i]) && !(all & some))
            all |= some & -some;
    }
    return all;
}

uint64_t *run_world_sets(const struct selection *s, unsigned parts)
{
    uint64_t *sets = calloc(s->catalog->count, sizeof(*sets));
    bool containers = run_world_containers(s, parts);

    for (unsigned i = 0; sets && i < s->catalog->count; i++) {
        const struct event_def *def = &s->catalog->events[i];
        bool needed = world_uses(def, parts);
        sets[i] = (s->wanted[i] && (needed || !is_of_world(def)) ? USER_SET : 0) |
                  (needed ? WORLD_SET : 0);
        if ((containers && (def->id == EVENT_cgroup_mkdir || def->id == EVENT_cgroup_rmdir)) ||
            (parts & CONTEXT_MOUNTS && world_changes_mounts(def)))
            sets[i] |= MACHINE_SET;
    }
    return sets;
}

int run_world_scope(struct scope_set *out, const struct scope_set *user)
{
    *out = (struct scope_set){.rules = calloc(user->count + 1, sizeof(*out->rules))};
    for (unsigned i = 0; out->rules && i < user->count; i++)
        if (user->rules[i].kind == SCOPE_tree)
            out->rules[out->count++] = user->rules[i];
    return out->rules ? 0 : -ENOMEM;
}

int run_world_open(struct world **out, const struct source *s, unsigned parts,
                   uint64_t container_bytes)
{
    const struct world_options o = {
        .parts = parts,
        .keep_ns = WORLD_KEEP_NS,
        .heals = s->ops->look_up,
        .container_bytes = container_bytes,
    };
    return parts ? world_new(out, &o) : 0;
}
