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

/* What one kind of event took, each time: on a busy machine the median is what counts. */
struct cost {
    const char *name;
    unsigned id; /* 0: any other */
    uint64_t *ns;
    size_t count, cap;
};

static void add(struct cost *c, uint64_t ns, uint64_t own)
{
    if (c->count == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 4096;
        c->ns = reallocarray(c->ns, c->cap, sizeof(*c->ns));
        if (!c->ns)
            abort();
    }
    c->ns[c->count++] = ns > own ? ns - own : 0;
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

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
        add(c, between - from, own);
        add(look, to - between, own);
        if (arena.bytes > 512 * 1024) {
            arena_free(&arena);
            arena_init(&arena);
        }
    }
    arena_free(&arena);
}

/* Median, and what nine of ten, and 99 of a hundred, are below. */
static void show(struct cost *c)
{
    if (!c->count)
        return;
    qsort(c->ns, c->count, sizeof(*c->ns), by_size);
    printf("%-10s %10zu times %8" PRIu64 " ns, nine of ten below %8" PRIu64
           " ns, 99 of a hundred %8" PRIu64 " ns\n",
           c->name, c->count, c->ns[c->count / 2], c->ns[c->count * 9 / 10],
           c->ns[c->count * 99 / 100]);
    free(c->ns);
}

/* All tasks that are there, ten times over; a time is that of one look-up of a round. */
static void show_look_ups(struct world *w, const struct records *all)
{
    struct cost c = {.name = "look-up"};
    for (int round = 0; round < 10; round++) {
        uint64_t from = clock_monotonic();
        for (size_t i = 0; i < all->count; i++)
            world_knows(w, all->rows[i]->tid, all->rows[i]->task_start);
        add(&c, (clock_monotonic() - from) / all->count, 0);
    }
    show(&c);
}

int main(int argc, char **argv)
{
    struct cost costs[] = {{.name = "fork", .id = EVENT_sched_process_fork},
                           {.name = "exec", .id = EVENT_sched_process_exec},
                           {.name = "exit", .id = EVENT_sched_process_exit},
                           {.name = "other"}};
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
