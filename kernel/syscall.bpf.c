// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * System calls. Both programs are one table look-up away from returning for a call that nobody
 * asked for; for the others, struct plan says what to read.
 */
#include "events.bpf.h"
#include "path.bpf.h"
#include "stash.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct call {
    struct task_struct *task;
    const struct plan *plan;
    long ret;
    bool compat;
    bool entering;
    __u64 args[8];
};

static __always_inline bool bit_set(const volatile __u8 *bits, __u32 nr)
{
    return nr < PLAN_SYSCALLS && (bits[nr >> 3] >> (nr & 7)) & 1;
}

/* A number as wide as its type, sign or zero extended. */
static __always_inline __u64 arg_number(__u8 kind, __u64 v, __u64 next, bool compat)
{
    switch (kind) {
    case PLAN_S32:
    case PLAN_FD:
        return (__u64)(__s64)(__s32)v;
    case PLAN_U32:
        return (__u32)v;
    case PLAN_U16:
        return (__u16)v;
    case PLAN_U8:
        return (__u8)v;
    case PLAN_LONG:
        return compat ? (__u64)(__s64)(__s32)v : v;
    case PLAN_S64:
    case PLAN_U64:
        return compat ? (__u32)v | next << 32 : v;
    default:
        return v;
    }
}

SUBPROGRAM int put_timespec(struct build *b, __u16 index, __u64 ptr, bool narrow)
{
    __u32 at = 0;
    char *to = put_room(b, &at);
    __s32 t[2] = {};
    if (!to)
        return 0;
    if (!ptr) {
        put_missing(b, index, ABI_WHY_NULL);
        return 0;
    }
    if (narrow) {
        if (bpf_probe_read_user(t, sizeof(t), (void *)ptr)) {
            put_missing(b, index, ABI_WHY_FAULT);
            return 0;
        }
        ((__s64 *)to)[0] = t[0];
        ((__s64 *)to)[1] = t[1];
    } else if (bpf_probe_read_user(to, 16, (void *)ptr)) {
        put_missing(b, index, ABI_WHY_FAULT);
        return 0;
    }
    put_done(b, index, at, 16, 0);
    return 0;
}

/* Text that the call wrote. Some calls count its NUL in their result, some write none. */
SUBPROGRAM int put_outbuf(struct build *b, __u16 index, __u64 ptr, __u64 len)
{
    char last = 1;
    if (len)
        bpf_probe_read_user(&last, 1, (void *)(ptr + len - 1));
    put_user_mem(b, index, ptr, last ? len : len - 1, ABI_STR_MAX - 1);
    return 0;
}

/* Memory that the call fills: nothing is there when it failed. */
SUBPROGRAM int put_output(struct build *b, const struct call *c, const struct plan_arg *a)
{
    __u64 ptr = c->args[a->reg & 7], next = c->args[(a->reg + 1) & 7];
    __u16 index = a->index;
    __u32 len = 0;
    if (!ptr)
        put_missing(b, index, ABI_WHY_NULL);
    else if (c->entering || c->ret < 0)
        put_missing(b, index, ABI_WHY_FAILED);
    else if (a->kind == PLAN_FDPAIR)
        put_user_mem(b, index, ptr, 8, 8);
    else if (a->kind == PLAN_OUTBUF)
        put_outbuf(b, index, ptr, c->ret);
    else if (!next)
        put_missing(b, index, ABI_WHY_NULL);
    else if (bpf_probe_read_user(&len, sizeof(len), (void *)next))
        put_missing(b, index, ABI_WHY_FAULT);
    else
        put_user_mem(b, index, ptr, len, ABI_SOCKADDR_MAX);
    return DONE;
}

