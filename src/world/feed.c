/* SPDX-License-Identifier: Apache-2.0 */
/* What the records of the kernel say of tasks. */
#include <string.h>

#include "event/ids.h"
#include "world/fields.h"
#include "world/world_impl.h"

void header_state(struct version *s, const struct abi_record *r)
{
    s->parent_start = r->parent_start;
    s->cgroup = r->cgroup;
    s->parent_slack = 0;
    s->ppid = r->ppid;
    s->uid = r->uid;
    s->gid = r->gid;
    s->mnt_ns = r->mnt_ns;
    memcpy(s->comm, r->comm, sizeof(s->comm));
}

static bool same_parent(const struct version *a, const struct version *b)
{
    if (a->ppid != b->ppid)
        return false;
    uint64_t slack = a->parent_slack > b->parent_slack ? a->parent_slack : b->parent_slack;
    uint64_t apart = a->parent_start > b->parent_start ? a->parent_start - b->parent_start
                                                       : b->parent_start - a->parent_start;
    return apart <= slack || !a->parent_start || !b->parent_start;
}

static bool same_state(const struct version *a, const struct version *b)
{
    return a->uid == b->uid && a->gid == b->gid && a->cgroup == b->cgroup && same_parent(a, b) &&
           (a->mnt_ns == b->mnt_ns || !b->mnt_ns) && !memcmp(a->comm, b->comm, sizeof(a->comm));
}

/*
 * Takes over what a state tells; image and session stay. Effective ids do as long as the real ones:
 * of what changed these, the others may have changed as well.
 */
static void set_state(struct version *v, const struct version *s)
{
    if (v->uid != s->uid)
        v->euid = ID_UNKNOWN;
    if (v->gid != s->gid)
        v->egid = ID_UNKNOWN;
    v->parent_start = s->parent_start;
    v->parent_slack = s->parent_slack;
    v->cgroup = s->cgroup;
    v->ppid = s->ppid;
    v->uid = s->uid;
    v->gid = s->gid;
    v->mnt_ns = s->mnt_ns ? s->mnt_ns : v->mnt_ns;
    memcpy(v->comm, s->comm, sizeof(v->comm));
}

/* Links a process with its parent as of now, if that is known. */
static void link_parent(struct world *w, struct task *t)
{
    if (!is_leader(t))
        return;
    const struct version *v = version_at(w, t->newest);
    struct task *parent = version_parent(w, v, w->now);
    task_set_parent(w, t, parent);
    t->rooted = parent || !v || !v->ppid;
}

void task_note(struct world *w, struct task *t, uint64_t time, const struct version *state)
{
    struct version *v = task_version(w, t, time);
    if (v && same_state(v, state)) {
        w->version_count.hits++;
        return;
    }
    w->version_count.misses++;
    bool moved = !v || !same_parent(v, state);
    if (w->mounts && v && state->mnt_ns && v->mnt_ns != state->mnt_ns)
        mounts_changed(w, state->mnt_ns, time); /* it may be a new one with an old one's number */
    /* A first version holds from the beginning: it is all that is known of what was before. */
    bool first = !v;
    v = task_change(w, t, first ? t->start : time);
    if (!v)
        return;
    if (first)
        v->euid = v->egid = ID_UNKNOWN;
    set_state(v, state);
    if (moved)
        link_parent(w, t);
}

/* What a thread's header tells of its process: the parent. */
static void note_parent(struct world *w, struct task *leader, const struct abi_record *r,
                        uint32_t slack)
{
    const struct version *v = task_version(w, leader, r->time);
    struct version s =
        v ? *v
          : (struct version){
                .uid = r->uid, .gid = r->gid, .cgroup = r->cgroup, .mnt_ns = r->mnt_ns};
    struct version told = {
        .ppid = r->ppid, .parent_start = r->parent_start, .parent_slack = slack & SLACK_MAX};
    if (v && same_parent(v, &told))
        return;
    s.ppid = r->ppid;
    s.parent_start = r->parent_start;
    s.parent_slack = slack & SLACK_MAX;
    task_note(w, leader, r->time, &s);
}

