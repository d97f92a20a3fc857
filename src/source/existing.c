/* SPDX-License-Identifier: Apache-2.0 */
#include "source/existing.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "event/ids.h"

enum { ROW_TASK, ROW_USER, ROW_GROUP };

int existing_init(struct existing *e, const uint64_t *sets, uint64_t tick)
{
    uint64_t users = sets[SLOT_known_user], groups = sets[SLOT_known_group];
    *e = (struct existing){.tasks = sets[SLOT_existing_task]};
    if (!e->tasks && !users && !groups)
        return 0;
    e->made = aligned_alloc(8, TASK_BYTES);
    if (!e->made || look_init(&e->look, tick, sets[SLOT_existing_task]))
        return -ENOMEM;
    if (users || groups) {
        e->names = account_names_new(users, groups);
        if (!e->names)
            return -ENOMEM;
    }
    return 0;
}

void existing_free(struct existing *e)
{
    look_free(&e->look);
    account_names_free(e->names);
    free(e->made);
    free(e->pids);
    *e = (struct existing){0};
}

size_t existing_memory(void)
{
    return TASK_BYTES + look_memory() + account_names_memory();
}

static bool add_pid(struct existing *e, uint32_t pid, unsigned *cap)
{
    if (e->count == TREE_MEMBERS_MAX)
        return true;
    if (e->count == *cap) {
        unsigned bigger = *cap ? *cap * 2 : 1024;
        uint32_t *p = reallocarray(e->pids, bigger, sizeof(*p));
        if (!p)
            return false;
        e->pids = p;
        *cap = bigger;
    }
    e->pids[e->count++] = pid;
    return true;
}

static int add_all(struct existing *e)
{
    unsigned cap = 0;
    int rc = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return -errno;
    for (struct dirent *d; !rc && (d = readdir(proc));) {
        uint32_t pid = (uint32_t)strtoul(d->d_name, NULL, 10);
        if (pid && !add_pid(e, pid, &cap))
            rc = -ENOMEM;
    }
    closedir(proc);
    return rc;
}

/* Those, and their ancestors: each is added behind its children, once. */
static int add_some(struct existing *e, const uint32_t *pids, unsigned count)
{
    unsigned cap = 0;
    for (unsigned i = 0; i < count; i++)
        if (!add_pid(e, pids[i], &cap))
            return -ENOMEM;
    for (unsigned i = 0; i < e->count && e->count < count + WORLD_ANCESTORS; i++) {
        uint32_t parent = look_parent(&e->look, e->pids[i]);
        bool known = !parent;
        for (unsigned k = 0; k < e->count && !known; k++)
            known = e->pids[k] == parent;
        if (!known && !add_pid(e, parent, &cap))
            return -ENOMEM;
    }
    return 0;
}

int existing_begin(struct existing *e, const uint32_t *pids, unsigned count)
{
    if (!e->tasks)
        return 0;
    e->count = e->next = 0;
    return pids ? add_some(e, pids, count) : add_all(e);
}

/* Those of the trees, without what is only kept out of some. */
static int begin_trees(struct existing *e, const struct tree *trees, unsigned ntrees)
{
    struct tree_member *members = NULL;
    unsigned n = 0, count = 0;
    int rc = tree_find(trees, ntrees, &members, &n);
    if (rc)
        return rc;
    uint32_t *pids = calloc(n + 1, sizeof(*pids));
    for (unsigned i = 0; pids && i < n; i++)
        if (members[i].sets)
            pids[count++] = members[i].pid;
    rc = pids ? existing_begin(e, pids, count) : -ENOMEM;
    free(pids);
    free(members);
    return rc;
}

int existing_begin_scoped(struct existing *e, uint32_t command, const struct tree *trees,
                          unsigned ntrees)
{
    const uint32_t pids[] = {command, (uint32_t)getpid()};
    if (command)
        return existing_begin(e, pids, 2);
    for (unsigned i = 0; i < ntrees; i++)
        if (trees[i].sets)
            return begin_trees(e, trees, ntrees);
    return existing_begin(e, NULL, 0);
}

