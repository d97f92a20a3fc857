/* SPDX-License-Identifier: Apache-2.0 */
/* What os-release says of a system, written in any way that is allowed, and in some that are not.
 */
#include "source/system.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void lines(void **state)
{
    (void)state;
    static const struct {
        const char *line, *name;
    } rows[] = {
        {"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n", "Debian GNU/Linux 12 (bookworm)"},
        {"PRETTY_NAME='a \\ b'\n", "a \\ b"},
        {"PRETTY_NAME=plain\n", "plain"},
        {"PRETTY_NAME=\"a \\\"b\\\" \\$c\"\n", "a \"b\" $c"},
        {"PRETTY_NAME=\"no end\n", "no end"},
        {"PRETTY_NAME=\"\\\n", "\\"},
        {"PRETTY_NAME=\n", ""},
        {"PRETTY_NAME=", ""},
        {"# PRETTY_NAME=x\n", "before"},
        {"XPRETTY_NAME=x\n", "before"},
        {"", "before"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct system_facts f = {.os_name = "before"};
        system_take_line(&f, rows[i].line);
        assert_string_equal(f.os_name, rows[i].name);
    }
    struct system_facts f = {0};
    system_take_line(&f, "ID=debian\n");
    system_take_line(&f, "VERSION_ID=\"12\"\n");
    assert_string_equal(f.os_id, "debian");
    assert_string_equal(f.os_version, "12");
}

static void long_line(void **state)
{
    (void)state;
    static char line[4 * SYSTEM_TEXT] = "ID=";
    struct system_facts f = {0};
    memset(line + 3, 'x', sizeof(line) - 4);
    system_take_line(&f, line);
    assert_int_equal(strlen(f.os_id), SYSTEM_TEXT - 1);
    assert_string_equal(f.os_version, "");
}

/* Of this machine: whatever it says is text, and its memory is not nothing. */
static void this_machine(void **state)
{
    (void)state;
    struct system_facts f;
    memset(&f, 0x55, sizeof(f));
    system_read(&f);
    assert_true(f.memory > 1024 * 1024);
    assert_true(strlen(f.machine_id) == 0 || strlen(f.machine_id) == 32);
    assert_true(*f.kernel_build);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(long_line),
        cmocka_unit_test(this_machine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
