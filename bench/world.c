/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the world takes for each kind of event of a recording, in nanoseconds of user space: all
 * records are read first, then fed, each with the clock before and behind it, the clock's own cost
 * taken off.
 *
 *     ratel record -e sched_process_exec --enrich ancestors -o make.ratel -- make -j2
 *     build/bench/world make.ratel
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "event/ids.h"
#include "source/replay.h"
#include "world/world.h"

#define PARTS (CONTEXT_PROCESS | CONTEXT_ANCESTORS)
#define BATCH 1024

struct records {
    struct abi_record **rows;
    size_t count, cap;
};

/* What one kind of event took. */
struct cost {
    const char *name;
    unsigned id; /* 0: any other */
    uint64_t count, ns;
};

static bool keep(struct records *all, const struct abi_record *r)
{
    if (all->count == all->cap) {
        all->cap = all->cap ? all->cap * 2 : 4096;
        all->rows = reallocarray(all->rows, all->cap, sizeof(*all->rows));
        if (!all->rows)
            return false;
    }
    struct abi_record *copy = aligned_alloc(8, r->len);
    if (!copy)
        return false;
    memcpy(copy, r, r->len);
    all->rows[all->count++] = copy;
    return true;
}

static int read_all(struct records *all, struct source *s, struct error *err)
{
    const struct abi_record *batch[BATCH];
    int n;
    while ((n = s->ops->read(s, batch, BATCH, err)) >= 0)
        for (int i = 0; i < n; i++)
            if (!keep(all, batch[i]))
                return error_set(err, -1, "out of memory");
    return *err->message ? n : 0;
}

static uint64_t clock_cost(void)
{
    uint64_t from = clock_monotonic();
    for (int i = 0; i < 1000; i++)
        clock_monotonic();
    return (clock_monotonic() - from) / 1000;
}

static void measure(struct world *w, const struct records *all, const struct catalog *catalog,
                    struct cost *costs, struct cost *look)
{
    uint64_t own = clock_cost();
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < all->count; i++) {
        struct cost *c = costs;
        struct event ev;
        if (event_decode(&ev, catalog, all->rows[i], all->rows[i]->len))
            continue;
        while (c->id && c->id != ev.rec->event)
            c++;
        uint64_t from = clock_monotonic();
        world_update(w, &ev);
        uint64_t between = clock_monotonic();
        world_context(w, &ev, &arena);
        uint64_t to = clock_monotonic();
        c->count++;
        c->ns += between - from > own ? between - from - own : 0;
        look->count++;
        look->ns += to - between > own ? to - between - own : 0;
        if (arena.bytes > 512 * 1024) {
            arena_free(&arena);
            arena_init(&arena);
        }
    }
    arena_free(&arena);
}

static void show(const struct cost *c)
{
    printf("%-22s %10" PRIu64 " %8.0f ns\n", c->name, c->count,
           c->count ? (double)c->ns / (double)c->count : 0);
}

/* The same question over and over, of tasks that are there. */
static void show_look_ups(struct world *w, const struct records *all)
{
    uint64_t count = 0, from = clock_monotonic();
    for (int round = 0; round < 20; round++)
        for (size_t i = 0; i < all->count; i++, count++)
            world_knows(w, all->rows[i]->tid, all->rows[i]->task_start);
    struct cost c = {.name = "look-up", .count = count, .ns = clock_monotonic() - from};
    show(&c);
}

int main(int argc, char **argv)
{
    struct cost costs[] = {{"fork", EVENT_sched_process_fork, 0, 0},
                           {"exec", EVENT_sched_process_exec, 0, 0},
                           {"exit", EVENT_sched_process_exit, 0, 0},
                           {"other", 0, 0, 0}};
    struct cost look = {.name = "context"};
    const struct world_options o = {.parts = PARTS, .keep_ns = WORLD_KEEP_NS};
    struct records all = {0};
    struct error err = {0};
    struct source *s;
    struct world *w;
    if (argc != 2 || replay_open(&s, argv[1], &err) || read_all(&all, s, &err) ||
        world_new(&w, &o)) {
        fprintf(stderr, "usage: world RECORDING %s\n", err.message);
        return 1;
    }
    measure(w, &all, s->catalog, costs, &look);
    for (unsigned i = 0; i < sizeof(costs) / sizeof(*costs); i++)
        show(&costs[i]);
    show(&look);
    show_look_ups(w, &all);
    world_print(w, stdout);
    world_free(w);
    s->ops->close(s);
    return 0;
}
