/* SPDX-License-Identifier: Apache-2.0 */
/* Printing the account: every event that was seen is delivered, filtered or lost, and it adds up.
 */
#include <inttypes.h>
#include <string.h>

#include "pipeline.h"

/* Where the events that are not delivered went, in sum over all rows. */
struct causes {
    uint64_t scoped, recording, tests, beyond, world, lost[LOSS_COUNT];
};

static uint64_t row_lost(const struct source_counts *c)
{
    uint64_t lost = 0;
    for (int i = 0; i < LOSS_COUNT; i++)
        lost += c->lost[i];
    return lost;
}

static void print_row(const struct account *a, struct source *s, unsigned slot,
                      struct causes *causes, FILE *out)
{
    const struct account_row *row = &a->rows[slot];
    struct source_counts c;
    s->ops->counts(s, slot, &c);
    c.lost[LOSS_bad_record] += row->bad;
    uint64_t filtered = c.scoped + c.filtered + row->filtered + row->beyond + row->world;
    if (!c.seen && !row->delivered && !filtered)
        return;
    fprintf(out, "%-28s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n",
            s->catalog->events[slot].name, c.seen, row->delivered, filtered, row_lost(&c));
    causes->scoped += c.scoped;
    causes->recording += c.filtered;
    causes->tests += row->filtered;
    causes->beyond += row->beyond;
    causes->world += row->world;
    for (int i = 0; i < LOSS_COUNT; i++)
        causes->lost[i] += c.lost[i];
}

static void print_cause(const char *what, const char *why, uint64_t n, FILE *out)
{
    if (n)
        fprintf(out, "  %-9s %-40s %14" PRIu64 "\n", what, why, n);
}

void account_print(const struct account *a, struct source *s, FILE *out)
{
    struct causes causes = {0};
    fprintf(out, "%-28s %14s %14s %14s %14s\n", "event", "seen", "delivered", "filtered", "lost");
    for (unsigned slot = 0; slot < a->count; slot++)
        print_row(a, s, slot, &causes, out);
    print_cause("filtered", "out of scope", causes.scoped, out);
    print_cause("filtered", "when it was recorded or looked into", causes.recording, out);
    print_cause("filtered", "by tests of -e", causes.tests, out);
    print_cause("filtered", "after the number asked for (--count)", causes.beyond, out);
    print_cause("filtered", "only for what others tell of their task", causes.world, out);
    for (int i = 0; i < LOSS_COUNT; i++)
        print_cause("lost", loss_texts[i], causes.lost[i], out);
    print_cause("lost", "record of no known event", a->unreadable + s->bad, out);
    print_cause("late", "came after a later event had gone on", s->late, out);
}

void account_print_sink(const char *spec, const struct sink_counts *c, bool first, FILE *out)
{
    if (first)
        fprintf(out, "%-28s %14s %14s %14s %14s\n", "output", "delivered", "written", "dropped",
                "failed");
    fprintf(out, "%-28s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64 "\n", spec,
            c->delivered, c->written, c->dropped, c->failed);
}
