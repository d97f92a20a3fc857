/* SPDX-License-Identifier: Apache-2.0 */
/* The table of tasks: found by id and start, kept in order of use, forgotten for want of room. */
#include <errno.h>
#include <stdlib.h>

#include "world/world_impl.h"

#define USE_NS      (UINT64_C(1) << 27) /* a task is moved up at most this often: 134 ms */
#define AGE_TRIES   2                   /* ended tasks that one record forgets at most */
#define SPARE_TRIES 8                   /* ended tasks with children that are passed over */

size_t tasks_memory(void)
{
    return (WORLD_TASKS + 1) * sizeof(struct task) + (WORLD_VERSIONS + 1) * sizeof(struct version) +
           (WORLD_IMAGES + 1) * sizeof(struct image) + (WORLD_BLOCKS + 1) * sizeof(struct block) +
           WORLD_BUCKETS * sizeof(place);
}

#define INIT(pool, count, type, link) pool_init(pool, count, sizeof(type), offsetof(type, link))

int tasks_init(struct world *w)
{
    int rc = INIT(&w->task_pool, WORLD_TASKS, struct task, next);
    rc = rc ? rc : INIT(&w->version_pool, WORLD_VERSIONS, struct version, older);
    rc = rc ? rc : INIT(&w->image_pool, WORLD_IMAGES, struct image, blocks);
    rc = rc ? rc : INIT(&w->block_pool, WORLD_BLOCKS, struct block, next);
    w->buckets = calloc(WORLD_BUCKETS, sizeof(*w->buckets));
    if (rc || !w->buckets)
        return -ENOMEM;
    pages_want(w->buckets, WORLD_BUCKETS * sizeof(*w->buckets));
    w->tasks = (void *)w->task_pool.rows;
    w->versions = (void *)w->version_pool.rows;
    w->images = (void *)w->image_pool.rows;
    w->blocks = (void *)w->block_pool.rows;
    return 0;
}

void tasks_free(struct world *w)
{
    pool_free(&w->task_pool);
    pool_free(&w->version_pool);
    pool_free(&w->image_pool);
    pool_free(&w->block_pool);
    free(w->buckets);
}

static place *bucket_of(const struct world *w, uint32_t tid)
{
    _Static_assert(!(WORLD_BUCKETS & (WORLD_BUCKETS - 1)), "a power of two");
    uint32_t hash = tid * UINT32_C(0x9e3779b1);
    return &w->buckets[(hash ^ hash >> 16) & (WORLD_BUCKETS - 1)];
}

/* Lists in order of use, or of ends. */

static void order_remove(struct world *w, struct order *o, struct task *t)
{
    if (t->colder)
        w->tasks[t->colder].warmer = t->warmer;
    else
        o->coldest = t->warmer;
    if (t->warmer)
        w->tasks[t->warmer].colder = t->colder;
    else
        o->warmest = t->colder;
    t->colder = t->warmer = 0;
}

static void order_add(struct world *w, struct order *o, struct task *t)
{
    place p = task_place(w, t);
    t->colder = o->warmest;
    t->warmer = 0;
    if (o->warmest)
        w->tasks[o->warmest].warmer = p;
    else
        o->coldest = p;
    o->warmest = p;
}

static struct order *order_of(struct world *w, const struct task *t)
{
    return t->exited ? &w->ended : &w->living;
}

static void touch(struct world *w, struct task *t)
{
    if (t->exited || w->now - t->used < USE_NS)
        return;
    t->used = w->now;
    order_remove(w, &w->living, t);
    order_add(w, &w->living, t);
}

/* Looking up. */

static bool started(const struct task *t, uint64_t start)
{
    return t->start == start || (t->slack && start > t->start && start - t->start <= t->slack);
}

struct task *task_find(struct world *w, uint32_t tid, uint64_t start, uint64_t at)
{
    struct task *found = NULL;
    struct task *last = &w->tasks[w->last];
    if (last->tid == tid && last->start == start && w->last) {
        w->task_count.hits++;
        return last;
    }
    for (place p = *bucket_of(w, tid); p; p = w->tasks[p].next) {
        struct task *t = &w->tasks[p];
        if (t->tid != tid)
            continue;
        if (start ? started(t, start) : t->start <= at && (!found || t->start > found->start)) {
            found = t;
            if (start)
                break;
        }
    }
    if (!found) {
        w->task_count.misses++;
        return NULL;
    }
    w->task_count.hits++;
    if (start && found->slack && start != found->start) {
        found->start = start; /* exact from now on */
        found->slack = 0;
        world_corrected(w, at);
    }
    touch(w, found);
    w->last = task_place(w, found);
    return found;
}

