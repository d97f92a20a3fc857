/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: what it may say, and exactly what is said about what it may not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "cmd/command.h"
#include "cmd/config.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* All that error_list_print would say. */
static char *said(const struct error_list *errors)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    assert_non_null(out);
    error_list_print(errors, out);
    fclose(out);
    return text;
}

static const struct {
    const char *text, *said;
} mistakes[] = {
    {"evnts: openat\n",
     "ratel: f:1:1: unknown key 'evnts'; did you mean events?\n    evnts: openat\n    ^\n"},
    {"config: x\n", "ratel: f:1:1: unknown key 'config'; it can only be given on the command line\n"
                    "    config: x\n    ^\n"},
    {"raw: true\nlog: info\nraw: false\n",
     "ratel: f:3:1: 'raw' stands here again; it was given in line 1\n    raw: false\n    ^\n"},
    {"ring-size: 5M\n",
     "ratel: f:1:12: ring-size: '5M' is not a power of two from 64K to 1G bytes, "
     "such as 4M\n    ring-size: 5M\n               ^\n"},
    {"raw: yes\nlog: \"loud\"\n",
     "ratel: f:1:6: raw: 'yes' is not true or false\n    raw: yes\n         ^\n"
     "ratel: f:2:7: log: 'loud' is not one of: error, warn, info, debug\n"
     "    log: \"loud\"\n          ^\n"},
    {"raw: [true]\n",
     "ratel: f:1:6: raw: takes one value, not a list\n    raw: [true]\n         ^\n"},
    {"events: []\n", "ratel: f:1:10: events: the list is empty; leave the key out\n"
                     "    events: []\n             ^\n"},
    {"events: [a, [b]]\n",
     "ratel: f:1:13: events: takes values, not a mapping or a list in a list\n"
     "    events: [a, [b]]\n                ^\n"},
    {"raw: {a: b, c: [d, {e: f}]}\nlog: info\nx: y\n",
     "ratel: f:1:6: raw: takes one value, not a mapping or a list in a list\n"
     "    raw: {a: b, c: [d, {e: f}]}\n         ^\n"
     "ratel: f:3:1: unknown key 'x'\n    x: y\n    ^\n"},
    {"\nevents:\n", "ratel: f:2:1: events: the value is empty\n    events:\n    ^\n"},
    {"- a\n", "ratel: f:1:1: the file must be a list of 'option: value' lines\n    - a\n    ^\n"},
    {"openat\n",
     "ratel: f:1:1: the file must be a list of 'option: value' lines\n    openat\n    ^\n"},
    {"? [a]\n: b\n", "ratel: f:1:3: a key is one word\n    ? [a]\n      ^\n"},
    {"events: &a x\n",
     "ratel: f:1:12: anchors (&), aliases (*) and tags (!) are not allowed; write "
     "such a value in quotes\n    events: &a x\n               ^\n"},
    {"events: !!str x\n",
     "ratel: f:1:15: anchors (&), aliases (*) and tags (!) are not allowed; "
     "write such a value in quotes\n    events: !!str x\n                  ^\n"},
    {"raw: true\n---\nlog: info\n",
     "ratel: f:2:1: a second document begins; there can be only one\n    ---\n    ^\n"},
    {"enrich: [fd-paths, nothing]\n",
     "ratel: f:1:20: enrich: 'nothing' is not one of: fd-paths, env, process, ancestors, hash, host-paths, user-names, user-stack, container\n"
     "    enrich: [fd-paths, nothing]\n                       ^\n"},
    {"enrich: fd-paths,nothing\n",
     "ratel: f:1:18: enrich: 'nothing' is not one of: fd-paths, env, process, ancestors, hash, host-paths, user-names, user-stack, container\n"
     "    enrich: fd-paths,nothing\n                     ^\n"},
    {"events: \"a\\0b\"\n", "ratel: f:1:10: events: the value holds a NUL byte\n"
                            "    events: \"a\\0b\"\n             ^\n"},
};

static void mistakes_are_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct options o;
        struct error_list errors = {0};
        assert_int_equal(options_init(&o), 0);
        int rc = config_parse(mistakes[i].text, strlen(mistakes[i].text), "f", &o, &errors);
        char *text = said(&errors);
        assert_string_equal(text, mistakes[i].said);
        assert_int_equal(rc, -EINVAL);
        free(text);
        error_list_free(&errors);
        options_free(&o);
    }
}

/* The YAML reader's own words are not ours to fix; the place is. */
static const struct {
    const char *text;
    int line;
} broken[] = {
    {"raw: true\nevents: [a\n", 3},  {"raw: \"true\n", 1}, {"\tevents: a\n", 1},
    {"raw: true\n  log: info\n", 1}, {"events: *a\n", 1},  {"%YAML 9.9\n---\nraw: true\n", 0},
};

static void broken_yaml_has_a_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(broken); i++) {
        struct options o;
        struct error_list errors = {0};
        assert_int_equal(options_init(&o), 0);
        assert_int_equal(config_parse(broken[i].text, strlen(broken[i].text), "f", &o, &errors),
                         -EINVAL);
        assert_true(errors.count >= 1);
        if (errors.errors[0].line != broken[i].line)
            fail_msg("%s: line %d", broken[i].text, errors.errors[0].line);
        error_list_free(&errors);
        options_free(&o);
    }
}

