/* SPDX-License-Identifier: Apache-2.0 */
/* A sink's thread: batches in, text out, a new file when it is time. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "base/log.h"
#include "sink/sink_impl.h"

#define ROTATE_AGAIN_MS 60000
#define PUSH_TICK_MS    100
#define IDLE_S          1 /* without a batch: what a sink holds back is written */

static bool rotates(const struct sink *s)
{
    return s->dest.regular && s->dest.path && s->file_events > 0 &&
           monotonic_ms() >= s->rotate_again;
}

static bool is_big(const struct sink *s)
{
    uint64_t limit = s->ctx->rotate_bytes;
    return limit && s->dest.bytes + s->out.len - s->sent > limit && rotates(s);
}

static bool is_old(const struct sink *s)
{
    uint64_t age = s->ctx->rotate_seconds;
    return age && monotonic_ms() / 1000 >= s->dest.opened + age && rotates(s);
}

/*
 * Notes that the format was given so many events: they are in out now, with those that it had held
 * back, unless it holds them back or says that they are lost.
 */
static void take_note(struct sink *s, unsigned events)
{
    struct sink_held held = s->ops->held ? s->ops->held(s) : (struct sink_held){0};
    uint64_t lost = held.lost - s->back.lost;
    uint64_t gone = s->back.events + events - held.events - lost;
    s->back = held;
    if (lost)
        sink_count_lost(s, lost, true);
    if (gone)
        s->marks[s->nmarks++] = (struct mark){.end = s->out.len, .events = gone};
}

/* Appends what the format holds back, or what ends a file. */
static void append_rest(struct sink *s, void (*append)(struct sink *s, struct strbuf *out))
{
    if (!append)
        return;
    append(s, &s->out);
    s->out.overflow = false;
    take_note(s, 0);
}

/* Closes the file with what is in out, and begins the next one. False: the sink is over. */
static bool rotate(struct sink *s)
{
    struct error err = {.message = ""};
    append_rest(s, s->ops->end);
    if (!out_flush(s))
        return false;
    int rc = destination_rotate(&s->dest, s->ctx->rotate_keep);
    if (rc) {
        log_error("output %s: can't start a new file after %s: %s; going on in it", s->ops->name,
                  s->dest.name, strerror(-rc));
        s->rotate_again = monotonic_ms() + ROTATE_AGAIN_MS;
        return true;
    }
    atomic_store(&s->fd, s->dest.fd);
    s->file_events = 0;
    if (s->ops->begin && s->ops->begin(s, &s->out, &err) < 0) {
        log_error("output %s: can't begin a new file %s: %s", s->ops->name, s->dest.name,
                  err.message);
        out_end(s, true);
        return false;
    }
    return true;
}

/* The same while out ends with an event, from before on, that belongs into the new file. */
static bool rotate_before(struct sink *s, size_t before)
{
    strbuf_clear(&s->held);
    strbuf_put(&s->held, s->out.data + before, s->out.len - before);
    if (s->held.overflow)
        return true; /* no memory: it stays in this file */
    s->out.len = before;
    if (!rotate(s)) {
        sink_count_lost(s, 1, s->failed);
        return false;
    }
    strbuf_put(&s->out, s->held.data, s->held.len);
    return true;
}

/* False: the sink is over, and this event is counted. */
static bool write_event(struct sink *s, const struct abi_record *r,
                        const struct event_context *context)
{
    struct event ev;
    size_t before = s->out.len;
    if (event_decode(&ev, s->ctx->catalog, r, r->len)) {
        sink_count_lost(s, 1, true);
        return true;
    }
    ev.context = context;
    s->ops->event(s, &s->out, &ev);
    if (s->out.overflow || s->out.len - before > EVENT_TEXT) {
        s->out.len = before;
        s->out.overflow = false;
        if (!s->ops->held) { /* otherwise take_note asks it what is lost */
            sink_count_lost(s, 1, true);
            return true;
        }
    }
    /* What a binary sink appended belongs to the file that it was begun in. */
    if (!s->ops->binary && is_big(s) && !rotate_before(s, before))
        return false;
    take_note(s, 1);
    s->file_events++;
    if (s->ops->binary && is_big(s) && !rotate(s))
        return false;
    return (s->out.len < OUT_FLUSH && s->nmarks < OUT_EVENTS) || out_flush(s);
}

