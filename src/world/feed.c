/* SPDX-License-Identifier: Apache-2.0 */
/* What the records of the kernel say of tasks. */
#include <string.h>

#include "event/format.h"
#include "event/ids.h"
#include "world/fields.h"
#include "world/world_impl.h"

/* What a header tells of its task, as a version has it. */
static void header_state(struct version *s, const struct abi_record *r)
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

/* Takes over what a state tells; image and session stay. */
static void set_state(struct version *v, const struct version *s)
{
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
    v = task_change(w, t, v ? time : t->start);
    if (!v)
        return;
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
    struct version told = {.ppid = r->ppid, .parent_start = r->parent_start, .parent_slack = slack};
    if (v && same_parent(v, &told))
        return;
    s.ppid = r->ppid;
    s.parent_start = r->parent_start;
    s.parent_slack = slack;
    task_note(w, leader, r->time, &s);
}

/* A thread's process: made, if need be, from what the thread's header says of it. */
static void know_leader(struct world *w, struct task *t, const struct abi_record *r, uint32_t slack,
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
    if (!t)
        t = task_add(w, r->tid, r->pid, r->task_start);
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
    struct version state = like ? *like : (struct version){0};
    header_state(&state, r);
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
    v->session = state.session;
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

void feed_container(struct world *w, const struct event *ev)
{
    feed_header(w, ev);
    if (w->containers && containers_feed(w->containers, ev))
        world_changed(w, ev->rec->time);
}

void feed_mount_change(struct world *w, const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    feed_header(w, ev);
    if (w->mounts && r->mnt_ns && !(r->flags & ABI_F_NO_RET) && r->ret >= 0)
        mounts_changed(w, r->mnt_ns, r->time);
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
    t->image_why = image ? ABI_WHY_NONE : ABI_WHY_NO_ROOM;
    t->entry_known = false;
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

/* An execution renames before it is told itself: one version is enough for both. */
static bool is_execution(const struct event *ev)
{
    const struct format format = {0};
    const char *call = event_syscall(&format, ev);
    return call && (!strcmp(call, "execve") || !strcmp(call, "execveat"));
}

/* The header has the name before. Another task's name can be changed by its files in /proc. */
void feed_rename(struct world *w, const struct event *ev)
{
    struct task *t = feed_header(w, ev);
    struct value was = event_value(ev, (unsigned)EVENT_FIELD(ev, task_rename, old_name));
    struct value is = event_value(ev, (unsigned)EVENT_FIELD(ev, task_rename, new_name));
    const char *comm = ev->rec->comm;
    if (!t || is_execution(ev) || !was.data || !is.data || was.len != strnlen(comm, ABI_COMM_LEN) ||
        memcmp(was.data, comm, was.len))
        return;
    struct version *v = task_change(w, t, ev->rec->time);
    if (!v)
        return;
    size_t n = is.len < ABI_COMM_LEN ? is.len : ABI_COMM_LEN - 1;
    memset(v->comm, 0, sizeof(v->comm));
    memcpy(v->comm, is.data, n);
}

void feed_creds(struct world *w, const struct event *ev)
{
    struct task *t = feed_header(w, ev);
    struct value v = event_value(ev, (unsigned)EVENT_FIELD(ev, commit_creds, new_cred));
    struct abi_cred cred;
    if (!t || !v.data || v.encoding != ABI_ENC_CRED)
        return;
    memcpy(&cred, v.data, sizeof(cred));
    struct version *now = task_version(w, t, ev->rec->time);
    if (!now || (now->uid == cred.uid && now->gid == cred.gid))
        return;
    now = task_change(w, t, ev->rec->time);
    if (!now)
        return;
    now->uid = cred.uid;
    now->gid = cred.gid;
}

static uint32_t slack_of(uint64_t ns)
{
    return ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

/* Whether the source found that there is no such task: its header tells of none then. */
static bool is_gone(const struct event *ev)
{
    struct value v = event_value(ev, (unsigned)EVENT_FIELD(ev, existing_task, pathname));
    return v.status == ABI_MISSING && v.reason == ABI_WHY_GONE;
}

/* The program of a process whose exec was not seen. */
static void fill_image(struct world *w, struct task *t, const struct event *ev)
{
    uint64_t session = 0, time = ev->rec->time;
    struct version *v = task_version(w, t, time);
    if (!v || !is_leader(t) || v->image)
        return;
    struct image_source from = IMAGE_SOURCE(ev, existing_task);
    place image = image_make(w, &from, t);
    v = task_version(w, t, time);
    v->image = image;
    t->image_why = image ? ABI_WHY_NONE : ABI_WHY_NO_ROOM;
    if (number_at(ev, EVENT_FIELD(ev, existing_task, session), &session))
        v->session = (uint32_t)session;
    world_corrected(w, time);
}

/* What the source found when it looked at a task. */
void feed_existing(struct world *w, const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    uint64_t slack = 0, parent_slack = 0;
    if ((r->flags & ABI_F_NO_TASK) || !r->tid || !r->pid)
        return;
    number_at(ev, EVENT_FIELD(ev, existing_task, start_resolution), &slack);
    number_at(ev, EVENT_FIELD(ev, existing_task, parent_resolution), &parent_slack);
    struct version state;
    struct task *t = task_find_near(w, r->tid, r->task_start, slack_of(slack), r->time);
    bool found = t;
    if (!found)
        t = task_add(w, r->tid, r->pid, r->task_start);
    if (is_gone(ev)) {
        t->rooted = true;
        t->image_why = found ? t->image_why : ABI_WHY_GONE;
        return;
    }
    if (!found)
        t->slack = slack_of(slack);
    if (t->pid != r->pid || t->exited)
        return;
    header_state(&state, r);
    state.parent_slack = slack_of(parent_slack);
    task_note(w, t, r->time, &state);
    know_leader(w, t, r, slack_of(slack), slack_of(parent_slack));
    t = task_find_near(w, r->tid, r->task_start, slack_of(slack), r->time);
    if (!t)
        return;
    t->rooted |= !r->ppid;
    fill_image(w, t, ev);
}
