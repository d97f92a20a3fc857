/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an event, from source to sinks, and the account of what became of each. */
#ifndef RATEL_PIPELINE_H
#define RATEL_PIPELINE_H

#include <signal.h>
#include <stdio.h>

#include "policy/selection.h"
#include "sink/sink.h"
#include "source/source.h"
#include "world/world.h"

struct pipeline_options {
    struct source *source;             /* borrowed, like all of these */
    const struct selection *selection; /* made for source->catalog */
    struct sink **sinks;
    unsigned nsinks;
    struct sink_context *context;      /* that the sinks were opened with; given the account */
    struct world *world;               /* NULL: nothing asks for it */
    unsigned parts;                    /* enum context_part: what events are given of it */
    uint64_t max_events;               /* stop after so many delivered, 0 never */
    uint64_t max_ns;                   /* stop after so long, 0 never */
    const volatile sig_atomic_t *stop; /* set by a signal: drain and end */
};

/* What became of one catalog row's events in user space. */
struct account_row {
    uint64_t delivered;
    uint64_t filtered; /* by -e tests */
    uint64_t beyond;   /* filtered: after max_events */
    uint64_t world;    /* filtered: taken in for what it says of the world */
    uint64_t bad;      /* not readable */
};

struct account {
    struct account_row *rows;     /* by slot */
    struct source_counts *counts; /* by slot: the source's, with the rows', for recordings */
    unsigned count;
    uint64_t unreadable; /* records that do not even tell which event they are */
};

int account_init(struct account *a, const struct catalog *catalog);
void account_free(struct account *a);

/* Runs until the source ends. 0 or -errno with err filled. */
int pipeline_run(const struct pipeline_options *o, struct account *account, struct error *err);

/* The table of --stats: event seen delivered filtered lost, the causes below. */
void account_print(const struct account *a, struct source *s, FILE *out);
/* Below it, what each output made of what was delivered; first: with the names of the columns. */
void account_print_sink(const char *spec, const struct sink_counts *c, bool first, FILE *out);

#endif
