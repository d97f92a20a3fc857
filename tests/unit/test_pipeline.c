/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline on a source made up here: what goes in comes out, and the account adds up. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "event/record.h"
#include "pipeline.h"

#define RECORDS  3000
#define NO_EVENT 7999 /* an id that no event has */

/* Gives RECORDS records of getpid, but for every tenth: that one is spoilt as .spoil says. */
struct fake {
    struct source source;
    unsigned given;
    unsigned most; /* records in one read */
    bool stopped;
    enum { SOUND, BAD_FIELD, UNKNOWN_EVENT } spoil;
    int end; /* what the last read returns */
    _Alignas(8) char memory[256][256];
};

static const struct event_def *def_getpid(void)
{
    return catalog_by_name(catalog_builtin(), "getpid", 6);
}

static const struct abi_record *make(struct fake *f, void *memory, unsigned i)
{
    struct record_builder b;
    record_begin(&b, memory, 256, def_getpid());
    struct abi_record *r = record_header(&b);
    r->flags = 0;
    r->time = 1000 + i;
    r->ret = i;
    if (f->spoil == BAD_FIELD && i % 10 == 0)
        record_add_int(&b, 0, 1); /* getpid has no fields */
    if (f->spoil == UNKNOWN_EVENT && i % 10 == 0)
        r->event = NO_EVENT;
    return record_end(&b);
}

static int fake_read(struct source *s, const struct abi_record **out, unsigned max,
                     struct error *err)
{
    struct fake *f = (struct fake *)(void *)s;
    unsigned n = 0;
    for (; n < max && n < f->most && n < 256 && f->given < RECORDS && !f->stopped; n++)
        out[n] = make(f, f->memory[n], f->given++);
    if (n)
        return (int)n;
    return f->end == -ENODATA ? -ENODATA : error_set(err, f->end, "broken");
}

static void fake_stop(struct source *s)
{
    ((struct fake *)(void *)s)->stopped = true;
}

/* As a kernel would: everything that was given was seen, and as much again was out of scope. */
static void fake_counts(struct source *s, unsigned slot, struct source_counts *out)
{
    struct fake *f = (struct fake *)(void *)s;
    memset(out, 0, sizeof(*out));
    if (slot != def_getpid()->slot)
        return;
    out->seen = 2ull * f->given + 5;
    out->scoped = f->given;
    out->lost[LOSS_ring_full] = 5;
}

static const struct source_ops fake_ops = {
    .name = "fake", .read = fake_read, .stop = fake_stop, .counts = fake_counts};

struct result {
    int rc;
    struct account_row row;
    uint64_t unreadable, lines;
    bool adds_up;
    char error[ERROR_MESSAGE_MAX];
};

static uint64_t count_lines(const char *path)
{
    FILE *in = fopen(path, "r");
    uint64_t lines = 0;
    assert_non_null(in);
    for (int c; (c = fgetc(in)) != EOF;)
        lines += c == '\n';
    fclose(in);
    return lines;
}

static struct result run(struct fake *f, const char *events, uint64_t max_events)
{
    char path[] = "/tmp/ratel-pipeline-XXXXXX", spec[64];
    struct selection selection;
    struct sink *sink;
    struct error err = {0};
    struct account account;
    struct result r = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(spec, sizeof(spec), "json:%s", path);
    f->source.ops = &fake_ops;
    f->source.catalog = catalog_builtin();
    struct sink_context context = {.catalog = f->source.catalog,
                                   .machine = &f->source.machine,
                                   .wait = true,
                                   .queue_bytes = 1u << 20};
    assert_int_equal(selection_init(&selection, f->source.catalog), 0);
    assert_int_equal(selection_events(&selection, events, &err), 0);
    assert_int_equal(sink_open(&sink, spec, &context, &err), 0);
    assert_int_equal(account_init(&account, f->source.catalog), 0);
    struct pipeline_options o = {.source = &f->source,
                                 .selection = &selection,
                                 .sinks = &sink,
                                 .nsinks = 1,
                                 .context = &context,
                                 .max_events = max_events};
    r.rc = pipeline_run(&o, &account, &err);
    struct sink_counts counts;
    sink_close(sink, &counts);
    r.row = account.rows[def_getpid()->slot];
    r.unreadable = account.unreadable;
    r.lines = count_lines(path);
    struct source_counts c;
    fake_counts(&f->source, def_getpid()->slot, &c);
    r.adds_up = c.seen == r.row.delivered + c.scoped + r.row.filtered + r.row.beyond + r.row.bad +
                              r.unreadable + c.lost[LOSS_ring_full] &&
                counts.delivered == r.row.delivered && counts.written == r.lines;
    snprintf(r.error, sizeof(r.error), "%s", err.message);
    account_free(&account);
    selection_free(&selection);
    unlink(path);
    return r;
}

