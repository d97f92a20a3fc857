/* SPDX-License-Identifier: Apache-2.0 */
#include "source/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ratel.skel.h"
#include "source/adopt.h"
#include "source/choice.h"
#include "source/chosen_attach.h"
#include "source/hooks.h"
#include "source/kernel.h"
#include "source/kinds.h"
#include "source/links.h"
#include "source/load_maps.h"
#include "source/probe.h"
#include "source/programs.h"

struct loader {
    struct ratel_bpf *skel;
    struct program_plan plan;
    struct choice choice;
    struct hook_set needed; /* hooks without which the rules would not be kept */
    struct links *links;
    const struct chosen_list *chosen; /* borrowed; NULL for none */
    struct chosen_links *chosen_links;
    int *ring_fds; /* by CPU */
    unsigned ncpu;
    size_t ring_bytes, lifecycle_bytes;
    struct cpu_counters *counters; /* of all CPUs, mapped */
    size_t counters_bytes;
    struct tree trees[SCOPE_RULES_MAX];
    unsigned ntrees;
    bool attached;
};

__attribute__((format(printf, 2, 0))) static int print_libbpf(enum libbpf_print_level level,
                                                              const char *format, va_list args)
{
    char line[2048];
    if (log_level < LOG_DEBUG || level == LIBBPF_DEBUG)
        return 0;
    vsnprintf(line, sizeof(line), format, args);
    for (char *save = NULL, *l = strtok_r(line, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
        log_debug("libbpf: %s", l);
    return 0;
}

/* Hooks that a scope needs to be kept up to date. */
static struct hook_set scope_hooks(const struct scope_config *s)
{
    struct hook_set hooks = {0};
    if (s->tree | s->not_tree | s->follow)
        hook_set_add(&hooks, HOOK_sched_process_fork);
    if (s->used & (1u << SCOPE_KEY_EXECUTABLE))
        hook_set_add(&hooks, HOOK_sched_process_exec);
    if (s->used & (1u << SCOPE_KEY_CONTAINER)) {
        hook_set_add(&hooks, HOOK_cgroup_mkdir);
        hook_set_add(&hooks, HOOK_cgroup_rmdir);
    }
    return hooks;
}

/* Where arguments of an exec that could not be read at first are read again. */
static enum hook exec_hook(void)
{
    return hook_why(HOOK_sched_prepare_exec) ? HOOK_sched_process_exec : HOOK_sched_prepare_exec;
}

/*
 * Hooks that rules need and the plan's helpers: a rule that can't be kept is no start, a helper
 * that is not to be had is left out.
 */
static int check_hooks(struct loader *l, struct error *err)
{
    for (int h = 0; h < HOOK_COUNT; h++) {
        const char *why =
            hook_set_has(&l->plan.hooks, (enum hook)h) ? hook_why((enum hook)h) : NULL;
        if (!why)
            continue;
        if (hook_set_has(&l->needed, (enum hook)h))
            return error_set(err, -EOPNOTSUPP, "the scope can't be kept without %s: %s",
                             hook_defs[h].name, why);
        hook_set_remove(&l->plan.hooks, (enum hook)h);
    }
    return 0;
}

/* What is to be loaded, for the ways that are to be had by now. */
static int make_plan(struct loader *l, const struct live_options *o, struct error *err)
{
    struct plan_request request = {
        .sets = o->sets, .origins = o->origins, .fd_paths = o->fd_paths, .extra_hooks = l->needed};
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
    LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = kernel_btf_path());
    int rc = make_plan(l, o, err);
    if (rc)
        return rc;
    l->skel = ratel_bpf__open_opts(&opts);
    if (!l->skel)
        return error_set(err, -errno, "the kernel programs can't be opened: %s", strerror(errno));
    programs_choose(l->skel->obj, &l->plan.hooks);
    rc = load_maps_configure(l->skel, &l->plan, t, o, l->ncpu, l->lifecycle_bytes);
    rc = rc || !l->chosen ? rc : chosen_prepare(l->chosen, l->skel->obj);
    return rc ? error_set(err, rc, "the kernel programs can't be set up: %s", strerror(-rc)) : 0;
}

/* Each time that the kernel refuses a program its events take their next way. */
static int load_programs(struct loader *l, const struct live_options *o,
                         const struct scope_tables *t, struct error *err)
{
    int rc;
    do {
        ratel_bpf__destroy(l->skel);
        l->skel = NULL;
        rc = open_programs(l, o, t, err);
        rc = rc ? rc : programs_load(l->skel->skeleton, err);
    } while (rc == -EAGAIN);
    if (!rc)
        choice_warn(&l->choice);
    return rc;
}

static int make_rings(struct loader *l)
{
    l->ring_fds = calloc(l->ncpu, sizeof(*l->ring_fds));
    if (!l->ring_fds)
        return -ENOMEM;
    for (unsigned cpu = 0; cpu < l->ncpu; cpu++)
        l->ring_fds[cpu] = -1;
    for (uint32_t cpu = 0; cpu < l->ncpu; cpu++) {
        int fd =
            bpf_map_create(BPF_MAP_TYPE_RINGBUF, "bulk_ring", 0, 0, (uint32_t)l->ring_bytes, NULL);
        if (fd < 0)
            return -errno;
        l->ring_fds[cpu] = fd;
        if (bpf_map_update_elem(bpf_map__fd(l->skel->maps.bulk_rings), &cpu, &fd, BPF_ANY))
            return -errno;
    }
    return 0;
}

static int map_counters(struct loader *l)
{
    l->counters_bytes = sizeof(struct cpu_counters) * l->ncpu;
    void *p = mmap(NULL, l->counters_bytes, PROT_READ, MAP_SHARED,
                   bpf_map__fd(l->skel->maps.counters), 0);
    if (p == MAP_FAILED)
        return -errno;
    l->counters = p;
    return 0;
}

static int find_self(struct loader *l)
{
    LIBBPF_OPTS(bpf_test_run_opts, run);
    int rc = bpf_prog_test_run_opts(bpf_program__fd(l->skel->progs.find_self), &run);
    if (rc)
        return rc;
    return l->skel->bss->self_tgid ? 0 : -EPROTO;
}

/* Sizes of rings are powers of two of whole pages. */
static size_t ring_size(size_t wanted)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = page;
    while (size < wanted && size < (1ull << 30))
        size *= 2;
    return size;
}

