/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error_list.h"
#include "base/log.h"
#include "cmd/hooks.h"
#include "cmd/run_world.h"
#include "plan.h"
#include "record/recording.h"
#include "source/hashes.h"
#include "source/kernel.h"
#include "source/stacks.h"

#define NS_PER_SECOND UINT64_C(1000000000)

int run_fail(const struct options *o, int rc, const struct option_text *where, struct error *err)
{
    if (!*err->message)
        error_set(err, rc, "%s", strerror(-rc));
    if (where && rc == -EINVAL && !err->file) /* a template's file has places of its own */
        option_text_place(where, err);
    if (rc == -EINVAL)
        return usage_error(o, err);
    error_print(err, stderr);
    return EXIT_FAILED;
}

/* A value and its kind: one element of -e or --scope. */
static int select_one(struct run *r, bool scope, const struct option_text *t,
                      struct error_list *mistakes)
{
    struct error err = {0};
    int rc = scope ? scope_parse(&r->selection.scope, t->text, &err)
                   : selection_events(&r->selection, t->text, &err);

    if (rc == -EINVAL) {
        option_text_place(t, &err);
        error_list_add(mistakes, &err);
        return 0;
    }
    return rc;
}

static int select_all(struct run *r, struct error_list *mistakes)
{
    const struct options *o = r->options;
    int rc = 0;

    for (unsigned i = 0; i < o->events.count && !rc; i++)
        rc = select_one(r, false, &o->events.items[i], mistakes);
    /* A configuration's scopes are the live commands' business: their names are this machine's. */
    bool live = command_bit(o->command) & LIVE;
    for (unsigned i = 0; live && i < o->scope.count && !rc; i++)
        rc = select_one(r, true, &o->scope.items[i], mistakes);
    /* What a recording has was asked for when it was made. */
    if (o->command == &commands[COMMAND_replay] && !o->events.count && !rc)
        rc = selection_events(&r->selection, "all", &(struct error){0});
    return rc;
}

int run_choose(struct run *r, const struct options *o)
{
    struct error_list mistakes = {0};
    struct error err = {0};
    int rc = 0;

    for (unsigned i = 0; i < o->events.count && !rc; i++) {
        const struct option_text *t = &o->events.items[i];
        struct error mistake = {0};
        if (!chosen_is(t->text))
            continue;
        rc = chosen_add(&r->chosen, t->text, &mistake);
        if (rc != -EINVAL)
            continue;
        option_text_place(t, &mistake);
        error_list_add(&mistakes, &mistake);
        rc = 0;
    }
    if (!rc && error_list_total(&mistakes)) {
        error_list_print(&mistakes, stderr);
        error_set(&err, 0, "a hook of one's own is written as ratel-select(7) says");
        rc = usage_error(o, &err);
        error_list_free(&mistakes);
        return rc;
    }
    error_list_free(&mistakes);
    rc = rc ? rc : chosen_finish(&r->chosen);
    return rc ? run_fail(o, rc, NULL, &err) : EXIT_OK;
}

int run_select(struct run *r, const struct options *o, const struct catalog *catalog)
{
    struct error_list mistakes = {0};
    struct error err = {0};

    r->options = o;
    int rc = selection_init(&r->selection, catalog);
    if (!rc)
        rc = select_all(r, &mistakes);
    if (!rc && error_list_total(&mistakes)) {
        error_list_print(&mistakes, stderr);
        error_list_free(&mistakes);
        error_set(&err, 0,
                  "what to see is not clear; 'ratel list events' and 'ratel list scopes' "
                  "show what there is");
        return usage_error(o, &err);
    }
    error_list_free(&mistakes);
    if (!rc)
        rc = selection_finish(&r->selection, &err);
    return rc ? run_fail(o, rc, NULL, &err) : EXIT_OK;
}

static bool enriched(const struct options *o, enum enrich what)
{
    return o->enrich & (UINT64_C(1) << what);
}

/* Rounded up: a duration that is not 0 stays so. */
static uint64_t whole_seconds(uint64_t ns)
{
    return (ns + NS_PER_SECOND - 1) / NS_PER_SECOND;
}

/* What stands in for no outputs. */
static const struct option_list *or_table(const struct option_list *outputs)
{
    static char name[] = "table";
    static struct option_text table = {.text = name};
    static const struct option_list standard = {.items = &table, .count = 1};

    return outputs->count ? outputs : &standard;
}

/* The least that --max-memory may make of a buffer: what the user chose stays. */
static uint64_t least(const struct options *o, enum option option, uint64_t chosen, uint64_t min)
{
    return o->origin[option] == ORIGIN_DEFAULT ? min : chosen;
}