static void check(struct fake *f, const char *events, uint64_t max_events,
                  const struct result *expected)
{
    struct result r = run(f, events, max_events);
    assert_int_equal(r.rc, 0);
    assert_int_equal(r.row.delivered, expected->row.delivered);
    assert_int_equal(r.row.filtered, expected->row.filtered);
    assert_int_equal(r.row.bad, expected->row.bad);
    assert_int_equal(r.unreadable, expected->unreadable);
    assert_int_equal(r.lines, expected->row.delivered);
    assert_true(r.adds_up);
}

static void everything_arrives(void **state)
{
    (void)state;
    for (unsigned most = 1; most <= 256; most = most * 3 + 1) {
        struct fake f = {.most = most, .end = -ENODATA};
        check(&f, "getpid", 0, &(struct result){.row.delivered = RECORDS});
    }
}

static void tests_filter(void **state)
{
    struct fake f = {.most = 100, .end = -ENODATA};
    (void)state;
    check(&f, "getpid.retval<1000", 0,
          &(struct result){.row.delivered = 1000, .row.filtered = RECORDS - 1000});
}

static void what_is_not_asked_for_is_filtered(void **state)
{
    struct fake f = {.most = 100, .end = -ENODATA};
    (void)state;
    check(&f, "openat", 0, &(struct result){.row.filtered = RECORDS});
}

static void bad_records_are_counted(void **state)
{
    struct fake bad = {.most = 100, .end = -ENODATA, .spoil = BAD_FIELD};
    struct fake unknown = {.most = 100, .end = -ENODATA, .spoil = UNKNOWN_EVENT};
    (void)state;
    check(&bad, "getpid", 0,
          &(struct result){.row.delivered = RECORDS / 10 * 9, .row.bad = RECORDS / 10});
    check(&unknown, "getpid", 0,
          &(struct result){.row.delivered = RECORDS / 10 * 9, .unreadable = RECORDS / 10});
}

/* What a source found in the place of records stands in the account, too. */
static void no_records_are_told(void **state)
{
    static struct fake f = {.end = -ENODATA};
    struct account account;
    char *text = NULL;
    size_t len;
    (void)state;
    f.source = (struct source){.ops = &fake_ops, .catalog = catalog_builtin(), .bad = 7};
    assert_int_equal(account_init(&account, catalog_builtin()), 0);
    account.unreadable = 5;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    account_print(&account, &f.source, out);
    fclose(out);
    const char *line = strstr(text, "record of no known event");
    assert_non_null(line);
    assert_int_equal(strtoul(line + strlen("record of no known event"), NULL, 10), 12);
    free(text);
    account_free(&account);
}

/* What was read before the source stopped, and is too much, stands in the account as well. */
static void a_limit_stops_the_source(void **state)
{
    struct fake f = {.most = 100, .end = -ENODATA};
    (void)state;
    struct result r = run(&f, "getpid", 250);
    assert_int_equal(r.rc, 0);
    assert_true(f.stopped);
    assert_int_equal(r.row.delivered, 250);
    assert_int_equal(r.row.beyond, 50);
    assert_int_equal(r.lines, 250);
    assert_true(r.adds_up);
}

static void a_broken_source_is_an_error(void **state)
{
    struct fake f = {.most = 100, .end = -EIO};
    (void)state;
    struct result r = run(&f, "getpid", 0);
    assert_int_equal(r.rc, -EIO);
    assert_string_equal(r.error, "broken");
    assert_int_equal(r.lines, RECORDS); /* what came before it is not lost */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_arrives),
        cmocka_unit_test(tests_filter),
        cmocka_unit_test(what_is_not_asked_for_is_filtered),
        cmocka_unit_test(bad_records_are_counted),
        cmocka_unit_test(no_records_are_told),
        cmocka_unit_test(a_limit_stops_the_source),
        cmocka_unit_test(a_broken_source_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
