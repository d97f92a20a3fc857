/* SPDX-License-Identifier: Apache-2.0 */
/* What each format makes of the same event, and specs that are wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "event/context_values.h"
#include "sink_sample.h"

/* The output of one event with that path, in that format; freed by the caller. */
static char *one(const char *format, const char *path, size_t len, size_t *got)
{
    struct sink_context ctx = sample_context();
    struct error err = {.message = ""};
    struct sink_counts counts;
    struct sink *s;
    struct fanout *f;
    if (sink_open(&s, spec_in(format, "one"), &ctx, &err))
        fail_msg("%s", err.message);
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    send_events(f, 1, path, len);
    fanout_free(f);
    sink_close(s, &counts);
    assert_int_equal(counts.delivered, 1);
    assert_int_equal(counts.written, 1);
    char *text = read_back("one", got);
    assert_non_null(text);
    assert_int_equal(counts.bytes, *got);
    return text;
}

static void expect(const char *format, const char *path, const char *want)
{
    size_t len;
    char *text = one(format, path, strlen(path), &len);
    assert_string_equal(text, want);
    free(text);
}

static void json(void **state)
{
    (void)state;
    size_t len;
    char *text = one("json", "/x", 2, &len);
    assert_memory_equal(text, "{\"time\":\"2023-11-14T22:13:21.000000000Z\",\"event\":\"openat\"",
                        57);
    assert_string_equal(text + len - 27, "\"ret\":-2,\"error\":\"ENOENT\"}\n");
    assert_int_equal(count_lines(text, len), 1);
    free(text);
}

static void table(void **state)
{
    (void)state;
    expect(
        "table", "/a\033[2J\n",
        "TIME            UID   COMM            PID     TID     RET          EVENT              ARGS\n"
        "22:13:21.000000 1000  cat             100     100     -2 ENOENT    openat             "
        "dirfd: AT_FDCWD, pathname: /a\\x1b[2J\\n, flags: O_RDONLY|O_CLOEXEC, mode: 0000\n");
}

static void csv(void **state)
{
    (void)state;
    expect("csv", "/a\",b",
           "time,event,pid,tid,ppid,uid,comm,ret,error,args\r\n"
           "2023-11-14T22:13:21.000000000Z,openat,100,100,99,1000,cat,-2,ENOENT,"
           "\"{\"\"dirfd\"\":\"\"AT_FDCWD\"\",\"\"pathname\"\":\"\"/a\\\"\",b\"\","
           "\"\"flags\"\":\"\"O_RDONLY|O_CLOEXEC\"\",\"\"mode\"\":\"\"0000\"\"}\"\r\n");
}

/* What --enrich adds has columns of its own, and what a stranger wrote in it is no formula. */
static void csv_of_contexts(void **state)
{
    (void)state;
    static const struct task_view parent = {.name = {"=\"a\",b", 6, 0}};
    static const struct task_view *const ancestors[] = {&parent};
    static const struct task_view task = {.exe.path = {"/bin/\xff", 6, 0},
                                          .argv = {"a\0b\"", 5, 0},
                                          .pwd = {"-1+1", 4, 0},
                                          .session = 7};
    static const struct container_view container = {.labels = {"k\0v\0k2", 7, 0}};
    const struct event_context c = {
        .task = &task, .ancestors = ancestors, .nancestors = 1, .container = &container};
    const struct format f = {0};
    struct strbuf out = STRBUF_INIT(4096);
    for (unsigned i = 0; i < CONTEXT_VALUE_COUNT; i++) {
        context_value_put(&out, &f, &c, (enum context_value)i, false);
        strbuf_putc(&out, '|');
        context_value_put(&out, &f, NULL, (enum context_value)i, true);
        strbuf_putc(&out, '\n');
    }
    assert_string_equal(strbuf_cstr(&out),
                        "/bin/\\xff|null\n|null\n|null\n|null\n[\"a\",\"b\\\"\"]|null\n-1+1|null\n"
                        "7|null\n|null\n|null\n|null\n|null\n=\"a\",b|null\n|null\n|null\n"
                        "=\"a\",b|null\n|null\n|null\n|null\n|null\n|null\n"
                        "{\"k\":\"v\",\"k2\":\"\"}|null\n|null\n|null\n|null\n|null\n");
    strbuf_free(&out);
}

