/* SPDX-License-Identifier: Apache-2.0 */
/* Recordings that were cut, changed, or made to deceive: an error or the good part, never more. */
#include <fcntl.h>
#include <zstd.h>

#include "recording_sample.h"

#define STEP 1000ULL

/* A recording of 60 records in 6 frames, small enough to be ill-treated byte by byte. */
static void small_recording(struct strbuf *out, bool closed)
{
    const struct sample s = {60, 10, STEP, closed, NULL};

    *out = (struct strbuf)STRBUF_INIT(1 << 20);
    sample_write(out, &s);
}

static void cut_at_every_byte(void **state)
{
    (void)state;
    for (int closed = 0; closed <= 1; closed++) {
        struct strbuf out;
        unsigned most = 0;

        small_recording(&out, closed);
        for (size_t len = 0; len < out.len; len++) {
            struct error err;
            struct recording *r = sample_open(out.data, len, &err);
            struct recording_faults f;
            unsigned n;

            if (!r) {
                assert_int_equal(most, 0);
                continue;
            }
            n = sample_drain(r, STEP);
            f = recording_faults(r);
            assert_int_equal(n % 10, 0); /* whole frames, and never fewer of a longer file */
            assert_true(n >= most);
            most = n;
            assert_int_equal(f.frames, 0);
            assert_true(n == 60 || !f.closed);
            recording_close(r);
        }
        assert_int_equal(most, closed ? 60 : 50);
        strbuf_free(&out);
    }
}

/* What was dropped is said to the byte. */
static void cut_says_how_much(void **state)
{
    struct strbuf out;
    size_t whole = 0;

    (void)state;
    small_recording(&out, false);
    for (size_t len = 1; len <= out.len; len++) {
        struct error err;
        struct recording *r = sample_open(out.data, len, &err);

        if (!r)
            continue;
        if (recording_faults(r).dropped_bytes == 0)
            whole = len;
        assert_int_equal(recording_faults(r).dropped_bytes, len - whole);
        assert_false(recording_faults(r).closed);
        recording_close(r);
    }
    assert_int_equal(whole, out.len);
    strbuf_free(&out);
}

static void every_byte_changed(void **state)
{
    static const unsigned char changes[] = {0x01, 0x80, 0xff};

    (void)state;
    for (int closed = 0; closed <= 1; closed++) {
        struct strbuf out;

        small_recording(&out, closed);
        for (size_t at = 0; at < out.len * sizeof(changes); at++) {
            char *byte = &out.data[at / sizeof(changes)];
            char was = *byte;
            struct recording *r;
            struct error err;

            *byte = (char)(was ^ changes[at % sizeof(changes)]);
            r = sample_open(out.data, out.len, &err);
            if (r) {
                /* sample_drain checks that each record is as it was written. */
                unsigned n = sample_drain(r, STEP);
                struct recording_faults f = recording_faults(r);

                assert_true(n == 60 || f.frames > 0 || f.dropped_bytes > 0);
                if (closed)
                    assert_true(n >= 50);
            }
            recording_close(r);
            *byte = was;
        }
        strbuf_free(&out);
    }
}

/* Where things lie in a sample. */
static struct disk_header *header_of(struct strbuf *b)
{
    return (void *)b->data;
}

static struct disk_chunk *chunk_of(struct strbuf *b)
{
    return (void *)(b->data + sizeof(struct disk_header) + header_of(b)->sections);
}

static struct disk_frame *frame_of(struct strbuf *b)
{
    return (void *)(chunk_of(b) + 1);
}

static void sum_header(struct strbuf *b)
{
    header_of(b)->sum = disk_header_sum(header_of(b), header_of(b) + 1);
}

static void sum_chunk(struct strbuf *b)
{
    struct disk_chunk *c = chunk_of(b);

    c->data_sum = disk_sum((char *)(c + 1) + c->info, c->data);
    c->sum = disk_chunk_sum(c, c + 1);
}

