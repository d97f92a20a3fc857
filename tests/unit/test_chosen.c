/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks of the user's choice: how they are written, and what a tracepoint's format says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "source/chosen.h"
#include "source/chosen_format.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void what_is_written_is_understood(void **state)
{
    struct chosen_list l = {0};
    struct error err = {0};
    (void)state;
    assert_int_equal(chosen_add(&l, "kprobe:do_unlinkat(dfd:int, name:filename)", &err), 0);
    assert_int_equal(
        chosen_add(&l, "uprobe:/usr/lib/libc.so.6:getenv(_, n:size, ret:string)", &err), 0);
    assert_int_equal(chosen_add(&l, "kprobe:vfs_open", &err), 0);
    assert_int_equal(chosen_add(&l, "kprobe:vfs_read ( )", &err), 0);
    assert_int_equal(chosen_add(&l, "uprobe:/a:b:main+0x10", &err), 0);
    assert_int_equal(l.count, 5);

    const struct chosen *c = &l.items[0];
    assert_int_equal(c->kind, CHOSEN_KIND_kprobe);
    assert_string_equal(c->name, "kprobe:do_unlinkat");
    assert_string_equal(c->target, "do_unlinkat");
    assert_null(c->group);
    assert_false(c->returns);
    assert_int_equal(c->hook.nfields, 2);
    assert_string_equal(c->fields[1].name, "name");
    assert_string_equal(c->fields[1].type, "path");
    assert_int_equal(c->hook.fields[0].how, PLAN_S32);
    assert_int_equal(c->hook.fields[1].how, CHOSEN_FILENAME);
    assert_int_equal(c->hook.fields[1].from, 1);

    c = &l.items[1];
    assert_string_equal(c->group, "/usr/lib/libc.so.6");
    assert_string_equal(c->target, "getenv");
    assert_true(c->returns);
    assert_true(c->keeps);
    assert_true(c->hook.user);
    assert_int_equal(c->hook.fields[0].from, 1);
    assert_int_equal(c->hook.fields[1].from, CHOSEN_RESULT);

    assert_string_equal(l.items[3].name, "kprobe:vfs_read");
    assert_string_equal(l.items[4].group, "/a:b");
    chosen_free(&l);
}

static void mistakes_are_placed(void **state)
{
    static const struct {
        const char *text;
        int column; /* from 1 */
    } rows[] = {
        {"kprobe:", 8},
        {"kprobe:f(", 10},
        {"kprobe:f(a", 11},
        {"kprobe:f(a:", 12},
        {"kprobe:f(a:nothing)", 12},
        {"kprobe:f(a:int", 15},
        {"kprobe:f(a:int,)", 16},
        {"kprobe:f(a:int)x", 16},
        {"kprobe:f(a:int, a:int)", 17},
        {"kprobe:f,openat", 9},
        {"kprobe:f(a:int,b:int,c:int,d:int,e:int,f:int,g:int)", 46},
        {"kprobe:f(a:int,b:int,c:int,d:int,e:int,f:int,ret:int)", 1},
        {"uprobe:f", 8},
        {"uprobe::f", 8},
        {"uprobe:/bin/x:", 15},
        {"tracepoint:sched", 12},
        {"tracepoint:../x:y", 1},
        {"tracepoint:no_such:thing", 1},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct chosen_list l = {0};
        struct error err = {0};
        assert_true(chosen_is(rows[i].text));
        assert_int_equal(chosen_add(&l, rows[i].text, &err), -EINVAL);
        if (err.column != rows[i].column)
            fail_msg("%s: column %d: %s", rows[i].text, err.column, err.message);
        assert_int_equal(l.count, 0);
        chosen_free(&l);
    }
}

static void a_hook_is_told_from_a_test(void **state)
{
    (void)state;
    assert_true(chosen_is("kprobe:f"));
    assert_false(chosen_is("kprobe:f.data.a=1"));
    assert_false(chosen_is("kprobes"));
    assert_false(chosen_is("openat"));
    assert_false(chosen_is(""));
    assert_int_equal(chosen_name_len("kprobe:f (a:int)"), 8);
}

