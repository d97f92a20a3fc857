/* SPDX-License-Identifier: Apache-2.0 */
#include "source/existing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "event/ids.h"
#include "source/proc.h"

#define ALL 0 /* in place of a process: all of them */

enum { ROW_TASK, ROW_USER, ROW_GROUP };

int existing_init(struct existing *e, const uint64_t *sets, uint64_t tick)
{
    uint64_t users = sets[SLOT_known_user], groups = sets[SLOT_known_group];
    *e =
        (struct existing){.tasks = sets[SLOT_existing_task], .snapshot = {.program = -1, .fd = -1}};
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
    snapshot_free(&e->snapshot);
    account_names_free(e->names);
    free(e->made);
    free(e->pids);
    *e = (struct existing){.snapshot = {.program = -1, .fd = -1}};
}

size_t existing_memory(void)
{
    return TASK_BYTES + look_memory() + snapshot_memory() + account_names_memory();
}

static int add_pid(void *ctx, uint32_t pid)
{
    struct existing *e = ctx;
    if (e->count == TREE_MEMBERS_MAX)
        return 0;
    if (e->count == e->room) {
        unsigned bigger = e->room ? e->room * 2 : 1024;
        uint32_t *p = reallocarray(e->pids, bigger, sizeof(*p));
        if (!p)
            return -ENOMEM;
        e->pids = p;
        e->room = bigger;
    }
    e->pids[e->count++] = pid;
    return 0;
}

static uint32_t parent_of(uint32_t pid)
{
    struct proc_stat s;
    return proc_stat(pid, pid, &s) ? s.ppid : 0;
}

/* Those, and their ancestors: each is added behind its children, once. */
static int add_some(struct existing *e, const uint32_t *pids, unsigned count)
{
    int rc = 0;
    for (unsigned i = 0; i < count && !rc; i++)
        rc = add_pid(e, pids[i]);
    for (unsigned i = 0; !rc && i < e->count && e->count < count + WORLD_ANCESTORS; i++) {
        uint32_t parent = parent_of(e->pids[i]);
        bool known = !parent;
        for (unsigned k = 0; k < e->count && !known; k++)
            known = e->pids[k] == parent;
        rc = known ? 0 : add_pid(e, parent);
    }
    return rc;
}

/* The iterator goes through all of them by itself. */
static int add_all(struct existing *e)
{
    return e->snapshot.program >= 0 ? add_pid(e, ALL) : proc_each(0, add_pid, e);
}

static int begin(struct existing *e, const uint32_t *pids, unsigned count)
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
    rc = pids ? begin(e, pids, count) : -ENOMEM;
    free(pids);
    free(members);
    return rc;
}

int existing_begin(struct existing *e, int iterator, uint32_t command, const struct tree *trees,
                   unsigned ntrees)
{
    const uint32_t pids[] = {command, (uint32_t)getpid()};
    int rc = e->tasks ? snapshot_init(&e->snapshot, iterator) : 0;
    if (rc || command)
        return rc ? rc : begin(e, pids, 2);
    for (unsigned i = 0; i < ntrees; i++)
        if (trees[i].sets)
            return begin_trees(e, trees, ntrees);
    return begin(e, NULL, 0);
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

/* The threads of a process that are being told of. */
struct threads {
    struct existing *e;
    struct taking *t;
    struct look_at at;
    bool all; /* there was room for them so far */
};

static int take_thread(void *ctx, uint32_t tid)
{
    struct threads *of = ctx;
    if (tid == of->at.pid)
        return 0;
    of->all = of->all && has_room(of->t);
    if (!of->all) {
        of->e->lost++;
        return 0;
    }
    of->at.tid = tid;
    const struct abi_record *r = look_task(&of->e->look, &of->at, of->t->time);
    if (!is_gone(r))
        keep(of->e, of->t, r, ROW_TASK);
    return 0;
}

/*
 * The threads of a process besides its leader. False: there was no room for all of them. What is
 * lost for good is found when it does something.
 */
static bool take_threads(struct existing *e, struct taking *t, const struct abi_record *leader)
{
    struct threads of = {
        .e = e,
        .t = t,
        .at = {.pid = leader->pid,
               .leader_start = leader->leader_start,
               .parent_start = leader->parent_start},
        .all = true,
    };
    proc_each(leader->pid, take_thread, &of);
    return of.all;
}

/* A process whose threads do not fit behind others begins the next read. */
static void take_read(struct existing *e, struct taking *t)
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

/* Goes on with /proc: for all, or from the process on that could not be read to its end. */
static void fall_back(struct existing *e, int rc)
{
    uint32_t pid = e->pids[e->next - 1];
    log_debug("the kernel's iterator of tasks can't be read (%s): /proc is", strerror(-rc));
    snapshot_free(&e->snapshot);
    if (pid == ALL)
        proc_each(0, add_pid, e);
    else
        e->next--;
}

/* As many tasks as may go at once; of processes that are named one after the other. */
static void take_told(struct existing *e, struct taking *t)
{
    for (unsigned left = TASK_SCAN; left && has_room(t); left--) {
        if (e->snapshot.fd < 0) {
            if (e->next == e->count)
                return;
            int rc = snapshot_begin(&e->snapshot, e->pids[e->next++]);
            if (rc) {
                fall_back(e, rc);
                return;
            }
        }
        unsigned room = (unsigned)((TASK_BYTES - t->used) / TASK_RECORD);
        room = room < t->max - t->n ? room : t->max - t->n;
        int n = snapshot_next(&e->snapshot, room < left ? room : left);
        if (n < 0) {
            fall_back(e, n);
            return;
        }
        for (int i = 0; i < n; i++)
            keep(e, t, look_told(&e->look, &e->snapshot.tasks[i], t->time), ROW_TASK);
        left -= n > 1 ? (unsigned)n - 1 : 0;
    }
}

static void take_tasks(struct existing *e, struct taking *t)
{
    if (e->snapshot.program >= 0)
        take_told(e, t);
    else
        take_read(e, t);
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

bool existing_pending(const struct existing *e)
{
    return e->snapshot.fd >= 0 || e->next < e->count;
}

/* A kernel may keep some tasks from its iterators: /proc has the last word on who is there. */
static const struct abi_record *look_once(struct existing *e, const struct look_at *at,
                                          uint64_t time)
{
    struct snapshot_task t;
    if (e->snapshot.program < 0 || snapshot_one(&e->snapshot, at->tid, &t) < 1)
        return look_task(&e->look, at, time);
    if (t.r.pid != at->pid || (at->start && at->start != t.r.task_start))
        return look_gone(&e->look, at, time);
    const struct abi_record *r = look_told(&e->look, &t, time);
    return r ? r : look_gone(&e->look, at, time);
}

const struct abi_record *existing_look(struct existing *e, const struct look_at *at, uint64_t time)
{
    if (!e->tasks)
        return NULL;
    const struct abi_record *r = look_once(e, at, time);
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