void know_leader(struct world *w, struct task *t, const struct abi_record *r, uint32_t slack,
                 uint32_t parent_slack)
{
    if (is_leader(t))
        return;
    if (t->leader) {
        note_parent(w, &w->tasks[t->leader], r, parent_slack);
        return;
    }
    place p = task_place(w, t);
    struct task *leader = task_find_near(w, r->pid, r->leader_start, slack, r->time);
    if (!leader) {
        leader = task_add(w, r->pid, r->pid, r->leader_start);
        leader->slack = slack;
        leader->unasked = w->refused;
        note_parent(w, leader, r, parent_slack);
        leader = task_find_near(w, r->pid, r->leader_start, slack, r->time);
    }
    t = &w->tasks[p];
    if (leader && t->tid == r->tid) /* both are still there */
        task_set_leader(w, t, leader);
}

struct task *feed_header(struct world *w, const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    struct version state;
    if ((r->flags & ABI_F_NO_TASK) || !r->tid || !r->pid)
        return NULL;
    struct task *t = task_find(w, r->tid, r->task_start, r->time);
    if (!t) {
        t = task_add(w, r->tid, r->pid, r->task_start);
        t->unasked = w->refused;
    }
    if (t->pid != r->pid) /* no kernel says that */
        return NULL;
    header_state(&state, r);
    task_note(w, t, r->time, &state);
    know_leader(w, t, r, 0, 0);
    return task_find(w, r->tid, r->task_start, r->time);
}

void feed_fork(struct world *w, const struct event *ev)
{
    uint64_t tid, pid, start;
    const struct abi_record *r = ev->rec;
    pool_expect(&w->task_pool);
    pool_expect(&w->version_pool);
    if (!number_at(ev, EVENT_FIELD(ev, sched_process_fork, child_tid), &tid) ||
        !number_at(ev, EVENT_FIELD(ev, sched_process_fork, child_pid), &pid) ||
        !number_at(ev, EVENT_FIELD(ev, sched_process_fork, start_time), &start) || !tid || !pid)
        return;
    struct task *maker = feed_header(w, ev);
    struct task *leader = maker ? task_at(w, maker->leader) : NULL;
    const struct version *like = leader ? task_version(w, leader, r->time) : NULL;
    const struct version *own = maker ? task_version(w, maker, r->time) : NULL;
    struct version state = like ? *like : (struct version){0};
    header_state(&state, r);
    state.euid = own ? own->euid : ID_UNKNOWN;
    state.egid = own ? own->egid : ID_UNKNOWN;
    bool thread = (uint32_t)pid == r->pid;
    if (!thread) { /* the maker's process is the parent; what says otherwise comes with its events
                    */
        state.ppid = r->pid;
        state.parent_start = r->leader_start;
        state.parent_slack = 0;
    }
    image_ref(w, state.image);
    struct task *t = task_find(w, (uint32_t)tid, start, r->time);
    if (!t)
        t = task_add(w, (uint32_t)tid, (uint32_t)pid, start);
    struct version *v = t->nversions ? NULL : task_change(w, t, t->start);
    if (!v) { /* it was seen already, or there is no room for what it is */
        image_unref(w, state.image);
        return;
    }
    set_state(v, &state);
    v->euid = state.euid;
    v->egid = state.egid;
    v->session = state.session;
    v->left_tty = state.left_tty;
    v->image = state.image;
    if (thread)
        task_set_leader(w, t, task_find(w, r->pid, r->leader_start, r->time));
    else
        link_parent(w, t);
}

/* Of threads that make way for another program no end is told where they are the leader. */
static void end_threads(struct world *w, struct task *leader, uint64_t time)
{
    for (place p = leader->threads; p; p = w->tasks[p].after)
        task_end(w, &w->tasks[p], time);
}