SUBPROGRAM int put_arg(struct build *b, const struct call *c, __u32 i)
{
    const struct plan_arg *a = &c->plan->args[i & 7];
    __u64 v = c->args[a->reg & 7], next = c->args[(a->reg + 1) & 7];
    __u16 index = a->index;
    switch (a->kind) {
    case PLAN_STR:
        put_user_str(b, index, v);
        return DONE;
    case PLAN_STRV:
        put_user_strv(b, index, v, c->compat ? 4 : 8);
        return DONE;
    case PLAN_FD:
        if (c->plan->flags & PLAN_FD_PATHS)
            put_fd_path(b, index, c->task, (int)v);
        else
            put_int(b, index, (__s64)(int)v);
        return DONE;
    case PLAN_INBUF:
        put_user_mem(b, index, v, next, ABI_STR_MAX - 1);
        return DONE;
    case PLAN_SOCKADDR:
        put_user_mem(b, index, v, (__u32)next, ABI_SOCKADDR_MAX);
        return DONE;
    case PLAN_OUTBUF:
    case PLAN_OUTADDR:
    case PLAN_FDPAIR:
        CALL(put_output(b, c, a));
        return DONE;
    case PLAN_TIMESPEC:
    case PLAN_TIMESPEC32:
        put_timespec(b, index, v, a->kind == PLAN_TIMESPEC32);
        return DONE;
    default:
        put_int(b, index, arg_number(a->kind, v, next, c->compat));
    }
    return DONE;
}

static __always_inline void put_args(struct build *b, const struct call *c)
{
    for (__u32 i = 0; i < PLAN_ARGS; i++) {
        if (i >= c->plan->nargs)
            break;
        CALL(put_arg(b, c, i));
    }
}

/* What makes a task's header a system call's. */
static __always_inline void record_call(struct abi_record *r, const struct call *c, int nr,
                                        __u64 sets)
{
    r->event = c->plan->event;
    r->flags = (c->compat ? ABI_F_COMPAT : 0) | (c->entering ? ABI_F_ENTER : 0);
    r->ret = c->entering ? 0 : c->ret;
    r->sets = sets;
    r->syscall = nr;
}

/* A call that has nothing but numbers. */
struct small_record {
    struct abi_record head;
    struct {
        struct abi_field field;
        __u64 value;
    } args[PLAN_ARGS];
};

#define SMALL_BYTES(n) (sizeof(struct abi_record) + (n) * 16)

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

SUBPROGRAM int emit_small(const struct call *c, int nr, __u64 sets, struct counters *counts)
{
    __u32 n = c->plan->nargs;
    struct small_record *s = small_reserve(n);
    if (!s) {
        count(&counts->lost[KLOSS_RING_FULL]);
        return DONE;
    }
    record_task(&s->head, c->task);
    record_call(&s->head, c, nr, sets);
    s->head.nfields = (__u16)n;
    s->head.len = SMALL_BYTES(n);
    for (__u32 i = 0; i < PLAN_ARGS; i++) {
        if (i >= n)
            break;
        const struct plan_arg *a = &c->plan->args[i];
        put_head(&s->args[i].field, a->index, ABI_PRESENT, 0, 8);
        s->args[i].value =
            arg_number(a->kind, c->args[a->reg & 7], c->args[(a->reg + 1) & 7], c->compat);
    }
    bpf_ringbuf_submit(s, BPF_RB_NO_WAKEUP);
    return DONE;
}

SUBPROGRAM int emit_big(const struct call *c, int nr, __u64 sets, struct counters *counts)
{
    struct build *b = build_begin(counts);
    if (!b)
        return DONE;
    put_args(b, c);
    record_task(build_record(b), c->task);
    record_call(build_record(b), c, nr, sets);
    build_emit(b, counts, false);
    build_end(b);
    return DONE;
}

/* Keeps the arguments of a call that will not have them when it returns. */
SUBPROGRAM int stash_args(const struct call *c)
{
    struct task_state *s = task_state_get(c->task);
    struct build *b;
    if (!s)
        return DONE;
    stash_free(s); /* of a call that never returned */
    b = stash_take(s, c->task->pid);
    if (!b)
        return DONE;
    build_reset(b);
    put_args(b, c);
    return DONE;
}

/* The call with the arguments kept; without them, it says so for each. */
SUBPROGRAM int emit_stashed(const struct call *c, int nr, __u64 sets,
                                    struct counters *counts)
{
    struct task_state *s = task_state_get(c->task);
    struct build *b = stash_of(s);
    if (b) {
        record_task(build_record(b), c->task);
        record_call(build_record(b), c, nr, sets);
        build_emit(b, counts, false);
        return DONE;
    }
    b = build_begin(counts);
    if (!b)
        return DONE;
    for (__u32 i = 0; i < PLAN_ARGS; i++)
        if (i < c->plan->nargs)
            put_missing(b, c->plan->args[i].index, ABI_WHY_NOT_CAUGHT);
    record_task(build_record(b), c->task);
    record_call(build_record(b), c, nr, sets);
    build_emit(b, counts, false);
    build_end(b);
    return DONE;
}

