/* SPDX-License-Identifier: Apache-2.0 */
/* The rings, over memory laid out as the kernel lays it out. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "source/rings.h"

#define RING_BYTES 4096
#define RECORD     sizeof(struct abi_record)
#define BUSY       (1u << 31)
#define DISCARD    (1u << 30)

struct fake {
    uint64_t consumer, producer;
    _Alignas(8) char data[RING_BYTES];
};

/* What the kernel does: the header word, then the record, around the end where it must. */
static void put(struct fake *f, uint64_t time, uint32_t flags, uint32_t len)
{
    struct abi_record r = {.len = len, .time = time};
    uint32_t word[2] = {len | flags, 0};
    const char *parts[2] = {(const char *)word, (const char *)&r};
    size_t sizes[2] = {8, sizeof(r)};
    uint64_t at = f->producer;
    for (int p = 0; p < 2; p++) {
        for (size_t i = 0; i < sizes[p]; i++)
            f->data[(at + i) % RING_BYTES] = parts[p][i];
        at += sizes[p];
    }
    f->producer += (8 + (len & 0xfffffff) + 7) & ~7ull;
}

static struct rings *open_fakes(struct fake *fakes, unsigned n)
{
    struct rings *r;
    assert_int_equal(rings_new(&r, n), 0);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(
            rings_add_memory(r, &fakes[i].consumer, &fakes[i].producer, fakes[i].data, RING_BYTES),
            0);
    return r;
}

static void check_times(struct rings *r, uint64_t until, const uint64_t *times, unsigned n)
{
    const struct abi_record *out[64];
    uint64_t late = 0, bad = 0;
    assert_int_equal(rings_read(r, out, 64, until, &late, &bad), n);
    for (unsigned i = 0; i < n; i++)
        assert_int_equal(out[i]->time, times[i]);
    assert_int_equal(bad, 0);
}

static void merges_by_time(void **state)
{
    struct fake f[2] = {0};
    struct rings *r = open_fakes(f, 2);
    (void)state;
    put(&f[0], 10, 0, RECORD);
    put(&f[0], 30, 0, RECORD);
    put(&f[1], 20, 0, RECORD);
    put(&f[1], 40, 0, RECORD);
    check_times(r, 35, (uint64_t[]){10, 20, 30}, 3);
    check_times(r, 100, (uint64_t[]){40}, 1);
    check_times(r, 100, NULL, 0);
    assert_int_equal(f[0].consumer, f[0].producer);
    assert_int_equal(f[1].consumer, f[1].producer);
    rings_free(r);
}

static void keeps_room_of_what_is_not_handed_out(void **state)
{
    struct fake f[1] = {0};
    struct rings *r = open_fakes(f, 1);
    (void)state;
    put(&f[0], 50, 0, RECORD); /* out of order within its ring */
    put(&f[0], 20, 0, RECORD);
    put(&f[0], 60, 0, RECORD);
    check_times(r, 30, (uint64_t[]){20}, 1);
    check_times(r, 30, NULL, 0);
    assert_int_equal(f[0].consumer, 0); /* the first record is still waiting */
    check_times(r, 100, (uint64_t[]){50, 60}, 2);
    check_times(r, 100, NULL, 0);
    assert_int_equal(f[0].consumer, f[0].producer);
    rings_free(r);
}

static void waits_for_a_busy_record_and_skips_a_discarded_one(void **state)
{
    struct fake f[1] = {0};
    struct rings *r = open_fakes(f, 1);
    (void)state;
    put(&f[0], 1, DISCARD, RECORD);
    put(&f[0], 2, 0, RECORD);
    put(&f[0], 3, BUSY, RECORD);
    put(&f[0], 4, 0, RECORD);
    check_times(r, 100, (uint64_t[]){2}, 1);
    uint32_t word = RECORD;
    memcpy(f[0].data + 2 * (RECORD + 8), &word, 4);
    check_times(r, 100, (uint64_t[]){3, 4}, 2);
    rings_free(r);
}

static void reads_around_the_end(void **state)
{
    struct fake f[1] = {0};
    struct rings *r = open_fakes(f, 1);
    (void)state;
    for (uint64_t t = 1; t < 500; t++) {
        put(&f[0], t, 0, RECORD);
        check_times(r, 1000, &t, 1);
    }
    rings_free(r);
}

static void counts_what_comes_too_late(void **state)
{
    struct fake f[2] = {0};
    struct rings *r = open_fakes(f, 2);
    const struct abi_record *out[4];
    uint64_t late = 0, bad = 0;
    (void)state;
    put(&f[0], 50, 0, RECORD);
    assert_int_equal(rings_read(r, out, 4, 60, &late, &bad), 1);
    put(&f[1], 40, 0, RECORD);
    assert_int_equal(rings_read(r, out, 4, 60, &late, &bad), 1);
    assert_int_equal(late, 1);
    rings_free(r);
}

static void counts_what_is_no_record(void **state)
{
    static const uint32_t lengths[] = {0, 8, RECORD - 8, ABI_RECORD_MAX + 8};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fake f[1] = {0};
        struct rings *r = open_fakes(f, 1);
        const struct abi_record *out[4];
        uint64_t late = 0, bad = 0;
        put(&f[0], 1, 0, lengths[i]);
        assert_int_equal(rings_read(r, out, 4, 60, &late, &bad), 0);
        assert_int_equal(bad, 1);
        rings_free(r);
    }
}

static void looks_ahead_no_further_than_its_limit(void **state)
{
    size_t bytes = 2u << 20;
    uint64_t consumer = 0, producer = 0, late = 0, bad = 0, expected = 0;
    char *data = calloc(1, bytes);
    struct rings *r;
    const struct abi_record *out[1000];
    (void)state;
    assert_int_equal(rings_new(&r, 1), 0);
    assert_int_equal(rings_add_memory(r, &consumer, &producer, data, bytes), 0);
    for (uint64_t t = 1; t <= 10000; t++) {
        struct abi_record rec = {.len = RECORD, .time = t};
        uint32_t word = RECORD;
        memcpy(data + producer, &word, 4);
        memcpy(data + producer + 8, &rec, sizeof(rec));
        producer += RECORD + 8;
    }
    for (unsigned n; (n = rings_read(r, out, 1000, UINT64_MAX, &late, &bad));)
        for (unsigned i = 0; i < n; i++)
            assert_int_equal(out[i]->time, ++expected);
    assert_int_equal(expected, 10000);
    assert_int_equal(late + bad, 0);
    assert_int_equal(consumer, producer);
    rings_free(r);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_by_time),
        cmocka_unit_test(keeps_room_of_what_is_not_handed_out),
        cmocka_unit_test(waits_for_a_busy_record_and_skips_a_discarded_one),
        cmocka_unit_test(reads_around_the_end),
        cmocka_unit_test(counts_what_comes_too_late),
        cmocka_unit_test(counts_what_is_no_record),
        cmocka_unit_test(looks_ahead_no_further_than_its_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
