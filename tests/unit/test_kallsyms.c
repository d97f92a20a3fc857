/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the kernel's symbols: what is read, what an address is called, what is not. */
#include "base/kallsyms.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

static const char table[] = "0000000000012340 A cpu_variable\n"
                            "ffffffff81000000 T _stext\n"
                            "ffffffff81000100 T first\n"
                            "ffffffff81000100 T alias\n"
                            "ffffffff81000200 t twice\n"
                            "ffffffff81800000 T _etext\n"
                            "ffffffff82000000 R sys_call_table\n"
                            "ffffffff82000e00 R after_table\n"
                            "ffffffffc0000100 t twice\t[one]\n"
                            "ffffffffc0000200 t inner\t[one]\n"
                            "ffffffffc0008000 d data\t[one]\n"
                            "not a line\n"
                            "ffffffffc0010000 t two_begin\t[two]\n";

static void read_text(struct kallsyms *k, const char *text, int expected)
{
    FILE *f = fmemopen((void *)text, strlen(text), "r");
    assert_non_null(f);
    assert_int_equal(kallsyms_read(k, f), expected);
    fclose(f);
}

static void names_of_addresses(void **state)
{
    static const struct {
        uint64_t at;
        const char *name, *owner;
    } rows[] = {
        {0xffffffff81000100, "first", "system"},
        {0xffffffff810001ff, "first", "system"},
        {0xffffffff81000000, "_stext", "system"},
        {0xffffffff80ffffff, NULL, NULL},
        {0xffffffff82000008, "sys_call_table", "system"},
        {0xffffffffc0000100, "twice", "one"},
        {0xffffffffc0000180, "twice", "one"},
        {0xffffffffc0000fff, "inner", "one"},
        {0xffffffffc0001000, NULL, NULL}, /* between the module's code and its data */
        {0xffffffffc0010fff, "two_begin", "two"},
        {0xffffffffc0011000, NULL, NULL},
        {0xffffffffd0000000, NULL, NULL},
        {0, NULL, NULL},
    };
    struct kallsyms k;
    (void)state;
    read_text(&k, table, 0);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct kallsyms_symbol s;
        bool found = kallsyms_find(&k, rows[i].at, &s);
        assert_int_equal(found, rows[i].name != NULL);
        if (!found)
            continue;
        assert_string_equal(s.name, rows[i].name);
        assert_string_equal(s.owner, rows[i].owner);
        assert_int_equal(s.at + s.offset, rows[i].at);
    }
    kallsyms_free(&k);
}

static void addresses_of_names(void **state)
{
    struct kallsyms k;
    (void)state;
    read_text(&k, table, 0);
    assert_int_equal(kallsyms_address(&k, "twice", NULL), 0xffffffff81000200);
    assert_int_equal(kallsyms_address(&k, "twice", "one"), 0xffffffffc0000100);
    assert_int_equal(kallsyms_address(&k, "inner", NULL), 0xffffffffc0000200);
    assert_int_equal(kallsyms_address(&k, "inner", "two"), 0);
    assert_int_equal(kallsyms_address(&k, "cpu_variable", NULL), 0);
    assert_int_equal(kallsyms_next(&k, 0xffffffff82000000), 0xffffffff82000e00);
    assert_int_equal(kallsyms_next(&k, 0xffffffffc0010000), 0);
    assert_true(kallsyms_in_kernel(&k, 0xffffffff817fffff));
    assert_false(kallsyms_in_kernel(&k, 0xffffffff81800000));
    kallsyms_free(&k);
}

static void what_is_not_told(void **state)
{
    struct kallsyms k;
    (void)state;
    read_text(&k, "0000000000000000 T _stext\n0000000000000000 T first\n", -EACCES);
    assert_int_equal(k.count, 0);
    kallsyms_free(&k);
    read_text(&k, "\n", -EACCES);
    kallsyms_free(&k);
}

static void bounded(void **state)
{
    const size_t lines = KALLSYMS_MAX + 10, width = 21;
    char *text = malloc(lines * width + 1);
    struct kallsyms k;
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < lines; i++)
        snprintf(text + i * width, width + 1, "%016zx t x\n", i + 0x1000);
    read_text(&k, text, 0);
    assert_int_equal(k.count, KALLSYMS_MAX);
    assert_int_equal(k.left_out, 10);
    kallsyms_free(&k);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_addresses),
        cmocka_unit_test(addresses_of_names),
        cmocka_unit_test(what_is_not_told),
        cmocka_unit_test(bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
