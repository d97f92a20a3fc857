/* SPDX-License-Identifier: Apache-2.0 */
/* Questions as of a time. Lists look at every task that is known: they are for reports. */
#include <errno.h>
#include <stdlib.h>

#include "world/world_impl.h"

const struct task_view *world_task(struct world *w, uint32_t tid, uint64_t start, uint64_t at,
                                   struct arena *arena)
{
    struct task *t = task_find(w, tid, start, at);
    return t && t->start <= at ? view_task(w, t, at, arena) : NULL;
}

unsigned world_ancestors(struct world *w, uint32_t tid, uint64_t start, uint64_t at,
                         const struct task_view **out, unsigned max, uint8_t *why,
                         struct arena *arena)
{
    const struct task *t = task_find(w, tid, start, at);
    *why = ABI_WHY_NOT_SEEN;
    return t ? view_ancestors(w, t, at, out, max, why, arena) : 0;
}

bool world_knows(struct world *w, uint32_t tid, uint64_t start)
{
    return task_find(w, tid, start, w->now);
}

/* Whether it lived at some time in between. */
static bool lived(const struct task *t, uint64_t since, uint64_t at)
{
    return t->tid && t->start <= at && (!t->exited || t->exited > since);
}

static int by_start(const void *a, const void *b)
{
    const struct task_view *x = *(const struct task_view *const *)a;
    const struct task_view *y = *(const struct task_view *const *)b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->tid > y->tid) - (x->tid < y->tid);
}

/* What a list is of. */
struct wanted {
    const struct task *parent, *leader; /* its children; its threads; else all processes */
    uint64_t since, at;
};

static bool matches(struct world *w, const struct task *t, const struct wanted *wanted)
{
    if (!lived(t, wanted->since, wanted->at))
        return false;
    if (wanted->leader)
        return task_at(w, t->leader) == wanted->leader;
    if (!is_leader(t))
        return false;
    return !wanted->parent ||
           version_parent(w, task_version(w, t, wanted->at), wanted->at) == wanted->parent;
}

static int collect(struct world *w, const struct wanted *wanted, const struct task_view ***out,
                   struct arena *arena)
{
    unsigned count = 0, n = 0;
    for (place p = 1; p < w->task_pool.fresh; p++)
        count += matches(w, &w->tasks[p], wanted);
    *out = arena_alloc(arena, (count + 1) * sizeof(**out));
    if (!*out)
        return -ENOMEM;
    for (place p = 1; p < w->task_pool.fresh && n < count; p++) {
        struct task *t = &w->tasks[p];
        if (!matches(w, t, wanted))
            continue;
        (*out)[n] = view_task(w, t, wanted->at, arena);
        if (!(*out)[n++])
            return -ENOMEM;
    }
    qsort(*out, n, sizeof(**out), by_start);
    return (int)n;
}

int world_children(struct world *w, uint32_t pid, uint64_t start, uint64_t at,
                   const struct task_view ***out, struct arena *arena)
{
    const struct wanted wanted = {.parent = task_find(w, pid, start, at), .since = at, .at = at};
    return wanted.parent ? collect(w, &wanted, out, arena) : 0;
}

int world_threads(struct world *w, uint32_t pid, uint64_t start, uint64_t at,
                  const struct task_view ***out, struct arena *arena)
{
    const struct wanted wanted = {.leader = task_find(w, pid, start, at), .since = at, .at = at};
    return wanted.leader ? collect(w, &wanted, out, arena) : 0;
}

int world_processes(struct world *w, uint64_t since, uint64_t at, const struct task_view ***out,
                    struct arena *arena)
{
    const struct wanted wanted = {.since = since, .at = at};
    return collect(w, &wanted, out, arena);
}

uint64_t world_time(const struct world *w)
{
    return w->now;
}
