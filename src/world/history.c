/* SPDX-License-Identifier: Apache-2.0 */
/* What a task was when: its versions, the newest first. */
#include "world/world_impl.h"

struct version *task_version(const struct world *w, const struct task *t, uint64_t at)
{
    struct version *v = version_at(w, t->newest);
    while (v && v->time > at && v->older)
        v = &w->versions[v->older];
    return v;
}

/* The oldest version of the task goes, if it is not its only one. */
static bool drop_oldest(struct world *w, struct task *t)
{
    place *link = &t->newest;
    if (t->nversions < 2)
        return false;
    while (w->versions[*link].older)
        link = &w->versions[*link].older;
    image_unref(w, w->versions[*link].image);
    pool_give(&w->version_pool, *link);
    *link = 0;
    t->nversions--;
    return true;
}

static place take_version(struct world *w, struct task *t)
{
    if (t->nversions >= WORLD_HISTORY)
        drop_oldest(w, t);
    place p = pool_take(&w->version_pool);
    while (!p && (drop_oldest(w, t) || task_evict(w, t))) {
        w->version_count.evictions++;
        p = pool_take(&w->version_pool);
    }
    return p;
}

/* What it was by that version is forgotten. */
static struct version *change_in_place(struct world *w, struct version *v, uint64_t time)
{
    v->key = v->serial = 0;
    world_changed(w, time);
    return v;
}

struct version *task_change(struct world *w, struct task *t, uint64_t time)
{
    struct version *now = task_version(w, t, time);
    if (now && now->time == time)
        return change_in_place(w, now, time);
    place p = take_version(w, t);
    if (!p)
        return t->newest ? change_in_place(w, version_at(w, t->newest), time) : NULL;
    place *link = &t->newest;
    while (*link && w->versions[*link].time > time)
        link = &w->versions[*link].older;
    struct version *v = &w->versions[p];
    place like = *link ? *link : t->newest; /* what it was then; or the oldest that is known */
    if (like)
        *v = w->versions[like];
    image_ref(w, v->image);
    v->time = time;
    v->older = *link;
    v->key = v->serial = 0;
    *link = p;
    t->nversions++;
    world_changed(w, time);
    return v;
}

void history_free(struct world *w, struct task *t)
{
    for (place p = t->newest, older; p; p = older) {
        older = w->versions[p].older;
        image_unref(w, w->versions[p].image);
        pool_give(&w->version_pool, p);
    }
    t->newest = 0;
    t->nversions = 0;
}

struct task *version_parent(struct world *w, const struct version *v, uint64_t at)
{
    if (!v || !v->ppid)
        return NULL;
    return task_find_near(w, v->ppid, v->parent_start, v->parent_slack, at);
}