static uint64_t fixed_memory(const struct run *r, const struct option_list *outputs, bool live)
{
    uint64_t bytes = MEMORY_BASE + fanout_memory() +
                     (live ? live_memory(r->selection.wanted, r->parts) : recording_memory()) +
                     (r->parts ? world_memory(r->parts) : 0);
    if (live && enriched(r->options, ENRICH_user_stack))
        bytes += stacks_memory();
    if (live && r->parts & CONTEXT_HASH)
        bytes += hashes_thread_memory();

    for (unsigned i = 0; i < outputs->count; i++)
        bytes += sink_memory(outputs->items[i].text, &r->context);
    return bytes;
}

static int no_room(const struct options *o, const struct memory *m)
{
    return usage_say(o,
                     "--max-memory allows %" PRIu64 " bytes, this run needs %" PRIu64 ": %" PRIu64
                     " in rings and queues (--ring-size, --lifecycle-ring-size, --queue-size, "
                     "number of outputs), %" PRIu64 " in everything else",
                     o->max_memory, memory_total(m), memory_total(m) - m->fixed, m->fixed);
}

/* A mistake in an output is said before the kernel is asked for anything. */
static int check_outputs(const struct options *o, const struct option_list *outputs)
{
    struct error err = {0};

    for (unsigned i = 0; i < outputs->count; i++) {
        int rc = sink_check(outputs->items[i].text, &err);
        if (rc)
            return run_fail(o, rc, &outputs->items[i], &err);
    }
    return EXIT_OK;
}

int run_plan(struct run *r, const struct options *o, const struct option_list *outputs)
{
    bool live = command_bit(o->command) & LIVE;
    struct memory *m = &r->memory;

    r->options = o;
    r->outputs = outputs = or_table(outputs);
    r->parts = run_world_parts(o, &r->selection);
    int status = check_outputs(o, outputs);
    if (status)
        return status;
    r->context = (struct sink_context){
        .raw = o->raw,
        .rotate_bytes = o->rotate_size,
        .rotate_seconds = whole_seconds(o->rotate_age),
        .rotate_keep = (unsigned)(o->rotate_keep > UINT32_MAX ? UINT32_MAX : o->rotate_keep),
        .retry = o->on_full == 1,
    };
    *m = (struct memory){
        .fixed = fixed_memory(r, outputs, live),
        .buffers =
            {
                [MEMORY_ring] = {o->ring_size, live ? live_rings() : 0,
                                 least(o, OPTION_ring_size, o->ring_size, RING_MIN)},
                [MEMORY_lifecycle] = {o->lifecycle_ring_size, live,
                                      least(o, OPTION_lifecycle_ring_size, o->lifecycle_ring_size,
                                            RING_MIN)},
                [MEMORY_queue] = {o->queue_size, outputs->count,
                                  least(o, OPTION_queue_size, o->queue_size, QUEUE_MIN)},
                [MEMORY_containers] = {o->container_memory, !!(r->parts & CONTEXT_CONTAINER),
                                       least(o, OPTION_container_memory, o->container_memory,
                                             CONTAINER_MEMORY_MIN)},
            },
    };
    if (o->max_memory && !memory_fit(m, o->max_memory))
        return no_room(o, m);
    r->context.queue_bytes = m->buffers[MEMORY_queue].bytes;
    log_debug("memory: at most %" PRIu64 " bytes: rings %u x %" PRIu64 " and %" PRIu64
              ", queues %u x %" PRIu64 ", everything else %" PRIu64,
              memory_total(m), (unsigned)m->buffers[MEMORY_ring].count,
              m->buffers[MEMORY_ring].bytes, live ? m->buffers[MEMORY_lifecycle].bytes : 0,
              outputs->count, r->context.queue_bytes, m->fixed);
    return EXIT_OK;
}

/*
 * Takes each text of an option that may be given several times. An exit status; mistakes are
 * printed all together, then the hint.
 */
static int take_each(const struct options *o, const struct option_list *texts,
                     int (*take)(void *to, const char *text, struct error *err), void *to,
                     const char *hint)
{
    struct error_list mistakes = {0};

    for (unsigned i = 0; i < texts->count; i++) {
        struct error err = {0};
        if (!take(to, texts->items[i].text, &err))
            continue;
        option_text_place(&texts->items[i], &err);
        error_list_add(&mistakes, &err);
    }
    if (!error_list_total(&mistakes))
        return EXIT_OK;
    error_list_print(&mistakes, stderr);
    error_list_free(&mistakes);
    return usage_say(o, "%s", hint);
}