static int set_up(struct loader *l, const struct scope_tables *t, struct error *err)
{
    int rc = find_self(l);
    rc = rc ? rc : make_rings(l);
    rc = rc ? rc : map_counters(l);
    rc = rc ? rc : load_maps_fill(l->skel, &l->plan, t);
    return rc ? error_set(err, rc, "the kernel refuses to set up ratel's maps: %s", strerror(-rc))
              : 0;
}

static int make_scopes(struct loader *l, const struct live_options *o, struct scope_tables *t,
                       struct error *err)
{
    int rc = scope_tables_make(t, o->scopes, o->nscopes, err);
    if (rc)
        return rc;
    t->config.start_time = clock_boot();
    t->config.cgroup_subsys = probe_cgroup_subsys();
    if (o->command) {
        t->config.tree = t->config.all;
        t->config.used |= 1u << 31;
    }
    memcpy(l->trees, t->trees, sizeof(l->trees));
    l->ntrees = t->ntrees;
    l->needed = scope_hooks(&t->config);
    return 0;
}

static int open_all(struct loader *l, const struct live_options *o, struct scope_tables *t,
                    struct error *err)
{
    int ncpu = libbpf_num_possible_cpus();
    if (ncpu < 0)
        return error_set(err, ncpu, "the number of CPUs can't be had: %s", strerror(-ncpu));
    l->ncpu = (unsigned)ncpu;
    l->ring_bytes = ring_size(o->ring_bytes);
    l->lifecycle_bytes = ring_size(o->lifecycle_ring_bytes);
    l->chosen = o->chosen;
    int rc = programs_init();
    if (rc)
        return error_set(err, rc, "libbpf: %s", strerror(-rc));
    rc = make_scopes(l, o, t, err);
    rc = rc ? rc : load_programs(l, o, t, err);
    rc = rc ? rc : set_up(l, t, err);
    if (!rc && t->config.used & (1u << SCOPE_KEY_CONTAINER))
        probe_containers(bpf_map__fd(l->skel->maps.containers), CONTAINERS_MAX);
    kernel_release();
    return rc;
}

int loader_open(struct loader **out, const struct live_options *o, struct error *err)
{
    struct loader *l = calloc(1, sizeof(*l));
    struct scope_tables *t = calloc(1, sizeof(*t));
    libbpf_set_print(print_libbpf);
    int rc = l && t ? 0 : error_set(err, -ENOMEM, "out of memory");
    rc = rc ? rc : open_all(l, o, t, err);
    if (t)
        scope_tables_free(t);
    free(t);
    if (rc)
        loader_close(l);
    else
        *out = l;
    return rc;
}

