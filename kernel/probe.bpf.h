/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The programs of one hook, of every kind that its rows in catalog/hooks.def name, around one body:
 *
 *   SECURITY_PROGS(name, lsm_target, call, args…)  rows SECURITY(name, lsm_target, …)
 *   ENTRY_PROGS(name, target, call, args…)         rows ENTRY(name, target, …)
 *   RETURN_PROGS(name, target, call, args…)        rows RETURN(name, target, …); has ret
 *
 * args are declarations, as many of the function's first arguments as are used; call is an
 * expression in them, the call of a SUBPROGRAM. Only some kinds give pointers that the verifier
 * trusts: the body reads through BPF_CORE_READ. Where a check's LSM hook has other arguments than
 * its function, LSM_PROG and ENTRY_PROGS(security_name, …) take the place of SECURITY_PROGS.
 *
 * call may use via, the kind of the hook: see seen_by in hook.bpf.h.
 */
#ifndef RATEL_PROBE_BPF_H
#define RATEL_PROBE_BPF_H

#include "hook.bpf.h"

/*
 * Calls under way whose end is watched by kretprobe, which no longer has the arguments. Which call
 * a return belongs to is told by the stack: a call's frame is where it was when it began.
 * Beginnings and returns may each be missed (the call was there before us, the kernel had no more
 * room), so what lies below a frame that is entered or left is over.
 */
#define PROBE_ARGS  5
#define PROBE_STACK 0x3fff /* stacks begin at multiples of one more */
#define PROBE_ABOVE 16     /* a return's stack pointer may be so far above the beginning's */
#define PROBE_BELOW                                                                                \
    32 /* and so far below, in the kernel: a program's own frames may be smaller                   \
        */

struct probe_call {
    __u64 hook; /* number of the hook that the function's beginning is; 0: free */
    __u64 sp;   /* stack pointer at the beginning */
    unsigned long long values[PROBE_ARGS];
};

struct probe_calls {
    struct probe_call calls[PROBE_CALLS];
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct probe_calls);
} probe_calls SHARED SEC(".maps");

static __always_inline bool probe_same_stack(__u64 a, __u64 b)
{
    return !((a ^ b) & ~(__u64)PROBE_STACK);
}

/* A place for a call that begins at sp; NULL where there is none. */
static __always_inline struct probe_call *probe_place(struct probe_calls *s, __u64 hook, __u64 sp)
{
    struct probe_call *place = NULL;
    for (int i = 0; i < PROBE_CALLS; i++) {
        struct probe_call *c = &s->calls[i];
        /* A function that ends by jumping to another leaves it its frame: both are under way. */
        if (probe_same_stack(c->sp, sp) && (c->sp < sp || (c->sp == sp && c->hook == hook)))
            c->hook = 0;
        if (!c->hook)
            place = c;
    }
    return place;
}

/* The call of hook that returns, when the stack pointer is sp by now. */
static __always_inline struct probe_call *probe_match(struct probe_calls *s, __u64 hook, __u64 sp)
{
    struct probe_call *match = NULL;
    __u32 below = (__s64)sp < 0 ? PROBE_BELOW : 0;
    for (int i = 0; i < PROBE_CALLS; i++) {
        struct probe_call *c = &s->calls[i];
        if (c->hook != hook || !probe_same_stack(c->sp, sp) || c->sp > sp + below)
            continue;
        if (c->sp + PROBE_ABOVE < sp)
            c->hook = 0;
        else if (!match || c->sp < match->sp)
            match = c;
    }
    return match;
}

/* Whether so many calls are under way around the one that returns that it found no place. */
static __always_inline bool probe_full(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_calls *s = bpf_task_storage_get(&probe_calls, task, NULL, 0);
    for (int i = 0; s && i < PROBE_CALLS; i++)
        if (!s->calls[i].hook)
            return false;
    return s;
}

/* False where there is no room for the arguments. */
SUBPROGRAM bool probe_keep(struct pt_regs *regs, __u64 hook)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_calls *s =
        bpf_task_storage_get(&probe_calls, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    __u64 sp = PT_REGS_SP(regs);
    struct probe_call *c = s ? probe_place(s, hook, sp) : NULL;
    if (!c)
        return false;
    c->values[0] = PT_REGS_PARM1(regs);
    c->values[1] = PT_REGS_PARM2(regs);
    c->values[2] = PT_REGS_PARM3(regs);
    c->values[3] = PT_REGS_PARM4(regs);
    c->values[4] = PT_REGS_PARM5(regs);
    c->sp = sp;
    c->hook = hook;
    return true;
}

