/* SPDX-License-Identifier: Apache-2.0 */
#include "source/loader_impl.h"

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
#include "source/core_types.h"
#include "source/kernel.h"
#include "source/load_maps.h"
#include "source/probe.h"
#include "source/programs.h"
#include "source/scope_containers.h"

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
    if (s->used & (1u << SCOPE_KEY_EXECUTABLE) || s->started_container)
        hook_set_add(&hooks, HOOK_sched_process_exec);
    if (s->used & (1u << SCOPE_KEY_CONTAINER)) {
        hook_set_add(&hooks, HOOK_cgroup_mkdir);
        hook_set_add(&hooks, HOOK_cgroup_rmdir);
    }
    return hooks;
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
        t->config.tree = t->config.all & ~o->machine_sets;
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
    rc = rc ? rc : loader_load(l, o, t, err);
    rc = rc ? rc : set_up(l, t, err);
    if (!rc && t->config.used & (1u << SCOPE_KEY_CONTAINER))
        scope_containers_probe(t, bpf_map__fd(l->skel->maps.containers), CONTAINERS_MAX);
    core_types_release();
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

int loader_adopt(struct loader *l, uint32_t pid, uint64_t sets)
{
    return adopt_task(bpf_map__fd(l->skel->maps.task_states), pid, sets, 0, l->attached);
}

int loader_adopt_trees(struct loader *l, struct error *err)
{
    return adopt_trees(bpf_map__fd(l->skel->maps.task_states), l->trees, l->ntrees, l->attached,
                       err);
}

const struct tree *loader_trees(const struct loader *l, unsigned *count)
{
    *count = l->ntrees;
    return l->trees;
}

const struct init_namespaces *loader_init_namespaces(const struct loader *l)
{
    return &l->skel->bss->init_namespaces;
}

uint64_t loader_containers_refused(const struct loader *l)
{
    return l->skel->bss->containers_refused;
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
