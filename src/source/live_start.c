/* SPDX-License-Identifier: Apache-2.0 */
/* The start of a live source: programs loaded, hooks attached, threads that look beside them. */
#include "source/live_impl.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "event/ids.h"
#include "source/probe.h"
#include "source/stacks.h"
#include "source/times.h"

static int open_rings(struct live *l, struct error *err)
{
    unsigned n = loader_cpus(l->loader) + 1;
    int rc = rings_new(&l->rings, n);
    for (unsigned i = 0; !rc && i < n; i++)
        rc = rings_add(l->rings, loader_ring_fd(l->loader, i), loader_ring_bytes(l->loader, i));
    return rc ? error_set(err, rc, "the rings can't be mapped: %s", strerror(-rc)) : 0;
}

int live_load(struct live *l, struct error *err)
{
    rings_free(l->rings);
    loader_close(l->loader);
    l->rings = NULL;
    l->loader = NULL;
    int rc = loader_open(&l->loader, &l->options, err);
    return rc ? rc : open_rings(l, err);
}

/* Attaches, and once more where a hook turns out not to be had and there is another way. */
static int attach(struct live *l, struct error *err)
{
    for (;;) {
        int rc = 0;
        if (l->options.command)
            rc = loader_adopt(l->loader, (uint32_t)l->command.pid, l->sets);
        if (rc)
            return error_set(err, rc, "%s can't be started: %s", l->options.command[0],
                             strerror(-rc));
        rc = loader_adopt_trees(l->loader, err);
        rc = rc ? rc : loader_attach(l->loader, err);
        if (rc != -EAGAIN)
            return rc;
        rc = live_load(l, err);
        if (rc)
            return rc;
    }
}

static int start_looking(struct live *l, struct error *err)
{
    uint64_t sets[PLAN_SLOTS] = {0};
    for (unsigned slot = 0; slot < catalog_builtin()->count; slot++)
        sets[slot] = loader_sees(l->loader, slot) ? l->wanted[slot] : 0;
    struct inspect_setup setup = {
        .sets = sets,
        .memory = loader_memory(l->loader),
        .wishes = l->options.wishes,
        .interval_ns = l->options.inspect_ns,
        .is_ours = loader_hooks_function,
        .ours = l->loader,
    };
    int rc = inspect_start(&l->inspect, &setup);
    if (rc)
        return error_set(err, rc, "the kernel can't be looked at: %s", strerror(-rc));
    rc = libraries_start(&l->libraries, sets, l->options.wishes);
    return rc ? error_set(err, rc, "libraries can't be looked into: %s", strerror(-rc)) : 0;
}

static int start_containers(struct live *l, struct error *err)
{
    struct containers_setup setup = {
        .sets = l->wanted,
        .state = l->options.state,
        .root = probe_cgroup_root(),
        .realtime_offset = l->source.machine.realtime_offset,
        .refresh_ns = RUNTIME_REFRESH_NS,
    };
    if (l->options.runtimes)
        setup.sockets = *l->options.runtimes;
    int rc = containers_start(&l->containers, &setup);
    return rc ? error_set(err, rc, "containers can't be looked at: %s", strerror(-rc)) : 0;
}

/* Of a command or trees only those who belong to them, and their ancestors, are told of. */
static int begin_existing(struct live *l, struct error *err)
{
    unsigned ntrees;
    const struct tree *trees = loader_trees(l->loader, &ntrees);
    uint32_t command = l->options.command ? (uint32_t)l->command.pid : 0;
    int rc = existing_begin(&l->existing, loader_task_iterator(l->loader), command, trees, ntrees);
    return rc ? error_set(err, rc, "/proc can't be read: %s", strerror(-rc)) : 0;
}

static int start_stacks(struct live *l, struct error *err)
{
    struct stacks_setup setup = {.tell_again = loader_tell_again, .ctx = l->loader};
    if (!l->options.user_stacks)
        return 0;
    int rc = stacks_start(&l->stacks, &setup);
    if (rc)
        return error_set(err, rc, "user stacks can't be read: %s", strerror(-rc));
    return 0;
}

static int start_hashes(struct live *l, struct error *err)
{
    int rc = hashes_start(&l->hashes, l->wanted[SLOT_executable_hash]);
    return rc ? error_set(err, rc, "programs can't be hashed: %s", strerror(-rc)) : 0;
}

static int start_mounts(struct live *l, struct error *err)
{
    uint32_t host_ns = loader_init_namespaces(l->loader)->mnt;
    int rc = mounts_open(&l->mounts, l->wanted[SLOT_existing_mount], host_ns);
    return rc ? error_set(err, rc, "out of memory") : 0;
}

/* As soon as a record is in a ring: what it speaks of may be gone when it is handed on. */
static void see(void *ctx, const struct abi_record *r)
{
    struct live *l = ctx;
    hashes_see(l->hashes, r);
    if (l->stacks)
        stacks_see(l->stacks, r);
}

int live_start(struct live *l, struct error *err)
{
    int rc = 0;
    l->started = true;
    if (l->options.command)
        rc = command_fork(&l->command, l->options.command);
    if (rc)
        return error_set(err, rc, "%s can't be started: %s", l->options.command[0], strerror(-rc));
    rc = attach(l, err);
    rc = rc ? rc : loader_adopt_trees(l->loader, err);
    if (rc)
        return rc;
    l->began = clock_boot() - LIVE_WINDOW_NS;
    own_begin(&l->own, &l->source, loader_init_namespaces(l->loader), l->began);
    rc = start_looking(l, err);
    rc = rc ? rc : begin_existing(l, err);
    rc = rc ? rc : start_stacks(l, err);
    rc = rc ? rc : start_containers(l, err);
    rc = rc ? rc : start_hashes(l, err);
    rc = rc ? rc : start_mounts(l, err);
    if (rc)
        return rc;
    if (l->stacks || l->hashes)
        rings_watch(l->rings, see, l);
    return l->options.command ? command_start(&l->command, l->options.command[0], err) : 0;
}
