/* SPDX-License-Identifier: Apache-2.0 */
/* Raw records into a recording, to be replayed. */
#include "record/recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sink/sink.h"

_Static_assert((int)LOSS_COUNT <= DISK_CAUSES_MAX, "every cause has a place in the account");

extern const struct sink_ops sink_recording;

struct state {
    struct recording_writer *writer;
    bool said; /* that something was left out */
};

static int begin(struct sink *s, struct strbuf *out, struct error *err)
{
    const struct sink_context *ctx = sink_ctx(s);
    struct state *st = sink_state(s);
    int rc = -ENOMEM;

    if (!st->writer)
        st->writer = recording_writer_new(ctx->catalog, ctx->machine);
    if (st->writer)
        rc = recording_writer_header(st->writer, out);
    return rc ? error_set(err, rc, "no memory for a recording") : 0;
}

/* The account in the file tells how many; here it is said that there are some. */
static void look(struct sink *s, int rc)
{
    struct state *st = sink_state(s);

    if (rc == 0 || st->said)
        return;
    st->said = true;
    log_warn("%s: no memory for a frame: %" PRIu64 " records are not in the recording",
             sink_spec(s), recording_writer_lost(st->writer));
}

static void event(struct sink *s, struct strbuf *out, const struct event *ev)
{
    struct state *st = sink_state(s);

    look(s, recording_writer_add(st->writer, ev->rec, out));
}

static struct sink_held held(struct sink *s)
{
    struct state *st = sink_state(s);

    return (struct sink_held){recording_writer_held(st->writer), recording_writer_lost(st->writer)};
}

static void flush(struct sink *s, struct strbuf *out)
{
    struct state *st = sink_state(s);

    look(s, recording_writer_flush(st->writer, out));
}

static void fill_account(struct recording_account *a, const struct source_counts *counts,
                         unsigned slots)
{
    a->causes = LOSS_COUNT;
    memcpy(a->cause, loss_names, sizeof(loss_names));
    for (unsigned i = 0; i < slots; i++) {
        a->counts[i].seen = counts[i].seen;
        a->counts[i].scoped = counts[i].scoped;
        a->counts[i].filtered = counts[i].filtered;
        memcpy(a->counts[i].lost, counts[i].lost, sizeof(counts[i].lost));
    }
    a->counted = true;
}

static void end(struct sink *s, struct strbuf *out)
{
    const struct sink_context *ctx = sink_ctx(s);
    const struct source_counts *counts = ctx->account;
    struct state *st = sink_state(s);
    struct recording_account account = {0};

    if (counts)
        account.counts = calloc(ctx->catalog->count, sizeof(*account.counts));
    if (account.counts)
        fill_account(&account, counts, ctx->catalog->count);
    look(s, recording_writer_end(st->writer, &account, out));
    free(account.counts);
}

static void close_writer(struct sink *s)
{
    struct state *st = sink_state(s);

    recording_writer_free(st->writer);
    st->writer = NULL;
}

const struct sink_ops sink_recording = {
    .name = "recording",
    .meaning = "raw records, compressed, to be read by ratel replay",
    .size = sizeof(struct state),
    .memory = recording_writer_memory,
    .binary = true,
    .keeps_world = true,
    .begin = begin,
    .event = event,
    .held = held,
    .flush = flush,
    .end = end,
    .close = close_writer,
};
