/* SPDX-License-Identifier: Apache-2.0 */
/* LINK: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
/* Texts that are kept: what is there is what was put, and it takes no more than it may. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/limits.h"
#include "event/text_cache.h"
#include "failing_malloc.h"

#define LONGEST (TEXT_CACHE_BYTES / 8)

/* A text of that key: its bytes tell which, its length is about what is said. */
static size_t fill(char *text, uint64_t key, size_t about)
{
    size_t n = (size_t)(about + key % 7);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(key * 31 + i * 7);
    return n;
}

static bool is_there(struct text_cache *c, uint64_t key, size_t about)
{
    static char expected[LONGEST + 8];
    struct strbuf out = STRBUF_INIT(2 * LONGEST);
    bool there = text_cache_get(c, key, &out);
    if (there) {
        assert_int_equal(out.len, fill(expected, key, about));
        assert_memory_equal(out.data, expected, out.len);
    }
    strbuf_free(&out);
    return there;
}

/* Round and round: of each size the latest are there, and nothing else is given out. */
static void test_newest_are_kept(void **state)
{
    static const size_t sizes[] = {1, 100, 1000, 5000, LONGEST - 8};
    static char text[LONGEST + 8];
    (void)state;
    for (size_t s = 0; s < sizeof(sizes) / sizeof(*sizes); s++) {
        struct text_cache c = {0};
        unsigned kept = 0;
        for (uint64_t key = 1; key <= 5000; key++) {
            text_cache_put(&c, key, text, fill(text, key, sizes[s]));
            assert_true(is_there(&c, key, sizes[s]));
            assert_false(is_there(&c, key + 1, sizes[s]));
        }
        for (uint64_t key = 1; key <= 5000; key++)
            kept += is_there(&c, key, sizes[s]);
        assert_true(kept > 0 && kept <= TEXT_CACHE_ROWS);
        assert_true(kept * sizes[s] <= TEXT_CACHE_BYTES);
        assert_true(kept > 1000 || kept * sizes[s] > TEXT_CACHE_BYTES / 2);
        text_cache_free(&c);
    }
}

static void test_put_again(void **state)
{
    struct text_cache c = {0};
    struct strbuf out = STRBUF_INIT(100);
    (void)state;
    text_cache_put(&c, 7, "first", 5);
    text_cache_put(&c, 7, "second", 6);
    text_cache_put(&c, 8, "", 0);
    strbuf_lit(&out, "a ");
    assert_true(text_cache_get(&c, 7, &out));
    assert_true(text_cache_get(&c, 8, &out));
    assert_string_equal(strbuf_cstr(&out), "a second");
    struct cache_figures f;
    text_cache_figures(&c, &f);
    assert_int_equal(f.entries, 2);
    assert_int_equal(f.evictions, 1);
    assert_int_equal(f.hits, 2);
    assert_int_equal(f.bytes, text_cache_memory());
    strbuf_free(&out);
    text_cache_free(&c);
}

static void test_too_long(void **state)
{
    static char text[LONGEST + 1];
    struct text_cache c = {0};
    (void)state;
    text_cache_put(&c, 1, text, sizeof(text));
    assert_false(is_there(&c, 1, sizeof(text)));
    assert_int_equal(c.misses, 1);
    text_cache_free(&c);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct text_cache c = {0};
        allocations_allow(i);
        text_cache_put(&c, 1, "x", 1);
        assert_false(text_cache_get(&c, 1, NULL));
        allocations_allow(-1);
        text_cache_put(&c, 3, "x", 1);
        assert_int_equal(c.written, 1);
        text_cache_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_newest_are_kept),
        cmocka_unit_test(test_put_again),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
