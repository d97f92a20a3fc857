/* SPDX-License-Identifier: Apache-2.0 */
/* A recording as a source: its records, its account, and what is missing from it. */
#include "recording_sample.h"
#include "source/replay.h"

#define STEP 1000ULL

/* 60 records in 6 frames, 20 of each event; live saw more. */
static struct recording_count live_counts[3] = {
    {.seen = 100,
     .scoped = 30,
     .filtered = 40,
     .lost = {3, 2}}, /* 20 + 30 + 40 + 5, and 5 are gone */
    {.seen = 20},
    {.seen = 0}, /* made by ratel itself: no hook saw it */
};
static const struct recording_account live_account = {
    .causes = 2,
    .cause = {"scratch_busy", "a_cause_of_later_days"},
    .counts = live_counts,
    .counted = true,
};

static struct source *replay_bytes(const struct strbuf *out)
{
    int fd = sample_file(out->data, out->len);
    struct source *s = NULL;
    struct error err = {0};
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (replay_open(&s, path, &err))
        fail_msg("%s", err.message);
    close(fd);
    return s;
}

static unsigned drain(struct source *s)
{
    const struct abi_record *recs[16];
    struct error err = {0};
    unsigned n = 0;

    for (;;) {
        int got = s->ops->read(s, recs, 16, &err);

        if (got == -ENODATA)
            break;
        assert_true(got > 0);
        n += (unsigned)got;
    }
    assert_int_equal(s->ops->read(s, recs, 16, &err), -ENODATA);
    return n;
}

static struct source_counts counts_of(struct source *s, unsigned event)
{
    const struct event_def *def = catalog_by_id(s->catalog, sample_events[event].id);
    struct source_counts c;

    assert_non_null(def);
    s->ops->counts(s, def->slot, &c);
    return c;
}

struct expected {
    uint64_t seen, scoped, filtered, busy, bad, missing;
};

static void check_counts(struct source *s, const struct expected want[3])
{
    for (unsigned i = 0; i < 3; i++) {
        struct source_counts c = counts_of(s, i);

        assert_int_equal(c.seen, want[i].seen);
        assert_int_equal(c.scoped, want[i].scoped);
        assert_int_equal(c.filtered, want[i].filtered);
        assert_int_equal(c.lost[LOSS_scratch_busy], want[i].busy);
        assert_int_equal(c.lost[LOSS_bad_record], want[i].bad);
        assert_int_equal(c.lost[LOSS_not_recorded], want[i].missing);
    }
}

static void nothing(struct strbuf *out)
{
    (void)out;
}

static void cut_last_frame(struct strbuf *out)
{
    out->len--;
}

static struct disk_chunk *first_chunk(struct strbuf *out)
{
    struct disk_header *h = (void *)out->data;

    return (void *)(out->data + sizeof(*h) + h->sections);
}

static void damage_data(struct strbuf *out)
{
    struct disk_chunk *c = first_chunk(out);

    ((char *)(c + 1))[c->info + c->data / 2] ^= 1;
}

static void damage_chunk(struct strbuf *out)
{
    first_chunk(out)->magic = 0;
}

static void accounts(void **state)
{
    static const struct {
        const char *what;
        bool closed;
        const struct recording_account *account;
        void (*change)(struct strbuf *out);
        unsigned read;
        struct expected want[3];
    } rows[] = {
        {"as live had it",
         true,
         &live_account,
         nothing,
         60,
         {{100, 30, 40, 3, 0, 7}, {20, 0, 0, 0, 0, 0}, {20, 0, 0, 0, 0, 0}}},
        {"closed without the source's counts",
         true,
         NULL,
         nothing,
         60,
         {{20, 0, 0, 0, 0, 0}, {20, 0, 0, 0, 0, 0}, {20, 0, 0, 0, 0, 0}}},
        {"not closed",
         false,
         NULL,
         nothing,
         60,
         {{20, 0, 0, 0, 0, 0}, {20, 0, 0, 0, 0, 0}, {20, 0, 0, 0, 0, 0}}},
        {"cut in the last frame",
         false,
         NULL,
         cut_last_frame,
         50,
         {{17, 0, 0, 0, 0, 0}, {17, 0, 0, 0, 0, 0}, {16, 0, 0, 0, 0, 0}}},
        {"a frame's data damaged",
         true,
         &live_account,
         damage_data,
         50,
         {{100, 30, 40, 3, 4, 7}, {20, 0, 0, 0, 3, 0}, {20, 0, 0, 0, 3, 0}}},
        {"the same, not closed",
         false,
         NULL,
         damage_data,
         50,
         {{20, 0, 0, 0, 4, 0}, {20, 0, 0, 0, 3, 0}, {20, 0, 0, 0, 3, 0}}},
        {"a chunk's header damaged",
         true,
         &live_account,
         damage_chunk,
         50,
         {{100, 30, 40, 3, 4, 7}, {20, 0, 0, 0, 3, 0}, {20, 0, 0, 0, 3, 0}}},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct sample sample = {60, 10, STEP, rows[i].closed, rows[i].account};
        struct strbuf out = STRBUF_INIT(1 << 20);
        struct source *s;

        print_message("%s\n", rows[i].what);
        sample_write(&out, &sample);
        rows[i].change(&out);
        s = replay_bytes(&out);
        assert_int_equal(drain(s), rows[i].read);
        check_counts(s, rows[i].want);
        s->ops->close(s);
        strbuf_free(&out);
    }
}

