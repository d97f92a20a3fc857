/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The arguments of a system call, read as its plan says. */
#ifndef RATEL_CALL_BPF_H
#define RATEL_CALL_BPF_H

#include "path.bpf.h"
#include "stash.bpf.h"

/* What a call was given and gave. The verifier forgets what it knew of it when put_arg has seen it.
 */
struct call_data {
    long ret;
    int nr;
    bool compat;
    bool entering;
    __u64 args[8]; /* two more than there are, so that the one after the last can be looked at */
};

struct call {
    struct task_struct *task;
    const struct plan *plan;
    struct call_data data;
};

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
SUBPROGRAM int put_output(struct build *b, const struct call_data *c, const struct plan_arg *a)
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

/* What the task has in memory, and descriptors with their paths. */
GLOBAL int put_arg(struct build *b, const struct call_data *c, __u32 i)
{
    const struct plan *plan;
    const struct plan_arg *a;
    __u64 v, next;
    __u16 index;
    if (!b || !c)
        return 0;
    plan = plan_of((__u32)c->nr, c->compat);
    if (i >= PLAN_ARGS)
        return 0;
    a = &plan->args[i];
    v = c->args[a->reg & 7];
    next = c->args[(a->reg + 1) & 7];
    index = a->index;
    switch (a->kind) {
    case PLAN_STR:
        put_user_str(b, index, v);
        return DONE;
    case PLAN_STRV:
        put_user_strv(b, index, v, c->compat ? 4 : 8);
        return DONE;
    case PLAN_FD:
        if (fd_paths)
            put_fd_path(b, index, bpf_get_current_task_btf(), (int)v);
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
    }
    return DONE;
}

/* Numbers are the most, and done here; a call costs as much as several of them. */
static __always_inline void put_args(struct build *b, const struct call_data *d,
                                     const struct plan *plan)
{
    __u32 n = plan->nargs;
    for (__u32 i = 0; i < PLAN_ARGS; i++) {
        if (i >= n)
            break;
        const struct plan_arg *a = &plan->args[i];
        if (a->kind < PLAN_FD || (a->kind == PLAN_FD && !(plan->flags & PLAN_FD_PATHS)))
            put_int(b, a->index,
                    arg_number(a->kind, d->args[a->reg & 7], d->args[(a->reg + 1) & 7], d->compat));
        else
            put_arg(b, d, i);
    }
}

/*
 * Arguments of an exec whose pages were not in memory when the call began: a program can't wait for
 * them. By now the kernel has read them itself, so they are, and the old program is still there.
 */
static __always_inline void stash_again(void)
{
    struct call c = {.data.entering = true};
    struct build *b;
    c.task = bpf_get_current_task_btf();
    b = stash_of(bpf_task_storage_get(&task_states, c.task, NULL, 0));
    if (!b || !b->faults)
        return;
    c.data.nr = b->syscall;
    c.data.compat = b->compat;
    c.plan = plan_of((__u32)c.data.nr, c.data.compat);
    regs_args((struct pt_regs *)bpf_task_pt_regs(c.task), c.data.compat, c.data.args);
    build_reset(b);
    put_args(b, &c.data, c.plan);
}

#endif
