/* SPDX-License-Identifier: Apache-2.0 */
/* From a sink's buffer to its destination: waiting, failing, trying again, giving up. */
#include <errno.h>
#include <poll.h>

#include "base/log.h"
#include "sink/sink_impl.h"

#define GIVE_UP_MS     1000
#define STOPPED_MS     600 /* by the user, who is to have the prompt again within a second */
#define TICK_MS        50
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000

static bool is_finishing(struct sink *s, uint64_t *since)
{
    pthread_mutex_lock(&s->lock);
    bool finishing = s->finishing;
    *since = s->finish_at;
    pthread_mutex_unlock(&s->lock);
    return finishing;
}

/* Whether the end has waited long enough for the destination. */
static bool is_too_late(struct sink *s)
{
    uint64_t since;
    bool stopped = sink_stopped(s);
    if (!is_finishing(s, &since) || (s->ctx->wait && !stopped))
        return false;
    /* A reader that is slow but reads may have its time, unless the user wants to go. */
    if (s->ctx->stop && !stopped && s->progress > since)
        since = s->progress;
    return monotonic_ms() - since >= (stopped ? STOPPED_MS : GIVE_UP_MS);
}

/* Waits until fd takes bytes (-1: only for time to pass), at most ms. */
static void wait_for(struct sink *s, int fd, int ms)
{
    uint64_t since;
    struct pollfd p[2] = {{.fd = fd, .events = POLLOUT}, {.fd = s->wake, .events = POLLIN}};
    bool finishing = is_finishing(s, &since);
    /* From then on the wake-up stays readable: time alone decides. */
    if (finishing && (ms < 0 || ms > TICK_MS))
        ms = TICK_MS;
    poll(p, finishing ? 1 : 2, ms);
}

void sink_count_lost(struct sink *s, uint64_t events, bool failed)
{
    pthread_mutex_lock(&s->lock);
    if (failed)
        s->counts.failed += events;
    else
        s->counts.dropped += events;
    pthread_mutex_unlock(&s->lock);
}

/* Marks of out that are written from beginning to end. */
static unsigned whole_marks(const struct sink *s)
{
    unsigned n = 0;
    while (n < s->nmarks && s->marks[n].end <= s->sent)
        n++;
    return n;
}

/* What was sent is counted as written; out is empty afterwards. Returns the events left over. */
static uint64_t settle(struct sink *s)
{
    unsigned marks = whole_marks(s);
    uint64_t whole = 0, rest = 0;
    for (unsigned i = 0; i < s->nmarks; i++)
        *(i < marks ? &whole : &rest) += s->marks[i].events;
    pthread_mutex_lock(&s->lock);
    s->counts.written += whole;
    s->counts.bytes += s->sent;
    pthread_mutex_unlock(&s->lock);
    strbuf_clear(&s->out);
    s->sent = 0;
    s->nmarks = 0;
    return rest;
}

void out_end(struct sink *s, bool failed)
{
    uint64_t lost = settle(s) + s->back.events;
    s->back.events = 0;
    s->failed = failed;
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    for (struct batch *b; (b = queue_pop(&s->queue)); batch_unref(b))
        lost += sink_events(s, b);
    pthread_cond_broadcast(&s->space);
    pthread_mutex_unlock(&s->lock);
    sink_count_lost(s, lost, failed);
}

/* What is half written is taken back where that can be done: no line is continued by another. */
static void cut_to_whole(struct sink *s)
{
    unsigned whole = whole_marks(s);
    size_t end = whole ? s->marks[whole - 1].end : 0;
    if (s->sent > end && destination_cut(&s->dest, s->sent - end))
        s->sent = end;
}

static bool may_pass(int rc)
{
    return rc == -ENOSPC || rc == -EDQUOT || rc == -EIO || rc == -ENOBUFS || rc == -ENOMEM;
}

/* The destination refused. True: try again. */
static bool out_failed(struct sink *s, int rc)
{
    bool again = s->ctx->retry && may_pass(rc);
    cut_to_whole(s);
    if (!s->backoff)
        log_error("output %s: can't write to %s: %s; %s", s->ops->name, s->dest.name, strerror(-rc),
                  again ? "trying again" : "this output ends");
    if (!again || is_too_late(s)) {
        out_end(s, true);
        return false;
    }
    s->backoff = s->backoff ? s->backoff * 2 : BACKOFF_MIN_MS;
    if (s->backoff > BACKOFF_MAX_MS)
        s->backoff = BACKOFF_MAX_MS;
    wait_for(s, -1, (int)s->backoff);
    return true;
}

bool out_flush(struct sink *s)
{
    while (s->sent < s->out.len) {
        size_t done;
        int rc = destination_write(&s->dest, s->out.data + s->sent, s->out.len - s->sent, &done);
        s->sent += done;
        if (done)
            s->progress = monotonic_ms();
        if (rc == -EAGAIN) {
            if (is_too_late(s)) {
                log_error("output %s: %s does not take what is left", s->ops->name, s->dest.name);
                out_end(s, false);
                return false;
            }
            wait_for(s, s->dest.fd, -1);
        } else if (rc && !out_failed(s, rc)) {
            return false;
        }
    }
    if (s->backoff)
        log_info("output %s: writing to %s again", s->ops->name, s->dest.name);
    s->backoff = 0;
    settle(s);
    return true;
}
