// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * System calls. Both programs are one table look-up away from returning for a call that nobody
 * asked for; for the others, struct plan says what to read.
 */
#include "call.bpf.h"
#include "events.bpf.h"
#include "scope.bpf.h"
#include "stash.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline bool bit_set(const volatile __u8 *bits, __u32 nr)
{
    KEEP(nr); /* clang-14 would look it up by what it was made from */
    return nr < PLAN_SYSCALLS && (bits[nr >> 3] >> (nr & 7)) & 1;
}

/* What makes a task's header a system call's. */
static __always_inline void record_call(struct abi_record *r, const struct call_data *d,
                                        const struct plan *plan, __u64 sets)
{
    r->event = plan->event;
    r->flags = (d->compat ? ABI_F_COMPAT : 0) | (d->entering ? ABI_F_ENTER : 0);
    r->ret = d->entering ? 0 : d->ret;
    r->sets = sets;
    r->syscall = d->nr;
}

/* A call that has nothing but numbers. */
struct small_record {
    struct abi_record head;
    struct {
        struct abi_field field;
        __u64 value;
    } args[PLAN_ARGS];
};

#define SMALL_BYTES(n) (sizeof(struct abi_record) + (n)*16)

/*
 * Room for a record with n numbers, in place. The verifier wants each size as a constant; the empty
 * asm, different for each, keeps the compiler from making one call with a variable size of them.
 */
#define SMALL_CASE(count)                                                                          \
    case count:                                                                                    \
        asm volatile("" ::"i"(count));                                                             \
        return bpf_ringbuf_reserve(ring, SMALL_BYTES(count), 0);

static __always_inline void *small_reserve(__u32 n)
{
    __u32 cpu = bpf_get_smp_processor_id();
    void *ring = bpf_map_lookup_elem(&bulk_rings, &cpu);
    if (!ring)
        return NULL;
    switch (n) {
        SMALL_CASE(0)
        SMALL_CASE(1)
        SMALL_CASE(2)
        SMALL_CASE(3)
        SMALL_CASE(4)
        SMALL_CASE(5)
        SMALL_CASE(6)
    }
    return NULL;
}

static __always_inline void count_loss(const struct plan *plan, enum kernel_loss cause)
{
    struct counters *counts = event_counters(plan->slot);
    if (counts)
        count(&counts->lost[cause]);
}

/* The two ways of most events: functions of their own, in which nothing more is called than must
 * be. */
GLOBAL int emit_small(const struct call_data *d, __u64 sets)
{
    const struct plan *plan;
    struct small_record *s;
    struct abi_record head;
    __u32 n;
    if (!d)
        return 0;
    plan = plan_of((__u32)d->nr, d->compat);
    /* Before the room is there: the verifier looks at what follows once for each size of it. */
    record_current(&head);
    record_call(&head, d, plan, sets);
    head.nfields = 0;
    head.len = 0;
    n = plan->nargs;
    KEEP(n);
    s = small_reserve(n);
    if (!s) {
        count_loss(plan, KLOSS_RING_FULL);
        return 0;
    }
    s->head = head;
    s->head.nfields = (__u16)n;
    s->head.len = SMALL_BYTES(n);
    for (__u32 i = 0; i < PLAN_ARGS; i++) {
        if (i >= n)
            break;
        const struct plan_arg *a = &plan->args[i];
        put_head(&s->args[i].field, a->index, ABI_PRESENT, 0, 8);
        s->args[i].value =
            arg_number(a->kind, d->args[a->reg & 7], d->args[(a->reg + 1) & 7], d->compat);
    }
    bpf_ringbuf_submit(s, BPF_RB_NO_WAKEUP);
    return 0;
}

GLOBAL int emit_big(const struct call_data *d, __u64 sets)
{
    const struct plan *plan;
    struct counters *counts;
    struct build *b;
    if (!d)
        return 0;
    plan = plan_of((__u32)d->nr, d->compat);
    counts = event_counters(plan->slot);
    if (!counts)
        return 0;
    b = build_begin(counts);
    if (!b)
        return 0;
    put_args(b, d, plan);
    record_current(build_record(b));
    record_call(build_record(b), d, plan, sets);
    build_emit(b, counts, false);
    build_end(b);
    return 0;
}

/* Keeps the arguments of a call that will not have them when it returns. */
SUBPROGRAM int stash_args(const struct call *c)
{
    struct task_state *s = task_state_get(c->task);
    struct build *b;
    if (!s)
        return DONE;
    stash_free(s); /* of a call that never returned */
    b = stash_take(&s->stash, c->task->pid);
    if (!b) {
        s->stash = STASH_FULL;
        return DONE;
    }
    b->syscall = c->data.nr;
    b->compat = c->data.compat;
    build_reset(b);
    put_args(b, &c->data, c->plan);
    return DONE;
}

/* The call with the arguments kept; without them, it says so for each. */
SUBPROGRAM int emit_stashed(const struct call *c, __u64 sets, struct counters *counts)
{
    struct task_state *s = bpf_task_storage_get(&task_states, c->task, NULL, 0);
    struct build *own = NULL, *b = stash_of(s);
    if (!b) {
        enum abi_reason why = s && s->stash == STASH_FULL ? ABI_WHY_NO_ROOM : ABI_WHY_NOT_CAUGHT;
        own = b = build_begin(counts);
        if (!b)
            return DONE;
        for (__u32 i = 0; i < PLAN_ARGS; i++)
            if (i < c->plan->nargs)
                put_missing(b, c->plan->args[i].index, why);
    } else if (c->data.ret < 0 && b->faults) {
        build_reset(b); /* the call failed: its registers are still there, and by now its memory */
        put_args(b, &c->data, c->plan);
    }
    record_task(build_record(b));
    record_call(build_record(b), &c->data, c->plan, sets);
    build_emit(b, counts, false);
    if (own)
        build_end(own);
    return DONE;
}

