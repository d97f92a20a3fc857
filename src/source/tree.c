/* SPDX-License-Identifier: Apache-2.0 */
#include "source/tree.h"

#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "source/proc.h"

static int add_member(struct tree_member **members, unsigned *count, unsigned *cap,
                      struct tree_member m)
{
    if (*count == TREE_MEMBERS_MAX)
        return -E2BIG;
    if (*count == *cap) {
        unsigned bigger = *cap ? *cap * 2 : 256;
        struct tree_member *p = reallocarray(*members, bigger, sizeof(*p));
        if (!p)
            return -ENOMEM;
        *members = p;
        *cap = bigger;
    }
    (*members)[(*count)++] = m;
    return 0;
}

/* The list that is being made. */
struct growing {
    struct tree_member *members;
    unsigned count, cap;
};

static int take_process(void *ctx, uint32_t pid)
{
    struct growing *g = ctx;
    struct proc_stat s;
    if (!proc_stat(pid, pid, &s))
        return 0;
    return add_member(&g->members, &g->count, &g->cap,
                      (struct tree_member){.pid = pid, .parent = s.ppid});
}

static int read_processes(struct tree_member **members, unsigned *count)
{
    struct growing g = {0};
    int rc = proc_each(0, take_process, &g);
    *members = g.members;
    *count = g.count;
    return rc;
}

static int by_pid(const void *a, const void *b)
{
    const struct tree_member *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct tree_member *find(struct tree_member *members, unsigned count, uint32_t pid)
{
    const struct tree_member key = {.pid = pid};
    return bsearch(&key, members, count, sizeof(key), by_pid);
}

/* Hands membership down until nothing changes: as often as the deepest chain is long. */
static void spread(struct tree_member *members, unsigned count)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned i = 0; i < count; i++) {
            struct tree_member *m = &members[i], *p = find(members, count, m->parent);
            if (!p || (!(p->sets & ~m->sets) && !(p->not_sets & ~m->not_sets)))
                continue;
            m->sets |= p->sets;
            m->not_sets |= p->not_sets;
            changed = true;
        }
    }
}

int tree_find(const struct tree *trees, unsigned ntrees, struct tree_member **members,
              unsigned *count)
{
    *members = NULL;
    *count = 0;
    int rc = read_processes(members, count);
    if (rc) {
        free(*members);
        *members = NULL;
        return rc;
    }
    qsort(*members, *count, sizeof(**members), by_pid);
    for (unsigned i = 0; i < ntrees; i++) {
        struct tree_member *m = find(*members, *count, trees[i].pid);
        if (!m)
            continue;
        m->sets |= trees[i].sets;
        m->not_sets |= trees[i].not_sets;
    }
    spread(*members, *count);
    unsigned kept = 0;
    for (unsigned i = 0; i < *count; i++)
        if ((*members)[i].sets | (*members)[i].not_sets)
            (*members)[kept++] = (*members)[i];
    *count = kept;
    return 0;
}