static void csv_with_context(void **state)
{
    (void)state;
    static const struct task_view task = {
        .exe.path = {"=cmd", 4, 0}, .pwd = {"/a,\"b\"", 6, 0}, .argv = {"x", 2, 0}};
    static const struct event_context c = {.task = &task};
    struct sink_context ctx = sample_context();
    struct error err = {.message = ""};
    struct sink_counts counts;
    struct sink *s;
    struct fanout *f;
    size_t len;
    ctx.parts = CONTEXT_PROCESS;
    assert_int_equal(sink_open(&s, spec_in("csv", "context"), &ctx, &err), 0);
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    send_event(f, "/x", 2, &c);
    fanout_free(f);
    sink_close(s, &counts);
    char *text = read_back("context", &len);
    assert_string_equal(
        text, "time,event,pid,tid,ppid,uid,comm,ret,error,process.executable,process.script,"
              "process.args,process.cwd,process.session,process.tty,process.entry,args\r\n"
              "2023-11-14T22:13:21.000000000Z,openat,100,100,99,1000,cat,-2,ENOENT,'=cmd,,"
              "\"[\"\"x\"\"]\",\"/a,\"\"b\"\"\",,,,"
              "\"{\"\"dirfd\"\":\"\"AT_FDCWD\"\",\"\"pathname\"\":\"\"/x\"\","
              "\"\"flags\"\":\"\"O_RDONLY|O_CLOEXEC\"\",\"\"mode\"\":\"\"0000\"\"}\"\r\n");
    free(text);
}

