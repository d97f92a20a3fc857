/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where events go. Each sink has a thread of its own behind a bounded queue of batches. A batch is
 * made once and shared by all sinks. A sink that does not keep up loses batches, counted, and
 * never stalls the pipeline, unless the source can wait (replay): then nothing is lost.
 */
#ifndef RATEL_SINK_SINK_H
#define RATEL_SINK_SINK_H

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/figures.h"
#include "event/event.h"
#include "event/format.h"
#include "source/source.h"

/* What all sinks of a run share. Borrowed, constant while they live. */
struct sink_context {
    const struct catalog *catalog;
    const struct machine *machine;
    bool raw;
    unsigned parts;        /* enum context_part: what is asked of the world */
    bool user_stacks;      /* and the stacks of programs */
    unsigned event_width;  /* bytes of the longest event name that may come; 0: unknown */
    bool wait;             /* the source can wait: block instead of dropping */
    size_t queue_bytes;    /* limit of a sink's queue */
    uint64_t rotate_bytes; /* start a new file at this size, 0 never */
    uint64_t rotate_seconds;
    unsigned rotate_keep; /* rotated files kept */
    bool retry;           /* on a full disk: go on trying; otherwise the sink ends */
    /* Where a signal says that the user wants to end now: nothing waits longer then. May be NULL.
     */
    _Atomic(const volatile sig_atomic_t *) stop;
    /*
     * The source's counts by slot, for the end of a recording; NULL until the source has ended. Set
     * by the pipeline before sink_close. They include what the pipeline itself filtered and lost,
     * so that seen is what the sinks were given and all the rest.
     */
    _Atomic(const struct source_counts *) account;
};

struct sink;

/* Events that a format was given and has not appended. */
struct sink_held {
    unsigned events; /* they will be */
    uint64_t lost;   /* they never will, since it was opened */
};

/* One kind of sink: a row of the table in sink.c. */
struct sink_ops {
    const char *name;    /* table, json, … */
    const char *meaning; /* one sentence for `ratel list outputs` */
    size_t size;         /* bytes of private state, zeroed; sink_state() */
    bool binary;         /* not text: refuses a terminal */
    bool keeps_world;    /* takes records that only tell of the world, and needs no contexts */
    bool needs_argument; /* FORMAT=ARGUMENT */
    /* Bytes that its state takes at most besides .size. May be NULL: none. */
    size_t (*memory)(void);
    /* Before the first event and at the start of each rotated file: what stands at the top. */
    int (*begin)(struct sink *s, struct strbuf *out, struct error *err);
    /* Appends one event. */
    void (*event)(struct sink *s, struct strbuf *out, const struct event *ev);
    /* What of the events given to it is not in any out. NULL: it holds none back. */
    struct sink_held (*held)(struct sink *s);
    /* Appends what is held back; called when no batch came for a second. May be NULL. */
    void (*flush)(struct sink *s, struct strbuf *out);
    /* What stands at the end of a file. May be NULL. */
    void (*end)(struct sink *s, struct strbuf *out);
    /* Of what it keeps ready, once no more events come. May be NULL: it keeps nothing. */
    void (*figures)(struct sink *s, struct cache_figures *out);
    void (*close)(struct sink *s); /* frees the private state; may be NULL */
};

extern const struct sink_ops *const sink_table[]; /* NULL at the end */

/* The kind of sink called so, or NULL. */
const struct sink_ops *sink_ops_find(const char *name, size_t len);

/* Where a sink's events went. delivered = written + dropped + failed + waiting. */
struct sink_counts {
    uint64_t delivered; /* handed to the sink */
    uint64_t written;
    uint64_t dropped; /* the queue was full */
    uint64_t failed;  /* could not be written */
    uint64_t bytes;
    /* What its format keeps ready; .most 0: nothing. Known once the sink is closed. */
    struct cache_figures ready;
};

/* Whether the format is one, and has the argument it needs: what can be said before anything is
 * opened. */
int sink_check(const char *spec, struct error *err);
/*
 * Opens FORMAT[=ARGUMENT][:DESTINATION]; no destination is standard output. Starts its thread.
 * 0 or -errno with err filled.
 */
int sink_open(struct sink **out, const char *spec, const struct sink_context *ctx,
              struct error *err);
/* Bytes that sink_open(spec) takes at most besides its queue; 0 for a spec that it will refuse. */
size_t sink_memory(const char *spec, const struct sink_context *ctx);
/* The same of what all sinks share. */
size_t fanout_memory(void);
/* 0, or -EINVAL with err filled: the spec's file is the one at path ("-": standard input). */
int sink_spares(const char *spec, const char *path, struct error *err);
/*
 * Whether an output of that spec would write into what one of the open sinks does: -EINVAL with err
 * filled. Before sink_open, which empties the file. Pipes and devices may be shared.
 */
int sink_clash(struct sink *const *open, unsigned count, const char *spec, struct error *err);
void *sink_state(struct sink *s);
const struct sink_context *sink_ctx(const struct sink *s);
const char *sink_argument(const struct sink *s); /* "" for none */
const char *sink_spec(const struct sink *s);
int sink_fd(const struct sink *s);     /* of the destination now; -1 while there is none */
bool sink_ended(const struct sink *s); /* it gave up: its destination is gone */
struct sink_counts sink_counts(struct sink *s);
/*
 * No more events come. What is waiting is still written; a destination that does not take it within
 * a second (less when *stop is set; with .wait: within any time, unless it is) costs the rest,
 * counted as dropped.
 */
void sink_finish(struct sink *s);
/* Finishes, writes what is waiting, ends the thread, frees. Counts are filled before. */
void sink_close(struct sink *s, struct sink_counts *last);

/* Events on their way to the sinks. Made by one thread. */
struct fanout;
int fanout_new(struct fanout **out, struct sink **sinks, unsigned count,
               const struct sink_context *ctx);
/* Whether some sink writes what the world knows of events, or keeps what is told of the world. */
bool fanout_wants_context(const struct fanout *f);
bool fanout_keeps_world(const struct fanout *f);
/*
 * Where the context of the event that is handed over next is to be made: until then nothing else
 * may be. NULL without memory.
 */
struct arena *fanout_arena(struct fanout *f, const struct event *ev);
/* Copies the record. ev->context: NULL or made in fanout_arena. */
void fanout_event(struct fanout *f, const struct event *ev);
/* The same of an event that only tells of the world, for the sinks that keep it. */
void fanout_world(struct fanout *f, const struct event *ev);
void fanout_flush(struct fanout *f); /* hands on what there is; call when the source is idle */
void fanout_free(struct fanout *f);  /* hands on the rest and finishes the sinks, all at once */

#endif
