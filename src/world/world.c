/* SPDX-License-Identifier: Apache-2.0 */
#include "world/world.h"

#include <errno.h>
#include <stdlib.h>

#include "event/ids.h"
#include "world/world_impl.h"

size_t world_memory(unsigned parts)
{
    return sizeof(struct world) + tasks_memory() +
           (parts & CONTEXT_USER_NAMES ? 2 * names_memory() : 0) +
           (parts & CONTEXT_HASH ? hashes_memory() : 0) +
           (parts & CONTEXT_MOUNTS ? mounts_table_memory() : 0);
}

int world_new(struct world **out, const struct world_options *o)
{
    struct world *w = calloc(1, sizeof(*w));
    if (!w)
        return -ENOMEM;
    w->o = *o;
    int rc = tasks_init(w);
    if (!rc && (o->parts & CONTEXT_USER_NAMES))
        rc = names_init(&w->users) || names_init(&w->groups) ? -ENOMEM : 0;
    if (!rc && (o->parts & CONTEXT_CONTAINER))
        rc = containers_new(&w->containers,
                            o->container_bytes ? o->container_bytes : WORLD_CONTAINER_BYTES);
    if (!rc && (o->parts & CONTEXT_HASH))
        rc = hashes_init(&w->hashes);
    if (!rc && (o->parts & CONTEXT_MOUNTS))
        rc = mounts_new(&w->mounts);
    if (rc) {
        world_free(w);
        return rc;
    }
    *out = w;
    return 0;
}

void world_free(struct world *w)
{
    if (!w)
        return;
    names_free(&w->users);
    names_free(&w->groups);
    containers_free_table(w->containers);
    hashes_free(&w->hashes);
    mounts_free(w->mounts);
    tasks_free(w);
    free(w);
}

unsigned world_parts_of(const struct event_def *def)
{
    switch (def->id) {
#define FEED(name, handler, parts)                                                                 \
    case EVENT_##name:                                                                             \
        return parts;
#include "world/feeds.def"
#undef FEED
    default:
        return 0;
    }
}

bool world_uses(const struct event_def *def, unsigned parts)
{
    return world_parts_of(def) & parts;
}

bool world_changes_mounts(const struct event_def *def)
{
    switch (def->id) {
#define FEED(name, handler, parts)                                                                 \
    case EVENT_##name:                                                                             \
        return (handler) == feed_mount_change;
#include "world/feeds.def"
#undef FEED
    default:
        return false;
    }
}

void world_update(struct world *w, const struct event *ev)
{
    if (ev->rec->time > w->now)
        w->now = ev->rec->time;
    tasks_age(w);
    if (w->containers)
        containers_age(w->containers, w->now);
    switch (ev->rec->event) {
#define FEED(name, handler, parts)                                                                 \
    case EVENT_##name:                                                                             \
        handler(w, ev);                                                                            \
        break;
#include "world/feeds.def"
#undef FEED
    default:
        feed_header(w, ev);
    }
}

static void pool_figures(struct cache_figures *out, const char *name, const struct pool *p,
                         const struct counted *c)
{
    *out = (struct cache_figures){
        .name = name,
        .entries = p->used,
        .most = p->most,
        .hits = c->hits,
        .misses = c->misses,
        .evictions = c->evictions,
        .bytes = (uint64_t)(p->fresh - 1) * p->size,
    };
}

static void names_figures(struct cache_figures *out, const char *name, const struct names *n)
{
    *out = (struct cache_figures){
        .name = name,
        .entries = n->count,
        .most = n->rows ? WORLD_NAMES : 0,
        .hits = n->hits,
        .misses = n->misses,
        .evictions = n->refused,
        .bytes = n->rows ? names_memory() : 0,
    };
}

static void hashes_figures(struct cache_figures *out, const struct hashes *h)
{
    *out = (struct cache_figures){
        .name = "hashes",
        .entries = h->ids.count,
        .most = h->rows ? WORLD_HASHES : 0,
        .hits = h->hits,
        .misses = h->misses,
        .evictions = h->evictions,
        .bytes = h->rows ? hashes_memory() : 0,
    };
}

/* Of tasks that were not known: as many as a second has, and those that were too many. */
static void looks_figures(struct cache_figures *out, const struct counted *c)
{
    *out = (struct cache_figures){
        .name = "looks at tasks",
        .most = WORLD_LOOKS,
        .hits = c->hits,
        .evictions = c->evictions,
    };
}

bool world_figures(const struct world *w, unsigned i, struct cache_figures *out)
{
    struct cache_figures all[10];
    unsigned n = 0;
    pool_figures(&all[n++], "tasks", &w->task_pool, &w->task_count);
    pool_figures(&all[n++], "states of tasks", &w->version_pool, &w->version_count);
    pool_figures(&all[n++], "programs", &w->image_pool, &w->image_count);
    pool_figures(&all[n++], "pieces of text", &w->block_pool, &w->block_count);
    names_figures(&all[n++], "users", &w->users);
    names_figures(&all[n++], "groups", &w->groups);
    hashes_figures(&all[n++], &w->hashes);
    if (w->containers)
        containers_figures(w->containers, &all[n++]);
    if (w->mounts)
        mounts_figures(w->mounts, &all[n++]);
    looks_figures(&all[n++], &w->look_count);
    if (i < n)
        *out = all[i];
    return i < n;
}

void world_print(const struct world *w, FILE *out)
{
    struct cache_figures f;
    figures_head("world", out);
    for (unsigned i = 0; world_figures(w, i, &f); i++)
        if (f.most)
            figures_print(&f, out);
}
