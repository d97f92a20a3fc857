/* SPDX-License-Identifier: Apache-2.0 */
#include "source/own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/version.h"
#include "event/ids.h"
#include "event/record.h"
#include "source/system.h"
#include "source/times.h"

enum own_event { OWN_INFO, OWN_NAMESPACES, OWN_LOSS, OWN_STATS, OWN_COUNT };

static const char *const own_names[OWN_COUNT] = {"ratel_info", "init_namespaces", "loss", "stats"};

static const struct event_def *own_def(enum own_event which)
{
    return catalog_by_name(catalog_builtin(), own_names[which], strlen(own_names[which]));
}

int own_init(struct own *o, const uint64_t *sets, uint64_t stats_ns)
{
    o->memory = aligned_alloc(8, OWN_BYTES);
    o->reported = calloc((size_t)PLAN_SLOTS * LOSS_COUNT, sizeof(*o->reported));
    if (!o->memory || !o->reported)
        return -ENOMEM;
    o->sets = sets;
    o->stats_ns = stats_ns;
    for (int i = 0; i < OWN_COUNT; i++) {
        const struct event_def *def = own_def((enum own_event)i);
        o->wanted[i] = def ? sets[def->slot] : 0;
    }
    return 0;
}

/* Begins an event of our own, NULL when nobody wants it. */
static struct abi_record *own_start(struct own *o, struct record_builder *b, enum own_event which,
                                    uint64_t now)
{
    if (!o->wanted[which])
        return NULL;
    if (o->read == o->used)
        o->read = o->used = 0;
    o->seen[which]++;
    record_begin(b, o->memory + o->used, OWN_BYTES - o->used, own_def(which));
    struct abi_record *r = record_header(b);
    if (!r) {
        o->lost[which]++;
        return NULL;
    }
    r->time = now;
    r->sets = o->wanted[which];
    r->flags |= ABI_F_NO_TASK | ABI_F_NO_RET;
    return r;
}

static void own_finish(struct own *o, struct record_builder *b, enum own_event which)
{
    const struct abi_record *r = record_end(b);
    if (r)
        o->used += r->len;
    else
        o->lost[which]++;
}

static void add_text(struct record_builder *b, unsigned index, const char *text)
{
    if (*text)
        record_add_bytes(b, index, text, strlen(text));
    else
        record_add_missing(b, index, ABI_WHY_ABSENT);
}

static void make_info(struct own *o, const struct source *s, uint64_t now)
{
    struct record_builder b;
    struct system_facts facts;
    if (!own_start(o, &b, OWN_INFO, now))
        return;
    system_read(&facts);
    record_add_int(&b, FIELD(ratel_info, boot_time), s->machine.boot_time);
    record_add_int(&b, FIELD(ratel_info, start_time), now);
    add_text(&b, FIELD(ratel_info, version), RATEL_VERSION);
    add_text(&b, FIELD(ratel_info, hostname), s->machine.hostname);
    add_text(&b, FIELD(ratel_info, kernel), s->machine.kernel);
    add_text(&b, FIELD(ratel_info, kernel_build), facts.kernel_build);
    add_text(&b, FIELD(ratel_info, arch), s->machine.arch);
    record_add_int(&b, FIELD(ratel_info, cpus), s->machine.ncpu);
    record_add_int(&b, FIELD(ratel_info, memory), facts.memory);
    add_text(&b, FIELD(ratel_info, os_id), facts.os_id);
    add_text(&b, FIELD(ratel_info, os_version), facts.os_version);
    add_text(&b, FIELD(ratel_info, os_name), facts.os_name);
    add_text(&b, FIELD(ratel_info, machine_id), facts.machine_id);
    add_text(&b, FIELD(ratel_info, boot_id), s->machine.boot_id);
    own_finish(o, &b, OWN_INFO);
}

static void add_field(struct record_builder *b, enum own_event which, const char *field, uint64_t v)
{
    int i = event_def_field(own_def(which), field, strlen(field));
    if (i >= 0 && v)
        record_add_int(b, (unsigned)i, v);
    else if (i >= 0)
        record_add_missing(b, (unsigned)i, ABI_WHY_UNSUPPORTED);
}

static void make_namespaces(struct own *o, const struct init_namespaces *n, uint64_t now)
{
    struct record_builder b;
    if (!own_start(o, &b, OWN_NAMESPACES, now))
        return;
#define X(name) add_field(&b, OWN_NAMESPACES, #name, n->name);
    INIT_NAMESPACES(X)
#undef X
    own_finish(o, &b, OWN_NAMESPACES);
}

