/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "world/containers_impl.h"

#define CGROUPS_EACH 2 /* that there is room for */

/* How many there may be, so that all of them fit, and their texts as long as they usually are. */
static uint32_t most_containers(uint64_t bytes)
{
    uint64_t n = bytes / WORLD_CONTAINER_SHARE;
    return n < 1 ? 1 : n > WORLD_CONTAINERS ? WORLD_CONTAINERS : (uint32_t)n;
}

static uint32_t buckets_for(uint32_t rows)
{
    uint32_t n = 1;
    while (n < rows)
        n *= 2;
    return n;
}

static uint64_t tables_bytes(uint32_t most)
{
    static_assert(WORLD_CONTAINER_SHARE > sizeof(struct container) + 256 +
                                              CGROUPS_EACH * (sizeof(struct cgroup_row) + 8),
                  "there is room for texts");
    return most * sizeof(struct container) + CGROUPS_EACH * most * sizeof(struct cgroup_row) +
           2 * buckets_for(CGROUPS_EACH * most) * sizeof(place);
}

int containers_new(struct containers_table **out, uint64_t bytes)
{
    uint32_t most = most_containers(bytes);
    struct containers_table *t = *out = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    t->buckets = buckets_for(CGROUPS_EACH * most);
    t->most_bytes = bytes > tables_bytes(most) ? bytes - tables_bytes(most) : 0;
    t->by_cgroup = calloc(t->buckets, sizeof(*t->by_cgroup));
    t->by_id = calloc(t->buckets, sizeof(*t->by_id));
    int rc = t->by_cgroup && t->by_id ? 0 : -ENOMEM;
    rc = rc ? rc
            : pool_init(&t->row_pool, most, sizeof(struct container),
                        offsetof(struct container, colder));
    rc = rc ? rc
            : pool_init(&t->cgroup_pool, CGROUPS_EACH * most, sizeof(struct cgroup_row),
                        offsetof(struct cgroup_row, next));
    t->rows = (void *)t->row_pool.rows;
    t->cgroups = (void *)t->cgroup_pool.rows;
    return rc;
}

void containers_free_table(struct containers_table *t)
{
    if (!t)
        return;
    for (place p = 1; t->rows && p < t->row_pool.fresh; p++)
        if (t->rows[p].cgroup)
            free(t->rows[p].texts);
    pool_free(&t->row_pool);
    pool_free(&t->cgroup_pool);
    free(t->by_cgroup);
    free(t->by_id);
    free(t);
}

/* Lists in order of use, or of ends. */

static struct order *order_of(struct containers_table *t, const struct container *c)
{
    return c->gone ? &t->gone : &t->living;
}

static void order_remove(struct containers_table *t, place p)
{
    struct container *c = &t->rows[p];
    struct order *o = order_of(t, c);
    *(c->colder ? &t->rows[c->colder].warmer : &o->coldest) = c->warmer;
    *(c->warmer ? &t->rows[c->warmer].colder : &o->warmest) = c->colder;
    c->colder = c->warmer = 0;
}

static void order_add(struct containers_table *t, place p)
{
    struct container *c = &t->rows[p];
    struct order *o = order_of(t, c);
    c->colder = o->warmest;
    *(o->warmest ? &t->rows[o->warmest].warmer : &o->coldest) = p;
    o->warmest = p;
}

void container_used(struct containers_table *t, place p)
{
    if (t->rows[p].gone || t->living.warmest == p)
        return;
    order_remove(t, p);
    order_add(t, p);
}

void container_gone(struct containers_table *t, place p, uint64_t time)
{
    order_remove(t, p);
    t->rows[p].gone = time ? time : 1;
    order_add(t, p);
}

/* Cgroups, by their ids. */

