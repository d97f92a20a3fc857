/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The running kernel. Records come out of the rings merged by time; between them go ratel's own:
 * what it is, what was lost, how it is doing.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "event/context.h"
#include "source/live_impl.h"
#include "source/stacks.h"
#include "source/times.h"

#define HOLD_FILL 50 /* percent of a ring: fuller, nothing is held back */

static struct live *live_of(struct source *s)
{
    return (struct live *)(void *)s;
}

static void live_stop(struct source *s)
{
    struct live *l = live_of(s);
    if (l->stopped)
        return;
    loader_detach(l->loader);
    l->stopped = true;
    uint64_t refused = loader_containers_refused(l->loader);
    if (refused)
        log_warn("more than %d containers: container= scopes missed %" PRIu64 " cgroups",
                 CONTAINERS_MAX, refused);
}

static void live_counts(struct source *s, unsigned slot, struct source_counts *out)
{
    struct live *l = live_of(s);
    const struct event_def *def = &s->catalog->events[slot];
    struct counters c;
    loader_counts(l->loader, slot, &c);
    memset(out, 0, sizeof(*out));
    out->seen = c.passed + c.scoped;
    out->scoped = c.scoped;
    out->lost[LOSS_ring_full] = c.lost[KLOSS_RING_FULL];
    out->lost[LOSS_scratch_busy] = c.lost[KLOSS_SCRATCH_BUSY];
    out->lost[LOSS_too_big] = c.lost[KLOSS_TOO_BIG];
    out->lost[LOSS_memory_busy] = c.lost[KLOSS_MEMORY_BUSY];
    out->lost[LOSS_calls_full] = c.lost[KLOSS_CALLS_FULL];
    if (!def->is_syscall) {
        out->lost[LOSS_recursion] = loader_recursion(l->loader, slot);
        out->seen += out->lost[LOSS_recursion];
    }
    own_counts(&l->own, slot, out);
    inspect_counts(l->inspect, slot, out);
    libraries_counts(l->libraries, slot, out);
    existing_counts(&l->existing, slot, out);
    containers_counts(l->containers, slot, out);
    hashes_counts(l->hashes, slot, out);
    mounts_counts(l->mounts, slot, out);
}

static const struct abi_record *live_look_up(struct source *s, uint32_t pid, uint32_t tid,
                                             uint64_t start, uint64_t time)
{
    const struct look_at at = {.pid = pid, .tid = tid, .start = start};
    const struct abi_record *r = existing_look(&live_of(s)->existing, &at, time);
    if (r)
        hashes_see(live_of(s)->hashes, r);
    return r;
}

static const struct abi_record *live_look_mounts(struct source *s, uint32_t pid, uint32_t another,
                                                 uint32_t mnt_ns, uint32_t entry, uint64_t time)
{
    return mounts_look(live_of(s)->mounts, pid, another, mnt_ns, entry, time);
}

static const struct abi_record *live_look_cgroup(struct source *s, uint64_t cgroup, uint64_t time)
{
    return containers_look(live_of(s)->containers, cgroup, time);
}

/* Everything that ratel itself has to say by now, behind the records that came before. */
static unsigned read_own(struct live *l, const struct abi_record **out, unsigned max, uint64_t now)
{
    if (own_due(&l->own, now))
        own_update(&l->own, &l->source, now, rings_used(l->rings));
    return own_take(&l->own, out, max);
}

/* Sleeps longer while the rings stay nearly empty, shorter when they fill. */
static void adapt_wait(struct live *l)
{
    unsigned fill = rings_fill(l->rings);
    if (fill >= 20)
        l->wait_ns /= 2;
    else if (fill < 5)
        l->wait_ns += l->wait_ns / 2;
    if (l->wait_ns < LIVE_WAIT_MIN_NS)
        l->wait_ns = LIVE_WAIT_MIN_NS;
    if (l->wait_ns > LIVE_WAIT_MAX_NS)
        l->wait_ns = LIVE_WAIT_MAX_NS;
}

/* The end of the command is the end of the trace, also while what it left behind goes on. */
static void watch_command(struct live *l, uint64_t now)
{
    if (!l->command.pid || now < l->next_watch)
        return;
    l->next_watch = now + LIVE_WATCH_NS;
    if (command_ended(&l->command))
        live_stop(&l->source);
}

