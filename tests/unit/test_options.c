/* SPDX-License-Identifier: Apache-2.0 */
/* The option table: every row from the command line, from the file, in help; and mistakes. */
/* LINK: -Wl,--wrap=strdup -Wl,--wrap=realloc */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "cmd/command.h"
#include "cmd/config.h"
#include "cmd/help.h"
#include "cmd/manual.h"
#include "cmd/units.h"

#define WORDS_MAX 16
#define COUNT(a)  (sizeof(a) / sizeof((a)[0]))

static int allocations_left = -1; /* -1: as many as are asked for */

static bool allocation_fails(void)
{
    if (allocations_left < 0)
        return false;
    return allocations_left-- == 0 || (allocations_left = 0, true);
}

char *__real_strdup(const char *s);
char *__wrap_strdup(const char *s);
char *__wrap_strdup(const char *s)
{
    return allocation_fails() ? NULL : __real_strdup(s);
}

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n)
{
    return allocation_fails() ? NULL : __real_realloc(p, n);
}

/* A value that every option of the type takes. */
static const char *sample(const struct option_def *def, char *buffer, size_t size)
{
    static const char *const samples[OPTION_TYPES_END] = {
        [OPTION_TYPE_FLAG] = "true",    [OPTION_TYPE_TEXT] = "a b",
        [OPTION_TYPE_LIST] = "x,y",     [OPTION_TYPE_SIZE] = "3K",
        [OPTION_TYPE_RING] = "128K",    [OPTION_TYPE_COUNT] = "7",
        [OPTION_TYPE_DURATION] = "90s", [OPTION_TYPE_TIME] = "2026-11-21T05:06:07Z",
    };
    size_t n;

    if (!*def->choices)
        return samples[def->type];
    const char *choice = option_choice(def->choices, 0, &n);
    snprintf(buffer, size, "%.*s", (int)n, choice);
    return buffer;
}

struct line {
    char text[512];
    char *argv[WORDS_MAX];
    int argc;
};

/* Splits at '|', so that words may hold spaces. */
static void split(struct line *l, const char *text)
{
    snprintf(l->text, sizeof(l->text), "%s", text);
    l->argc = 0;
    for (char *p = l->text; p; l->argc++) {
        assert_true(l->argc < WORDS_MAX - 1);
        l->argv[l->argc] = p;
        p = strchr(p, '|');
        if (p)
            *p++ = 0;
    }
    l->argv[l->argc] = NULL;
}

static int parse(struct options *o, unsigned command, struct line *l, struct error *err)
{
    assert_int_equal(options_init(o), 0);
    o->command = &commands[command];
    return options_parse(o, l->argc, l->argv, err);
}

static void check_from_command_line(unsigned command, unsigned id, const char *words)
{
    struct options o;
    struct line l;
    struct error err = {0};

    split(&l, words);
    if (parse(&o, command, &l, &err))
        fail_msg("%s: %s", words, err.message);
    assert_int_equal(o.origin[id], ORIGIN_COMMAND_LINE);
    assert_int_equal(o.noperands, 0);
    options_free(&o);
}

static void every_row_parses(void **state)
{
    (void)state;
    char words[512], value[64];

    for (unsigned c = 0; c < COMMAND_COUNT; c++)
        for (unsigned i = 0; i < OPTION_COUNT; i++) {
            const struct option_def *def = &option_defs[i];
            if (!(def->commands & (1u << c)))
                continue;
            const char *v = sample(def, value, sizeof(value));
            snprintf(words, sizeof(words), "ratel|--%s=%s", def->name, v);
            check_from_command_line(c, i, words);
            snprintf(words, sizeof(words), *def->argument ? "ratel|--%s|%s" : "ratel|--%s",
                     def->name, v);
            check_from_command_line(c, i, words);
            if (!def->letter)
                continue;
            snprintf(words, sizeof(words), *def->argument ? "ratel|-%c|%s" : "ratel|-%c",
                     def->letter, v);
            check_from_command_line(c, i, words);
        }
}