static place *cgroup_bucket(const struct containers_table *t, uint64_t cgroup)
{
    return &t->by_cgroup[(cgroup * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (t->buckets - 1)];
}

static place find_cgroup(const struct containers_table *t, uint64_t cgroup)
{
    place g = cgroup ? *cgroup_bucket(t, cgroup) : 0;
    while (g && t->cgroups[g].cgroup != cgroup)
        g = t->cgroups[g].next;
    return g;
}

static void unlink_container(struct containers_table *t, place g)
{
    struct cgroup_row *row = &t->cgroups[g];
    *(row->before ? &t->cgroups[row->before].after : &t->rows[row->container].cgroups) = row->after;
    if (row->after)
        t->cgroups[row->after].before = row->before;
    row->before = row->after = 0;
}

static void link_container(struct containers_table *t, place g, place container)
{
    struct cgroup_row *row = &t->cgroups[g];
    place *first = &t->rows[container].cgroups;
    row->container = container;
    row->after = *first;
    if (*first)
        t->cgroups[*first].before = g;
    *first = g;
}

static void free_cgroup(struct containers_table *t, place g)
{
    place *at = cgroup_bucket(t, t->cgroups[g].cgroup);
    while (*at != g)
        at = &t->cgroups[*at].next;
    *at = t->cgroups[g].next;
    unlink_container(t, g);
    pool_give(&t->cgroup_pool, g);
}

void container_forget_cgroup(struct containers_table *t, uint64_t cgroup)
{
    place g = find_cgroup(t, cgroup);
    if (g)
        free_cgroup(t, g);
}

/* Containers, by their ids. */

static uint32_t id_bucket(const struct containers_table *t, const char *id, size_t n)
{
    return (uint32_t)XXH64(id, n, 0) & (t->buckets - 1);
}

static void unlink_id(struct containers_table *t, place p)
{
    struct container *c = &t->rows[p];
    place *at = &t->by_id[c->id_bucket];
    if (!c->has_id)
        return;
    while (*at != p)
        at = &t->rows[*at].of_id;
    *at = c->of_id;
    c->has_id = false;
}

static void link_id(struct containers_table *t, place p)
{
    struct container *c = &t->rows[p];
    c->id_bucket = id_bucket(t, c->texts + c->text[TEXT_id].at, c->text[TEXT_id].len);
    c->of_id = t->by_id[c->id_bucket];
    t->by_id[c->id_bucket] = p;
    c->has_id = true;
}

place container_of_id(const struct containers_table *t, const char *id)
{
    size_t n = strlen(id);
    for (place p = t->by_id[id_bucket(t, id, n)]; p; p = t->rows[p].of_id) {
        const struct container *c = &t->rows[p];
        if (!c->gone && c->text[TEXT_id].len == n && !memcmp(c->texts + c->text[TEXT_id].at, id, n))
            return p;
    }
    return 0;
}

void container_forget(struct containers_table *t, place p)
{
    struct container *c = &t->rows[p];
    while (c->cgroups)
        free_cgroup(t, c->cgroups);
    unlink_id(t, p);
    order_remove(t, p);
    t->bytes -= c->bytes;
    free(c->texts);
    *c = (struct container){0};
    pool_give(&t->row_pool, p);
}

static place coldest(const struct containers_table *t, const struct order *o, place spare)
{
    place p = o->coldest;
    return p && p == spare ? t->rows[p].warmer : p;
}

/* The one that ended first, or else was used longest ago. False: there is no other. */
static bool evict(struct containers_table *t, place spare)
{
    place p = coldest(t, &t->gone, spare);
    p = p ? p : coldest(t, &t->living, spare);
    if (!p)
        return false;
    t->evictions++;
    container_forget(t, p);
    return true;
}

place container_find(struct containers_table *t, uint64_t cgroup)
{
    return t->cgroups[find_cgroup(t, cgroup)].container;
}

/* What is known to belong to none is what can be asked for again. */
static place new_cgroup(struct containers_table *t, uint64_t cgroup, place spare)
{
    place g = pool_take(&t->cgroup_pool), *bucket = cgroup_bucket(t, cgroup);
    if (!g && t->rows[0].cgroups)
        free_cgroup(t, t->rows[0].cgroups);
    else if (!g)
        evict(t, spare);
    g = g ? g : pool_take(&t->cgroup_pool);
    if (!g)
        return 0;
    t->cgroups[g].cgroup = cgroup;
    t->cgroups[g].next = *bucket;
    *bucket = g;
    return g;
}

void container_has(struct containers_table *t, uint64_t cgroup, place container)
{
    place g = find_cgroup(t, cgroup);
    if (g)
        unlink_container(t, g);
    else if (cgroup)
        g = new_cgroup(t, cgroup, container);
    if (g)
        link_container(t, g, container);
    else
        t->evictions++;
}

place container_add(struct containers_table *t, uint64_t cgroup)
{
    place p = container_find(t, cgroup);
    if (p && t->rows[p].cgroup == cgroup)
        return p;
    while (!(p = pool_take(&t->row_pool)))
        if (!evict(t, 0))
            return 0;
    t->rows[p].cgroup = cgroup;
    for (unsigned i = 0; i < TEXT_COUNT; i++)
        t->rows[p].text[i].why = ABI_WHY_PENDING;
    order_add(t, p);
    container_has(t, cgroup, p);
    return p;
}

void container_set_texts(struct containers_table *t, place p, const char *texts, uint32_t n)
{
    struct container *c = &t->rows[p];
    char *copy = malloc(n ? n : 1);
    unlink_id(t, p);
    for (unsigned i = 0; !copy && i < TEXT_COUNT; i++) {
        c->text[i].len = 0;
        c->text[i].why = ABI_WHY_NO_ROOM;
    }
    if (!copy)
        return;
    memcpy(copy, texts, n);
    t->bytes = t->bytes - c->bytes + n;
    free(c->texts);
    c->texts = copy;
    c->bytes = n;
    link_id(t, p);
    while (t->bytes > t->most_bytes && evict(t, p))
        ;
}

void containers_age(struct containers_table *t, uint64_t now)
{
    for (place p; (p = t->gone.coldest) && now > t->rows[p].gone + KEEP_NS;)
        container_forget(t, p);
}

bool containers_unknown(struct containers_table *t, uint64_t cgroup)
{
    if (!cgroup || find_cgroup(t, cgroup))
        return false;
    container_has(t, cgroup, 0);
    return true;
}

void containers_figures(const struct containers_table *t, struct cache_figures *out)
{
    *out = (struct cache_figures){
        .name = "containers",
        .entries = t->row_pool.used,
        .most = t->row_pool.most,
        .hits = t->hits,
        .misses = t->misses,
        .evictions = t->evictions,
        .bytes = t->bytes + (uint64_t)(t->row_pool.fresh - 1) * sizeof(struct container) +
                 (uint64_t)(t->cgroup_pool.fresh - 1) * sizeof(struct cgroup_row),
    };
}