static void everything_at_once(void **state)
{
    (void)state;
    static const char text[] = "# ratel\n"
                               "events:\n"
                               "  - openat,close\n"
                               "  - 'openat.retval=<0'\n"
                               "scope: [uid=1000, \"comm=sh\"]\n"
                               "output: json:/tmp/x\n"
                               "enrich: [fd-paths]\n"
                               "ring-size: 1M\n"
                               "duration: 10m\n"
                               "count: 5\n"
                               "on-full: retry\n"
                               "stats: true\n";
    struct options o;
    struct error_list errors = {0};

    assert_int_equal(options_init(&o), 0);
    assert_int_equal(config_parse(text, strlen(text), "f", &o, &errors), 0);
    assert_int_equal(errors.count, 0);
    assert_int_equal(o.events.count, 2);
    assert_string_equal(o.events.items[1].text, "openat.retval=<0");
    assert_int_equal(o.events.items[1].line, 4);
    assert_int_equal(o.events.items[1].column, 6); /* behind the quote */
    assert_int_equal(o.scope.count, 2);
    assert_string_equal(o.scope.items[1].text, "comm=sh");
    assert_string_equal(o.output.items[0].text, "json:/tmp/x");
    assert_int_equal(o.enrich, 1 << ENRICH_fd_paths);
    assert_int_equal(o.ring_size, 1 << 20);
    assert_int_equal(o.duration, UINT64_C(600000000000));
    assert_int_equal(o.count, 5);
    assert_int_equal(o.on_full, 1);
    assert_true(o.stats);
    options_free(&o);
}

static void empty_files_are_fine(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "# nothing\n", "---\n", "{}\n", "---\n...\n"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct options o;
        struct error_list errors = {0};
        assert_int_equal(options_init(&o), 0);
        if (config_parse(texts[i], strlen(texts[i]), "f", &o, &errors))
            fail_msg("'%s': %s", texts[i], errors.errors[0].message);
        error_list_free(&errors);
        options_free(&o);
    }
}

/* Each must end soon, and with a mistake, not with a stack that is used up. */
static void hostile_files_end(void **state)
{
    (void)state;
    static const char *const units[] = {"[",   "{a: ", "- ", "? ",    "events: [",
                                        "&a ", "*a ",  "'",  "a: b\n"};

    for (size_t i = 0; i < COUNT(units); i++) {
        size_t n = 200000, at = 0;
        char *text = malloc(n + 1);
        assert_non_null(text);
        while (at + strlen(units[i]) < n) {
            memcpy(text + at, units[i], strlen(units[i]));
            at += strlen(units[i]);
        }
        text[at] = 0;
        struct options o;
        struct error_list errors = {0};
        assert_int_equal(options_init(&o), 0);
        assert_int_equal(config_parse(text, at, "f", &o, &errors), -EINVAL);
        assert_true(errors.count <= ERROR_LIST_MAX);
        error_list_free(&errors);
        options_free(&o);
        free(text);
    }
}

static void too_many_brackets_are_refused(void **state)
{
    (void)state;
    char text[3000];
    struct options o;
    struct error_list errors = {0};

    memset(text, '[', sizeof(text));
    memcpy(text, "#\n", 2);
    text[sizeof(text) - 1] = 0;
    assert_int_equal(options_init(&o), 0);
    assert_int_equal(config_parse(text, strlen(text), "f", &o, &errors), -EINVAL);
    assert_int_equal(errors.count, 1);
    assert_string_equal(errors.errors[0].message, "more than 1000 brackets are open");
    assert_int_equal(errors.errors[0].line, 2);
    assert_int_equal(errors.errors[0].column, 1001);
    error_list_free(&errors);
    options_free(&o);
}

static void too_large_is_refused(void **state)
{
    (void)state;
    size_t n = CONFIG_SIZE_MAX + 1;
    char *text = malloc(n + 1);
    struct options o;
    struct error_list errors = {0};

    assert_non_null(text);
    memset(text, '\n', n);
    text[n] = 0;
    assert_int_equal(options_init(&o), 0);
    assert_int_equal(config_parse(text, n, "f", &o, &errors), -EINVAL);
    assert_string_equal(errors.errors[0].message,
                        "larger than 1048576 bytes, the limit of a configuration");
    error_list_free(&errors);
    assert_int_equal(config_parse(text, n - 1, "f", &o, &errors), 0);
    error_list_free(&errors);
    options_free(&o);
    free(text);
}

static void files_are_read(void **state)
{
    (void)state;
    char path[] = "/tmp/ratel-config-XXXXXX";
    int fd = mkstemp(path);
    struct options o;
    struct error_list errors = {0};

    assert_true(fd >= 0);
    assert_int_equal(write(fd, "log: warn\n", 10), 10);
    close(fd);
    assert_int_equal(options_init(&o), 0);
    assert_int_equal(config_load(path, &o, &errors), 0);
    assert_int_equal(o.log, 1);
    options_free(&o);
    unlink(path);

    assert_int_equal(options_init(&o), 0);
    assert_int_equal(config_load(path, &o, &errors), -ENOENT);
    assert_string_equal(errors.errors[0].message,
                        "can't read the configuration: No such file or directory");
    error_list_free(&errors);
    options_free(&o);
    assert_int_equal(options_init(&o), 0);
    assert_int_equal(config_load("/", &o, &errors), -EISDIR);
    error_list_free(&errors);
    options_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_said),
        cmocka_unit_test(broken_yaml_has_a_place),
        cmocka_unit_test(everything_at_once),
        cmocka_unit_test(empty_files_are_fine),
        cmocka_unit_test(hostile_files_end),
        cmocka_unit_test(too_large_is_refused),
        cmocka_unit_test(too_many_brackets_are_refused),
        cmocka_unit_test(files_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
