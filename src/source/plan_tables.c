/* SPDX-License-Identifier: Apache-2.0 */
#include "source/tables.h"

#include <string.h>

/* The first system calls of 32-bit x86 that take 64-bit times; the ones before take 32-bit ones. */
#define IA32_FIRST_TIME64 403

#ifdef __x86_64__
#define ARCH_native ARCH_x86_64
#else
#define ARCH_native ARCH_arm64
#endif

/* Calls that close the descriptor they are given: its path must be taken before. */
static bool closes_its_fd(const char *name)
{
    return !strcmp(name, "close") || !strcmp(name, "dup2") || !strcmp(name, "dup3");
}

static bool is_number(uint8_t kind)
{
    return kind <= PLAN_FD && kind != PLAN_NONE;
}

static void set_bit(uint8_t *bits, int nr)
{
    bits[nr / 8] |= (uint8_t)(1 << (nr % 8));
}

/*
 * Ways of reading of the call's arguments. One that this table's call is not given in registers is
 * left out: the record then has no such field.
 */
static void plan_args(struct plan *plan, const struct event_def *def, bool compat,
                      const struct plan_request *r)
{
    bool small = !r->user_stacks;
    for (unsigned i = 0; i < def->nfields && plan->nargs < PLAN_ARGS; i++) {
        int reg = syscall_register(def, i, compat ? ARCH_ia32 : ARCH_native);
        if (reg < 0 || reg >= PLAN_ARGS)
            continue;
        struct plan_arg *arg = &plan->args[plan->nargs++];
        arg->kind = type_defs[def->fields[i].type].plan;
        arg->reg = (uint8_t)reg;
        arg->index = (uint8_t)i;
        if (compat && arg->kind == PLAN_TIMESPEC && def->nr_ia32 < IA32_FIRST_TIME64)
            arg->kind = PLAN_TIMESPEC32;
        small &= is_number(arg->kind) && (arg->kind != PLAN_FD || !r->fd_paths);
    }
    if (small)
        plan->flags |= PLAN_SMALL;
    if (r->fd_paths)
        plan->flags |= PLAN_FD_PATHS;
}

/* There are stashes, and a task gives its own back when it ends. */
static void keep_arguments(struct program_plan *p)
{
    p->stash = true;
    hook_set_add(&p->hooks, HOOK_sched_process_exit);
}

static void plan_call(struct program_plan *p, const struct event_def *def, int nr, bool compat,
                      const struct plan_request *r, uint64_t sets)
{
    if (nr < 0 || nr >= PLAN_SYSCALLS)
        return;
    struct plan *plan = &p->plans[nr + (compat ? PLAN_SYSCALLS : 0)];
    plan->event = def->id;
    plan->slot = def->slot;
    if (def->how == HOW_FORKS)
        plan->flags |= PLAN_FORKS;
    if (!sets)
        return;
    plan_args(plan, def, compat, r);
    plan->sets = sets;
    if (def->how == HOW_ENTER)
        plan->flags |= PLAN_AT_ENTER;
    if (def->how == HOW_STASH || (r->fd_paths && closes_its_fd(def->name)))
        plan->flags |= PLAN_STASH;
    if (plan->flags & (PLAN_AT_ENTER | PLAN_STASH)) {
        set_bit(p->enter_wanted, nr);
        hook_set_add(&p->hooks, HOOK_sys_enter);
    }
    if (!(plan->flags & PLAN_AT_ENTER)) {
        set_bit(p->exit_wanted, nr);
        hook_set_add(&p->hooks, HOOK_sys_exit);
    }
    if (plan->flags & PLAN_STASH)
        keep_arguments(p);
}

static int native_nr(const struct event_def *def)
{
#ifdef __x86_64__
    return def->nr_x86_64;
#else
    return def->nr_arm64;
#endif
}

static int compat_nr(const struct event_def *def)
{
#ifdef __x86_64__
    return def->nr_ia32;
#else
    (void)def;
    return NR_NONE; /* the table of 32-bit arm is not in the catalog */
#endif
}

/* A call of the table leads on to the hook's program, which makes events for sets. */
static void plan_follow(struct program_plan *p, enum hook hook, int nr, bool compat, uint64_t sets)
{
    struct plan *plan = &p->plans[nr + (compat ? PLAN_SYSCALLS : 0)];
    if (hook_defs[hook].kind == ABI_HOOK_sys_enter) {
        plan->before = (uint16_t)hook;
        set_bit(p->enter_wanted, nr);
    } else {
        plan->after = (uint16_t)hook;
        plan->after_sets |= sets;
        set_bit(p->exit_wanted, nr);
    }
}

