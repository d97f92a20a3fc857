/* SPDX-License-Identifier: Apache-2.0 */
#include "source/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "record/recording.h"

struct replay {
    struct source source; /* first: the ops are given a pointer to it */
    struct recording *recording;
    uint64_t *handed; /* records handed on, by slot */
    uint64_t last;    /* latest time handed on */
    bool ranged;
    bool stopped;
    bool ended; /* everything was read */
};

static struct replay *replay_of(struct source *s)
{
    return (struct replay *)s;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* Says what is missing from the recording, once. */
static void replay_say_faults(const struct replay *p)
{
    struct recording_faults f = recording_faults(p->recording);

    /* Of a frame whose header is damaged nobody knows how many records it had. */
    if (f.frames)
        log_warn("replay: left out %" PRIu64 " damaged frame%s with %s%" PRIu64 " record%s",
                 f.frames, plural(f.frames), f.unknown ? "at least " : "", f.records,
                 plural(f.records));
    if (f.dropped_bytes)
        log_warn("replay: the recording ends early: %" PRIu64
                 " byte%s after the last whole frame were dropped",
                 f.dropped_bytes, plural(f.dropped_bytes));
    else if (!f.closed)
        log_warn("replay: the recording was not closed: it ends with its last whole frame");
}

static void replay_count(struct replay *p, const struct abi_record *rec)
{
    const struct event_def *def = catalog_by_id(p->source.catalog, rec->event);

    if (def)
        p->handed[def->slot]++;
    /* What ratel itself noted is not in the order of the rings, live neither. */
    if (rec->flags & ABI_F_USER)
        return;
    if (rec->time < p->last)
        p->source.late++;
    else
        p->last = rec->time;
}

static int replay_read(struct source *s, const struct abi_record **out, unsigned max,
                       struct error *err)
{
    struct replay *p = replay_of(s);
    int n;

    if (p->stopped || p->ended)
        return -ENODATA;
    n = recording_read(p->recording, out, max, err);
    if (n == -ENODATA) {
        p->ended = true;
        replay_say_faults(p);
    }
    for (int i = 0; i < n; i++)
        replay_count(p, out[i]);
    return n;
}

static void replay_stop(struct source *s)
{
    replay_of(s)->stopped = true;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* The cause of that name; what a later ratel calls otherwise was lost all the same. */
static enum loss_cause cause_find(const char *name)
{
    for (unsigned i = 0; i < LOSS_COUNT; i++)
        if (strcmp(loss_names[i], name) == 0)
            return (enum loss_cause)i;
    return LOSS_not_recorded;
}

/* What live had filtered and lost. What it saw and did not account for, the recording lacks. */
static void add_account(const struct recording_account *a, const struct recording_count *c,
                        struct source_counts *out)
{
    uint64_t known = c->recorded + c->scoped + c->filtered;

    out->scoped = c->scoped;
    out->filtered = c->filtered;
    for (unsigned i = 0; i < a->causes; i++) {
        out->lost[cause_find(a->cause[i])] += c->lost[i];
        known += c->lost[i];
    }
    out->lost[LOSS_not_recorded] += minus(c->seen, known);
}

/* Whether all that was recorded is in this file and was asked for. */
static bool replay_whole(const struct replay *p, const struct recording_account *a)
{
    uint64_t recorded = 0;

    for (unsigned i = 0; i < p->source.catalog->count; i++)
        recorded += a->counts[i].recorded;
    return p->ended && !p->ranged && recorded == a->records;
}

/* seen is the sum of the rest: a part of a recording has a part of what was seen. */
static void replay_counts(struct source *s, unsigned slot, struct source_counts *out)
{
    struct replay *p = replay_of(s);
    const struct recording_account *a = recording_account(p->recording);
    uint64_t damaged = recording_damaged(p->recording, slot);

    memset(out, 0, sizeof(*out));
    if (a && a->counted)
        add_account(a, &a->counts[slot], out);
    if (a && replay_whole(p, a))
        damaged = minus(a->counts[slot].recorded, p->handed[slot]);
    out->lost[LOSS_bad_record] += damaged;
    out->seen = p->handed[slot] + out->scoped + out->filtered;
    for (unsigned i = 0; i < LOSS_COUNT; i++)
        out->seen += out->lost[i];
}

static void replay_close(struct source *s)
{
    struct replay *p = replay_of(s);

    if (!p)
        return;
    recording_close(p->recording);
    free(p->handed);
    free(p);
}

static const struct source_ops replay_ops = {
    .name = "replay",
    .read = replay_read,
    .stop = replay_stop,
    .counts = replay_counts,
    .close = replay_close,
};

int replay_open(struct source **out, const char *path, struct error *err)
{
    struct replay *p = calloc(1, sizeof(*p));
    int rc;

    if (!p)
        return error_set(err, -ENOMEM, "no memory to read %s", path);
    rc = recording_open(&p->recording, path, err);
    if (rc)
        goto fail;
    p->source.ops = &replay_ops;
    p->source.catalog = recording_catalog(p->recording);
    p->source.machine = *recording_machine(p->recording);
    p->handed = calloc(p->source.catalog->count, sizeof(*p->handed));
    if (!p->handed) {
        rc = error_set(err, -ENOMEM, "no memory to read %s", path);
        goto fail;
    }
    *out = &p->source;
    return 0;
fail:
    replay_close(&p->source);
    return rc;
}

void replay_range(struct source *s, uint64_t since, uint64_t until)
{
    struct replay *p = replay_of(s);

    p->ranged = true;
    recording_range(p->recording, since, until);
}
