/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error_list.h"

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

/* Which events the kernel is asked for: by slot, one set for the command line. */
static uint64_t *wanted_sets(const struct selection *s)
{
    uint64_t *sets = calloc(s->catalog->count, sizeof(*sets));

    for (unsigned i = 0; sets && i < s->catalog->count; i++)
        sets[i] = s->wanted[i];
    return sets;
}

static bool enriched(const struct options *o, enum enrich what)
{
    return o->enrich & (UINT64_C(1) << what);
}

/* Outputs that will be opened: the table stands in for none. */
static uint64_t queue_memory(const struct options *o)
{
    unsigned outputs =
        o->command == &commands[COMMAND_record] || !o->output.count ? 1 : o->output.count;
    uint64_t bytes;

    return __builtin_mul_overflow(o->queue_size, outputs, &bytes) ? UINT64_MAX : bytes;
}

/* --max-memory, against what is asked for besides the outputs' queues. */
static int check_memory(const struct options *o, uint64_t rings)
{
    uint64_t bytes;

    if (__builtin_add_overflow(rings, queue_memory(o), &bytes))
        bytes = UINT64_MAX;
    if (!o->max_memory || bytes <= o->max_memory)
        return EXIT_OK;
    return usage_say(o,
                     "rings and queues would take %llu bytes, --max-memory allows %llu: choose a "
                     "smaller --ring-size or --queue-size",
                     (unsigned long long)bytes, (unsigned long long)o->max_memory);
}

int run_open_live(struct run *r)
{
    const struct options *o = r->options;
    struct live_options live = {
        .sets = wanted_sets(&r->selection),
        .scopes = &r->selection.scope,
        .nscopes = 1,
        .ring_bytes = o->ring_size,
        .lifecycle_ring_bytes = o->lifecycle_ring_size,
        .fd_paths = enriched(o, ENRICH_fd_paths),
        .env = enriched(o, ENRICH_env),
        .stats_seconds = (unsigned)((o->stats_interval + NS_PER_SECOND - 1) / NS_PER_SECOND),
        .command = o->argv,
    };
    struct error err = {0};

    if (!live.sets)
        return run_fail(o, -ENOMEM, NULL, &err);
    int status = check_memory(o, live_memory(&live));
    if (!status) {
        int rc = live_open(&r->source, &live, &err);
        if (rc) /* what the kernel refuses is never the user's way of writing it */
            status = run_fail(o, rc == -EINVAL ? -EIO : rc, NULL, &err);
    }
    free((void *)live.sets);
    return status;
}

static int open_sink(struct run *r, const struct option_text *spec)
{
    struct error err = {0};

    if (r->nsinks == RUN_SINKS_MAX)
        return usage_say(r->options, "more than %d outputs", RUN_SINKS_MAX);
    int rc = sink_open(&r->sinks[r->nsinks], spec->text, &r->context, &err);
    if (rc)
        return run_fail(r->options, rc, spec, &err);
    r->nsinks++;
    return EXIT_OK;
}

int run_open_sinks(struct run *r, const struct option_list *outputs)
{
    static char table[] = "table";
    const struct option_text standard = {.text = table};
    const struct options *o = r->options;
    int status = EXIT_OK;

    r->context = (struct sink_context){
        .catalog = r->source->catalog,
        .machine = &r->source->machine,
        .raw = o->raw,
        .wait = !r->source->ops->wait,
        .queue_bytes = o->queue_size,
        .rotate_bytes = o->rotate_size,
        .rotate_seconds = (o->rotate_age + NS_PER_SECOND - 1) / NS_PER_SECOND,
        .rotate_keep = (unsigned)(o->rotate_keep > UINT32_MAX ? UINT32_MAX : o->rotate_keep),
        .retry = o->on_full == 1,
    };
    if (!outputs->count)
        return open_sink(r, &standard);
    for (unsigned i = 0; i < outputs->count && !status; i++)
        status = open_sink(r, &outputs->items[i]);
    return status;
}