static bool to_attach(const struct loader *l, enum hook h, bool returns)
{
    return hook_set_has(&l->plan.hooks, h) && !hook_follows(h) &&
           hook_defs[h].kind != ABI_HOOK_inspect &&
           returns == (hook_defs[h].kind == ABI_HOOK_kretprobe);
}

/* *refused gets what the kernel refuses; a failure only where a scope could not be kept. */
static int attach_hook(struct loader *l, enum hook h, struct hook_set *refused, struct error *err)
{
    int rc = links_attach(l->links, l->skel->obj, h);
    if (!rc)
        return 0;
    const char *name = hook_place(h)->name;
    hook_refuse(h, "the kernel refuses to attach to %s/%s (%s)", hook_kind_names[hook_defs[h].kind],
                name ? name : hook_defs[h].target, kind_strerror(-rc));
    if (hook_set_has(&l->needed, h))
        return error_set(err, rc, "the scope can't be kept: %s", hook_why(h));
    hook_set_add(refused, h);
    return 0;
}

/* -EAGAIN where an event has another way, which takes other programs. */
static int go_without(struct loader *l, const struct hook_set *refused, struct error *err)
{
    unsigned left = 1;
    const char *why = "";
    for (int h = 0; h < HOOK_COUNT; h++)
        if (hook_set_has(refused, (enum hook)h) && choice_has_other(&l->choice, h, hook_why))
            return -EAGAIN;
    for (int h = 0; h < HOOK_COUNT; h++) {
        if (!hook_set_has(refused, (enum hook)h))
            continue;
        why = hook_why(h);
        left = choice_give_up(&l->choice, h, why);
    }
    return left || (l->chosen && l->chosen->count)
               ? 0
               : error_set(err, -EOPNOTSUPP, "nothing is left to trace: %s", why);
}

/* A call's return before its beginning: of what began, the end is sure to be seen. */
int loader_attach(struct loader *l, struct error *err)
{
    struct hook_set refused = {0};
    int rc = 0;
    l->attached = true;
    l->links = links_new();
    if (!l->links)
        return error_set(err, -ENOMEM, "out of memory");
    for (int returns = 1; returns >= 0; returns--)
        for (int h = 0; h < HOOK_COUNT && !rc; h++)
            if (to_attach(l, (enum hook)h, returns))
                rc = attach_hook(l, (enum hook)h, &refused, err);
    rc = rc ? rc : go_without(l, &refused, err);
    if (rc) {
        loader_detach(l);
        return rc;
    }
    rc = l->chosen ? chosen_attach(&l->chosen_links, l->chosen, l->skel->obj) : 0;
    return rc ? error_set(err, rc, "out of memory") : 0;
}

int loader_adopt(struct loader *l, uint32_t pid, uint64_t sets)
{
    return adopt_task(bpf_map__fd(l->skel->maps.task_states), pid, sets, 0, l->attached);
}

int loader_adopt_trees(struct loader *l, struct error *err)
{
    return adopt_trees(bpf_map__fd(l->skel->maps.task_states), l->trees, l->ntrees, l->attached,
                       err);
}

const struct init_namespaces *loader_init_namespaces(const struct loader *l)
{
    return &l->skel->bss->init_namespaces;
}

void loader_detach(struct loader *l)
{
    chosen_detach(l->chosen_links);
    l->chosen_links = NULL;
    links_free(l->links);
    l->links = NULL;
}

void loader_close(struct loader *l)
{
    if (!l)
        return;
    loader_detach(l);
    if (l->counters)
        munmap(l->counters, l->counters_bytes);
    for (unsigned cpu = 0; l->ring_fds && cpu < l->ncpu; cpu++)
        if (l->ring_fds[cpu] >= 0)
            close(l->ring_fds[cpu]);
    free(l->ring_fds);
    ratel_bpf__destroy(l->skel);
    free(l);
}

unsigned loader_cpus(const struct loader *l)
{
    return l->ncpu;
}

int loader_ring_fd(const struct loader *l, unsigned cpu)
{
    return cpu < l->ncpu ? l->ring_fds[cpu] : bpf_map__fd(l->skel->maps.lifecycle_ring);
}

size_t loader_ring_bytes(const struct loader *l, unsigned cpu)
{
    return cpu < l->ncpu ? l->ring_bytes : l->lifecycle_bytes;
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