/* The event that only says which call it was, in a scratch, where there is room for a stack. */
SUBPROGRAM int emit_any_big(const struct call *c, __u16 event, __u64 sets, struct counters *counts)
{
    struct build *b = build_begin(counts);
    if (!b)
        return DONE;
    put_int(b, 0, c->plan->event);
    record_task(build_record(b));
    record_call(build_record(b), &c->data, c->plan, sets);
    build_record(b)->event = event;
    build_emit(b, counts, false);
    build_end(b);
    return DONE;
}

/* The event that only says which call it was. */
SUBPROGRAM int emit_any(const struct call *c, enum event_slot slot, __u16 event, __u64 mask)
{
    struct small_record *s;
    struct counters *counts = event_counters(slot);
    __u64 sets = mask & event_sets[slot];
    if (!counts)
        return DONE;
    if (!sets) {
        count(&counts->scoped);
        return DONE;
    }
    count(&counts->passed);
    if (user_stacks) {
        CALL(emit_any_big(c, event, sets, counts));
        return DONE;
    }
    s = small_reserve(1);
    if (!s) {
        count(&counts->lost[KLOSS_RING_FULL]);
        return DONE;
    }
    record_task(&s->head);
    record_call(&s->head, &c->data, c->plan, sets);
    s->head.event = event;
    s->head.nfields = 1;
    s->head.len = SMALL_BYTES(1);
    put_head(&s->args[0].field, 0, ABI_PRESENT, 0, 8);
    s->args[0].value = c->plan->event;
    bpf_ringbuf_submit(s, BPF_RB_NO_WAKEUP);
    return DONE;
}

static __always_inline void emit_call(const struct call *c, __u64 sets, struct counters *counts)
{
    if (c->plan->flags & PLAN_STASH && !c->data.entering)
        CALL(emit_stashed(c, sets, counts));
    else if (c->plan->flags & PLAN_SMALL)
        emit_small(&c->data, sets);
    else
        emit_big(&c->data, sets);
}

/* False for a call that is not to be looked at any further. */
static __always_inline bool call_begin(struct call *c, __u32 nr, long ret, bool entering)
{
    c->task = bpf_get_current_task_btf();
    if (c->task->tgid == self_tgid)
        return false;
    c->data.nr = (int)nr;
    c->data.compat = task_in_compat(c->task);
    c->data.ret = ret;
    c->data.entering = entering;
    return true;
}

static __always_inline void call_args(struct call *c, struct pt_regs *regs)
{
    regs_args(regs, c->data.compat, c->data.args);
    c->data.args[6] = c->data.args[7] = 0;
}

/* Counts the call and emits its event where a set wants it. One out of scope costs no more than
 * that. */
static __always_inline void deliver(struct call *c, struct pt_regs *regs, __u64 mask)
{
    struct counters *counts;
    if (!c->plan->sets)
        return;
    counts = event_counters(c->plan->slot);
    if (!counts)
        return;
    if (!(mask & c->plan->sets)) {
        count(&counts->scoped);
        return;
    }
    count(&counts->passed);
    call_args(c, regs);
    emit_call(c, mask & c->plan->sets, counts);
}

/*
 * An exec may have changed the table that the number seems to be of: a 64-bit program can become a
 * 32-bit one. What was kept at the beginning knows better.
 */
static __always_inline void call_as_begun(struct call *c)
{
    struct build *b;
    if (!bit_set(sys_enter_wanted, (__u32)c->data.nr))
        return;
    b = stash_of(bpf_task_storage_get(&task_states, c->task, NULL, 0));
    if (!b)
        return;
    c->data.nr = b->syscall;
    c->data.compat = b->compat;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
    __u32 nr = (__u32)id, next;
    struct call c;
    __u64 mask;
    if (!bit_set(sys_enter_wanted, nr) || !call_begin(&c, nr, 0, true))
        return 0;
    c.plan = plan_of(nr, c.data.compat);
    mask = task_scope(c.task);
    if (event_sets[SLOT_sys_enter])
        CALL(emit_any(&c, SLOT_sys_enter, EVENT_sys_enter, mask));
    if (c.plan->flags & PLAN_AT_ENTER) {
        deliver(&c, regs, mask);
    } else if (c.plan->flags & PLAN_STASH &&
               (mask & (c.plan->sets | c.plan->after_sets) || stash_always)) {
        call_args(&c, regs);
        CALL(stash_args(&c));
    }
    next = c.plan->flags & (PLAN_CODE | PLAN_STACK) ? HOOK_call_origin : c.plan->before;
    if (next)
        bpf_tail_call(ctx, &before_programs, next);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
    __u32 nr = (__u32)regs_syscall(regs);
    struct call c;
    __u64 mask;
    if (!bit_set(sys_exit_wanted, nr) || !call_begin(&c, nr, ret, false))
        return 0;
    call_as_begun(&c);
    c.plan = plan_of((__u32)c.data.nr, c.data.compat);
    if (c.plan->flags & PLAN_FORKS && !ret)
        return 0;
    mask = task_scope(c.task);
    if (event_sets[SLOT_sys_exit])
        CALL(emit_any(&c, SLOT_sys_exit, EVENT_sys_exit, mask));
    if (!(c.plan->flags & PLAN_AT_ENTER))
        deliver(&c, regs, mask);
    if (c.plan->flags & PLAN_STASH)
        stash_free(bpf_task_storage_get(&task_states, c.task, NULL, 0));
    if (c.plan->after)
        bpf_tail_call(ctx, &after_programs, c.plan->after); /* does not come back */
    return 0;
}