static void every_key_parses(void **state)
{
    (void)state;
    char text[512], value[64];

    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option_def *def = &option_defs[i];
        if (!(def->commands & KEY))
            continue;
        bool many = def->type == OPTION_TYPE_LIST || def->type == OPTION_TYPE_NAMES;
        for (int as_list = 0; as_list <= many; as_list++) {
            struct options o;
            struct error_list errors = {0};
            const char *v = sample(def, value, sizeof(value));
            snprintf(text, sizeof(text), as_list ? "%s:\n  - '%s'\n" : "%s: %s\n", def->name, v);
            assert_int_equal(options_init(&o), 0);
            if (config_parse(text, strlen(text), "f", &o, &errors))
                fail_msg("%s: %s", text, errors.errors[0].message);
            assert_int_equal(o.origin[i], ORIGIN_FILE);
            error_list_free(&errors);
            options_free(&o);
        }
    }
}

static void rows_do_not_collide(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        for (unsigned k = i + 1; k < OPTION_COUNT; k++) {
            const struct option_def *a = &option_defs[i], *b = &option_defs[k];
            if (!(a->commands & b->commands))
                continue;
            assert_string_not_equal(a->name, b->name);
            if (a->letter)
                assert_int_not_equal(a->letter, b->letter);
        }
}

static void defaults_read(void **state)
{
    (void)state;
    struct options o;

    assert_int_equal(options_init(&o), 0);
    assert_int_equal(o.ring_size, 4 << 20);
    assert_int_equal(o.queue_size, 16 << 20);
    assert_int_equal(o.rotate_keep, 10);
    assert_false(o.raw);
    assert_null(o.config.text);
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        assert_int_equal(o.origin[i], ORIGIN_DEFAULT);
    options_free(&o);
}

static void help_names_every_option(void **state)
{
    (void)state;
    char wanted[128];

    for (unsigned c = 0; c < COMMAND_COUNT; c++) {
        struct strbuf out = STRBUF_INIT(1 << 20);
        help_command_text(&out, &commands[c], 80);
        const char *text = strbuf_cstr(&out);
        for (unsigned i = 0; i < OPTION_COUNT; i++) {
            snprintf(wanted, sizeof(wanted), "--%s%s%s", option_defs[i].name,
                     *option_defs[i].argument ? " " : "", option_defs[i].argument);
            if (option_defs[i].commands & (1u << c))
                assert_non_null(strstr(text, wanted));
        }
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            if (strcspn(line, "\n") > 80)
                fail_msg("wider than 80: %.*s", (int)strcspn(line, "\n"), line);
        strbuf_free(&out);
    }
}

static void help_says_defaults(void **state)
{
    (void)state;
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        struct strbuf out = STRBUF_INIT(4096);
        char wanted[64];
        help_option_sentences(&out, &option_defs[i]);
        snprintf(wanted, sizeof(wanted), "Default: %s.", option_defs[i].initial);
        if (*option_defs[i].initial && option_defs[i].type != OPTION_TYPE_FLAG)
            assert_non_null(strstr(strbuf_cstr(&out), wanted));
        strbuf_free(&out);
    }
}

static const struct {
    unsigned command;
    const char *words;
    const char *message;
} mistakes[] = {
    {COMMAND_trace, "ratel|--evnts|x", "ratel trace has no option --evnts; did you mean --events?"},
    {COMMAND_trace, "ratel|--even=x", "ratel trace has no option --even; did you mean --events?"},
    {COMMAND_trace, "ratel|--since|@1",
     "ratel trace has no option --since; only these have it: ratel replay ratel tree"},
    {COMMAND_trace, "ratel|-Q", "ratel trace has no option -Q"},
    {COMMAND_trace, "ratel|-raw", "ratel trace has no option -r; long names begin with --"},
    {COMMAND_trace, "ratel|--events", "--events needs a value: --events EVENTS"},
    {COMMAND_trace, "ratel|-e", "-e needs a value: -e EVENTS"},
    {COMMAND_trace, "ratel|--events=", "--events: the value is empty"},
    {COMMAND_trace, "ratel|--raw=yes", "--raw: 'yes' is not true or false"},
    {COMMAND_trace, "ratel|--raw|--raw", "--raw is given twice"},
    {COMMAND_trace, "ratel|--log|info|--log|info", "--log is given twice"},
    {COMMAND_trace, "ratel|--log|loud", "--log: 'loud' is not one of: error, warn, info, debug"},
    {COMMAND_trace, "ratel|--enrich|fd-paths,x",
     "--enrich: 'x' is not one of: fd-paths, env, process, ancestors, hash, host-paths, user-names, user-stack, container"},
    {COMMAND_trace, "ratel|--enrich|fd-paths,",
     "--enrich: '' is not one of: fd-paths, env, process, ancestors, hash, host-paths, user-names, user-stack, container"},
    {COMMAND_trace, "ratel|--ring-size|5M",
     "--ring-size: '5M' is not a power of two from 64K to 1G bytes, such as 4M"},
    {COMMAND_trace, "ratel|--ring-size|32K",
     "--ring-size: '32K' is not a power of two from 64K to 1G bytes, such as 4M"},
    {COMMAND_trace, "ratel|--queue-size|-1",
     "--queue-size: '-1' is not a number of bytes, such as 65536, 64K, 4M or 1G"},
    {COMMAND_trace, "ratel|--queue-size|99999999999999999999",
     "--queue-size: '99999999999999999999' is not a number of bytes, such as 65536, 64K, 4M or 1G"},
    {COMMAND_trace, "ratel|--count|1.5", "--count: '1.5' is not a number"},
    {COMMAND_trace, "ratel|--duration|1w",
     "--duration: '1w' is not a duration, such as 30, 1.5s, 500ms, 10m, 2h or 7d"},
    {COMMAND_replay, "ratel|--since|soon",
     "--since: 'soon' is not a time: 2026-11-21T05:06:07Z, @SECONDS or +DURATION"},
    {COMMAND_trace, "ratel|--", "there is no command after --"},
    {COMMAND_list, "ratel|--raw",
     "ratel list has no option --raw; only these have it: ratel trace ratel replay"},
};

