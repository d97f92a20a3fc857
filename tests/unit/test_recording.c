/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings that are as they should be: written, read back, searched by time, piped. */
#include <fcntl.h>
#include <pthread.h>

#include "recording_sample.h"

#define STEP 1000000ULL /* 1,000 records span a second: the writer closes frames by itself */

static struct recording_count sample_counts[3] = {
    {.seen = 100, .scoped = 5, .filtered = 7, .lost = {1, 2}},
    {.seen = 50},
    {0},
};
static const struct recording_account sample_account = {
    .causes = 2,
    .cause = {"ring_full", "odd_cause"},
    .counts = sample_counts,
    .counted = true,
};

static void check_header(struct recording *r)
{
    const struct machine *m = recording_machine(r);
    const struct catalog *c = recording_catalog(r);

    assert_string_equal(m->hostname, sample_machine.hostname);
    assert_string_equal(m->kernel, sample_machine.kernel);
    assert_string_equal(m->arch, sample_machine.arch);
    assert_string_equal(m->boot_id, sample_machine.boot_id);
    assert_int_equal(m->realtime_offset, sample_machine.realtime_offset);
    assert_int_equal(m->boot_time, sample_machine.boot_time);
    assert_int_equal(m->ncpu, sample_machine.ncpu);
    assert_int_equal(m->clock_ticks, sample_machine.clock_ticks);
    for (unsigned i = 0; i < sample_catalog.count; i++) {
        const struct event_def *want = &sample_events[i];
        const struct event_def *def = catalog_by_id(c, want->id);

        assert_non_null(def);
        assert_string_equal(def->name, want->name);
        assert_int_equal(def->nfields, want->nfields);
        for (unsigned f = 0; f < want->nfields; f++) {
            assert_string_equal(def->fields[f].name, want->fields[f].name);
            assert_int_equal(def->fields[f].type, want->fields[f].type);
        }
    }
}

static void check_account(struct recording *r)
{
    const struct recording_account *a = recording_account(r);

    assert_non_null(a);
    assert_true(a->counted);
    assert_int_equal(a->causes, 2);
    assert_int_equal(a->records, 5000);
    assert_string_equal(a->cause[0], "ring_full");
    assert_string_equal(a->cause[1], "odd_cause");
    for (unsigned i = 0; i < sample_catalog.count; i++) {
        const struct recording_count *got = &a->counts[sample_slot(r, i)];

        assert_int_equal(got->recorded, i == 2 ? 1666 : 1667);
        assert_int_equal(got->seen, sample_counts[i].seen);
        assert_int_equal(got->scoped, sample_counts[i].scoped);
        assert_int_equal(got->filtered, sample_counts[i].filtered);
        assert_memory_equal(got->lost, sample_counts[i].lost, sizeof(got->lost));
    }
}

static void round_trip(void **state)
{
    static const struct sample s = {5000, 0, STEP, true, &sample_account};
    struct strbuf out = STRBUF_INIT(16 << 20);
    struct recording *r;
    struct error err;

    (void)state;
    sample_write(&out, &s);
    r = sample_open(out.data, out.len, &err);
    assert_non_null(r);
    check_header(r);
    check_account(r);
    assert_int_equal(sample_drain(r, STEP), 5000);
    assert_true(recording_faults(r).closed);
    assert_int_equal(recording_faults(r).dropped_bytes, 0);
    assert_int_equal(recording_faults(r).frames, 0);
    recording_close(r);
    strbuf_free(&out);
}

static void same_bytes_twice(void **state)
{
    static const struct sample s = {2000, 300, STEP, true, &sample_account};
    struct strbuf a = STRBUF_INIT(16 << 20), b = STRBUF_INIT(16 << 20);

    (void)state;
    sample_write(&a, &s);
    sample_write(&b, &s);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.data, b.data, a.len);
    strbuf_free(&a);
    strbuf_free(&b);
}

/* How many of n records lie in [since, until). */
static unsigned in_range(unsigned n, uint64_t since, uint64_t until)
{
    unsigned count = 0;

    for (uint64_t i = 1; i <= n; i++)
        count += i * STEP >= since && (i * STEP < until || until == UINT64_MAX);
    return count;
}

