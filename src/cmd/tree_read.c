/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/tree_read.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cmd/run.h"
#include "event/format.h"
#include "event/ids.h"
#include "source/containers.h"
#include "source/existing.h"
#include "source/hashes.h"
#include "source/mounts.h"
#include "source/replay.h"

static void feed(struct tree_past *t, const struct catalog *catalog, const struct abi_record *r)
{
    struct event ev;
    if (event_decode(&ev, catalog, r, r->len))
        return;
    world_update(t->world, &ev);
    t->tasks |= r->event == EVENT_existing_task;
    t->hashes |= r->event == EVENT_executable_hash;
    t->mounts |= r->event == EVENT_existing_mount;
}

static void feed_own(void *ctx, const struct abi_record *r)
{
    feed(ctx, catalog_builtin(), r);
}

static void feed_hash(struct tree_past *t, const struct abi_record *task)
{
    _Alignas(8) char memory[HASH_RECORD];
    const struct abi_record *r = hashes_look(memory, task);
    if (r)
        feed_own(t, r);
}

/* What is mounted in the namespace of a process; mnt_ns 0: the host's. */
static void feed_mounts(struct tree_past *t, struct mounts *m, uint32_t pid, uint32_t mnt_ns)
{
    const struct abi_record *r;
    for (uint32_t entry = 1; (r = mounts_look(m, pid, 0, mnt_ns, entry, t->at)); entry++)
        feed_own(t, r);
}

static void feed_task(struct tree_past *t, struct mounts *m, const struct abi_record *r,
                      uint32_t hashed)
{
    uint32_t pid = r->pid, tid = r->tid, mnt_ns = r->mnt_ns;
    feed_own(t, r);
    if (hashed && tid == hashed && pid == hashed)
        feed_hash(t, r);
    if (mnt_ns && !world_knows_mounts(t->world, mnt_ns))
        feed_mounts(t, m, pid, mnt_ns);
}

int tree_read_machine(struct tree_past *t, uint32_t pid, struct error *err)
{
    const struct abi_record *records[PIPELINE_BATCH];
    uint64_t sets[PLAN_SLOTS] = {
        [SLOT_existing_task] = 1, [SLOT_known_user] = 1, [SLOT_known_group] = 1};
    struct existing existing;
    struct mounts *mounts = NULL;
    unsigned n = 0;
    t->since = t->at = clock_boot();
    int rc = machine_read(&t->machine);
    if (rc)
        return error_set(err, rc, "this machine's facts can't be read: %s", strerror(-rc));
    rc = existing_init(&existing, sets, NSEC_PER_SEC / t->machine.clock_ticks);
    rc = rc ? rc : existing_begin(&existing, -ENOENT, 0, NULL, 0);
    rc = rc ? rc : mounts_open(&mounts, 1, 0);
    if (!rc)
        feed_mounts(t, mounts, 1, 0);
    while (!rc && (n = existing_take(&existing, records, PIPELINE_BATCH, t->at)))
        for (unsigned i = 0; i < n; i++)
            feed_task(t, mounts, records[i], pid);
    mounts_close(mounts);
    existing_free(&existing);
    t->since = t->at = clock_boot();
    return rc ? error_set(err, rc, "/proc can't be read: %s", strerror(-rc)) : 0;
}

int tree_read_containers(struct tree_past *t, const struct runtime_sockets *sockets,
                         struct error *err)
{
    int rc = containers_tell(sockets, t->at, feed_own, t);
    return rc ? error_set(err, rc, "the control groups can't be read: %s", strerror(-rc)) : 0;
}

/* 0, or -ERANGE where the recording begins behind the time that was asked for. */
static int feed_recording(struct tree_past *t, struct source *s, struct error *err)
{
    const struct abi_record *records[PIPELINE_BATCH];
    for (;;) {
        int n = s->ops->read(s, records, PIPELINE_BATCH, err);
        if (n < 0)
            return n == -ENODATA ? 0 : n;
        for (int i = 0; i < n; i++) {
            if (!t->first)
                t->first = records[i]->time;
            t->goes_on = records[i]->time > t->at;
            if (t->goes_on)
                return 0;
            feed(t, s->catalog, records[i]);
        }
    }
}

static const char *time_of(struct strbuf *text, const struct tree_past *t, uint64_t ns)
{
    const struct format f = {.realtime_offset = t->machine.realtime_offset};
    strbuf_clear(text);
    time_text(text, &f, ns);
    return strbuf_cstr(text);
}

/* What the recording can't tell of the range, once all of it is known. */
static int check_range(struct tree_past *t, const struct options *o, struct error *err)
{
    struct strbuf text = STRBUF_INIT(64);
    uint64_t end = world_time(t->world);
    int rc = 0;
    if (t->first && t->at < t->first)
        rc = error_set(err, -ERANGE, "the recording begins at %s: what was before is not known",
                       time_of(&text, t, t->first));
    else if (t->since > t->at)
        rc = error_set(err, -ERANGE, "the time of --since is not before that of --until");
    else if (t->since > end && !t->goes_on)
        rc = error_set(err, -ERANGE, "the recording ends at %s: what came then is not known",
                       time_of(&text, t, end));
    strbuf_free(&text);
    if (!o->at.given && t->at > end) /* without an end, it is the recording's */
        t->at = end;
    return rc;
}

/* What the report lacks. */
static void say_gaps(const struct tree_past *t)
{
    struct cache_figures f;
    for (unsigned i = 0; world_figures(t->world, i, &f); i++)
        if (!strcmp(f.name, "tasks") && f.evictions)
            log_warn("%" PRIu64 " tasks that had ended are missing: there was no room for them",
                     f.evictions);
    if (!t->tasks)
        log_warn("the recording was made without --enrich ancestors: it tells only of processes "
                 "that did something");
}

int tree_read_recording(struct tree_past *t, const struct options *o, struct error *err)
{
    const char *path = o->read.text;
    struct source *s = NULL;
    uint64_t first = 0;
    int rc = 0;
    if (o->at.relative || o->since.relative || o->until.relative)
        rc = replay_first(path, &first, err);
    rc = rc ? rc : replay_open(&s, path, err);
    if (rc)
        return rc;
    t->machine = s->machine;
    uint64_t until = replay_time(s, &o->until, first, UINT64_MAX);
    t->at = replay_time(s, &o->at, first, until - (until > 0));
    rc = feed_recording(t, s, err);
    t->since = o->at.given ? t->at : replay_time(s, &o->since, first, 0);
    s->ops->close(s);
    rc = rc ? rc : check_range(t, o, err);
    if (!rc)
        say_gaps(t);
    return rc;
}