/*
 * A function begins whose return is an event. Without arguments the return's program can't tell of
 * which: what is outside of every scope, or lost, is counted here, in the row of the hook.
 */
SUBPROGRAM int probe_begin(struct pt_regs *regs, __u64 hook)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct counters *counts;
    bool scoped;
    if (task->tgid == self_tgid)
        return 0;
    scoped = !current_scope();
    if (!scoped && probe_keep(regs, hook))
        return 0;
    counts = event_counters(hook_row[hook & (AFTER_MAX - 1)]);
    if (counts && scoped) {
        count(&counts->scoped);
    } else if (counts) {
        count(&counts->passed);
        count(&counts->lost[KLOSS_CALLS_FULL]);
    }
    return 0;
}

static __always_inline struct probe_call *probe_end(struct pt_regs *regs, __u64 hook)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct probe_calls *s = bpf_task_storage_get(&probe_calls, task, NULL, 0);
    struct probe_call *c = s ? probe_match(s, hook, PT_REGS_SP(regs)) : NULL;
    if (c)
        c->hook = 0;
    return c;
}

#define PROBE_VIA(kind) const __u8 via __attribute__((unused)) = ABI_HOOK_##kind

/* An argument as a number, whatever its type: some verifiers know no pointers to const void or to
 * pointers. */
static __always_inline __u64 number_of(unsigned long long *ctx, __u32 arg)
{
    __u64 v = 0;
    bpf_probe_read_kernel(&v, sizeof(v), ctx + arg);
    return v;
}

/* The same of an argument at hand. Verifiers since 6.8 take no argument of an LSM hook for NULL,
 * and drop the test. */
static __always_inline __u64 plain(const void *pointer)
{
    __u64 v = 0;
    bpf_probe_read_kernel(&v, sizeof(v), &pointer);
    return v;
}

#define LSM_PROG(name, target, call, args...)                                                      \
    SEC("lsm/" target)                                                                             \
    int BPF_PROG(lsm_##name, ##args)                                                               \
    {                                                                                              \
        PROBE_VIA(lsm);                                                                            \
        call;                                                                                      \
        return 0;                                                                                  \
    }

#define ENTRY_PROGS(name, target, call, args...)                                                   \
    SEC("fentry/" target)                                                                          \
    int BPF_PROG(fentry_##name, ##args)                                                            \
    {                                                                                              \
        PROBE_VIA(fentry);                                                                         \
        call;                                                                                      \
        return 0;                                                                                  \
    }                                                                                              \
    SEC("kprobe/" target)                                                                          \
    int BPF_KPROBE(kprobe_##name, ##args)                                                          \
    {                                                                                              \
        PROBE_VIA(kprobe);                                                                         \
        call;                                                                                      \
        return 0;                                                                                  \
    }

#define SECURITY_PROGS(name, lsm_target, call, args...)                                            \
    LSM_PROG(name, lsm_target, call, ##args)                                                       \
    ENTRY_PROGS(security_##name, "security_" #name, call, ##args)

/* The result is asked for, since its place among the arguments depends on how many there are. */
#define RETURN_PROGS(name, target, call, args...)                                                  \
    static __always_inline int returned_##name(unsigned long long *ctx, ##args, long ret,          \
                                               const __u8 via)                                     \
    {                                                                                              \
        call;                                                                                      \
        return 0;                                                                                  \
    }                                                                                              \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wint-conversion\"")          \
        SEC("fexit/" target) int fexit_##name(unsigned long long *ctx)                             \
    {                                                                                              \
        __u64 ret = 0;                                                                             \
        bpf_get_func_ret(ctx, &ret);                                                               \
        return returned_##name(___bpf_ctx_cast(args), (long)ret, ABI_HOOK_fexit);                  \
    }                                                                                              \
    SEC("kretprobe/" target)                                                                       \
    int kretprobe_##name(struct pt_regs *regs)                                                     \
    {                                                                                              \
        struct probe_call *c = probe_end(regs, HOOK_begin_##name);                                 \
        unsigned long long *ctx;                                                                   \
        if (!c)                                                                                    \
            return 0;                                                                              \
        ctx = c->values;                                                                           \
        return returned_##name(___bpf_ctx_cast(args), (long)PT_REGS_RC(regs), ABI_HOOK_kretprobe); \
    }                                                                                              \
    _Pragma("GCC diagnostic pop") SEC("kprobe/" target) int begin_##name(struct pt_regs *regs)     \
    {                                                                                              \
        return probe_begin(regs, HOOK_begin_##name);                                               \
    }

#endif