/* The event that only says which call it was. */
SUBPROGRAM int emit_any(const struct call *c, int nr, enum event_slot slot, __u16 event,
                                __u64 mask)
{
    struct small_record *s;
    struct counters *counts = event_counters(slot);
    __u64 sets = mask & event_sets[slot];
    if (!counts)
        return DONE;
    count(&counts->seen);
    if (!sets) {
        count(&counts->scoped);
        return DONE;
    }
    s = small_reserve(1);
    if (!s) {
        count(&counts->lost[KLOSS_RING_FULL]);
        return DONE;
    }
    record_task(&s->head, c->task);
    record_call(&s->head, c, nr, sets);
    s->head.event = event;
    s->head.nfields = 1;
    s->head.len = SMALL_BYTES(1);
    put_head(&s->args[0].field, 0, ABI_PRESENT, 0, 8);
    s->args[0].value = c->plan->event;
    bpf_ringbuf_submit(s, BPF_RB_NO_WAKEUP);
    return DONE;
}

static __always_inline void emit_call(const struct call *c, int nr, __u64 sets,
                                      struct counters *counts)
{
    if (c->plan->flags & PLAN_STASH && !c->entering)
        CALL(emit_stashed(c, nr, sets, counts));
    else if (c->plan->flags & PLAN_SMALL)
        CALL(emit_small(c, nr, sets, counts));
    else
        CALL(emit_big(c, nr, sets, counts));
}

/* Counts the call and emits its event where a set wants it. */
static __always_inline void deliver(const struct call *c, int nr, __u64 mask)
{
    struct counters *counts;
    if (!c->plan->sets)
        return;
    counts = event_counters(c->plan->slot);
    if (!counts)
        return;
    count(&counts->seen);
    if (mask & c->plan->sets)
        emit_call(c, nr, mask & c->plan->sets, counts);
    else
        count(&counts->scoped);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long id)
{
    __u32 nr = (__u32)id;
    struct call c;
    __u64 mask;
    if (!bit_set(sys_enter_wanted, nr))
        return 0;
    c.task = bpf_get_current_task_btf();
    if (c.task->tgid == self_tgid)
        return 0;
    c.compat = task_in_compat(c.task);
    c.plan = plan_of(nr, c.compat);
    c.ret = 0;
    c.entering = true;
    mask = task_scope(c.task);
    if (event_sets[SLOT_sys_enter])
        CALL(emit_any(&c, (int)nr, SLOT_sys_enter, EVENT_sys_enter, mask));
    if (!(c.plan->flags & (PLAN_AT_ENTER | PLAN_STASH)))
        return 0;
    regs_args(regs, c.compat, c.args);
    c.args[6] = c.args[7] = 0;
    if (c.plan->flags & PLAN_AT_ENTER)
        deliver(&c, (int)nr, mask);
    else if (mask & (c.plan->sets | c.plan->after_sets) || stash_always)
        CALL(stash_args(&c));
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
    __u32 nr = (__u32)regs_syscall(regs);
    struct call c;
    __u64 mask;
    if (!bit_set(sys_exit_wanted, nr))
        return 0;
    c.task = bpf_get_current_task_btf();
    if (c.task->tgid == self_tgid)
        return 0;
    c.compat = task_in_compat(c.task);
    c.plan = plan_of(nr, c.compat);
    if (c.plan->flags & PLAN_FORKS && !ret)
        return 0;
    c.ret = ret;
    c.entering = false;
    mask = task_scope(c.task);
    if (event_sets[SLOT_sys_exit])
        CALL(emit_any(&c, (int)nr, SLOT_sys_exit, EVENT_sys_exit, mask));
    regs_args(regs, c.compat, c.args);
    c.args[6] = c.args[7] = 0;
    if (!(c.plan->flags & PLAN_AT_ENTER))
        deliver(&c, (int)nr, mask);
    if (c.plan->flags & PLAN_STASH)
        stash_free(task_state_get(c.task));
    if (c.plan->after)
        bpf_tail_call(ctx, &after_programs, c.plan->after); /* does not come back */
    return 0;
}