static int take_hook(void *to, const char *text, struct error *err)
{
    return hooks_force(to, text, err);
}

static int take_runtime(void *to, const char *text, struct error *err)
{
    return runtime_sockets_add(to, text, err);
}

/* Which kinds of hooks the user wants, into forced. An exit status. */
static int force_hooks(const struct options *o, uint8_t *forced)
{
    return take_each(o, &o->hook, take_hook, forced,
                     "'ratel list events --long' shows by which hooks an event is seen");
}

int run_runtimes(const struct options *o, struct runtime_sockets *out)
{
    return take_each(o, &o->runtime, take_runtime, out,
                     "where a container runtime listens is not clear");
}

int run_use_btf(const struct options *o)
{
    struct error err = {0};
    int rc = o->btf.text && *o->btf.text ? kernel_use_btf(o->btf.text, &err) : 0;
    return rc ? run_fail(o, rc == -EINVAL ? -EIO : rc, &o->btf, &err) : EXIT_OK;
}

int run_open_live(struct run *r)
{
    const struct options *o = r->options;
    uint8_t forced[PLAN_SLOTS] = {0}, origins[PLAN_SLOTS] = {0};
    bool machine = run_world_containers(&r->selection, r->parts) || r->parts & CONTEXT_MOUNTS;
    int status = run_use_btf(o);
    status = status ? status : force_hooks(o, forced);
    status = status ? status : run_runtimes(o, &r->runtimes);
    if (status)
        return status;
    selection_origins(&r->selection, origins);
    struct live_options live = {
        .origins = origins,
        .sets = run_world_sets(&r->selection, r->parts),
        .scopes = r->scopes,
        .nscopes = machine    ? SETS_COUNT
                   : r->parts ? 2
                              : 1,
        .world_sets = WORLD_SET | MACHINE_SET,
        .machine_sets = MACHINE_SET,
        .runtimes = &r->runtimes,
        .state = o->state.text,
        .ring_bytes = r->memory.buffers[MEMORY_ring].bytes,
        .lifecycle_ring_bytes = r->memory.buffers[MEMORY_lifecycle].bytes,
        .fd_paths = enriched(o, ENRICH_fd_paths),
        .user_stacks = enriched(o, ENRICH_user_stack),
        .task_paths = o->paths == 1,
        .env = enriched(o, ENRICH_env),
        .stats_ns = whole_seconds(o->stats_interval) * NS_PER_SECOND,
        .inspect_ns = o->inspect_interval,
        .wishes = &r->wishes,
        .forced = forced,
        .chosen = &r->chosen,
        .command = o->argv,
    };
    struct error err = {0};

    selection_wishes(&r->selection, &r->wishes);
    r->scopes[0] = r->selection.scope;
    if (!live.sets || run_world_scope(&r->scopes[1], &r->selection.scope))
        return run_fail(o, -ENOMEM, NULL, &err);
    int rc = live_open(&r->source, &live, &err);
    free((void *)live.sets);
    /* What the kernel refuses is never the user's way of writing it. */
    return rc ? run_fail(o, rc == -EINVAL ? -EIO : rc, NULL, &err) : EXIT_OK;
}

static int open_sink(struct run *r, const struct option_text *spec)
{
    struct error err = {0};

    if (r->nsinks == OUTPUTS_MAX)
        return usage_say(r->options, "more than %d outputs", OUTPUTS_MAX);
    int rc = sink_clash(r->sinks, r->nsinks, spec->text, &err);
    if (!rc)
        rc = sink_open(&r->sinks[r->nsinks], spec->text, &r->context, &err);
    if (rc)
        return run_fail(r->options, rc, spec, &err);
    r->nsinks++;
    return EXIT_OK;
}

static unsigned longest_name(const struct selection *s)
{
    size_t longest = 0;

    for (unsigned i = 0; i < s->catalog->count; i++) {
        size_t n = s->wanted[i] ? strlen(s->catalog->events[i].name) : 0;
        longest = n > longest ? n : longest;
    }
    return (unsigned)longest;
}

int run_open_sinks(struct run *r)
{
    int status = EXIT_OK;

    r->context.parts = r->parts;
    r->context.user_stacks = enriched(r->options, ENRICH_user_stack);
    r->context.event_width = longest_name(&r->selection);
    r->context.catalog = r->source->catalog;
    r->context.machine = &r->source->machine;
    r->context.wait = !r->source->ops->wait;
    for (unsigned i = 0; i < r->outputs->count && !status; i++)
        status = open_sink(r, &r->outputs->items[i]);
    return status;
}
