/* SPDX-License-Identifier: Apache-2.0 */
/* What the world asks the source for. */
#include "event/ids.h"
#include "world/world_impl.h"

void question_add(struct world *w, const struct task *t)
{
    if (w->nquestions == WORLD_QUESTIONS)
        return;
    w->questions[w->nquestions++] =
        (struct world_question){.pid = t->pid, .tid = t->tid, .start = t->slack ? 0 : t->start};
}

/* Whether the event says itself what could be asked for, or comes too late for a look. */
static bool asks_nothing(const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    return (r->flags & ABI_F_NO_TASK) || !r->tid || !r->pid || r->event == EVENT_existing_task;
}

/* The first of the ancestors that is not known. */
static bool ask_parent(struct world *w, struct task *t, struct world_question *q)
{
    for (int i = 0; t && !t->rooted && i < WORLD_ANCESTORS; i++) {
        const struct version *v = version_at(w, t->newest);
        struct task *parent = version_parent(w, v, w->now);
        if (!parent && v && v->ppid && !t->asked) {
            t->asked = true;
            *q = (struct world_question){.pid = v->ppid, .tid = v->ppid};
            q->start = v->parent_slack ? 0 : v->parent_start;
            return true;
        }
        t->rooted = true;
        task_set_parent(w, t, parent);
        t = parent;
    }
    return false;
}

bool world_ask(struct world *w, const struct event *before, struct world_question *q)
{
    if (!w->o.heals || !(w->o.parts & WORLD_TASK_PARTS))
        return false;
    /* Of a task that was there before, mounts are read while it is sure to be there. */
    bool existing = before && before->rec->event == EVENT_existing_task;
    if (w->mounts && (!before || existing) && mounts_ask(w, before, q))
        return true;
    if (!before) {
        if (!w->nquestions)
            return false;
        *q = w->questions[--w->nquestions];
        return true;
    }
    const struct abi_record *r = before->rec;
    if (asks_nothing(before))
        return false;
    if (w->containers && containers_unknown(w->containers, r->cgroup)) {
        *q = (struct world_question){.cgroup = r->cgroup};
        return true;
    }
    bool ends = r->event == EVENT_sched_process_exit;
    struct task *t = task_find(w, r->tid, r->task_start, r->time);
    if (!t) {
        *q = (struct world_question){.pid = r->pid, .tid = r->tid, .start = r->task_start};
        return !ends;
    }
    if (!is_leader(t)) {
        t = t->leader ? &w->tasks[t->leader] : task_find(w, r->pid, r->leader_start, r->time);
        *q = (struct world_question){.pid = r->pid, .tid = r->pid, .start = r->leader_start};
        if (!t)
            return !ends;
    }
    return ask_parent(w, t, q);
}

bool world_ask_mounts(struct world *w, const struct event *before, struct world_question *q)
{
    return w->mounts && w->o.heals && mounts_ask(w, before, q);
}
