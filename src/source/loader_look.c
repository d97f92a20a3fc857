/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of the programs while they run: counts, what they see, the kernel's memory. */
#include "source/loader_impl.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "ratel.skel.h"
#include "source/hooks.h"
#include "source/programs.h"

void loader_tell_again(void *ctx, const struct stack_file *file)
{
    const struct loader *l = ctx;
    bpf_map_delete_elem(bpf_map__fd(l->skel->maps.stack_files), file);
}

void loader_counts(const struct loader *l, unsigned slot, struct counters *out)
{
    memset(out, 0, sizeof(*out));
    for (unsigned cpu = 0; cpu < l->ncpu && slot < PLAN_SLOTS; cpu++) {
        const struct counters *c = &l->counters[cpu].slots[slot];
        out->passed += c->passed;
        out->scoped += c->scoped;
        for (int i = 0; i < KLOSS_COUNT; i++)
            out->lost[i] += c->lost[i];
    }
}

/* Runs of a hook's program that the kernel skipped because it was running already. */
static uint64_t recursion(const struct loader *l, enum hook h)
{
    struct bpf_prog_info info = {0};
    uint32_t len = sizeof(info);
    struct bpf_program *p = programs_find(l->skel->obj, h);
    if (!p || bpf_program__fd(p) < 0 || bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len))
        return 0;
    return info.recursion_misses;
}

uint64_t loader_recursion(const struct loader *l, unsigned slot)
{
    uint64_t n = 0;
    for (int h = 0; h < HOOK_COUNT; h++)
        if (l->choice.row[h] == slot && hook_set_has(&l->plan.hooks, (enum hook)h))
            n += recursion(l, (enum hook)h);
    return n;
}

bool loader_sees(const struct loader *l, unsigned slot)
{
    return l->choice.wanted[slot] && l->choice.via[slot] >= 0;
}

bool loader_hooks_function(void *ctx, const char *function)
{
    const struct loader *l = ctx;
    for (int h = 0; h < HOOK_COUNT; h++) {
        const char *name = hook_set_has(&l->plan.hooks, (enum hook)h) ? hook_place(h)->name : NULL;
        const char *on = function;
        if (!name)
            continue;
        if (hook_defs[h].kind == ABI_HOOK_lsm && !strncmp(on, "bpf_lsm_", 8))
            on += 8;
        if (!strcmp(name, on))
            return true;
    }
    return false;
}

static int read_memory(void *ctx, uint64_t at, void *to, size_t len)
{
    struct loader *l = ctx;
    uint64_t args[2] = {at, len};
    LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = args, .ctx_size_in = sizeof(args));
    int fd = bpf_program__fd(l->skel->progs.read_kernel);
    int rc = fd < 0 ? -ENOENT : bpf_prog_test_run_opts(fd, &run);
    rc = rc ? rc : (int)run.retval;
    if (!rc)
        memcpy(to, l->skel->bss->inspect_chunk, len);
    return rc;
}

struct kernel_memory loader_memory(struct loader *l)
{
    return (struct kernel_memory){.read = read_memory, .ctx = l};
}

int loader_task_iterator(const struct loader *l)
{
    int fd = bpf_program__fd(l->skel->progs.tell_task);
    return hook_set_has(&l->plan.hooks, HOOK_iter_task) && fd >= 0 ? fd : -ENOENT;
}
