/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What every hook that is not a system call does first and last: count, test the scope, take the
 * scratch, fill the header, emit.
 */
#ifndef RATEL_HOOK_BPF_H
#define RATEL_HOOK_BPF_H

#include "build.bpf.h"
#include "events.bpf.h"
#include "scope.bpf.h"

struct hook_run {
    struct build *b;
    struct counters *counts;
    struct task_struct *task;
    __u64 sets;
    __u16 via;
    bool lifecycle;
};

/*
 * Whether an event that can be seen in several ways is seen by hooks of this kind. A body that
 * makes several events asks: each of them may have been given another way.
 */
static __always_inline bool seen_by(enum event_slot slot, __u8 via)
{
    return event_via[slot] == via;
}

/*
 * Begins an event of the current task, which is wanted where it, or the task that the event is
 * about, is in scope. False when there is nothing to build.
 */
static __always_inline bool hook_begin(struct hook_run *h, enum event_slot slot, bool lifecycle,
                                       struct task_struct *about)
{
    __u64 mask;
    if (!event_sets[slot])
        return false;
    h->task = bpf_get_current_task_btf();
    if (h->task->tgid == self_tgid)
        return false;
    h->counts = event_counters(slot);
    if (!h->counts)
        return false;
    h->lifecycle = lifecycle;
    h->via = (__u16)(event_via[slot] << ABI_VIA_SHIFT);
    mask = current_scope();
    if (about)
        mask |= task_scope(about);
    h->sets = mask & event_sets[slot];
    if (!h->sets) {
        count(&h->counts->scoped);
        return false;
    }
    count(&h->counts->passed);
    h->b = build_begin(h->counts);
    return h->b;
}

static __always_inline void hook_finish(struct hook_run *h, enum event_id id, __u16 flags, long ret)
{
    struct abi_record *r = build_record(h->b);
    record_task(r);
    r->event = (__u16)id;
    r->flags = flags | h->via;
    r->ret = ret;
    r->sets = h->sets;
    r->syscall = current_syscall(h->task);
    build_emit(h->b, h->counts, h->lifecycle);
    build_end(h->b);
}

static __always_inline void hook_end(struct hook_run *h, enum event_id id)
{
    hook_finish(h, id, ABI_F_NO_RET, 0);
}

/* The event has what the call returned. */
static __always_inline void hook_end_ret(struct hook_run *h, enum event_id id, long ret)
{
    hook_finish(h, id, 0, ret);
}

#endif
