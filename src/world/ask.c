/* SPDX-License-Identifier: Apache-2.0 */
/* What the world asks the source for. */
#include "base/clock.h"
#include "event/ids.h"
#include "world/world_impl.h"

static struct world_question question_of(const struct task *t)
{
    return (struct world_question){.pid = t->pid, .tid = t->tid, .start = t->slack ? 0 : t->start};
}

void question_add(struct world *w, const struct task *t)
{
    if (w->nquestions == WORLD_QUESTIONS)
        return;
    w->questions[w->nquestions++] = question_of(t);
}

/* Whether the event says itself what could be asked for, or comes too late for a look. */
static bool asks_nothing(const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    return (r->flags & ABI_F_NO_TASK) || !r->tid || !r->pid || r->event == EVENT_existing_task ||
           tells_of_anybody(ev);
}

/* A question, and what is to be remembered when it is asked. */
struct asking {
    struct world_question q;
    bool *mark; /* NULL: nothing */
    bool value;
};

/* The first of the ancestors that is not known. */
static bool ask_parent(struct world *w, struct task *t, struct asking *a)
{
    for (int i = 0; t && !t->rooted && i < WORLD_ANCESTORS; i++) {
        const struct version *v = version_at(w, t->newest);
        struct task *parent = version_parent(w, v, w->now);
        if (!parent && v && v->ppid && !t->asked) {
            a->q = (struct world_question){.pid = v->ppid, .tid = v->ppid};
            a->q.start = v->parent_slack ? 0 : v->parent_start;
            a->mark = &t->asked;
            a->value = true;
            return true;
        }
        t->rooted = true;
        task_set_parent(w, t, parent);
        t = parent;
    }
    return false;
}

/* A session that began without a terminal may have got one: asked once, before its leader forks. */
static bool ask_tty(struct world *w, struct task *t, const struct abi_record *r, struct asking *a)
{
    const struct version *v = task_version(w, t, r->time);
    if (r->event != EVENT_sched_process_fork || !v || !v->left_tty || v->session != t->pid ||
        t->tty_asked)
        return false;
    *a = (struct asking){question_of(t), &t->tty_asked, true};
    return true;
}

/* What one event asks for, its own task first. */
static bool ask_before(struct world *w, const struct abi_record *r, struct asking *a)
{
    bool ends = r->event == EVENT_sched_process_exit;
    struct task *t = task_find(w, r->tid, r->task_start, r->time);
    if (!t) {
        a->q = (struct world_question){.pid = r->pid, .tid = r->tid, .start = r->task_start};
        return !ends;
    }
    if (!is_leader(t)) {
        t = t->leader ? &w->tasks[t->leader] : task_find(w, r->pid, r->leader_start, r->time);
        a->q = (struct world_question){.pid = r->pid, .tid = r->pid, .start = r->leader_start};
        if (!t)
            return !ends;
    }
    if (t->unasked && !ends) {
        *a = (struct asking){question_of(t), &t->unasked, false};
        return true;
    }
    return ask_tty(w, t, r, a) || ask_parent(w, t, a);
}

/* Looking takes some ten microseconds: a second has so many, by the time of the records. */
static bool has_look(struct world *w)
{
    uint64_t second = 1 + w->now / NSEC_PER_SEC;
    if (second != w->look_second) {
        w->look_second = second;
        w->looks_left = WORLD_LOOKS;
    }
    return w->looks_left;
}

static bool take_look(struct world *w)
{
    if (!has_look(w)) {
        w->look_count.evictions++;
        return false;
    }
    w->looks_left--;
    w->look_count.hits++;
    return true;
}

/* Children whose parent ended; they wait where there are too many. */
static bool ask_behind(struct world *w, struct world_question *q)
{
    if (!w->nquestions || !has_look(w))
        return false;
    *q = w->questions[--w->nquestions];
    return take_look(w);
}

bool world_ask(struct world *w, const struct event *before, struct world_question *q)
{
    struct asking a = {.mark = NULL};
    if (!w->o.heals || !(w->o.parts & WORLD_TASK_PARTS))
        return false;
    w->refused = false;
    /* Of a task that was there before, mounts are read while it is sure to be there. */
    bool existing = before && before->rec->event == EVENT_existing_task;
    if (w->mounts && (!before || existing) && mounts_ask(w, before, q))
        return true;
    if (!before)
        return ask_behind(w, q);
    if (asks_nothing(before))
        return false;
    if (w->containers && containers_unknown(w->containers, before->rec->cgroup)) {
        *q = (struct world_question){.cgroup = before->rec->cgroup};
        return true;
    }
    if (!ask_before(w, before->rec, &a))
        return false;
    w->refused = !take_look(w);
    if (!w->refused && a.mark)
        *a.mark = a.value;
    *q = a.q;
    return !w->refused;
}

bool world_ask_mounts(struct world *w, const struct event *before, struct world_question *q)
{
    return w->mounts && w->o.heals && mounts_ask(w, before, q);
}