static void order_swapped(struct strbuf *b)
{
    header_of(b)->order = __builtin_bswap32(DISK_ORDER);
}

static void order_odd(struct strbuf *b)
{
    header_of(b)->order = 7;
}

static void version_future(struct strbuf *b)
{
    header_of(b)->major = DISK_MAJOR + 1;
}

static void abi_future(struct strbuf *b)
{
    header_of(b)->abi = ABI_VERSION + 1;
    sum_header(b);
}

static void header_huge(struct strbuf *b)
{
    header_of(b)->sections = UINT32_MAX;
}

static void header_long(struct strbuf *b)
{
    header_of(b)->sections = DISK_SECTIONS_MAX;
}

static void sum_wrong(struct strbuf *b)
{
    header_of(b)->sum++;
}

static struct disk_section *section_of(struct strbuf *b, uint32_t kind)
{
    char *p = b->data + sizeof(struct disk_header);

    for (;;) {
        struct disk_section *s = (void *)p;

        if (s->kind == kind)
            return s;
        p += sizeof(*s) + ((s->len + 7) & ~7u);
    }
}

static void section_huge(struct strbuf *b)
{
    section_of(b, DISK_WORLD)->len = UINT32_MAX - 4;
    sum_header(b);
}

static void section_twice(struct strbuf *b)
{
    section_of(b, DISK_MACHINE)->kind = DISK_CATALOG;
    sum_header(b);
}

static void machine_missing(struct strbuf *b)
{
    section_of(b, DISK_MACHINE)->kind = 77;
    sum_header(b);
}

static void machine_endless_text(struct strbuf *b)
{
    struct disk_machine *m = (void *)(section_of(b, DISK_MACHINE) + 1);

    memset(m->hostname, 'x', sizeof(m->hostname));
    sum_header(b);
}

static void machine_many_cpus(struct strbuf *b)
{
    struct disk_machine *m = (void *)(section_of(b, DISK_MACHINE) + 1);

    m->ncpu = UINT32_MAX;
    sum_header(b);
}

static void catalog_many_events(struct strbuf *b)
{
    struct disk_catalog *c = (void *)(section_of(b, DISK_CATALOG) + 1);

    c->events = CATALOG_IDS;
    sum_header(b);
}

static void catalog_no_events(struct strbuf *b)
{
    struct disk_catalog *c = (void *)(section_of(b, DISK_CATALOG) + 1);

    c->events = 0;
    sum_header(b);
}

static struct disk_event *event_of(struct strbuf *b)
{
    return (void *)((struct disk_catalog *)(section_of(b, DISK_CATALOG) + 1) + 1);
}

static void catalog_many_fields(struct strbuf *b)
{
    event_of(b)->nfields = ABI_FIELDS_MAX + 1;
    sum_header(b);
}

static void catalog_twice(struct strbuf *b)
{
    event_of(b)->id = 257;
    sum_header(b);
}

static void catalog_id_huge(struct strbuf *b)
{
    event_of(b)->id = UINT16_MAX;
    sum_header(b);
}

static void catalog_long_name(struct strbuf *b)
{
    memset(event_of(b) + 1, 0xff, 2);
    sum_header(b);
}

/* An escape sequence as the name of an event would reach every terminal. */
static void catalog_escape_in_name(struct strbuf *b)
{
    memcpy((char *)(event_of(b) + 1) + 2, "\033[2", 3);
    sum_header(b);
}