/* False: the sink is over, and every event of the batch is counted. */
static bool write_batch(struct sink *s, const struct batch *b)
{
    const char *p = b->data;
    unsigned left = sink_events(s, b);
    if (left && is_old(s) && !rotate(s)) {
        sink_count_lost(s, left, s->failed);
        return false;
    }
    for (unsigned i = 0; i < b->count; i++) {
        const struct batch_item *item = (const void *)p;
        const struct abi_record *r = (const void *)(item + 1);
        p += batch_need(r);
        if ((r->flags & ABI_F_WORLD) && !s->ops->keeps_world)
            continue;
        left--;
        if (!write_event(s, r, item->context)) {
            sink_count_lost(s, left, s->failed);
            return false;
        }
    }
    return out_flush(s);
}

/* Waits for a batch; false when none came for IDLE_S seconds. The lock is held. */
static bool wait_for_batch(struct sink *s)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += IDLE_S;
    while (s->queue.count == 0 && !s->finishing) {
        if (!s->ops->flush)
            pthread_cond_wait(&s->more, &s->lock);
        else if (pthread_cond_timedwait(&s->more, &s->lock, &until) == ETIMEDOUT)
            return false;
    }
    return true;
}

/* The next batch; NULL when there will be none, or when writing what was held back failed. */
static struct batch *next_batch(struct sink *s, bool *on)
{
    pthread_mutex_lock(&s->lock);
    while (*on && !wait_for_batch(s)) {
        pthread_mutex_unlock(&s->lock);
        append_rest(s, s->ops->flush);
        *on = out_flush(s);
        pthread_mutex_lock(&s->lock);
    }
    struct batch *b = *on ? queue_pop(&s->queue) : NULL;
    pthread_cond_signal(&s->space);
    pthread_mutex_unlock(&s->lock);
    return b;
}

void *sink_thread(void *sink)
{
    struct sink *s = sink;
    char name[16];
    snprintf(name, sizeof(name), "sink-%s", s->ops->name);
    pthread_setname_np(pthread_self(), name);
    bool on = out_flush(s);
    for (struct batch *b; on && (b = next_batch(s, &on)); batch_unref(b))
        on = write_batch(s, b);
    if (on) {
        append_rest(s, s->ops->end);
        out_flush(s);
    }
    return NULL;
}

static struct timespec tick(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    ts.tv_nsec += PUSH_TICK_MS * 1000000L;
    if (ts.tv_nsec >= 1000000000L) {
        ts.tv_sec++;
        ts.tv_nsec -= 1000000000L;
    }
    return ts;
}

/* Waits for room in the queue where the source can wait. The lock is held. */
static bool wait_for_space(struct sink *s, const struct batch *b)
{
    while (!s->ended && !s->finishing && !queue_fits(&s->queue, b, s->ctx->queue_bytes)) {
        if (!s->ctx->wait || sink_stopped(s))
            return false;
        struct timespec until = tick();
        pthread_cond_timedwait(&s->space, &s->lock, &until);
    }
    return true;
}

void sink_push(struct sink *s, struct batch *b)
{
    unsigned events = sink_events(s, b);
    if (!events)
        return;
    pthread_mutex_lock(&s->lock);
    s->counts.delivered += events;
    if (!wait_for_space(s, b)) {
        s->counts.dropped += events;
    } else if (s->ended || s->finishing) {
        s->counts.failed += events;
    } else {
        batch_ref(b);
        queue_push(&s->queue, b);
        pthread_cond_signal(&s->more);
    }
    pthread_mutex_unlock(&s->lock);
}

void sink_push_lost(struct sink *s, unsigned events)
{
    pthread_mutex_lock(&s->lock);
    s->counts.delivered += events;
    s->counts.dropped += events;
    pthread_mutex_unlock(&s->lock);
}