/* What is made for one read. */
struct taking {
    const struct abi_record **out;
    unsigned n, max;
    size_t used;
    uint64_t time;
};

static bool has_room(const struct taking *t)
{
    return t->n < t->max && TASK_BYTES - t->used >= TASK_RECORD;
}

static void keep(struct existing *e, struct taking *t, const struct abi_record *r, int row)
{
    if (!r)
        return;
    e->seen[row]++;
    memcpy(e->made + t->used, r, r->len);
    t->out[t->n++] = (const void *)(e->made + t->used);
    t->used += r->len;
}

static bool is_gone(const struct abi_record *r)
{
    const struct abi_field *f = (const void *)(r + 1);
    return r->nfields && f->status == ABI_MISSING && f->reason == ABI_WHY_GONE;
}

/*
 * The threads of a process besides its leader. False: there was no room for all of them. What is
 * lost for good is found when it does something.
 */
static bool take_threads(struct existing *e, struct taking *t, const struct abi_record *leader)
{
    bool all = true;
    char path[32];
    uint32_t pid = leader->pid;
    uint64_t leader_start = leader->leader_start, parent_start = leader->parent_start;
    snprintf(path, sizeof(path), "/proc/%u/task", pid);
    DIR *threads = opendir(path);
    if (!threads)
        return true;
    for (struct dirent *d; (d = readdir(threads));) {
        uint32_t tid = (uint32_t)strtoul(d->d_name, NULL, 10);
        if (!tid || tid == pid)
            continue;
        all = all && has_room(t);
        if (!all) {
            e->lost++;
            continue;
        }
        const struct look_at at = {
            .pid = pid, .tid = tid, .leader_start = leader_start, .parent_start = parent_start};
        const struct abi_record *r = look_task(&e->look, &at, t->time);
        if (!is_gone(r))
            keep(e, t, r, ROW_TASK);
    }
    closedir(threads);
    return all;
}

/* A process whose threads do not fit behind others begins the next read. */
static void take_tasks(struct existing *e, struct taking *t)
{
    for (unsigned i = 0; i < TASK_SCAN && e->next < e->count && has_room(t); i++) {
        const struct taking before = *t;
        const uint64_t seen = e->seen[ROW_TASK], lost = e->lost;
        const struct look_at at = {.pid = e->pids[e->next], .tid = e->pids[e->next]};
        const struct abi_record *r = look_task(&e->look, &at, t->time);
        e->next++;
        if (!r || is_gone(r))
            continue;
        keep(e, t, r, ROW_TASK);
        if (take_threads(e, t, t->out[t->n - 1]) || !before.n)
            continue;
        *t = before;
        e->seen[ROW_TASK] = seen;
        e->lost = lost;
        e->next--;
        return;
    }
}

static void take_names(struct existing *e, struct taking *t)
{
    while (e->names && has_room(t)) {
        bool group;
        const struct abi_record *r =
            account_names_next(e->names, e->made + t->used, TASK_BYTES - t->used, t->time, &group);
        if (!r)
            return;
        e->seen[group ? ROW_GROUP : ROW_USER]++;
        t->out[t->n++] = r;
        t->used += r->len;
    }
}

unsigned existing_take(struct existing *e, const struct abi_record **out, unsigned max,
                       uint64_t time)
{
    struct taking t = {.out = out, .max = max, .time = time};
    if (!e->made)
        return 0;
    take_names(e, &t);
    take_tasks(e, &t);
    return t.n;
}

const struct abi_record *existing_look(struct existing *e, const struct look_at *at, uint64_t time)
{
    if (!e->tasks)
        return NULL;
    const struct abi_record *r = look_task(&e->look, at, time);
    e->seen[ROW_TASK] += !!r;
    return r;
}

void existing_counts(const struct existing *e, unsigned slot, struct source_counts *out)
{
    if (slot == SLOT_existing_task) {
        out->seen += e->seen[ROW_TASK] + e->lost;
        out->lost[LOSS_too_big] += e->lost;
    } else if (slot == SLOT_known_user) {
        out->seen += e->seen[ROW_USER];
    } else if (slot == SLOT_known_group) {
        out->seen += e->seen[ROW_GROUP];
    }
}
