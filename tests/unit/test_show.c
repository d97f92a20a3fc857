/* SPDX-License-Identifier: Apache-2.0 */
/* What list and help say about events, over the whole catalog; wrapping; JSON; completion's table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/checks.h"
#include "cmd/hooks.h"
#include "cmd/json.h"
#include "cmd/show.h"
#include "cmd/text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
    const char *text;
    unsigned at, indent, width;
    const char *wrapped;
} wraps[] = {
    {"", 0, 0, 10, ""},
    {"one", 0, 0, 10, "one"},
    {"one two", 0, 0, 7, "one two"},
    {"one two", 0, 0, 6, "one\ntwo"},
    {"one two", 4, 2, 8, "one\n  two"},
    {"one  two", 0, 0, 10, "one two"},
    {"a-very-long-word b", 0, 1, 5, "a-very-long-word\n b"},
    {"caf\xc3\xa9 au", 0, 0, 7, "caf\xc3\xa9 au"}, /* columns, not bytes */
};

static void text_is_wrapped(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wraps); i++) {
        struct strbuf out = STRBUF_INIT(1024);
        text_wrap(&out, wraps[i].text, wraps[i].at, wraps[i].indent, wraps[i].width);
        assert_string_equal(strbuf_cstr(&out), wraps[i].wrapped);
        strbuf_free(&out);
    }
}

static void json_has_its_commas(void **state)
{
    (void)state;
    struct strbuf out = STRBUF_INIT(1024);
    struct json j = {.out = &out};

    json_open(&j, '[');
    json_newline(&j);
    json_open(&j, '{');
    json_key(&j, "a\"");
    json_int(&j, -1);
    json_key(&j, "b");
    json_open(&j, '[');
    json_close(&j, ']');
    json_key(&j, "c");
    json_text(&j, NULL);
    json_close(&j, '}');
    json_newline(&j);
    json_bool(&j, true);
    json_text(&j, "x\n");
    json_close(&j, ']');
    assert_string_equal(strbuf_cstr(&out),
                        "[\n{\"a\\\"\":-1,\"b\":[],\"c\":null},\ntrue,\"x\\n\"]");
    strbuf_free(&out);
}

static void every_event_is_shown(void **state)
{
    (void)state;
    const struct catalog *c = catalog_builtin();

    for (unsigned i = 0; i < c->count; i++) {
        const struct event_def *def = &c->events[i];
        struct strbuf out = STRBUF_INIT(1 << 20);
        show_event(&out, def, 80);
        const char *text = strbuf_cstr(&out);
        assert_int_equal(strncmp(text, def->name, strlen(def->name)), 0);
        for (unsigned f = 0; f < def->nfields; f++)
            assert_non_null(strstr(text, def->fields[f].name));
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > 80 && strchr(line, ' ') < line + 80)
                fail_msg("wider than 80: %.*s", (int)strcspn(line, "\n"), line);
        strbuf_free(&out);
    }
}

/* Brackets and quotes close in order. */
static bool is_balanced(const char *s)
{
    char open[16];
    unsigned depth = 0;

    for (bool quoted = false; *s; s++) {
        if (quoted) {
            if (*s == '\\' && s[1])
                s++;
            else if (*s == '"')
                quoted = false;
        } else if (*s == '"') {
            quoted = true;
        } else if (*s == '{' || *s == '[') {
            if (depth == sizeof(open))
                return false;
            open[depth++] = *s == '{' ? '}' : ']';
        } else if (*s == '}' || *s == ']') {
            if (!depth || open[--depth] != *s)
                return false;
        }
        if (!s[1] && quoted)
            return false;
    }
    return depth == 0;
}

static void every_event_is_json(void **state)
{
    (void)state;
    const struct catalog *c = catalog_builtin();

    for (unsigned i = 0; i < c->count; i++) {
        struct strbuf out = STRBUF_INIT(1 << 20);
        struct json j = {.out = &out};
        const char *why = "";
        bool can = hooks_way(&c->events[i], &why) != 0;
        show_event_json(&j, &c->events[i]);
        const char *text = strbuf_cstr(&out);
        assert_true(is_balanced(text));
        assert_non_null(strstr(text, can ? "\"available\":true,\"via\":["
                                         : "\"available\":false,\"via\":null"));
        assert_non_null(strstr(text, can ? "\"why_not\":null" : "\"why_not\":\""));
        if (!can)
            assert_string_not_equal(why, "");
        strbuf_free(&out);
    }
}

/* Each check comes to an end and says something, whatever the machine and the user are. */
static void every_check_says_something(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        struct finding f = {0};
        checks[i].look(&f);
        assert_string_not_equal(f.found, "");
        if (f.state == STATE_WORKS)
            assert_string_equal(f.remedy, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_wrapped),
        cmocka_unit_test(json_has_its_commas),
        cmocka_unit_test(every_event_is_shown),
        cmocka_unit_test(every_event_is_json),
        cmocka_unit_test(every_check_says_something),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
