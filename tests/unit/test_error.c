/* SPDX-License-Identifier: Apache-2.0 */
/* How mistakes look: places, carets, nothing that steers a terminal, nothing endless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error_list.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What is printed, until the next call. */
static const char *printed(const struct error *err)
{
    static char text[8192];
    FILE *out = fmemopen(text, sizeof(text), "w");

    assert_non_null(out);
    error_print(err, out);
    fclose(out);
    return text;
}

static const struct {
    const char *file, *message, *text;
    int line, column;
    const char *printed;
} rows[] = {
    {NULL, "m", NULL, 0, 0, "ratel: m\n"},
    {"f", "m", NULL, 0, 0, "ratel: f: m\n"},
    {"f", "m", NULL, 3, 0, "ratel: f:3: m\n"},
    {"f", "m", "abc\nnext", 3, 2, "ratel: f:3:2: m\n    abc\n     ^\n"},
    {NULL, "m", "abc", 0, 1, "ratel: m\n    abc\n    ^\n"},
    {NULL, "m", "abc", 0, 99, "ratel: m\n    abc\n       ^\n"},
    {"\x1b[2J", "a\nb\x7f", "\ta\x01z", 1, 4,
     "ratel: \\x1b[2J:1:4: a\\x0ab\\x7f\n     a\\x01z\n          ^\n"},
    {NULL, "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\xa6\xa1", "\xc3\xa9x", 0, 3,
     "ratel: caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\xa6\xa1\n    \xc3\xa9x\n     ^\n"},
    /* C1 control, alone, encoded, and overlong; a cut sequence; too large a code */
    {NULL, "\x9b \xc2\x9b \xe0\x82\x9b \xe2\x82", NULL, 0, 0,
     "ratel: \\x9b \\xc2\\x9b \\xe0\\x82\\x9b \\xe2\\x82\n"},
    {NULL, "\xf5\x80\x80\x80", NULL, 0, 0, "ratel: \\xf5\\x80\\x80\\x80\n"},
};

static void errors_are_printed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error err = {0};
        error_set(&err, 0, "%s", rows[i].message);
        error_place(&err, rows[i].file, rows[i].line, rows[i].column, rows[i].text);
        assert_string_equal(printed(&err), rows[i].printed);
    }
}

static void long_lines_are_cut(void **state)
{
    (void)state;
    size_t n = 100000;
    char *line = malloc(n + 1);

    assert_non_null(line);
    memset(line, 'x', n);
    line[n] = 0;
    for (size_t column = 1; column <= n; column += 999) {
        struct error err = {0};
        line[column - 1] = '!';
        error_set(&err, 0, "m");
        error_place(&err, "f", 1, (int)column, line);
        const char *text = printed(&err);
        const char *shown = strchr(text, '\n') + 1, *caret = strchr(shown, '\n') + 1;
        assert_true(strlen(text) < 512);
        assert_int_equal(strchr(shown, '!') - shown, strchr(caret, '^') - caret);
        line[column - 1] = 'x';
    }
    free(line);
}

static void lists_have_an_end(void **state)
{
    (void)state;
    struct error_list list = {0};
    struct error err = {0};
    char *text = NULL;
    size_t n = 0;

    for (unsigned i = 0; i < ERROR_LIST_MAX + 3; i++) {
        error_set(&err, 0, "mistake %u", i);
        error_list_add(&list, &err);
    }
    assert_int_equal(list.count, ERROR_LIST_MAX);
    assert_int_equal(error_list_total(&list), ERROR_LIST_MAX + 3);
    FILE *out = open_memstream(&text, &n);
    assert_non_null(out);
    error_list_print(&list, out);
    fclose(out);
    assert_non_null(strstr(text, "mistake 63\nratel: and 3 more mistakes\n"));
    free(text);
    error_list_free(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_printed),
        cmocka_unit_test(long_lines_are_cut),
        cmocka_unit_test(lists_have_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