void own_begin(struct own *o, const struct source *s, const struct init_namespaces *n, uint64_t now)
{
    make_info(o, s, now);
    make_namespaces(o, n, now);
    o->next_loss = now + LIVE_LOSS_NS;
    o->next_stats = now + o->stats_ns;
}

bool own_due(const struct own *o, uint64_t now)
{
    return now >= o->next_loss || (o->stats_ns && now >= o->next_stats);
}

void own_conclude(struct own *o)
{
    o->next_loss = 0;
    o->next_stats = 0;
}

static void make_loss(struct own *o, const struct event_def *def, enum loss_cause cause,
                      uint64_t total, uint64_t now)
{
    struct record_builder b;
    uint64_t *reported = &o->reported[def->slot * LOSS_COUNT + cause];
    if (!own_start(o, &b, OWN_LOSS, now))
        return;
    add_text(&b, 0, def->name);
    add_text(&b, 1, loss_names[cause]);
    record_add_int(&b, 2, total - *reported);
    record_add_int(&b, 3, total);
    own_finish(o, &b, OWN_LOSS);
    *reported = total;
}

static void update_loss(struct own *o, struct source *s, uint64_t now)
{
    for (unsigned slot = 0; slot < s->catalog->count; slot++) {
        struct source_counts c;
        s->ops->counts(s, slot, &c);
        for (int cause = 0; cause < LOSS_COUNT; cause++)
            if (c.lost[cause] > o->reported[slot * LOSS_COUNT + (unsigned)cause])
                make_loss(o, &s->catalog->events[slot], (enum loss_cause)cause, c.lost[cause], now);
    }
}

static uint64_t cpu_nanoseconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000ull +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000ull;
}

static uint64_t resident_bytes(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%*u %lu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void add_named(struct record_builder *b, const char *field, uint64_t v)
{
    int i = event_def_field(own_def(OWN_STATS), field, strlen(field));
    if (i >= 0)
        record_add_int(b, (unsigned)i, v);
}

static void make_stats(struct own *o, struct source *s, uint64_t now, uint64_t ring_used)
{
    struct record_builder b;
    uint64_t seen = 0, filtered = 0, lost = 0;
    for (unsigned slot = 0; slot < s->catalog->count; slot++) {
        struct source_counts c;
        s->ops->counts(s, slot, &c);
        seen += c.seen;
        filtered += c.scoped + c.filtered;
        for (int cause = 0; cause < LOSS_COUNT; cause++)
            lost += c.lost[cause];
    }
    if (!own_start(o, &b, OWN_STATS, now))
        return;
    add_named(&b, "events_seen", seen);
    add_named(&b, "filtered", filtered);
    add_named(&b, "lost", lost);
    add_named(&b, "late", s->late);
    add_named(&b, "rss", resident_bytes());
    add_named(&b, "cpu", cpu_nanoseconds());
    add_named(&b, "ring_used", ring_used);
    own_finish(o, &b, OWN_STATS);
}

void own_update(struct own *o, struct source *s, uint64_t now, uint64_t ring_used)
{
    if (now >= o->next_loss) {
        update_loss(o, s, now);
        o->next_loss = now + LIVE_LOSS_NS;
    }
    if (o->stats_ns && now >= o->next_stats) {
        make_stats(o, s, now, ring_used);
        o->next_stats = now + o->stats_ns;
    }
}

unsigned own_take(struct own *o, const struct abi_record **out, unsigned max)
{
    unsigned n = 0;
    while (n < max && o->read < o->used) {
        const struct abi_record *r = (const void *)(o->memory + o->read);
        out[n++] = r;
        o->read += r->len;
    }
    return n;
}

void own_counts(const struct own *o, unsigned slot, struct source_counts *out)
{
    for (int i = 0; i < OWN_COUNT; i++) {
        const struct event_def *def = own_def((enum own_event)i);
        if (!def || def->slot != slot)
            continue;
        out->seen += o->seen[i];
        out->lost[LOSS_too_big] += o->lost[i];
    }
}

size_t own_memory(void)
{
    return OWN_BYTES + (size_t)PLAN_SLOTS * LOSS_COUNT * sizeof(uint64_t);
}

void own_free(struct own *o)
{
    free(o->memory);
    free(o->reported);
    o->memory = NULL;
    o->reported = NULL;
}
