/* SPDX-License-Identifier: Apache-2.0 */
/* What trace, record and replay share: from options to a running pipeline. */
#ifndef RATEL_CMD_RUN_H
#define RATEL_CMD_RUN_H

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/memory.h"
#include "cmd/run_world.h"
#include "pipeline.h"
#include "policy/selection.h"
#include "sink/sink.h"
#include "source/live.h"
#include "source/source.h"
#include "world/world.h"

/* One run. Each step returns an exit status and has said what was wrong. */
struct run {
    const struct options *options;
    struct chosen_list chosen; /* hooks of the user's choice */
    struct selection selection;
    struct scope_set
        scopes[SETS_COUNT]; /* the selection's, and what the world needs: rules owned */
    struct runtime_sockets runtimes;
    unsigned parts;               /* enum context_part: what is asked of the world */
    struct world *world;          /* NULL: nothing is */
    struct inspect_wishes wishes; /* of the selection */
    struct source *source;
    struct memory memory;
    const struct option_list *outputs; /* to be opened; at least one */
    struct sink_context context;
    struct sink *sinks[OUTPUTS_MAX];
    unsigned nsinks;
    struct account account;
};

/* Which outputs, and how large buffers may be under --max-memory. First of all. */
int run_plan(struct run *r, const struct options *o, const struct option_list *outputs);
/* Reads the hooks that the user chose: what they add to the catalog. All mistakes are said. */
int run_choose(struct run *r, const struct options *o);
/* Reads what the user selected, in the words of the catalog. All mistakes are said. */
int run_select(struct run *r, const struct options *o, const struct catalog *catalog);
/* Takes the kernel's types from where the user says. Before anything asks the kernel. */
int run_use_btf(const struct options *o);
/* Reads where container runtimes listen, as the user says. All mistakes are said. */
int run_runtimes(const struct options *o, struct runtime_sockets *out);
/* Opens the kernel. */
int run_open_live(struct run *r);
/* Opens a recording, from --since until --until. */
int run_open_replay(struct run *r, const struct options *o, const char *path);
/* When a recording's first record was made, boot-clock ns. 0 or -errno with err filled. */
int replay_first(const char *path, uint64_t *first, struct error *err);
/* The recording's boot-clock time of what the user wrote; otherwise when nothing was. */
uint64_t replay_time(const struct source *s, const struct option_time *t, uint64_t first,
                     uint64_t otherwise);
/* Opens the outputs. */
int run_open_sinks(struct run *r);
/* Events flow until the source ends, a limit is reached or the user stops it. */
int run_flow(struct run *r);
/*
 * Writes what is waiting, closes all that is open and prints the account where asked to. Returns
 * status, or EXIT_FAILED when that was EXIT_OK and events could not be written.
 */
int run_close(struct run *r, int status);

/* All of it, from the kernel. */
int run_live(const struct options *o, const struct option_list *outputs);

/* A mistake in what the user wrote there (-EINVAL), or a failure: said, as an exit status. */
int run_fail(const struct options *o, int rc, const struct option_text *where, struct error *err);

#endif
