/* SPDX-License-Identifier: Apache-2.0 */
/* When the mounts of a namespace are read: before the first event of a task in it, and again when
 * something was mounted there; so many at once, and then some each second. */
#include "event/ids.h"
#include "world/mounts_impl.h"

#define TOKEN_NS (UINT64_C(1000000000) / 4)

static bool take_token(struct mounts_table *t, uint64_t now)
{
    uint64_t more = now > t->tokens_at ? (now - t->tokens_at) / TOKEN_NS : 0;
    if (more) {
        t->tokens = more < MOUNT_READS - t->tokens ? t->tokens + (unsigned)more : MOUNT_READS;
        t->tokens_at = now;
    }
    if (!t->tokens)
        return false;
    t->tokens--;
    return true;
}

static bool needs(struct mounts_table *t, uint32_t mnt_ns)
{
    const struct mount_space *s = mounts_space(t, mnt_ns);
    return !s || !s->known || s->stale;
}

/* Whether the task comes from another namespace: this one may be new, with an old one's number. */
static bool enters(struct world *w, const struct abi_record *r)
{
    const struct mount_space *s = mounts_space(w->mounts, r->mnt_ns);
    const struct task *t = task_find(w, r->tid, r->task_start, r->time);
    const struct version *v = t ? task_version(w, t, r->time) : NULL;
    return v && v->mnt_ns && v->mnt_ns != r->mnt_ns && s && s->read < r->time;
}

/* Somebody else in that namespace, since whoever comes in may be gone before it is read: the parent
 * where that is in it, too, or who else was. 0 for none. */
static uint32_t another(struct world *w, const struct abi_record *r)
{
    struct mount_space *s = mounts_space(w->mounts, r->mnt_ns);
    const struct task *t = task_find(w, r->ppid, 0, r->time); /* an exact start would be taken in */
    const struct version *v = t ? task_version(w, t, r->time) : NULL;
    bool inside = v && v->mnt_ns == r->mnt_ns;
    if (s && (inside || !s->pid))
        s->pid = inside ? r->ppid : r->pid;
    return inside ? r->ppid : s ? s->pid : 0;
}

/* The next entry of what is being read. */
static bool go_on(struct mounts_table *t, struct world_question *q)
{
    if (!t->left)
        return false;
    t->left--;
    t->asking.entry++;
    *q = t->asking;
    return true;
}

bool mounts_ask(struct world *w, const struct event *before, struct world_question *q)
{
    struct mounts_table *t = w->mounts;
    const struct abi_record *r = before ? before->rec : NULL;
    if (go_on(t, q))
        return true;
    if (!r || (r->flags & ABI_F_NO_TASK) || !r->pid || !r->mnt_ns)
        return false;
    struct world_question ask = {.mounts = true, .pid = r->pid, .mnt_ns = r->mnt_ns, .entry = 1};
    if (!t->host_ns || needs(t, t->host_ns)) {
        ask.pid = 1;
        ask.mnt_ns = 0;
    } else if (r->event == EVENT_sched_process_exit || (!needs(t, r->mnt_ns) && !enters(w, r))) {
        return false;
    } else {
        ask.another = another(w, r);
    }
    /* An answer comes before the next event does; one that failed is asked for with that one. */
    if (t->asked_for == before->rec && t->asking.pid == ask.pid && t->asking.mnt_ns == ask.mnt_ns)
        return false;
    if (!take_token(t, r->time))
        return false;
    t->asked_for = before->rec;
    t->asking = *q = ask;
    t->left = 1; /* until the answer says how many there are */
    return true;
}