struct task *task_find_near(struct world *w, uint32_t tid, uint64_t start, uint32_t slack,
                            uint64_t at)
{
    struct task *t = task_find(w, tid, start, at);
    if (t || !slack)
        return t;
    t = task_find(w, tid, 0, at);
    return t && t->start >= start && t->start - start <= slack ? t : NULL;
}

/* Lists of children and threads. */

static void list_remove(struct world *w, place *first, struct task *t)
{
    if (t->before)
        w->tasks[t->before].after = t->after;
    else
        *first = t->after;
    if (t->after)
        w->tasks[t->after].before = t->before;
    t->before = t->after = 0;
}

static void list_add(struct world *w, place *first, struct task *t)
{
    t->before = 0;
    t->after = *first;
    if (*first)
        w->tasks[*first].before = task_place(w, t);
    *first = task_place(w, t);
}

void task_set_parent(struct world *w, struct task *t, struct task *parent)
{
    place p = parent && parent != t ? task_place(w, parent) : 0;
    if (t->parent == p)
        return;
    if (t->parent)
        list_remove(w, &w->tasks[t->parent].first, t);
    t->parent = p;
    if (p)
        list_add(w, &w->tasks[p].first, t);
}

void task_set_leader(struct world *w, struct task *t, struct task *leader)
{
    place p = leader ? task_place(w, leader) : 0;
    if (t->leader == p || leader == t)
        return;
    if (t->leader)
        list_remove(w, &w->tasks[t->leader].threads, t);
    t->leader = p;
    if (p)
        list_add(w, &w->tasks[p].threads, t);
}

/* Coming and going. */

struct task *task_add(struct world *w, uint32_t tid, uint32_t pid, uint64_t start)
{
    place p = pool_take(&w->task_pool);
    while (!p && task_evict(w, NULL)) {
        w->task_count.evictions++;
        p = pool_take(&w->task_pool);
    }
    struct task *t = &w->tasks[p];
    place *bucket = bucket_of(w, tid);
    t->tid = tid;
    t->pid = pid;
    t->start = start;
    t->used = w->now;
    t->image_why = ABI_WHY_NOT_SEEN;
    t->next = *bucket;
    *bucket = p;
    if (tid == pid)
        t->leader = p;
    order_add(w, &w->living, t);
    w->last = p;
    return t;
}

void task_end(struct world *w, struct task *t, uint64_t time)
{
    if (t->exited)
        return;
    order_remove(w, &w->living, t);
    t->exited = time ? time : 1;
    order_add(w, &w->ended, t);
}

void task_forget(struct world *w, struct task *t)
{
    place p = task_place(w, t);
    place *link = bucket_of(w, t->tid);
    while (*link != p)
        link = &w->tasks[*link].next;
    *link = t->next;
    while (t->first)
        task_set_parent(w, &w->tasks[t->first], NULL);
    while (t->threads)
        task_set_leader(w, &w->tasks[t->threads], NULL);
    task_set_parent(w, t, NULL);
    if (!is_leader(t))
        task_set_leader(w, t, NULL);
    order_remove(w, order_of(w, t), t);
    history_free(w, t);
    if (w->last == p)
        w->last = 0;
    t->tid = t->pid = 0;
    pool_give(&w->task_pool, p);
}

/* What ended first, but rather not one that has children. */
static struct task *choose_ended(struct world *w, const struct task *spare)
{
    struct task *any = NULL;
    place p = w->ended.coldest;
    for (int i = 0; p && i < SPARE_TRIES; i++, p = w->tasks[p].warmer) {
        struct task *t = &w->tasks[p];
        if (t == spare)
            continue;
        if (!t->first)
            return t;
        any = any ? any : t;
    }
    return any;
}

bool task_evict(struct world *w, const struct task *spare)
{
    struct task *t = choose_ended(w, spare);
    for (place p = w->living.coldest; p && !t; p = w->tasks[p].warmer)
        if (&w->tasks[p] != spare && &w->tasks[p] != task_at(w, spare ? spare->leader : 0))
            t = &w->tasks[p];
    if (!t)
        return false;
    task_forget(w, t);
    return true;
}

void tasks_age(struct world *w)
{
    for (int i = 0; w->o.keep_ns && i < AGE_TRIES && w->ended.coldest; i++) {
        struct task *t = &w->tasks[w->ended.coldest];
        if (t->exited > w->now || w->now - t->exited < w->o.keep_ns)
            return;
        if (!t->first) {
            task_forget(w, t);
            continue;
        }
        order_remove(w, &w->ended, t); /* as long as its children live they can be asked for it */
        order_add(w, &w->ended, t);
    }
}
