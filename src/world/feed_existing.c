/* SPDX-License-Identifier: Apache-2.0 */
/* What the source found when it looked at a task. */
#include "event/ids.h"
#include "world/fields.h"
#include "world/world_impl.h"

static uint32_t slack_of(uint64_t ns)
{
    return ns > SLACK_MAX ? SLACK_MAX : (uint32_t)ns;
}

/* Whether the source found that there is no such task: its header tells of none then. */
static bool is_gone(const struct event *ev)
{
    struct value v = event_value(ev, (unsigned)EVENT_FIELD(ev, existing_task, pathname));
    return v.status == ABI_MISSING && v.reason == ABI_WHY_GONE;
}

/* Effective ids that are told nowhere else: before they were, they are taken for the same. */
static void fill_effective(struct world *w, struct task *t, const struct event *ev)
{
    struct version *v = task_version(w, t, ev->rec->time);
    if (!v || v->euid != ID_UNKNOWN || v->egid != ID_UNKNOWN)
        return;
    take_effective(v, ev, EVENT_FIELD(ev, existing_task, euid),
                   EVENT_FIELD(ev, existing_task, egid));
    world_corrected(w, ev->rec->time);
}

/* Whether a session that began without a terminal has got one since. */
static bool has_got_tty(const struct version *v, const struct event *ev)
{
    return v->left_tty &&
           event_value(ev, (unsigned)EVENT_FIELD(ev, existing_task, tty)).status == ABI_PRESENT;
}

/* The program of a process whose exec was not seen; or the same with its terminal. */
static void fill_image(struct world *w, struct task *t, const struct event *ev)
{
    uint64_t session = 0, time = ev->rec->time;
    struct version *v = task_version(w, t, time);
    if (!v || !is_leader(t) || (v->image && !has_got_tty(v, ev)))
        return;
    struct image_source from = IMAGE_SOURCE(ev, existing_task);
    place image = image_make(w, &from, t);
    v = task_version(w, t, time);
    if (v->image)
        v = task_change(w, t, time);
    image_unref(w, v->image);
    v->image = image;
    v->left_tty = false;
    t->image_why = image ? ABI_WHY_NONE : ABI_WHY_NO_ROOM;
    if (number_at(ev, EVENT_FIELD(ev, existing_task, session), &session))
        v->session = (uint32_t)session;
    world_corrected(w, time);
}

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
    state.parent_slack = slack_of(parent_slack) & SLACK_MAX;
    task_note(w, t, r->time, &state);
    know_leader(w, t, r, slack_of(slack), slack_of(parent_slack));
    t = task_find_near(w, r->tid, r->task_start, slack_of(slack), r->time);
    if (!t)
        return;
    t->rooted |= !r->ppid;
    fill_effective(w, t, ev);
    fill_image(w, t, ev);
}