static void mistakes_are_said(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct options o;
        struct line l;
        struct error err = {0};
        split(&l, mistakes[i].words);
        int rc = parse(&o, mistakes[i].command, &l, &err);
        assert_string_equal(err.message, mistakes[i].message);
        assert_int_equal(rc, -EINVAL);
        options_free(&o);
    }
}

static void operands_and_command(void **state)
{
    (void)state;
    struct options o;
    struct line l;
    struct error err = {0};

    split(&l, "ratel|a|--raw|b|-ofile|c");
    assert_int_equal(parse(&o, COMMAND_replay, &l, &err), 0);
    assert_int_equal(o.noperands, 3);
    assert_string_equal(o.operands[0], "a");
    assert_string_equal(o.operands[2], "c");
    assert_string_equal(o.output.items[0].text, "file");
    options_free(&o);

    split(&l, "ratel|--raw|--|sh|-c|--raw");
    assert_int_equal(parse(&o, COMMAND_trace, &l, &err), 0);
    assert_int_equal(o.noperands, 0);
    assert_string_equal(o.argv[0], "sh");
    assert_string_equal(o.argv[2], "--raw");
    assert_null(o.argv[3]);
    options_free(&o);

    split(&l, "ratel|--events");
    assert_int_equal(parse(&o, COMMAND_help, &l, &err), 0);
    assert_string_equal(o.operands[0], "--events");
    options_free(&o);

    split(&l, "ratel|--|-x|--raw");
    assert_int_equal(parse(&o, COMMAND_replay, &l, &err), 0);
    assert_int_equal(o.noperands, 2);
    assert_string_equal(o.operands[1], "--raw");
    options_free(&o);
}

static void command_line_wins(void **state)
{
    (void)state;
    static const char text[] = "events: [fork, exec]\nscope: uid=1\nraw: true\nlog: warn\n";
    struct options o, file;
    struct line l;
    struct error err = {0};
    struct error_list errors = {0};

    split(&l, "ratel|-e|openat|--log=debug");
    assert_int_equal(parse(&o, COMMAND_trace, &l, &err), 0);
    assert_int_equal(options_init(&file), 0);
    assert_int_equal(config_parse(text, strlen(text), "f", &file, &errors), 0);
    options_merge(&o, &file);
    options_free(&file);
    assert_int_equal(o.events.count, 1);
    assert_string_equal(o.events.items[0].text, "openat");
    assert_int_equal(o.scope.count, 1);
    assert_string_equal(o.scope.items[0].text, "uid=1");
    assert_int_equal(o.scope.items[0].line, 2);
    assert_int_equal(o.scope.items[0].column, 8);
    assert_true(o.raw);
    assert_int_equal(o.log, 3);
    options_free(&o);
}