static void tracee(void **state)
{
    (void)state;
    size_t len;
    char *text = one("tracee", "/x", 2, &len);
    static const char *const parts[] = {
        "{\"timestamp\":1700000001000000000,\"threadStartTime\":1700000000000000500,",
        "\"processorId\":1,\"processId\":100,\"cgroupId\":7,\"threadId\":100,",
        "\"eventId\":\"257\",\"eventName\":\"openat\",\"matchedPolicies\":[],\"argsNum\":4,"
        "\"returnValue\":-2,\"syscall\":\"openat\",\"stackAddresses\":null,",
        "\"args\":[{\"name\":\"dirfd\",\"type\":\"int32\",\"value\":-100},"
        "{\"name\":\"pathname\",\"type\":\"string\",\"value\":\"/x\"},"
        "{\"name\":\"flags\",\"type\":\"string\",\"value\":\"O_RDONLY|O_CLOEXEC\"},"
        "{\"name\":\"mode\",\"type\":\"uint16\",\"value\":0}],\"metadata\":null}\n",
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (!strstr(text, parts[i]))
            fail_msg("%s lacks %s", text, parts[i]);
    free(text);
}

static void template_into(const char *text);
static const char *template_spec(void);

/* What is not in the record is left out, in every format; what is missing says why. */
static void left_out(void **state)
{
    (void)state;
    static const struct {
        const char *format, *want;
    } rows[] = {
        {"json", "\"data\":{\"pathname\":\"\",\"flags\":null},\"ret\":"},
        {"json", "\"missing\":{\"flags\":\"memory not readable\"}}\n"},
        {"table", "  pathname: \"\", flags: -(memory not readable)\n"},
        {"csv", ",\"{\"\"pathname\"\":\"\"\"\",\"\"flags\"\":null}\"\r\n"},
        {"tracee", "\"argsNum\":2,"},
        {"tracee", "\"args\":[{\"name\":\"pathname\",\"type\":\"string\",\"value\":\"\"},"
                   "{\"name\":\"flags\",\"type\":\"int32\",\"value\":null}],"},
        {"template", "pathname=\"\",flags=-(memory not readable).;null;pathname=\"\" "
                     "flags=-(memory not readable);{\"pathname\":\"\",\"flags\":null}\n"},
    };
    template_into("{{#data}}{{name}}={{value}}{{#more}},{{/more}}{{/data}}.{{data.mode}};"
                  "{{data.mode|json}};{{args}};{{args|json}}\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        static _Alignas(8) char memory[1024];
        struct sink_context ctx = sample_context();
        struct error err = {.message = ""};
        struct record_builder b;
        struct fanout *f;
        struct event ev;
        struct sink *s;
        size_t len;
        bool own = !strcmp(rows[i].format, "template");
        record_begin(&b, memory, sizeof(memory), &sample_events[1]);
        sample_header(record_header(&b));
        record_add_bytes(&b, 1, "", 0);
        record_add_missing(&b, 2, ABI_WHY_FAULT);
        const struct abi_record *r = record_end(&b);
        assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
        if (sink_open(&s, spec_in(own ? template_spec() : rows[i].format, "less"), &ctx, &err))
            fail_msg("%s", err.message);
        assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
        fanout_event(f, &ev);
        fanout_free(f);
        sink_close(s, NULL);
        char *text = read_back("less", &len);
        assert_non_null(text);
        if (!strstr(text, rows[i].want))
            fail_msg("%s lacks %s", text, rows[i].want);
        free(text);
    }
}

/* One file is for one output, whatever it is called. */
static void clashes(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    struct error err = {.message = ""};
    struct sink *s;
    char spec[160], same[160];
    snprintf(spec, sizeof(spec), "json:%s/clash", folder);
    snprintf(same, sizeof(same), "template=x:%s/./clash", folder);
    assert_int_equal(sink_open(&s, spec, &ctx, &err), 0);
    assert_int_equal(sink_clash(&s, 1, "csv:/nowhere/else", &err), 0);
    assert_int_equal(sink_clash(&s, 1, "csv:/dev/null", &err), 0);
    assert_int_equal(sink_clash(&s, 0, same, &err), 0);
    assert_string_equal(err.message, "");
    assert_int_equal(sink_clash(&s, 1, same, &err), -EINVAL);
    assert_non_null(strstr(err.message, "would both write to"));
    sink_close(s, NULL);
    assert_int_equal(sink_open(&s, "json:/dev/null", &ctx, &err), 0);
    assert_int_equal(sink_clash(&s, 1, "csv:/dev/null", &err), 0);
    sink_close(s, NULL);
    assert_int_equal(sink_open(&s, "json", &ctx, &err), 0);
    assert_int_equal(sink_clash(&s, 1, "csv:-", &err), -EINVAL);
    sink_close(s, NULL);
}

/* 4 KiB of anything: one line, nothing that a terminal would obey. */
static void hostile(void **state)
{
    (void)state;
    static const char *const formats[] = {"json", "table", "csv", "tracee"};
    char path[4095];
    for (unsigned i = 0; i < sizeof(path); i++)
        path[i] = (char)(i * 7 + (i >> 8));
    for (size_t k = 0; k < sizeof(formats) / sizeof(formats[0]); k++) {
        size_t len;
        char *text = one(formats[k], path, sizeof(path), &len);
        bool head = formats[k][0] == 't' && formats[k][1] == 'a';
        assert_int_equal(count_lines(text, len), 1 + (head || formats[k][0] == 'c'));
        for (size_t i = 0; i < len; i++) {
            uint8_t c = (uint8_t)text[i];
            uint32_t code = 0;
            assert_true(c >= 0x20 || c == '\n' || c == '\r');
            assert_int_not_equal(c, 0x7f);
            if (c >= 0xc0)
                assert_true(utf8_next(text + i, len - i, &code) && code >= 0xa0);
        }
        free(text);
    }
}

static void template_into(const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/t", folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *template_spec(void)
{
    static char format[128];
    snprintf(format, sizeof(format), "template=%s/t", folder);
    return format;
}

static void templates(void **state)
{
    (void)state;
    static const struct {
        const char *source, *want;
    } rows[] = {
        {"plain\n", "plain\n"},
        {"{{time}} {{event}} {{ id }}\n", "2023-11-14T22:13:21.000000000Z openat 257\n"},
        {"{{host}}:{{cpu}} {{syscall}}\n", "host:1 openat\n"},
        {"{{process.pid}}/{{process.name|json}}\n", "100/\"cat\"\n"},
        {"{{data.pathname}}|{{data.pathname | json}}\n", "/a\\nb|\"/a\\nb\"\n"},
        {"{{data.pointer}}.{{data.pointer|json}}\n", ".null\n"},
        {"{{ret}} {{ret|json}} {{error}}\n", "-2 ENOENT -2 ENOENT\n"},
        {"{{#data}}{{name}}={{value}}{{#more}}, {{/more}}{{/data}}\n",
         "dirfd=AT_FDCWD, pathname=/a\\nb, flags=O_RDONLY|O_CLOEXEC, mode=0000\n"},
        {"{{#data}}{{type}}:{{value|json}} {{/data}}\n",
         "int32:\"AT_FDCWD\" string:\"/a\\nb\" int32:\"O_RDONLY|O_CLOEXEC\" uint16:\"0000\" \n"},
        {"{{#error}}failed{{/error}}{{! not shown }}.\n", "failed.\n"},
        {"{{args}}\n", "dirfd=AT_FDCWD pathname=/a\\nb flags=O_RDONLY|O_CLOEXEC mode=0000\n"},
        {"} } { {\n", "} } { {\n"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        template_into(rows[i].source);
        expect(template_spec(), "/a\nb", rows[i].want);
    }
}

static void template_errors(void **state)
{
    (void)state;
    static const struct {
        const char *source, *message;
        int line, column;
    } rows[] = {
        {"{{evnt}}", "unknown placeholder 'evnt'; did you mean 'event'?", 1, 3},
        {"a\nb {{ data.pathnam }}", "unknown field 'pathnam'; did you mean 'pathname'?", 2, 11},
        {"{{time", "{{ without }}", 1, 1},
        {"{{}}", "empty placeholder", 1, 3},
        {"{{time|jsn}}", "unknown filter 'jsn'; did you mean 'json'?", 1, 8},
        {"{{#dta}}{{/dta}}", "unknown section 'dta'; did you mean 'data'?", 1, 4},
        {"{{#data}}", "{{#data}} without {{/data}}", 1, 4},
        {"{{/data}}", "{{/data}} without its beginning", 1, 4},
        {"{{#data}}{{#error}}{{/data}}", "{{/data}} where {{/error}} is needed first", 1, 23},
        {"{{#data}}{{#data}}{{/data}}{{/data}}", "{{#data}} inside of {{#data}}", 1, 13},
        {"{{name}}", "{{name}} is only known inside of {{#data}}", 1, 3},
        {"{{#more}}{{/more}}", "{{#more}} is only known inside of {{#data}}", 1, 4},
    };
    struct sink_context ctx = sample_context();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {.message = ""};
        struct sink *s;
        template_into(rows[i].source);
        assert_int_equal(sink_open(&s, template_spec(), &ctx, &err), -EINVAL);
        assert_string_equal(err.message, rows[i].message);
        assert_int_equal(err.line, rows[i].line);
        assert_int_equal(err.column, rows[i].column);
        assert_non_null(strstr(err.file, "/t"));
        assert_non_null(err.text);
    }
}

static void wrong_specs(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *message;
        int rc;
    } rows[] = {
        {"jsn", "unknown output format 'jsn'; did you mean 'json'?", -EINVAL},
        {"", "unknown output format ''; see: ratel list outputs", -EINVAL},
        {"json=x", "output format 'json' takes no argument", -EINVAL},
        {"template", "output format 'template' needs an argument: template=…[:DESTINATION]",
         -EINVAL},
        {"template=:x", "output format 'template' needs an argument: template=…[:DESTINATION]",
         -EINVAL},
        {"template=/nowhere/t", "can't read template /nowhere/t: No such file or directory",
         -ENOENT},
        {"json:/nowhere/x", "can't write to /nowhere/x: No such file or directory", -ENOENT},
        {"json:/tmp", "can't write to /tmp: Is a directory", -EISDIR},
    };
    struct sink_context ctx = sample_context();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct error err = {.message = ""};
        struct sink *s;
        assert_int_equal(sink_open(&s, rows[i].spec, &ctx, &err), rows[i].rc);
        assert_string_equal(err.message, rows[i].message);
    }
}

/* Every kind is in the table once, with what a list shows. */
static void kinds(void **state)
{
    (void)state;
    static const char *const names[] = {"table", "json", "tracee", "csv", "template", "recording"};
    size_t n = 0;
    for (; sink_table[n]; n++) {
        assert_string_equal(sink_table[n]->name, names[n]);
        assert_true(strlen(sink_table[n]->meaning) > 10);
        assert_ptr_equal(sink_ops_find(names[n], strlen(names[n])), sink_table[n]);
    }
    assert_int_equal(n, sizeof(names) / sizeof(names[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json),
        cmocka_unit_test(table),
        cmocka_unit_test(csv),
        cmocka_unit_test(csv_of_contexts),
        cmocka_unit_test(csv_with_context),
        cmocka_unit_test(tracee),
        cmocka_unit_test(left_out),
        cmocka_unit_test(clashes),
        cmocka_unit_test(hostile),
        cmocka_unit_test(templates),
        cmocka_unit_test(template_errors),
        cmocka_unit_test(wrong_specs),
        cmocka_unit_test(kinds),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
