/* SPDX-License-Identifier: Apache-2.0 */
/* ratel replay: a recording to outputs, as if it were happening. */
#include <errno.h>
#include <string.h>

#include "cmd/run.h"
#include "record/recording.h"
#include "source/replay.h"

int replay_first(const char *path, uint64_t *first, struct error *err)
{
    const struct abi_record *record;
    struct recording *recording;

    if (!strcmp(path, "-"))
        return error_set(err, -ESPIPE, "a time after the beginning (+DURATION) needs a file");
    int rc = recording_open(&recording, path, err);
    if (rc)
        return rc;
    do
        rc = recording_read(recording, &record, 1, err);
    while (!rc);
    *first = rc == 1 ? record->time : 0;
    recording_close(recording);
    return rc == 1 || rc == -ENODATA ? 0 : rc;
}

static uint64_t clamp(__int128 ns)
{
    return ns < 0 ? 0 : ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

uint64_t replay_time(const struct source *s, const struct option_time *t, uint64_t first,
                     uint64_t otherwise)
{
    if (!t->given)
        return otherwise;
    if (t->relative)
        return clamp((__int128)first + t->ns);
    return clamp((__int128)t->ns - s->machine.realtime_offset);
}

int run_open_replay(struct run *r, const struct options *o, const char *path)
{
    struct error err = {0};
    uint64_t first = 0;
    int rc = 0;

    r->options = o;
    for (unsigned i = 0; i < r->outputs->count; i++) {
        rc = sink_spares(r->outputs->items[i].text, path, &err);
        if (rc)
            return run_fail(o, rc, &r->outputs->items[i], &err);
    }
    if (o->since.relative || o->until.relative)
        rc = replay_first(path, &first, &err);
    if (!rc)
        rc = replay_open(&r->source, path, &err);
    if (rc) /* a broken recording is no mistake in the command line */
        return run_fail(o, rc == -EINVAL ? -EIO : rc, NULL, &err);
    if (o->since.given || o->until.given)
        replay_range(r->source, replay_time(r->source, &o->since, first, 0),
                     replay_time(r->source, &o->until, first, UINT64_MAX));
    return EXIT_OK;
}

int cmd_replay(const struct options *o)
{
    struct run r = {0};

    if (o->noperands != 1)
        return usage_say(o, o->noperands ? "ratel replay shows one recording at a time"
                                         : "ratel replay needs a recording: ratel replay FILE");
    int status = run_plan(&r, o, &o->output);
    if (!status)
        status = run_open_replay(&r, o, o->operands[0]);
    if (!status)
        status = run_select(&r, o, r.source->catalog);
    if (!status)
        status = run_open_sinks(&r);
    if (!status)
        status = run_flow(&r);
    return run_close(&r, status);
}