bool tells_of_anybody(const struct event *ev)
{
    unsigned parts = world_parts_of(ev->def);
    return parts && !(parts & CONTEXT_PROCESS);
}

/* The header of an event that tells_of_anybody. */
static void feed_known(struct world *w, const struct event *ev)
{
    if (task_find(w, ev->rec->tid, ev->rec->task_start, ev->rec->time))
        feed_header(w, ev);
}

void feed_container(struct world *w, const struct event *ev)
{
    feed_known(w, ev);
    if (w->containers && containers_feed(w->containers, ev))
        world_changed(w, ev->rec->time);
}

void feed_mount_change(struct world *w, const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    feed_known(w, ev);
    if (w->mounts && r->mnt_ns && !(r->flags & ABI_F_NO_RET) && r->ret >= 0)
        mounts_changed(w, r->mnt_ns, r->time);
}

void take_effective(struct version *v, const struct event *ev, int user, int group)
{
    uint64_t euid = v->euid, egid = v->egid;
    number_at(ev, user, &euid);
    number_at(ev, group, &egid);
    v->euid = (uint32_t)euid;
    v->egid = (uint32_t)egid;
}

void feed_exec(struct world *w, const struct event *ev)
{
    pool_expect(&w->version_pool);
    pool_expect(&w->image_pool);
    pool_expect(&w->block_pool);
    if (w->containers && containers_exec(w->containers, ev->rec))
        world_changed(w, ev->rec->time);
    struct task *t = feed_header(w, ev);
    if (!t || !is_leader(t))
        return;
    end_threads(w, t, ev->rec->time);
    struct image_source from = IMAGE_SOURCE(ev, sched_process_exec);
    place image = image_make(w, &from, t);
    struct version *v = task_change(w, t, ev->rec->time);
    uint64_t session;
    if (!v) {
        image_unref(w, image);
        return;
    }
    image_unref(w, v->image);
    v->image = image;
    v->left_tty = false;
    t->image_why = image ? ABI_WHY_NONE : ABI_WHY_NO_ROOM;
    t->entry_known = false;
    v->euid = v->egid = ID_UNKNOWN;
    take_effective(v, ev, EVENT_FIELD(ev, sched_process_exec, euid),
                   EVENT_FIELD(ev, sched_process_exec, egid));
    if (number_at(ev, EVENT_FIELD(ev, sched_process_exec, session), &session))
        v->session = (uint32_t)session;
}

/* A process has ended: whom its children belong to now is not told. */
static void end_process(struct world *w, struct task *leader, uint64_t time)
{
    end_threads(w, leader, time);
    task_end(w, leader, time);
    if (!w->o.heals)
        return;
    for (place p = leader->first; p; p = w->tasks[p].after)
        if (!w->tasks[p].exited)
            question_add(w, &w->tasks[p]);
}

/* How a process ended, as its last thread did. */
static void note_status(struct task *leader, const struct event *ev)
{
    uint64_t code, signal;
    if (leader->exited || !number_at(ev, EVENT_FIELD(ev, sched_process_exit, exit_code), &code) ||
        !number_at(ev, EVENT_FIELD(ev, sched_process_exit, signal_code), &signal))
        return;
    leader->exit_code = (uint8_t)code;
    leader->exit_signal = (uint8_t)signal;
    leader->status_known = true;
}

void feed_exit(struct world *w, const struct event *ev)
{
    uint64_t last = 0;
    struct task *t = feed_header(w, ev);
    if (!t)
        return;
    number_at(ev, EVENT_FIELD(ev, sched_process_exit, process_group_exit), &last);
    struct task *leader = task_at(w, t->leader);
    if (!is_leader(t))
        task_end(w, t, ev->rec->time);
    if (!last || !leader)
        return;
    note_status(leader, ev);
    end_process(w, leader, ev->rec->time);
}