static void twice_is_once_too_often_and_so_is_one_more_than_there_may_be(void **state)
{
    struct chosen_list l = {0};
    struct error err = {0};
    char text[64];
    (void)state;
    for (int i = 0; i < CHOSEN_MAX; i++) {
        snprintf(text, sizeof(text), "kprobe:f%d(a:int)", i);
        assert_int_equal(chosen_add(&l, text, &err), 0);
        if (!i)
            assert_int_equal(chosen_add(&l, "kprobe:f0", &err), -EINVAL);
    }
    assert_int_equal(chosen_add(&l, "kprobe:one_more", &err), -EINVAL);
    assert_int_equal(l.count, CHOSEN_MAX);
    assert_int_equal(chosen_finish(&l), 0);
    for (unsigned i = 0; i < l.count; i++) {
        const struct event_def *def =
            catalog_by_name(chosen_catalog(&l), l.items[i].name, strlen(l.items[i].name));
        assert_non_null(def);
        assert_int_equal(def->id, l.items[i].hook.event);
        assert_int_equal(def->slot, l.items[i].hook.slot);
        assert_true(def->slot < PLAN_SLOTS);
        assert_int_equal(def->nfields, 1);
    }
    assert_non_null(catalog_by_name(chosen_catalog(&l), "openat", 6));
    chosen_free(&l);
    assert_ptr_equal(chosen_catalog(&l), catalog_builtin());
}

static void formats(void **state)
{
    static struct chosen_format f;
    static const struct {
        const char *line;
        const char *name, *type;
        unsigned how;
    } rows[] = {
        {"\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;", "pid", "int", PLAN_S32},
        {"\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;", "comm", "string", CHOSEN_ARRAY},
        {"\tfield:__data_loc char[] filename;\toffset:8;\tsize:4;\tsigned:0;", "filename", "string",
         CHOSEN_LOCATION},
        {"\tfield:const char * name;\toffset:16;\tsize:8;\tsigned:0;", "name", "pointer",
         PLAN_ULONG},
        {"\tfield:unsigned char kind;\toffset:16;\tsize:1;\tsigned:0;", "kind", "u8", PLAN_U8},
        {"\tfield:short port;\toffset:16;\tsize:2;\tsigned:1;", "port", "int", PLAN_S32},
        {"\tfield:u64 n;\toffset:16;\tsize:8;\tsigned:0;", "n", "ulong", PLAN_ULONG},
    };
    static const char *const none[] = {
        "name: sched_switch",
        "",
        "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;",
        "\tfield:__u8 saddr[4];\toffset:16;\tsize:4;\tsigned:0;",
        "\tfield:int a;\toffset:99999999999;\tsize:4;\tsigned:1;",
        "\tfield:int a;\toffset:-1;\tsize:4;\tsigned:1;",
        "\tfield:;\toffset:8;\tsize:4;\tsigned:1;",
        "\tfield:]];\toffset:8;\tsize:4;\tsigned:1;",
        "\tfield:int a;\tsize:4;",
        "\tfield:struct s x;\toffset:8;\tsize:24;\tsigned:0;",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        chosen_format_line(&f, rows[i].line);
        assert_int_equal(f.count, i + 1);
        assert_string_equal(f.fields[i].name, rows[i].name);
        assert_string_equal(f.fields[i].type, rows[i].type);
        assert_int_equal(f.fields[i].field.how, rows[i].how);
    }
    for (size_t i = 0; i < COUNT(none); i++)
        chosen_format_line(&f, none[i]);
    assert_int_equal(f.count, COUNT(rows));
    assert_ptr_equal(chosen_format_find(&f, "n", 1), &f.fields[6]);
    assert_null(chosen_format_find(&f, "nn", 2));
    for (int i = 0; i < 2 * CHOSEN_FORMAT_FIELDS; i++)
        chosen_format_line(&f, rows[0].line);
    assert_int_equal(f.count, CHOSEN_FORMAT_FIELDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_understood),
        cmocka_unit_test(mistakes_are_placed),
        cmocka_unit_test(a_hook_is_told_from_a_test),
        cmocka_unit_test(twice_is_once_too_often_and_so_is_one_more_than_there_may_be),
        cmocka_unit_test(formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