static void ranges(void **state)
{
    static const uint64_t times[] = {
        0,           1,           STEP,
        STEP + 1,    999 * STEP,  2500 * STEP + 1,
        4999 * STEP, 5000 * STEP, 5000 * STEP + 1,
        UINT64_MAX,
    };
    const unsigned n = sizeof(times) / sizeof(times[0]);

    (void)state;
    for (int closed = 0; closed <= 1; closed++) {
        const struct sample s = {5000, 0, STEP, closed, NULL};
        struct strbuf out = STRBUF_INIT(16 << 20);
        struct recording *r;
        struct error err;

        sample_write(&out, &s);
        r = sample_open(out.data, out.len, &err);
        assert_non_null(r);
        for (unsigned i = 0; i < n * n; i++) {
            uint64_t since = times[i / n], until = times[i % n];

            recording_range(r, since, until);
            assert_int_equal(sample_drain(r, STEP), in_range(5000, since, until));
        }
        recording_seek(r, 0);
        assert_int_equal(sample_drain(r, STEP), 5000);
        recording_close(r);
        strbuf_free(&out);
    }
}

struct feed {
    int fd;
    const struct strbuf *bytes;
    size_t piece;
    useconds_t pause;
};

static void *feed_run(void *p)
{
    const struct feed *f = p;

    for (size_t at = 0; at < f->bytes->len;) {
        size_t n = f->bytes->len - at < f->piece ? f->bytes->len - at : f->piece;
        ssize_t put = write(f->fd, f->bytes->data + at, n);

        if (put < 0)
            break;
        at += (size_t)put;
        if (f->pause)
            usleep(f->pause);
    }
    close(f->fd);
    return NULL;
}

static void through_a_pipe(void **state)
{
    static const struct {
        struct sample sample;
        size_t piece;
        useconds_t pause; /* longer than the reader's patience where it is not 0 */
        size_t cut;
    } rows[] = {
        {{5000, 0, STEP, true, &sample_account}, 65536, 0, 0},
        {{5000, 0, STEP, true, &sample_account}, 1013, 0, 0},
        {{30, 10, STEP, true, NULL}, 1, 0, 0},
        {{30, 10, STEP, true, NULL}, 500, 150000, 0},
        {{30, 10, STEP, false, NULL}, 100, 0, 0},
        {{30, 10, STEP, false, NULL}, 100, 0, 5},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct strbuf out = STRBUF_INIT(16 << 20);
        struct feed feed = {.bytes = &out, .piece = rows[i].piece, .pause = rows[i].pause};
        struct recording *r = NULL;
        struct error err = {0};
        pthread_t thread;
        int fds[2];

        sample_write(&out, &rows[i].sample);
        out.len -= rows[i].cut;
        assert_int_equal(pipe(fds), 0);
        feed.fd = fds[1];
        assert_int_equal(pthread_create(&thread, NULL, feed_run, &feed), 0);
        assert_int_equal(recording_open_fd(&r, fds[0], "pipe", &err), 0);
        check_header(r);
        assert_int_equal(sample_drain(r, STEP), rows[i].sample.records - (rows[i].cut ? 10 : 0));
        assert_int_equal(recording_faults(r).closed, rows[i].sample.closed);
        assert_int_equal(recording_faults(r).dropped_bytes > 0, rows[i].cut > 0);
        if (rows[i].sample.account)
            check_account(r);
        recording_close(r);
        pthread_join(thread, NULL);
        strbuf_free(&out);
    }
}

/* A recording may begin where standard input stands in a file. */
static void from_the_middle_of_a_file(void **state)
{
    static const struct sample s = {100, 10, STEP, true, NULL};
    struct strbuf out = STRBUF_INIT(1 << 20);
    struct recording *r = NULL;
    struct error err = {0};
    int fd;

    (void)state;
    strbuf_lit(&out, "something else");
    sample_write(&out, &s);
    fd = sample_file(out.data, out.len);
    assert_int_equal(lseek(fd, 14, SEEK_SET), 14);
    assert_int_equal(recording_open_fd(&r, fd, "middle", &err), 0);
    assert_true(recording_faults(r).closed);
    assert_int_equal(sample_drain(r, STEP), 100);
    recording_close(r);
    strbuf_free(&out);
}

