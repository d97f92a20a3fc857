/* SPDX-License-Identifier: Apache-2.0 */
/* What a task changes of itself: name, credentials, session. */
#include <string.h>

#include "event/format.h"
#include "event/ids.h"
#include "world/fields.h"
#include "world/world_impl.h"

/* An execution renames, and takes credentials, before it is told itself: one version does for all.
 */
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
    if (!t || is_execution(ev) || !v.data || v.encoding != ABI_ENC_CRED)
        return;
    memcpy(&cred, v.data, sizeof(cred));
    struct version *now = task_version(w, t, ev->rec->time);
    if (!now || (now->uid == cred.uid && now->gid == cred.gid && now->euid == cred.euid &&
                 now->egid == cred.egid))
        return;
    now = task_change(w, t, ev->rec->time);
    if (!now)
        return;
    now->uid = cred.uid;
    now->gid = cred.gid;
    now->euid = cred.euid;
    now->egid = cred.egid;
}

/* The process leads a session of its own from now on, without a terminal. */
void feed_setsid(struct world *w, const struct event *ev)
{
    struct task *t = feed_header(w, ev);
    struct task *leader = t ? task_at(w, t->leader) : NULL;
    if (!leader || ev->rec->ret <= 0)
        return;
    struct version *v = task_change(w, leader, ev->rec->time);
    if (!v)
        return;
    v->session = leader->pid;
    v->left_tty = true;
    leader->tty_asked = false;
    world_corrected(w, ev->rec->time); /* what its threads have of it */
}
