/* SPDX-License-Identifier: Apache-2.0 */
/* The index of a recording: bounded however many frames there are, and never past what is sought.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "record/index.h"

/* Frame i lies at 1000 + 10 i and reaches up to time 100 i + 99. */
static uint64_t offset_of(uint64_t i)
{
    return 1000 + 10 * i;
}

static void finds(void **state)
{
    static const uint64_t frames[] = {
        1,
        2,
        3,
        100,
        DISK_INDEX_MAX - 1,
        DISK_INDEX_MAX,
        DISK_INDEX_MAX + 1,
        2ULL * DISK_INDEX_MAX,
        2ULL * DISK_INDEX_MAX + 1,
        5ULL * DISK_INDEX_MAX + 77,
    };

    (void)state;
    for (unsigned row = 0; row < sizeof(frames) / sizeof(frames[0]); row++) {
        uint64_t n = frames[row];
        struct index x = {0};

        assert_int_equal(index_init(&x), 0);
        for (uint64_t i = 0; i < n; i++)
            index_add(&x, offset_of(i), 100 * i + 99);
        assert_in_range(x.count, 1, DISK_INDEX_MAX);
        assert_int_equal(index_find(&x, 0, 7), 7);
        for (uint64_t i = 0; i < n; i += 1 + n / 1000) {
            uint64_t at = index_find(&x, 100 * i + 50, offset_of(0));

            /* Not behind the frame, and not further before it than an entry reaches. */
            assert_in_range(at, offset_of(i < x.stride ? 0 : i - x.stride + 1), offset_of(i));
            assert_true(index_next(&x, at) > at);
        }
        assert_int_equal(index_next(&x, offset_of(n)), UINT64_MAX);
        index_free(&x);
    }
}

/* A frame with late records does not hide those before it. */
static void late_records(void **state)
{
    static const uint64_t last[] = {100, 50, 40, 200, 60};
    struct index x = {0};

    (void)state;
    assert_int_equal(index_init(&x), 0);
    for (unsigned i = 0; i < 5; i++)
        index_add(&x, offset_of(i), last[i]);
    assert_int_equal(index_find(&x, 100, 7), 7);
    assert_int_equal(index_find(&x, 101, 7), offset_of(3));
    assert_int_equal(index_find(&x, 200, 7), offset_of(3));
    assert_int_equal(index_find(&x, 201, 7), offset_of(4));
    index_free(&x);
}

static void loads(void **state)
{
    static const struct {
        struct disk_index e[3];
        uint32_t len;
        int rc;
    } rows[] = {
        {{{0}}, 0, 0},
        {{{10, 1}, {20, 1}, {30, 5}}, 48, 0},
        {{{10, 1}, {20, 1}, {30, 5}}, 47, -EINVAL},
        {{{10, 1}, {10, 2}, {30, 5}}, 48, -EINVAL},
        {{{10, 3}, {20, 2}, {30, 5}}, 48, -EINVAL},
        {{{10, 1}, {20, 2}, {99, 5}}, 48, 0},
        {{{10, 1}, {20, 2}, {100, 5}}, 48, -EINVAL},
    };
    struct index x = {0};

    (void)state;
    assert_int_equal(index_init(&x), 0);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(index_load(&x, rows[i].e, rows[i].len, 100), rows[i].rc);
        assert_int_equal(x.count, rows[i].rc ? 0 : rows[i].len / 16);
    }
    index_clear(&x);
    assert_int_equal(index_find(&x, 5, 7), 7);
    assert_int_equal(index_next(&x, 5), UINT64_MAX);
    index_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(late_records),
        cmocka_unit_test(loads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