static void refused(void **state)
{
    static const struct {
        void (*change)(struct strbuf *b);
        const char *says;
    } rows[] = {
        {order_swapped,
         "sample was recorded on a machine of the other byte order; replay it on one "
         "of that kind"},
        {order_odd, "the header of sample is damaged: its mark of the byte order is none"},
        {version_future,
         "sample has format version 2 and this ratel reads up to version 1; use the "
         "ratel that recorded it or a newer one"},
        {abi_future, "the records in sample have layout 2 and this ratel reads layout 1; use the "
                     "ratel that recorded it"},
        {header_huge, "the header of sample is damaged: it claims to be longer than any header is"},
        {header_long, "sample ends inside its header: there is nothing to replay"},
        {sum_wrong, "the header of sample is damaged: its checksum is wrong"},
        {section_huge, "the header of sample is damaged: a section is longer than the header"},
        {section_twice, "the header of sample is damaged: its list of events makes no sense"},
        {machine_missing, "the header of sample is damaged: it does not say of which machine and "
                          "which events it is"},
        {machine_endless_text,
         "the header of sample is damaged: what it says about the machine makes no sense"},
        {machine_many_cpus,
         "the header of sample is damaged: what it says about the machine makes no sense"},
        {catalog_many_events, "the header of sample is damaged: its list of events makes no sense"},
        {catalog_no_events, "the header of sample is damaged: its list of events makes no sense"},
        {catalog_many_fields, "the header of sample is damaged: its list of events makes no sense"},
        {catalog_twice, "the header of sample is damaged: its list of events makes no sense"},
        {catalog_id_huge, "the header of sample is damaged: its list of events makes no sense"},
        {catalog_long_name, "the header of sample is damaged: its list of events makes no sense"},
        {catalog_escape_in_name,
         "the header of sample is damaged: its list of events makes no sense"},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct strbuf out;
        struct error err;

        small_recording(&out, true);
        rows[i].change(&out);
        assert_null(sample_open(out.data, out.len, &err));
        assert_string_equal(err.message, rows[i].says);
        strbuf_free(&out);
    }
}

static void minor_future(struct strbuf *b)
{
    header_of(b)->minor = DISK_MINOR + 1;
    sum_header(b);
}

static void section_unknown(struct strbuf *b)
{
    section_of(b, DISK_WORLD)->kind = 4711;
    sum_header(b);
}

static void chunk_unknown(struct strbuf *b)
{
    chunk_of(b)->kind = 4711;
    sum_chunk(b);
}

static void info_huge(struct strbuf *b)
{
    chunk_of(b)->info = UINT32_MAX;
}

static void info_none(struct strbuf *b)
{
    chunk_of(b)->data += chunk_of(b)->info;
    chunk_of(b)->info = 0;
    sum_chunk(b);
}

static void data_huge(struct strbuf *b)
{
    chunk_of(b)->data = UINT32_MAX;
    chunk_of(b)->sum = disk_chunk_sum(chunk_of(b), frame_of(b));
}

static void data_short(struct strbuf *b)
{
    frame_of(b)->raw -= 8;
    sum_chunk(b);
}

static void data_long(struct strbuf *b)
{
    frame_of(b)->raw += 8;
    sum_chunk(b);
}

static void raw_huge(struct strbuf *b)
{
    frame_of(b)->raw = UINT32_MAX;
    sum_chunk(b);
}

static void tally_huge(struct strbuf *b)
{
    frame_of(b)->events = UINT32_MAX;
    sum_chunk(b);
}

static void zstd_broken(struct strbuf *b)
{
    ((char *)(chunk_of(b) + 1))[chunk_of(b)->info] ^= 1;
    sum_chunk(b);
}

/* Says 64 KiB and holds as many zeros as fit into the room that the frame had. */
static void zstd_bomb(struct strbuf *b)
{
    struct disk_chunk *c = chunk_of(b);
    char *zeros = calloc(1, 64 << 20);
    char *packed = malloc(ZSTD_compressBound(64 << 20));
    size_t want = 64 << 20, n;

    do {
        n = ZSTD_compress(packed, ZSTD_compressBound(64 << 20), zeros, want, 3);
        want /= 2;
    } while (n > c->data);
    assert_true(want * 2 > 1 << 20);
    memset((char *)(c + 1) + c->info, 0, c->data);
    memcpy((char *)(c + 1) + c->info, packed, n);
    frame_of(b)->raw = 65536;
    sum_chunk(b);
    free(zeros);
    free(packed);
}

