/* SPDX-License-Identifier: Apache-2.0 */
/* A run from its first event to its last account. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/run.h"
#include "cmd/run_world.h"

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
    (void)sig;
    stop = 1;
}

/*
 * The first signal drains and ends; the second one, no longer caught, kills. A closed pipe is an
 * error of a write, not the end of ratel. A hangup that is ignored, as by nohup, stays ignored; an
 * interrupt does not: shells ignore it for what runs in the background, and scripts send it there.
 */
static void catch_signals(void)
{
    static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction catch = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, old;

    sigemptyset(&catch.sa_mask);
    sigemptyset(&ignore.sa_mask);
    for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
        if (ending[i] != SIGHUP || (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN))
            sigaction(ending[i], &catch, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

int run_flow(struct run *r)
{
    const struct options *o = r->options;
    struct error err = {0};
    struct pipeline_options flow = {
        .source = r->source,
        .selection = &r->selection,
        .sinks = r->sinks,
        .nsinks = r->nsinks,
        .context = &r->context,
        .max_events = o->count,
        .max_ns = o->duration,
        .stop = &stop,
    };
    int rc = account_init(&r->account, r->source->catalog);

    if (!rc)
        rc = run_world_open(&r->world, r->source, r->parts,
                            r->memory.buffers[MEMORY_containers].bytes);
    flow.world = r->world;
    flow.parts = r->parts;
    if (!rc) {
        catch_signals();
        rc = pipeline_run(&flow, &r->account, &err);
    }
    return rc ? run_fail(o, rc == -EINVAL ? -EIO : rc, NULL, &err) : EXIT_OK;
}

/* What remains of an output that is closed. */
struct closed {
    struct strbuf spec;
    struct sink_counts counts;
};

/* What went wrong with an output is said in any case; its account only when asked for. */
static bool close_sink(struct sink *sink, struct closed *closed)
{
    const struct sink_counts *c = &closed->counts;

    closed->spec = (struct strbuf)STRBUF_INIT(8192);
    strbuf_puts(&closed->spec, sink_spec(sink));
    sink_close(sink, &closed->counts);
    if (c->dropped || c->failed)
        log_warn("output %s: %" PRIu64 " events dropped because it was too slow, %" PRIu64
                 " could not be written",
                 strbuf_cstr(&closed->spec), c->dropped, c->failed);
    return !c->failed;
}

/* What the formats kept ready. */
static void print_ready(struct closed *closed, unsigned count)
{
    bool any = false;
    for (unsigned i = 0; i < count; i++) {
        struct cache_figures f = closed[i].counts.ready;
        if (!f.most)
            continue;
        f.name = strbuf_cstr(&closed[i].spec);
        if (!any)
            figures_head("texts of an output", stderr);
        any = true;
        figures_print(&f, stderr);
    }
}

static void print_account(struct run *r, struct closed *closed)
{
    account_print(&r->account, r->source, stderr);
    for (unsigned i = 0; i < r->nsinks; i++)
        account_print_sink(strbuf_cstr(&closed[i].spec), &closed[i].counts, !i, stderr);
    print_ready(closed, r->nsinks);
    if (r->world)
        world_print(r->world, stderr);
    if (r->source->ops->print)
        r->source->ops->print(r->source, stderr);
}

int run_close(struct run *r, int status)
{
    struct closed closed[OUTPUTS_MAX];

    for (unsigned i = 0; i < r->nsinks; i++)
        if (!close_sink(r->sinks[i], &closed[i]) && status == EXIT_OK)
            status = EXIT_FAILED;
    if (r->account.rows && r->options->stats)
        print_account(r, closed);
    for (unsigned i = 0; i < r->nsinks; i++)
        strbuf_free(&closed[i].spec);
    account_free(&r->account);
    if (r->source)
        r->source->ops->close(r->source);
    world_free(r->world);
    free(r->scopes[1].rules);
    selection_free(&r->selection);
    chosen_free(&r->chosen);
    return status;
}

int run_live(const struct options *o, const struct option_list *outputs)
{
    struct run r = {0};
    int status = run_choose(&r, o);

    if (!status)
        status = run_select(&r, o, chosen_catalog(&r.chosen));
    if (!status) /* what is wanted has a part in the memory that is needed */
        status = run_plan(&r, o, outputs);
    if (!status)
        status = run_open_live(&r);
    if (!status)
        status = run_open_sinks(&r);
    if (!status)
        status = run_flow(&r);
    return run_close(&r, status);
}