/* The same for all calls that a hook of kind sys_enter or sys_exit names. */
static void plan_calls(struct program_plan *p, const struct catalog *c, enum hook hook,
                       uint64_t sets)
{
    const char *name = hook_defs[hook].target;
    for (size_t len; *name; name += len + (name[len] == ' ')) {
        len = strcspn(name, " ");
        const struct event_def *call = catalog_by_name(c, name, len);
        int nrs[2] = {call ? native_nr(call) : NR_NONE, call ? compat_nr(call) : NR_NONE};
        for (int compat = 0; compat < 2; compat++) {
            if (nrs[compat] < 0 || nrs[compat] >= PLAN_SYSCALLS)
                continue;
            plan_follow(p, hook, nrs[compat], compat, sets);
        }
    }
    hook_set_add(&p->hooks,
                 hook_defs[hook].kind == ABI_HOOK_sys_enter ? HOOK_sys_enter : HOOK_sys_exit);
}

static void plan_way(struct program_plan *p, const struct catalog *c, const struct event_def *def,
                     const struct via *via, uint64_t sets)
{
    p->event_sets[def->slot] = sets;
    if (def->via[1].count)
        p->event_via[def->slot] = (uint8_t)via_kind(via);
    for (unsigned i = 0; i < via->count; i++) {
        enum hook hook = via->hooks[i];
        if (hook_defs[hook].kind == ABI_HOOK_user)
            continue;
        hook_set_add(&p->hooks, hook);
        if (hook_follows(hook))
            plan_calls(p, c, hook, sets);
        if (hook == HOOK_fentry_bprm_creds || hook == HOOK_kprobe_bprm_creds)
            keep_arguments(p);
    }
}

/* The calls whose origin is looked at for an event that somebody wants. */
static void plan_origin(struct program_plan *p, const struct catalog *c,
                        const struct plan_request *r, enum origin_check check, uint8_t flag)
{
    const char *event = origin_events[check];
    const struct event_def *def = catalog_by_name(c, event, strlen(event));
    if (!def || !p->event_sets[def->slot])
        return;
    for (unsigned slot = 0; slot < c->count && slot < PLAN_SLOTS; slot++) {
        const struct event_def *call = &c->events[slot];
        if (!call->is_syscall || !(r->origins[slot] & 1u << check))
            continue;
        int nrs[2] = {native_nr(call), compat_nr(call)};
        for (int compat = 0; compat < 2; compat++) {
            if (nrs[compat] < 0 || nrs[compat] >= PLAN_SYSCALLS)
                continue;
            p->plans[nrs[compat] + (compat ? PLAN_SYSCALLS : 0)].flags |= flag;
            set_bit(p->enter_wanted, nrs[compat]);
        }
    }
}

static void plan_any(struct program_plan *p, const struct catalog *c, const char *event,
                     uint8_t *wanted)
{
    const struct event_def *def = catalog_by_name(c, event, strlen(event));
    if (def && p->event_sets[def->slot])
        memset(wanted, 0xff, PLAN_SYSCALLS / 8);
}

/*
 * x86 writes execve's number over that of every exec that succeeds (set_personality_64bit and
 * _ia32 in the kernel): what began as execveat returns as execve, of the new program's table.
 */
static void plan_execs(struct program_plan *p, const struct catalog *c)
{
    const struct event_def *execve = catalog_by_name(c, "execve", 6);
    const struct event_def *execveat = catalog_by_name(c, "execveat", 8);
    if (!execve || !execveat || !(p->plans[native_nr(execveat)].flags & PLAN_STASH))
        return;
    int nrs[] = {native_nr(execve), compat_nr(execve)};
    for (unsigned i = 0; i < sizeof(nrs) / sizeof(*nrs); i++) {
        if (nrs[i] < 0)
            continue;
        set_bit(p->enter_wanted, nrs[i]); /* on return, says that something may be kept */
        set_bit(p->exit_wanted, nrs[i]);
    }
}

void plan_make(struct program_plan *p, const struct plan_request *r, const int8_t *via)
{
    const struct catalog *c = catalog_builtin();
    memset(p, 0, sizeof(*p));
    p->hooks = r->extra_hooks;
    for (unsigned slot = 0; slot < c->count && slot < PLAN_SLOTS; slot++) {
        const struct event_def *def = &c->events[slot];
        uint64_t sets = via[slot] >= 0 ? r->sets[slot] : 0;
        if (def->is_syscall) {
            plan_call(p, def, native_nr(def), false, r, sets);
            plan_call(p, def, compat_nr(def), true, r, sets);
        } else if (sets) {
            plan_way(p, c, def, &def->via[via[slot]], sets);
        }
    }
    if (r->origins) {
        plan_origin(p, c, r, ORIGIN_CODE, PLAN_CODE);
        plan_origin(p, c, r, ORIGIN_STACK, PLAN_STACK);
    }
    plan_any(p, c, "sys_exit", p->exit_wanted);
    plan_any(p, c, "sys_enter", p->enter_wanted);
    plan_execs(p, c);
    /* The name before an exec is only to be had where the kernel changes it. */
    if (hook_set_has(&p->hooks, HOOK_sched_process_exec))
        hook_set_add(&p->hooks, HOOK_task_rename);
}