/* What was found by looking. Libraries are looked into after others of that time have gone on. */
static unsigned take_found(struct live *l, const struct abi_record **out, unsigned max,
                           uint64_t until)
{
    unsigned n = inspect_take(l->inspect, out, max, until);
    unsigned more = libraries_take(l->libraries, out + n, max - n);
    for (unsigned i = 0; i < more; i++)
        l->source.late += out[n + i]->time < rings_newest(l->rings);
    return n + more;
}

/* The pipeline does not wait any more once it is stopped. */
static int held_back(const struct live *l, unsigned n)
{
    const struct timespec t = {.tv_nsec = LIVE_WAIT_MIN_NS};
    if (!n && l->stopped)
        clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL);
    return (int)n;
}

/* How far records may be handed on: some wait for what a thread looks up, within a bound. */
static uint64_t hold(struct live *l, uint64_t until, bool *held)
{
    *held = false;
    if (!l->stacks && !l->hashes)
        return until;
    rings_scan(l->rings, &l->source.bad); /* before asking what has to wait */
    uint64_t first = stacks_waiting(l->stacks), hashed = hashes_waiting(l->hashes);
    first = hashed < first ? hashed : first;
    *held = first != UINT64_MAX && first <= until && rings_fill(l->rings) < HOLD_FILL;
    return *held ? first - 1 : until;
}

/*
 * Records of the rings, the hashes of programs before the execs that waited for them. Who asks
 * runtimes is told of cgroups as they come by.
 */
static unsigned read_rings(struct live *l, const struct abi_record **out, unsigned max,
                           uint64_t until, bool *held)
{
    struct source *s = &l->source;
    until = hold(l, until, held);
    unsigned n = hashes_take(l->hashes, out, max, rings_newest(l->rings));
    unsigned read = l->stacks ? stacks_read(l->stacks, l->rings, out + n, max - n, until, held, s)
                              : rings_read(l->rings, out + n, max - n, until, &s->late, &s->bad);
    for (unsigned i = 0; l->containers && i < read; i++)
        containers_saw(l->containers, out[n + i]);
    return n + read;
}

/* What was there before: of programs that are hashed, the hash follows. */
static unsigned take_existing(struct live *l, const struct abi_record **out, unsigned max,
                              uint64_t time)
{
    unsigned n = existing_take(&l->existing, out, max, time);
    for (unsigned i = 0; l->hashes && i < n; i++)
        hashes_see(l->hashes, out[i]);
    return n;
}

static int live_read(struct source *s, const struct abi_record **out, unsigned max,
                     struct error *err)
{
    struct live *l = live_of(s);
    if (!l->started) {
        /* What is told of the machine at the start comes before all that was seen since. */
        int rc = live_start(l, err);
        return rc ? rc : (int)own_take(&l->own, out, max);
    }
    if (l->drained)
        return -ENODATA;
    if (!l->told) {
        l->told = true;
        return (int)take_existing(l, out, max, l->began);
    }
    uint64_t now = clock_boot();
    uint64_t until = l->stopped ? UINT64_MAX : now - LIVE_WINDOW_NS;
    adapt_wait(l);
    bool held;
    unsigned n = containers_take(l->containers, out, max, until);
    unsigned read = read_rings(l, out + n, max - n, until, &held);
    n += libraries_divert(l->libraries, out + n, read);
    if (held)
        return held_back(l, n);
    if (n < max && !l->stopped)
        n += take_existing(l, out + n, max - n, until);
    if (n < max)
        n += take_found(l, out + n, max - n, until);
    if (!read && !n && l->stopped && !l->concluded) {
        inspect_end(l->inspect);
        libraries_end(l->libraries);
        containers_end(l->containers);
        n = take_found(l, out, max, until);
        n += containers_take(l->containers, out + n, max - n, until);
        own_conclude(&l->own);
        l->concluded = true;
    }
    if (n < max)
        n += read_own(l, out + n, max - n, until == UINT64_MAX ? now : until);
    if (!n && l->concluded) {
        l->drained = true;
        return -ENODATA;
    }
    watch_command(l, now);
    return (int)n;
}

static void live_wait(struct source *s)
{
    struct live *l = live_of(s);
    struct timespec t = {.tv_nsec = existing_pending(&l->existing) ? LIVE_WAIT_MIN_NS : l->wait_ns};
    if (!l->stopped)
        clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL); /* a signal ends it early */
}

static void live_close(struct source *s)
{
    struct live *l = live_of(s);
    command_close(&l->command);
    inspect_free(l->inspect);
    containers_free(l->containers);
    libraries_free(l->libraries);
    existing_free(&l->existing);
    stacks_free(l->stacks);
    hashes_stop(l->hashes);
    mounts_close(l->mounts);
    rings_free(l->rings);
    loader_close(l->loader);
    own_free(&l->own);
    free(l);
}