static void identity(void **state)
{
    static const struct sample sample = {60, 10, STEP, true, NULL};
    struct strbuf out = STRBUF_INIT(1 << 20);
    struct source *s;

    (void)state;
    sample_write(&out, &sample);
    s = replay_bytes(&out);
    assert_string_equal(s->ops->name, "replay");
    assert_string_equal(s->machine.hostname, sample_machine.hostname);
    assert_int_equal(s->machine.realtime_offset, sample_machine.realtime_offset);
    assert_null(s->ops->wait);
    s->ops->close(s);
    strbuf_free(&out);
}

static void ranged(void **state)
{
    static const struct sample sample = {60, 10, STEP, true, &live_account};
    static const struct {
        uint64_t since, until;
        unsigned read;
    } rows[] = {
        {0, UINT64_MAX, 60},     {31 * STEP, UINT64_MAX, 30}, {0, 31 * STEP, 30},
        {5 * STEP, 6 * STEP, 1}, {70 * STEP, UINT64_MAX, 0},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct strbuf out = STRBUF_INIT(1 << 20);
        struct source *s;
        uint64_t seen = 0;

        sample_write(&out, &sample);
        s = replay_bytes(&out);
        replay_range(s, rows[i].since, rows[i].until);
        assert_int_equal(drain(s), rows[i].read);
        for (unsigned e = 0; e < 3; e++)
            seen += counts_of(s, e).seen;
        assert_int_equal(seen, rows[i].read + 80);
        s->ops->close(s);
        strbuf_free(&out);
    }
}

static void stopped(void **state)
{
    static const struct sample sample = {60, 10, STEP, true, NULL};
    struct strbuf out = STRBUF_INIT(1 << 20);
    const struct abi_record *recs[4];
    struct error err = {0};
    struct source *s;

    (void)state;
    sample_write(&out, &sample);
    s = replay_bytes(&out);
    assert_int_equal(s->ops->read(s, recs, 4, &err), 4);
    s->ops->stop(s);
    assert_int_equal(s->ops->read(s, recs, 4, &err), -ENODATA);
    check_counts(s,
                 (struct expected[3]){{2, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0}, {1, 0, 0, 0, 0, 0}});
    s->ops->close(s);
    strbuf_free(&out);
}

static void late(void **state)
{
    static const uint64_t times[] = {5, 4, 6, 6, 1, 7};
    static const bool own[] = {true, false, false, false, false, true};
    struct recording_writer *w = recording_writer_new(&sample_catalog, &sample_machine);
    struct strbuf out = STRBUF_INIT(1 << 20);
    uint64_t room[32];
    struct source *s;

    (void)state;
    recording_writer_header(w, &out);
    for (unsigned i = 0; i < 6; i++) {
        sample_record(room, i, times[i]);
        ((struct abi_record *)room)->flags = own[i] ? ABI_F_USER : 0;
        recording_writer_add(w, (const void *)room, &out);
    }
    recording_writer_end(w, NULL, &out);
    recording_writer_free(w);
    s = replay_bytes(&out);
    assert_int_equal(drain(s), 6);
    assert_int_equal(s->late, 1);
    s->ops->close(s);
    strbuf_free(&out);
}

static void not_there(void **state)
{
    struct source *s = NULL;
    struct error err = {0};

    (void)state;
    assert_int_equal(replay_open(&s, "/nonexistent", &err), -ENOENT);
    assert_null(s);
    assert_string_equal(err.message, "can't open /nonexistent: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts), cmocka_unit_test(identity), cmocka_unit_test(ranged),
        cmocka_unit_test(stopped),  cmocka_unit_test(late),     cmocka_unit_test(not_there),
    };

    return cmocka_run_group_tests(tests, sample_setup, NULL);
}