static const struct {
    const char *text;
    bool ok;
    uint64_t value;
} sizes[] =
    {
        {"0", true, 0},
        {"1", true, 1},
        {"64K", true, 65536},
        {"64k", true, 65536},
        {"1G", true, 1 << 30},
        {"2T", true, UINT64_C(2) << 40},
        {"", false, 0},
        {"K", false, 0},
        {"1KB", false, 0},
        {"1 K", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"16777216T", false, 0},
        {"0x10", false, 0},
},
  durations[] =
      {
          {"0", true, 0},
          {"30", true, 30000000000},
          {"1.5", true, 1500000000},
          {"1.5s", true, 1500000000},
          {"500ms", true, 500000000},
          {"0.5ms", true, 500000},
          {"10m", true, 600000000000},
          {"2h", true, 7200000000000},
          {"7d", true, 604800000000000},
          {"0.000000001", true, 1},
          {"0.0000000001", false, 0},
          {"1.", false, 0},
          {".5", false, 0},
          {"1x", false, 0},
          {"1sm", false, 0},
          {"9223372036", true, 9223372036000000000},
          {"9223372037", false, 0},
          {"99999999999d", false, 0},
},
  times[] = {
      {"1970-01-01T00:00:00Z", true, 0},
      {"1970-01-02", true, 86400000000000},
      {"2026-11-21T05:06:07.25Z", true, 1795237567250000000},
      {"2026-11-21 05:06", true, 1795237560000000000},
      {"@1795237567.25", true, 1795237567250000000},
      {"2026-02-29", false, 0},
      {"2024-02-29", true, 1709164800000000000},
      {"2026-04-31", false, 0},
      {"2026-13-01", false, 0},
      {"2026-11-21T24:00", false, 0},
      {"2026-11-21T05:60", false, 0},
      {"2026-11-21T05:06:07+01:00", false, 0},
      {"26-11-21", false, 0},
      {"9999-01-01", false, 0},
      {"@", false, 0},
      {"@99999999999999999", false, 0},
      {"", false, 0},
};

static bool read_time(const char *text, uint64_t *out)
{
    int64_t v = 0;
    bool ok = units_time(text, &v);

    *out = (uint64_t)v;
    return ok;
}

#define CHECK_UNITS(table, read)                                                                   \
    for (size_t i = 0; i < COUNT(table); i++) {                                                    \
        uint64_t v = 0;                                                                            \
        if (read(table[i].text, &v) != table[i].ok)                                                \
            fail_msg(#read " of '%s'", table[i].text);                                             \
        if (table[i].ok)                                                                           \
            assert_int_equal(v, table[i].value);                                                   \
    }

static void units_read(void **state)
{
    (void)state;
    CHECK_UNITS(sizes, units_size);
    CHECK_UNITS(durations, units_duration);
    CHECK_UNITS(times, read_time);
}

static void no_memory(void **state)
{
    (void)state;
    for (int n = 0; n < 3; n++) {
        struct options o;
        struct line l;
        struct error err = {0};
        split(&l, "ratel|-e|a|-c|b");
        assert_int_equal(options_init(&o), 0);
        o.command = &commands[COMMAND_trace];
        allocations_left = n;
        int rc = options_parse(&o, l.argc, l.argv, &err);
        allocations_left = -1;
        assert_int_equal(rc, -ENOMEM);
        options_free(&o);
    }
}

static const struct {
    const char *text, *filled;
} pages[] = {
    {"a\n@summary trace@\nb\n", "a\nratel-trace - watch this machine, or one command, live\nb\n"},
    {"@usage doctor@\n", "*ratel doctor* [_OPTION_...] \n"},
    {"@@\n", "@@\n"},
    {"mail@x\n", "mail@x\n"},
    {"@nothing@\n", NULL},
    {"@options nothing@\n", NULL},
};

static void manual_is_filled(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(pages); i++) {
        struct strbuf out = STRBUF_INIT(1 << 20);
        struct error err = {.file = "page"};
        int rc = manual_fill(&out, pages[i].text, &err);
        assert_int_equal(rc, pages[i].filled ? 0 : -EINVAL);
        if (pages[i].filled)
            assert_string_equal(strbuf_cstr(&out), pages[i].filled);
        else
            assert_int_equal(err.line, 1);
        strbuf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_parses),
        cmocka_unit_test(every_key_parses),
        cmocka_unit_test(rows_do_not_collide),
        cmocka_unit_test(defaults_read),
        cmocka_unit_test(help_names_every_option),
        cmocka_unit_test(help_says_defaults),
        cmocka_unit_test(mistakes_are_said),
        cmocka_unit_test(operands_and_command),
        cmocka_unit_test(command_line_wins),
        cmocka_unit_test(units_read),
        cmocka_unit_test(no_memory),
        cmocka_unit_test(manual_is_filled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
