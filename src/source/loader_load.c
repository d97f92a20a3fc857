/* SPDX-License-Identifier: Apache-2.0 */
/* Which programs are loaded: for the ways that this kernel has, again where it refuses one. */
#include "source/loader_impl.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "ratel.skel.h"
#include "source/chosen_attach.h"
#include "source/core_types.h"
#include "source/hooks.h"
#include "source/kernel.h"
#include "source/load_maps.h"
#include "source/programs.h"

/*
 * Where arguments of an exec that could not be read at first are read again: while the old program
 * is still there, or else, from the new one.
 */
static enum hook exec_hook(void)
{
    static const enum hook hooks[] = {HOOK_sched_prepare_exec, HOOK_fentry_bprm_creds,
                                      HOOK_kprobe_bprm_creds};
    for (unsigned i = 0; i < sizeof(hooks) / sizeof(*hooks); i++)
        if (!hook_why(hooks[i]))
            return hooks[i];
    return HOOK_sched_process_exec;
}

/*
 * Hooks that rules need and the plan's helpers: a rule that can't be kept is no start, a helper
 * that is not to be had is left out.
 */
static int check_hooks(struct loader *l, struct error *err)
{
    l->without = (struct hook_set){0};
    for (int h = 0; h < HOOK_COUNT; h++) {
        const char *why =
            hook_set_has(&l->plan.hooks, (enum hook)h) ? hook_why((enum hook)h) : NULL;
        if (!why)
            continue;
        if (hook_set_has(&l->needed, (enum hook)h))
            return error_set(err, -EOPNOTSUPP, "the scope can't be kept without %s: %s",
                             hook_defs[h].name, why);
        hook_set_remove(&l->plan.hooks, (enum hook)h);
        hook_set_add(&l->without, (enum hook)h);
    }
    return 0;
}

static void warn_without(const struct loader *l)
{
    for (int h = 0; h < HOOK_COUNT; h++)
        if (hook_set_has(&l->without, (enum hook)h))
            log_warn("values of some events will be missing: no hook %s here: %s",
                     hook_defs[h].name, hook_why((enum hook)h));
}

/* What is to be loaded, for the ways that are to be had by now. */
static int make_plan(struct loader *l, const struct live_options *o, struct error *err)
{
    struct plan_request request = {.sets = o->sets,
                                   .origins = o->origins,
                                   .fd_paths = o->fd_paths,
                                   .user_stacks = o->user_stacks,
                                   .extra_hooks = l->needed};
    int rc = choice_make(&l->choice, o->sets, o->forced, hook_why, err);
    if (rc)
        return rc;
    plan_make(&l->plan, &request, l->choice.via);
    if (l->plan.stash)
        hook_set_add(&l->plan.hooks, exec_hook());
    return check_hooks(l, err);
}

static int open_programs(struct loader *l, const struct live_options *o,
                         const struct scope_tables *t, struct error *err)
{
    LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = core_types_path());
    int rc = make_plan(l, o, err);
    if (rc)
        return rc;
    l->skel = ratel_bpf__open_opts(&opts);
    if (!l->skel)
        return error_set(err, -errno, "the kernel programs can't be opened: %s", strerror(errno));
    programs_choose(l->skel->obj, &l->plan.hooks);
    rc = core_types_fill(kernel_layout_btf(), bpf_object__btf(l->skel->obj));
    rc = rc ? rc : load_maps_configure(l->skel, &l->plan, t, o, l->ncpu, l->lifecycle_bytes);
    memcpy((void *)l->skel->rodata->hook_row, l->choice.row, sizeof(l->choice.row));
    rc = rc || !l->chosen ? rc : chosen_prepare(l->chosen, l->skel->obj);
    return rc ? error_set(err, rc, "the kernel programs can't be set up: %s", strerror(-rc)) : 0;
}

/* Each time that the kernel refuses a program its events take their next way. */
int loader_load(struct loader *l, const struct live_options *o, const struct scope_tables *t,
                struct error *err)
{
    int rc;
    do {
        ratel_bpf__destroy(l->skel);
        l->skel = NULL;
        rc = open_programs(l, o, t, err);
        rc = rc ? rc : programs_load(l->skel->skeleton, err);
    } while (rc == -EAGAIN);
    if (rc)
        return rc;
    choice_warn(&l->choice);
    warn_without(l);
    return 0;
}
