/* SPDX-License-Identifier: Apache-2.0 */
/* ratel tree: who descends from whom, on this machine or in a recording. */
#include "cmd/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cmd/run.h"
#include "cmd/run_world.h"
#include "event/ids.h"
#include "source/existing.h"
#include "source/replay.h"

#define TREE_PARTS (CONTEXT_PROCESS | CONTEXT_ANCESTORS | CONTEXT_USER_NAMES)

struct tree_run {
    const struct options *o;
    struct world *world;
    struct machine machine;
    uint64_t since, at; /* boot-clock ns of that machine */
};

/* Everything that /proc tells. */
static int read_machine(struct tree_run *t, struct error *err)
{
    const struct abi_record *records[PIPELINE_BATCH];
    uint64_t sets[PLAN_SLOTS] = {
        [SLOT_existing_task] = 1, [SLOT_known_user] = 1, [SLOT_known_group] = 1};
    struct existing existing;
    unsigned n = 0;
    t->since = t->at = clock_boot();
    int rc = machine_read(&t->machine);
    if (rc)
        return error_set(err, rc, "this machine's facts can't be read: %s", strerror(-rc));
    rc = existing_init(&existing, sets, NSEC_PER_SEC / t->machine.clock_ticks);
    rc = rc ? rc : existing_begin(&existing, NULL, 0);
    while (!rc && (n = existing_take(&existing, records, PIPELINE_BATCH, t->at)))
        for (unsigned i = 0; i < n; i++) {
            struct event ev;
            if (!event_decode(&ev, catalog_builtin(), records[i], records[i]->len))
                world_update(t->world, &ev);
        }
    existing_free(&existing);
    t->since = t->at = clock_boot();
    return rc ? error_set(err, rc, "/proc can't be read: %s", strerror(-rc)) : 0;
}

/* Everything that the recording tells until that time. */
static int feed_recording(struct tree_run *t, struct source *s, struct error *err)
{
    const struct abi_record *records[PIPELINE_BATCH];
    for (;;) {
        int n = s->ops->read(s, records, PIPELINE_BATCH, err);
        if (n < 0)
            return n == -ENODATA ? 0 : n;
        for (int i = 0; i < n; i++) {
            struct event ev;
            if (records[i]->time > t->at)
                return 0;
            if (!event_decode(&ev, s->catalog, records[i], records[i]->len))
                world_update(t->world, &ev);
        }
    }
}

static int read_recording(struct tree_run *t, const char *path, struct error *err)
{
    const struct options *o = t->o;
    struct source *s = NULL;
    uint64_t first = 0;
    int rc = 0;
    if (o->at.relative || o->since.relative)
        rc = replay_first(path, &first, err);
    rc = rc ? rc : replay_open(&s, path, err);
    if (rc)
        return rc;
    t->machine = s->machine;
    t->at = replay_time(s, &o->at, first, UINT64_MAX);
    rc = feed_recording(t, s, err);
    if (world_time(t->world) < t->at && !o->at.given)
        t->at = world_time(t->world);
    t->since = replay_time(s, &o->since, first, o->at.given ? t->at : first);
    s->ops->close(s);
    return rc;
}

static int fill_report(struct tree_run *t, struct tree_report *r, struct arena *arena)
{
    const struct task_view **tasks, **threads;
    int n = world_processes(t->world, t->since, t->at, &tasks, arena);
    if (n < 0)
        return n;
    r->nodes = arena_alloc(arena, ((size_t)n + 1) * sizeof(*r->nodes));
    if (!r->nodes)
        return -ENOMEM;
    r->count = (unsigned)n;
    r->at = t->at;
    r->format = (struct format){.realtime_offset = t->machine.realtime_offset};
    for (int i = 0; i < n; i++) {
        int count = world_threads(t->world, tasks[i]->pid, tasks[i]->start, t->at, &threads, arena);
        if (count < 0)
            return count;
        r->nodes[i] = (struct tree_node){.task = tasks[i], .threads = (unsigned)count};
        if (t->o->containers)
            r->nodes[i].container = world_container(t->world, tasks[i]->cgroup, t->at, arena);
    }
    tree_link(r);
    return 0;
}

static int print(struct tree_run *t, const struct tree_report *r)
{
    static void (*const forms[])(struct strbuf *, const struct tree_report *) = {
        tree_text, tree_json, tree_dot, tree_mermaid, tree_markdown}; /* as --format has them */
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
    forms[t->o->format](&out, r);
    int status = output_flush(&out);
    if (t->o->stats)
        world_print(t->world, stderr);
    return status;
}

static int report(struct tree_run *t, uint32_t pid)
{
    struct tree_report r = {0};
    struct error err = {0};
    struct arena arena;
    arena_init(&arena);
    int rc = fill_report(t, &r, &arena);
    int status;
    if (rc)
        status = run_fail(t->o, rc, NULL, &err);
    else if (pid && !tree_choose(&r, pid))
        status = run_fail(t->o,
                          error_set(&err, -ESRCH, "there is no process %u%s", pid,
                                    t->o->read.text ? " at that time" : ""),
                          NULL, &err);
    else
        status = print(t, &r);
    arena_free(&arena);
    return status;
}

/* What does not go together. */
static int check(const struct options *o, uint32_t *pid)
{
    char *end = NULL;
    unsigned long n = o->noperands ? strtoul(o->operands[0], &end, 10) : 0;
    if (o->noperands > 1)
        return usage_say(o, "ratel tree shows one process at a time, or all");
    if (o->noperands && (!n || *end || n > INT32_MAX))
        return usage_say(o, "'%.100s' is not the id of a process", o->operands[0]);
    if (!o->read.text && (o->at.given || o->since.given))
        return usage_say(o, "--at and --since need a recording: --read FILE");
    if (!o->read.text && o->containers)
        return usage_say(o, "--containers needs a recording: --read FILE");
    *pid = (uint32_t)n;
    return EXIT_OK;
}

int cmd_tree(const struct options *o)
{
    const struct world_options world = {.parts =
                                            TREE_PARTS | (o->containers ? CONTEXT_CONTAINER : 0)};
    struct tree_run t = {.o = o};
    struct error err = {0};
    uint32_t pid = 0;
    int status = check(o, &pid);
    if (status)
        return status;
    int rc = world_new(&t.world, &world);
    if (!rc)
        rc = o->read.text ? read_recording(&t, o->read.text, &err) : read_machine(&t, &err);
    status = rc ? run_fail(o, rc == -EINVAL ? -EIO : rc, NULL, &err) : report(&t, pid);
    world_free(t.world);
    return status;
}