static void nothing_recorded(void **state)
{
    (void)state;
    for (int closed = 0; closed <= 1; closed++) {
        const struct sample s = {0, 0, STEP, closed, NULL};
        struct strbuf out = STRBUF_INIT(1 << 20);
        struct recording *r;
        struct error err;

        sample_write(&out, &s);
        r = sample_open(out.data, out.len, &err);
        assert_non_null(r);
        assert_int_equal(sample_drain(r, STEP), 0);
        recording_seek(r, 5);
        assert_int_equal(sample_drain(r, STEP), 0);
        assert_int_equal(recording_faults(r).dropped_bytes, 0);
        recording_close(r);
        strbuf_free(&out);
    }
}

/* One writer, two files: the second has its own records and what the run recorded in all. */
static void rotation(void **state)
{
    struct recording_writer *w = recording_writer_new(&sample_catalog, &sample_machine);
    struct strbuf out = STRBUF_INIT(1 << 20);
    struct recording *r;
    struct error err;
    uint64_t room[32];
    size_t second;

    (void)state;
    recording_writer_header(w, &out);
    for (unsigned i = 0; i < 30; i++)
        recording_writer_add(w, sample_record(room, i, (i + 1) * STEP), &out);
    recording_writer_end(w, NULL, &out);
    second = out.len;
    recording_writer_header(w, &out);
    for (unsigned i = 30; i < 36; i++)
        recording_writer_add(w, sample_record(room, i, (i + 1) * STEP), &out);
    recording_writer_end(w, NULL, &out);
    recording_writer_free(w);

    r = sample_open(out.data + second, out.len - second, &err);
    assert_non_null(r);
    assert_int_equal(sample_drain(r, STEP), 6);
    assert_int_equal(recording_account(r)->records, 6);
    assert_int_equal(recording_account(r)->counts[sample_slot(r, 0)].recorded, 12);
    assert_false(recording_account(r)->counted);
    recording_close(r);
    strbuf_free(&out);
}

/* A writer that had no new file to go on in: what follows an END counts, and the last END tells. */
static void goes_on_after_its_end(void **state)
{
    (void)state;
    for (unsigned cut = 0; cut < 3; cut++) {
        struct recording_writer *w = recording_writer_new(&sample_catalog, &sample_machine);
        struct strbuf out = STRBUF_INIT(1 << 20);
        struct recording *r;
        struct error err;
        uint64_t room[32];

        recording_writer_header(w, &out);
        for (unsigned i = 0; i < 60; i++) {
            recording_writer_add(w, sample_record(room, i, (i + 1) * STEP), &out);
            if (i % 20 == 19)
                recording_writer_end(w, NULL, &out);
        }
        recording_writer_free(w);
        /* Whole, without its trailer, and without the last END. */
        r = sample_open(out.data, out.len - cut * 20, &err);
        assert_non_null(r);
        assert_int_equal(sample_drain(r, STEP), 60);
        assert_int_equal(recording_faults(r).frames, 0);
        assert_int_equal(recording_faults(r).closed, cut < 1);
        assert_int_equal(recording_faults(r).dropped_bytes > 0, cut > 0);
        if (cut == 0)
            assert_int_equal(recording_account(r)->records, 60);
        recording_seek(r, 41 * STEP);
        assert_int_equal(sample_drain(r, STEP), 20);
        recording_close(r);
        strbuf_free(&out);
    }
}

/* Frames end when they are big, too: nothing of a burst stays behind for long. */
static void frames_end_by_size(void **state)
{
    static const struct sample s = {20000, 0, 1, false, NULL};
    struct strbuf out = STRBUF_INIT(16 << 20);
    struct recording *r;
    struct error err;

    (void)state;
    sample_write(&out, &s);
    r = sample_open(out.data, out.len - 1, &err);
    assert_non_null(r);
    assert_in_range(sample_drain(r, 1), 10000, 19999);
    recording_close(r);
    strbuf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(same_bytes_twice),
        cmocka_unit_test(ranges),
        cmocka_unit_test(through_a_pipe),
        cmocka_unit_test(from_the_middle_of_a_file),
        cmocka_unit_test(nothing_recorded),
        cmocka_unit_test(rotation),
        cmocka_unit_test(goes_on_after_its_end),
        cmocka_unit_test(frames_end_by_size),
    };

    return cmocka_run_group_tests(tests, sample_setup, NULL);
}