/* What the source keeps so as not to look it up twice. */
static void print_caches(struct live *l, FILE *out)
{
    struct cache_figures all[4];
    unsigned n = 0;
    n += hashes_known(l->hashes, &all[n]);
    n += stacks_figures(l->stacks, &all[n]);
    n += libraries_figures(l->libraries, &all[n]);
    n += inspect_figures(l->inspect, &all[n]);
    if (n)
        figures_head("cache", out);
    for (unsigned i = 0; i < n; i++)
        figures_print(&all[i], out);
}

static void live_print(struct source *s, FILE *out)
{
    print_caches(live_of(s), out);
    struct runtime_counts c;
    bool any = false;
    for (unsigned i = 0; containers_runtime(live_of(s)->containers, i, &c); i++) {
        if (!c.asked && !c.spared)
            continue;
        if (!any)
            fprintf(out, "%-28s %10s %10s %10s %10s %10s %10s %10s\n", "container runtime", "asked",
                    "answered", "unknown", "denied", "silent", "broken", "spared");
        any = true;
        fprintf(out,
                "%-28s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %10" PRIu64
                " %10" PRIu64 " %10" PRIu64 "\n",
                c.socket, c.asked, c.answered, c.unknown, c.refused, c.silent, c.broken, c.spared);
    }
}

static const struct source_ops live_ops = {
    .name = "live",
    .read = live_read,
    .wait = live_wait,
    .stop = live_stop,
    .counts = live_counts,
    .look_up = live_look_up,
    .look_mounts = live_look_mounts,
    .look_cgroup = live_look_cgroup,
    .print = live_print,
    .close = live_close,
};

static void keep_options(struct live *l, const struct live_options *o)
{
    unsigned count = l->source.catalog->count < PLAN_SLOTS ? l->source.catalog->count : PLAN_SLOTS;
    l->options = *o;
    memcpy(l->wanted, o->sets, count * sizeof(*l->wanted));
    l->options.sets = l->wanted;
    if (o->forced)
        memcpy(l->forced, o->forced, count);
    l->options.forced = l->forced;
}

int live_open(struct source **out, const struct live_options *o, struct error *err)
{
    int rc = live_check(err);
    if (rc)
        return rc;
    struct live *l = calloc(1, sizeof(*l));
    if (!l)
        return error_set(err, -ENOMEM, "out of memory");
    l->source.ops = &live_ops;
    l->source.catalog = chosen_catalog(o->chosen);
    l->wait_ns = LIVE_WAIT_MIN_NS;
    l->command.go = l->command.failed = -1;
    rc = machine_read(&l->source.machine);
    if (rc)
        error_set(err, rc, "this machine's facts can't be read: %s", strerror(-rc));
    keep_options(l, o);
    rc = rc ? rc : live_load(l, err);
    rc = rc ? rc : own_init(&l->own, o->sets, o->stats_ns);
    rc = rc ? rc
            : existing_init(&l->existing, o->sets, NSEC_PER_SEC / l->source.machine.clock_ticks);
    l->source.world_sets = o->world_sets;
    l->sets = o->nscopes >= 64 ? UINT64_MAX : o->nscopes ? (1ull << o->nscopes) - 1 : 1;
    if (rc) {
        live_close(&l->source);
        return rc;
    }
    *out = &l->source;
    return 0;
}

unsigned live_rings(void)
{
    int cpus = libbpf_num_possible_cpus();
    return cpus > 0 ? (unsigned)cpus : 1;
}

size_t live_memory(const bool *wanted, unsigned parts)
{
    const struct catalog *c = catalog_builtin();
    size_t inspect = 0, libraries = 0;
    size_t containers = parts & CONTEXT_CONTAINER ? containers_memory() : 0;
    for (unsigned slot = 0; slot < c->count; slot++) {
        if (wanted[slot] && inspect_makes(&c->events[slot]))
            inspect = inspect_memory();
        if (wanted[slot] && libraries_make(&c->events[slot]))
            libraries = libraries_memory();
        if (wanted[slot] && containers_makes(&c->events[slot]))
            containers = containers_memory();
    }
    return inspect + libraries + containers + (parts ? existing_memory() : 0) +
           (parts & CONTEXT_MOUNTS ? mounts_memory() : 0) + (live_rings() + 1) * rings_memory() +
           live_rings() * sizeof(struct cpu_counters) + own_memory();
}
