/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "source/look_impl.h"

/* What the kernel told, but for what a record has of its own. */
static void take_header(struct abi_record *r, const struct abi_record *told)
{
    const struct abi_record own = *r;
    *r = *told;
    r->len = own.len;
    r->event = own.event;
    r->flags = own.flags;
    r->time = own.time;
    r->sets = own.sets;
    r->ret = own.ret;
    r->syscall = own.syscall;
    r->nfields = own.nfields;
}

static void add_program(struct look *l, struct record_builder *b, const struct snapshot_task *t)
{
    if (t->flags & SNAPSHOT_KERNEL) {
        for (unsigned i = LOOK_PATHNAME; i <= LOOK_PWD; i++)
            record_add_missing(b, i, ABI_WHY_ABSENT);
        return;
    }
    look_add_link(l, b, LOOK_PATHNAME, "exe");
    const struct look_file f = {t->dev, t->inode, t->ctime, t->mode};
    look_add_file(b, t->flags & SNAPSHOT_FILE ? &f : NULL, ABI_WHY_ABSENT);
    look_add_argv(l, b);
    look_add_link(l, b, LOOK_PWD, "cwd");
}

/* Whether /proc still tells of what the kernel did, under the same name: it has run nothing else.
 */
static bool is_same(const struct look *l, const struct snapshot_task *t, bool *there)
{
    struct proc_stat s;
    *there = proc_stat(t->r.pid, t->r.pid, &s) && !look_is_other(l, t->r.task_start, &s);
    return *there && !strncmp(s.comm, t->r.comm, sizeof(s.comm));
}

const struct abi_record *look_told(struct look *l, const struct snapshot_task *t, uint64_t time)
{
    struct record_builder b;
    bool leader = t->r.tid == t->r.pid, kernel = t->flags & SNAPSHOT_KERNEL, there;
    struct abi_record *r = look_begin(l, &b, time, ABI_HOOK_iter);
    take_header(r, &t->r);
    if (leader) {
        add_program(l, &b, t);
        look_add_pid(&b, LOOK_SESSION, t->session);
        look_add_text(&b, LOOK_TTY, t->tty);
    }
    record_add_int(&b, LOOK_RESOLUTION, 0);
    record_add_int(&b, LOOK_PARENT_RESOLUTION, 0);
    record_add_int(&b, LOOK_EUID, t->cred.euid);
    record_add_int(&b, LOOK_EGID, t->cred.egid);
    record_add_bytes(&b, LOOK_CRED, &t->cred, sizeof(t->cred));
    if (leader)
        look_add_pid(&b, LOOK_GROUP, t->group);
    record_add_int(&b, LOOK_KERNEL, kernel);
    if (!leader || kernel || is_same(l, t, &there))
        return record_end(&b);
    const struct look_at at = {.pid = t->r.pid,
                               .tid = t->r.tid,
                               .start = t->r.task_start,
                               .parent_start = t->r.parent_start};
    return there ? look_task(l, &at, time) : NULL;
}
