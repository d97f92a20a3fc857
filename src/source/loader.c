/* SPDX-License-Identifier: Apache-2.0 */
#include "source/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ratel.skel.h"
#include "source/chosen_attach.h"
#include "source/probe.h"
#include "source/tree.h"

#define ADOPT_TRIES 1000 /* a try takes a microsecond */

struct loader {
    struct ratel_bpf *skel;
    struct program_plan plan;
    struct bpf_link *links[HOOK_COUNT];
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

/* Which way each event is seen, by slot; warns once for each that was asked for and can't be. */
static void choose_vias(const struct live_options *o, int8_t *via)
{
    const struct catalog *c = catalog_builtin();
    for (unsigned slot = 0; slot < c->count; slot++) {
        const char *why = "";
        via[slot] = (int8_t)live_event_via(&c->events[slot], &why);
        if (via[slot] < 0 && o->sets[slot])
            log_warn("%s is not to be had here: %s", c->events[slot].name, why);
    }
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
    return live_hook_available(HOOK_sched_prepare_exec) ? HOOK_sched_prepare_exec
                                                        : HOOK_sched_process_exec;
}

static void choose_programs(struct loader *l)
{
    struct bpf_program *p;
    bpf_object__for_each_program(p, l->skel->obj)
        bpf_program__set_autoload(p, !strcmp(bpf_program__name(p), "find_self"));
    for (int h = 0; h < HOOK_COUNT; h++) {
        p = bpf_object__find_program_by_name(l->skel->obj, hook_defs[h].program);
        if (p && hook_set_has(&l->plan.hooks, (enum hook)h))
            bpf_program__set_autoload(p, true);
    }
}

/* As many entries as there will be; none is not a size. */
static int size_map(struct bpf_map *map, unsigned entries)
{
    return bpf_map__set_max_entries(map, entries ? entries : 1);
}

static int size_scopes(struct loader *l, const struct scope_tables *t)
{
    int rc = size_map(l->skel->maps.scope_numbers, t->nnumbers);
    rc = rc ? rc : size_map(l->skel->maps.scope_comms, t->ntexts);
    return rc ? rc : size_map(l->skel->maps.scope_texts, t->ntexts);
}

/* What the verifier must know, and the sizes that depend on the machine. */
static int configure(struct loader *l, const struct live_options *o, const struct scope_tables *t)
{
    struct ratel_bpf__rodata *ro = l->skel->rodata;
    const uint32_t by_exec =
        1u << SCOPE_KEY_COMM | 1u << SCOPE_KEY_EXECUTABLE | 1u << SCOPE_KEY_UID;
    memcpy((void *)&ro->scope_config, &t->config, sizeof(t->config));
    memcpy((void *)ro->event_sets, l->plan.event_sets, sizeof(l->plan.event_sets));
    for (unsigned i = 0; o->chosen && i < o->chosen->count; i++) {
        unsigned slot = o->chosen->items[i].hook.slot;
        ((uint64_t *)ro->event_sets)[slot] = o->sets[slot];
    }
    memcpy((void *)ro->event_via, l->plan.event_via, sizeof(l->plan.event_via));
    memcpy((void *)ro->sys_exit_wanted, l->plan.exit_wanted, sizeof(l->plan.exit_wanted));
    memcpy((void *)ro->sys_enter_wanted, l->plan.enter_wanted, sizeof(l->plan.enter_wanted));
    ro->exec_env = o->env;
    ro->paths_of_task = o->task_paths;
    ro->stash_always = t->config.used & by_exec;
    int rc = bpf_map__set_max_entries(l->skel->maps.scratches, l->ncpu * SCRATCHES);
    rc = rc ? rc : bpf_map__set_max_entries(l->skel->maps.counters, l->ncpu);
    rc = rc ? rc : bpf_map__set_max_entries(l->skel->maps.bulk_rings, l->ncpu);
    rc = rc ? rc : size_map(l->skel->maps.stashes, l->plan.stash ? STASH_SLOTS : 1);
    rc = rc ? rc : size_scopes(l, t);
    return rc ? rc
              : bpf_map__set_max_entries(l->skel->maps.lifecycle_ring,
                                         (uint32_t)l->lifecycle_bytes);
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

static int fill_scopes(struct loader *l, const struct scope_tables *t)
{
    int numbers = bpf_map__fd(l->skel->maps.scope_numbers);
    int texts = bpf_map__fd(l->skel->maps.scope_texts);
    int comms = bpf_map__fd(l->skel->maps.scope_comms);
    int ranges = bpf_map__fd(l->skel->maps.scope_ranges);
    for (unsigned i = 0; i < t->nnumbers; i++)
        if (bpf_map_update_elem(numbers, &t->numbers[i].key, &t->numbers[i].match, BPF_ANY))
            return -errno;
    for (unsigned i = 0; i < t->ntexts; i++) {
        const struct scope_text_row *row = &t->texts[i];
        bool comm = row->key.kind == SCOPE_KEY_COMM; /* short enough for a map of their own */
        if (bpf_map_update_elem(comm ? comms : texts, comm ? (void *)row->key.text : &row->key,
                                &row->match, BPF_ANY))
            return -errno;
    }
    for (uint32_t kind = 0; kind < SCOPE_KEY_NUMBERS; kind++) {
        for (uint32_t i = kind * SCOPE_RANGES;
             t->config.ranged[kind] && i < (kind + 1) * SCOPE_RANGES; i++)
            if (bpf_map_update_elem(ranges, &i, &t->ranges[i], BPF_ANY))
                return -errno;
    }
    return 0;
}

static int fill_after(struct loader *l)
{
    for (uint32_t h = 0; h < HOOK_COUNT; h++) {
        if (hook_defs[h].kind != ABI_HOOK_sys_exit || !hook_set_has(&l->plan.hooks, h))
            continue;
        struct bpf_program *p =
            bpf_object__find_program_by_name(l->skel->obj, hook_defs[h].program);
        int fd = bpf_program__fd(p);
        if (bpf_map_update_elem(bpf_map__fd(l->skel->maps.after_programs), &h, &fd, BPF_ANY))
            return -errno;
    }
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

static int load_error(struct error *err, int rc, const char *what)
{
    if (rc == -EPERM)
        return error_set(err, rc,
                         "the kernel refuses to %s (%s): run as root, or give the capabilities "
                         "CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE; `ratel doctor` tells more",
                         what, strerror(-rc));
    return error_set(err, rc,
                     "the kernel refuses to %s (%s): `ratel doctor` tells what it offers, "
                     "--log debug shows its reason",
                     what, strerror(-rc));
}

/* Sizes of rings are powers of two of whole pages. */
static size_t ring_size(size_t wanted)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = page;
    while (size < wanted && size < (1ull << 30))
        size *= 2;
    return size;
}

static int prepare(struct loader *l, const struct live_options *o, struct scope_tables *t,
                   struct error *err)
{
    int8_t via[PLAN_SLOTS] = {0};
    struct plan_request request = {.sets = o->sets, .fd_paths = o->fd_paths};
    int rc = scope_tables_make(t, o->scopes, o->nscopes, err);
    if (rc)
        return rc;
    t->config.start_time = clock_boot();
    t->config.cgroup_subsys = probe_cgroup_subsys();
    if (o->command) {
        t->config.tree = t->config.all;
        t->config.used |= 1u << 31;
    }
    choose_vias(o, via);
    request.extra_hooks = scope_hooks(&t->config);
    plan_make(&l->plan, &request, via);
    if (l->plan.stash)
        hook_set_add(&l->plan.hooks, exec_hook());
    l->skel = ratel_bpf__open();
    if (!l->skel)
        return error_set(err, -errno, "the kernel programs can't be opened: %s", strerror(errno));
    choose_programs(l);
    l->chosen = o->chosen;
    rc = configure(l, o, t);
    rc = rc || !l->chosen ? rc : chosen_prepare(l->chosen, l->skel->obj);
    return rc ? error_set(err, rc, "the kernel programs can't be set up: %s", strerror(-rc)) : 0;
}

static int load(struct loader *l, const struct scope_tables *t, struct error *err)
{
    int rc = ratel_bpf__load(l->skel);
    if (rc)
        return load_error(err, rc, "load ratel's programs");
    memcpy(l->skel->bss->plans, l->plan.plans, sizeof(l->plan.plans));
    rc = find_self(l);
    rc = rc ? rc : make_rings(l);
    rc = rc ? rc : map_counters(l);
    rc = rc ? rc : fill_scopes(l, t);
    rc = rc ? rc : fill_after(l);
    return rc ? load_error(err, rc, "set up ratel's maps") : 0;
}

int loader_open(struct loader **out, const struct live_options *o, struct error *err)
{
    struct loader *l = calloc(1, sizeof(*l));
    struct scope_tables *t = calloc(1, sizeof(*t));
    int rc = -ENOMEM;
    if (!l || !t) {
        error_set(err, rc, "out of memory");
        goto out;
    }
    libbpf_set_print(print_libbpf);
    rc = libbpf_num_possible_cpus();
    if (rc < 0) {
        error_set(err, rc, "the number of CPUs can't be had: %s", strerror(-rc));
        goto out;
    }
    l->ncpu = (unsigned)rc;
    l->ring_bytes = ring_size(o->ring_bytes);
    l->lifecycle_bytes = ring_size(o->lifecycle_ring_bytes);
    rc = prepare(l, o, t, err);
    rc = rc ? rc : load(l, t, err);
    if (!rc && t->config.used & (1u << SCOPE_KEY_CONTAINER))
        probe_containers(bpf_map__fd(l->skel->maps.containers), CONTAINERS_MAX);
    memcpy(l->trees, t->trees, sizeof(l->trees));
    l->ntrees = t->ntrees;
out:
    if (t)
        scope_tables_free(t);
    free(t);
    if (rc)
        loader_close(l);
    else
        *out = l;
    return rc;
}

int loader_attach(struct loader *l, struct error *err)
{
    l->attached = true;
    for (int h = 0; h < HOOK_COUNT; h++) {
        if (!hook_set_has(&l->plan.hooks, (enum hook)h) || hook_defs[h].kind == ABI_HOOK_sys_exit)
            continue;
        struct bpf_program *p =
            bpf_object__find_program_by_name(l->skel->obj, hook_defs[h].program);
        l->links[h] = bpf_program__attach(p);
        if (!l->links[h]) {
            int rc = -errno;
            loader_detach(l);
            return error_set(err, rc, "the kernel refuses to attach to %s: %s", hook_defs[h].target,
                             strerror(-rc));
        }
    }
    int rc = l->chosen ? chosen_attach(&l->chosen_links, l->chosen, l->skel->obj) : 0;
    return rc ? error_set(err, rc, "out of memory") : 0;
}

/*
 * A task's storage is shared by all programs of the machine: when two make a task's first one at
 * the same time, the kernel tells the second to try again.
 */
static int update_state(int map, int fd, const struct task_state *s, uint64_t flags)
{
    int rc = -EAGAIN;
    for (int i = 0; i < ADOPT_TRIES && rc == -EAGAIN; i++)
        rc = bpf_map_update_elem(map, &fd, s, flags) ? -errno : 0;
    return rc;
}

/*
 * Once the hooks are in place the kernel writes states too, and one that is there was inherited by
 * birth: it is left alone.
 */
static int adopt(struct loader *l, uint32_t pid, uint64_t sets, uint64_t not_sets)
{
    struct task_state s = {0};
    int map = bpf_map__fd(l->skel->maps.task_states);
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return -errno;
    if (!l->attached)
        bpf_map_lookup_elem(map, &fd, &s); /* a new one stays zero */
    s.tree |= sets;
    s.not_tree |= not_sets;
    int rc = update_state(map, fd, &s, l->attached ? BPF_NOEXIST : BPF_ANY);
    close(fd);
    return rc == -EEXIST ? 0 : rc;
}

int loader_adopt(struct loader *l, uint32_t pid, uint64_t sets)
{
    return adopt(l, pid, sets, 0);
}

int loader_adopt_trees(struct loader *l, struct error *err)
{
    struct tree_member *members;
    unsigned n;
    int rc = l->ntrees ? tree_find(l->trees, l->ntrees, &members, &n) : 0;
    if (rc || !l->ntrees)
        return rc ? error_set(err, rc, "/proc can't be read: %s", strerror(-rc)) : 0;
    for (unsigned i = 0; i < n && !rc; i++) {
        rc = adopt(l, members[i].pid, members[i].sets, members[i].not_sets);
        if (rc == -ESRCH || rc == -EINVAL) /* gone since */
            rc = 0;
    }
    free(members);
    return rc ? error_set(err, rc, "a process tree can't be marked: %s", strerror(-rc)) : 0;
}

const struct init_namespaces *loader_init_namespaces(const struct loader *l)
{
    return &l->skel->bss->init_namespaces;
}

void loader_detach(struct loader *l)
{
    chosen_detach(l->chosen_links);
    l->chosen_links = NULL;
    for (int h = 0; h < HOOK_COUNT; h++) {
        if (l->links[h])
            bpf_link__destroy(l->links[h]);
        l->links[h] = NULL;
    }
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
    if (l->skel)
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

uint64_t loader_recursion(const struct loader *l, enum hook hook)
{
    struct bpf_prog_info info = {0};
    uint32_t len = sizeof(info);
    struct bpf_program *p = bpf_object__find_program_by_name(l->skel->obj, hook_defs[hook].program);
    if (!p || bpf_program__fd(p) < 0 || bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &len))
        return 0;
    return info.recursion_misses;
}
