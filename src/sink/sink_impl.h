/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of a sink: its queue, its thread, its output buffer. Only for src/sink/. */
#ifndef RATEL_SINK_IMPL_H
#define RATEL_SINK_IMPL_H

#include <pthread.h>

#include "base/limits.h"
#include "sink/batch.h"
#include "sink/destination.h"
#include "sink/sink.h"

/* So many events are written when what stands before .end is. */
struct mark {
    size_t end;
    uint64_t events;
};

struct sink {
    const struct sink_ops *ops;
    const struct sink_context *ctx;
    char *spec;
    char *argument;
    const char *where; /* inside spec */
    void *state;
    pthread_t thread;
    bool started;
    int wake; /* eventfd, readable from sink_finish on */
    atomic_int fd;

    pthread_mutex_t lock; /* over what follows up to counts */
    pthread_cond_t more, space;
    struct queue queue;
    bool finishing;
    bool ended;
    uint64_t finish_at; /* monotonic ms */
    struct sink_counts counts;

    /* The thread's own. */
    struct destination dest;
    struct strbuf out;  /* whole events that wait to be written */
    struct strbuf held; /* the event that opens the next file */
    size_t sent;        /* bytes of out that are written */
    unsigned nmarks;
    struct mark marks[OUT_EVENTS + 2]; /* of out; besides, what a flush and an end append */
    struct sink_held back;             /* as of the last time that it was asked */
    uint64_t file_events;              /* in the file since it was begun */
    uint64_t rotate_again;             /* monotonic ms: not before, after a failure */
    uint64_t progress;                 /* monotonic ms of the last byte that was taken */
    unsigned backoff;                  /* ms; 0: nothing is wrong */
    bool failed;                       /* it ended because of its destination, not of the time */
};

/* Whether the user wants to end now. */
static inline bool sink_stopped(const struct sink *s)
{
    const volatile sig_atomic_t *stop = s->ctx->stop;
    return stop && __atomic_load_n(stop, __ATOMIC_RELAXED);
}

/* Hands a batch to the sink, which takes a reference if it queues it. */
void sink_push(struct sink *s, struct batch *b);
/* Those of the batch that are for this sink. */
static inline unsigned sink_events(const struct sink *s, const struct batch *b)
{
    return s->ops->keeps_world ? b->count : b->count - b->world;
}
/* Events that never became a batch. */
void sink_push_lost(struct sink *s, unsigned events);
void *sink_thread(void *sink);

/* out.c: false when the sink is over; everything in out has been counted then. */
bool out_flush(struct sink *s);
/* Ends the sink: what is in out, and in its queue, is counted as failed or dropped. */
void out_end(struct sink *s, bool failed);
void sink_count_lost(struct sink *s, uint64_t events, bool failed);

#endif