/* A well-formed recording is read past what can't be read. */
static void endured(void **state)
{
    static const struct {
        void (*change)(struct strbuf *b);
        unsigned records; /* of 60 */
        uint64_t frames, damaged;
    } rows[] = {
        {minor_future, 60, 0, 0}, {section_unknown, 60, 0, 0}, {chunk_unknown, 50, 0, 0},
        {info_huge, 50, 1, 0},    {info_none, 50, 1, 0},       {data_huge, 50, 1, 0},
        {data_short, 50, 1, 10},  {data_long, 50, 1, 10},      {raw_huge, 50, 1, 10},
        {tally_huge, 50, 1, 0},   {zstd_broken, 50, 1, 10},    {zstd_bomb, 50, 1, 10},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct recording *r;
        struct strbuf out;
        struct error err;

        small_recording(&out, true);
        rows[i].change(&out);
        r = sample_open(out.data, out.len, &err);
        if (!r)
            fail_msg("row %u: %s", i, err.message);
        if (sample_drain(r, STEP) != rows[i].records ||
            recording_faults(r).frames != rows[i].frames ||
            recording_faults(r).records != rows[i].damaged)
            fail_msg("row %u: %lu frames and %lu records left out", i,
                     (unsigned long)recording_faults(r).frames,
                     (unsigned long)recording_faults(r).records);
        recording_close(r);
        strbuf_free(&out);
    }
}

/* Replaces the first frame's records. */
static void repack(struct strbuf *b, const void *raw, size_t len)
{
    struct strbuf out = STRBUF_INIT(1 << 20);
    struct disk_chunk *c = chunk_of(b);
    size_t before = (size_t)((char *)(c + 1) - b->data) + c->info;
    char packed[4096];
    size_t n = ZSTD_compress(packed, sizeof(packed), raw, len, 1);

    assert_false(ZSTD_isError(n));
    strbuf_put(&out, b->data, before);
    strbuf_put(&out, packed, n);
    strbuf_put(&out, b->data + before + c->data, b->len - before - c->data);
    strbuf_free(b);
    *b = out;
    chunk_of(b)->data = (uint32_t)n;
    frame_of(b)->raw = (uint32_t)len;
    sum_chunk(b);
}

/* The third record of the first frame lies about its length: two are read, and the other frames. */
static void records_that_lie(void **state)
{
    static const uint32_t lengths[] = {0,         8, 135, 137, 144 + 4, 8000, ABI_RECORD_MAX + 8,
                                       UINT32_MAX};

    (void)state;
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        uint64_t raw[128] = {0};
        char *p = (char *)raw;
        struct recording *r;
        struct strbuf out;
        struct error err;

        small_recording(&out, false);
        for (unsigned n = 0; n < 3; n++) {
            struct abi_record *rec = (void *)p;

            sample_record(p, n, (n + 1) * STEP);
            p += rec->len;
            if (n == 2)
                rec->len = lengths[i];
        }
        repack(&out, raw, (size_t)(p - (char *)raw));
        r = sample_open(out.data, out.len, &err);
        assert_non_null(r);
        assert_int_equal(sample_drain(r, STEP), 52);
        assert_int_equal(recording_faults(r).frames, 1);
        assert_int_equal(recording_faults(r).records, 8);
        /* Of the ten there were 4, 3 and 3; one tick and one sample_open were read. */
        assert_int_equal(recording_damaged(r, sample_slot(r, 0)), 3);
        assert_int_equal(recording_damaged(r, sample_slot(r, 1)), 2);
        assert_int_equal(recording_damaged(r, sample_slot(r, 2)), 3);
        recording_close(r);
        strbuf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_every_byte),
        cmocka_unit_test(cut_says_how_much),
        cmocka_unit_test(every_byte_changed),
        cmocka_unit_test(refused),
        cmocka_unit_test(endured),
        cmocka_unit_test(records_that_lie),
    };

    return cmocka_run_group_tests(tests, sample_setup, NULL);
}
