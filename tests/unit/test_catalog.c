/* SPDX-License-Identifier: Apache-2.0 */
/* The catalog: its rows, how they are found, and overlays. LINK: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "event/catalog.h"
#include "event/flags.h"
#include "failing_malloc.h"
#include "plan.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct event_def *named(const char *name)
{
    return catalog_by_name(catalog_builtin(), name, strlen(name));
}

static void rows_are_whole(void **state)
{
    const struct catalog *c = catalog_builtin();

    (void)state;
    for (unsigned i = 0; i < c->count; i++) {
        const struct event_def *def = &c->events[i];

        assert_int_equal(def->slot, i);
        assert_true(def->id < CATALOG_IDS);
        assert_ptr_equal(catalog_by_id(c, def->id), def); /* so ids are unique */
        assert_ptr_equal(named(def->name), def);          /* so names are */
        assert_true(strlen(def->meaning) >= 6);
        assert_true(def->meaning[strlen(def->meaning) - 1] != '.');
        assert_true(def->meaning[0] >= 'a' && def->meaning[0] <= 'z');
        assert_true(def->via[0].count != 0);
        assert_true(def->nfields <= ABI_FIELDS_MAX);
        for (unsigned f = 0; f < def->nfields; f++) {
            const struct field_def *field = &def->fields[f];
            enum field_type t = field->type;
            bool wants = t == TYPE_flags || t == TYPE_uflags || t == TYPE_flags64 ||
                         t == TYPE_flags_u64 || t == TYPE_enum || t == TYPE_uenum ||
                         t == TYPE_enum8 || t == TYPE_enum64;

            assert_true(strlen(field->meaning) > 2);
            assert_int_equal(event_def_field(def, field->name, strlen(field->name)), f);
            assert_int_equal(field->flags != NULL, wants);
        }
    }
    assert_null(catalog_by_id(c, CATALOG_IDS));
    assert_null(catalog_by_id(c, 65535));
}

/* Numbers that people's policies and recordings rely on. */
static void ids_are_stable(void **state)
{
    static const struct {
        const char *name;
        unsigned id;
    } rows[] = {
        {"read", 0},
        {"openat", 257},
        {"process_mrelease", 448},
        {"waitpid", 449},
        {"clock_adjtime64", 518},
        {"sched_rr_get_interval_time32", 534},
        {"futex_waitv", 600},
        {"file_setattr", 620},
        {"sys_enter", 712},
        {"sys_exit", 713},
        {"sched_process_fork", 714},
        {"sched_process_exec", 715},
        {"sched_process_exit", 716},
        {"sched_switch", 717},
        {"cgroup_attach_task", 728},
        {"cgroup_mkdir", 729},
        {"cgroup_rmdir", 730},
        {"socket_dup", 749},
        {"socket_accept", 763},
        {"task_rename", 767},
        {"process_execute_failed", 779},
        {"module_load", 785},
        {"module_free", 786},
        {"signal_generate", 810},
        {"signal_deliver", 811},
        {"init_namespaces", 2016},
        {"ratel_info", 2026},
        {"loss", 2100},
        {"stats", 2101},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        assert_non_null(named(rows[i].name));
        assert_int_equal(named(rows[i].name)->id, rows[i].id);
    }
}

/* Registers that the arguments take up: six at most, of a 64-bit and of a 32-bit call. */
static void arguments_fit_registers(void **state)
{
    const struct catalog *c = catalog_builtin();
    unsigned calls = 0;

    (void)state;
    for (unsigned i = 0; i < c->count; i++) {
        const struct event_def *def = &c->events[i];
        unsigned wide = 0;

        if (!def->is_syscall)
            continue;
        calls++;
        assert_true(event_def_in_set(def, "syscalls", 8));
        assert_true(def->how != HOW_NONE && def->returns != RETURN_none);
        assert_true(def->nr_x86_64 != NR_NONE || def->nr_ia32 != NR_NONE);
        assert_true(def->nfields <= PLAN_ARGS);
        for (unsigned f = 0; f < def->nfields; f++) {
            assert_true(type_defs[def->fields[f].type].plan != PLAN_NONE);
            wide += type_defs[def->fields[f].type].wide;
        }
        if (def->nr_ia32 != NR_NONE)
            assert_true(wide <= PLAN_ARGS);
    }
    assert_int_equal(calls, 446 + 21);
}

/* Registers of the 32-bit calls that pass 64-bit numbers, as the kernel's compat entries do. */
static void wide_arguments_take_two(void **state)
{
    static const struct {
        const char *name;
        unsigned registers;
    } rows[] = {
        {"pread64", 5},         {"pwrite64", 5},      {"readahead", 4},      {"fallocate", 6},
        {"sync_file_range", 6}, {"fadvise64", 5},     {"fadvise64_64", 6},   {"truncate64", 3},
        {"ftruncate64", 3},     {"fanotify_mark", 6}, {"lookup_dcookie", 4}, {"lseek", 3},
        {"truncate", 2},        {"ftruncate", 2},     {"mmap2", 6},          {"preadv", 5},
        {"pwritev2", 6},        {"llseek", 5},        {"kcmp", 5},           {"prctl", 5},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        const struct event_def *def = named(rows[i].name);
        unsigned wide = 0;

        assert_non_null(def);
        for (unsigned f = 0; f < def->nfields; f++)
            wide += type_defs[def->fields[f].type].wide;
        if (wide != rows[i].registers)
            fail_msg("%s takes %u registers", def->name, wide);
    }
}

static void arguments_out_of_order(void **state)
{
    static const struct {
        const char *call;
        const char *field;
        enum arch arch;
        int reg;
    } rows[] = {
        {"clone", "child_tid", ARCH_x86_64, 3},   {"clone", "child_tid", ARCH_arm64, 4},
        {"clone", "tls", ARCH_ia32, 3},           {"clone", "tls", ARCH_x86_64, 4},
        {"sigsuspend", "mask", ARCH_ia32, 2},     {"mmap", "addr", ARCH_ia32, -1},
        {"mmap", "off", ARCH_x86_64, 5},          {"mmap2", "pgoffset", ARCH_ia32, 5},
        {"fanotify_mark", "dirfd", ARCH_ia32, 4}, {"fanotify_mark", "dirfd", ARCH_x86_64, 3},
        {"fadvise64", "advice", ARCH_ia32, 4},    {"fadvise64_64", "advice", ARCH_ia32, 5},
        {"fchmodat", "flags", ARCH_x86_64, -1},   {"fchmodat2", "flags", ARCH_x86_64, 3},
        {"loss", "count", ARCH_x86_64, -1},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(rows); i++) {
        const struct event_def *def = named(rows[i].call);
        int field = event_def_field(def, rows[i].field, strlen(rows[i].field));

        assert_true(field >= 0);
        assert_int_equal(syscall_register(def, (unsigned)field, rows[i].arch), rows[i].reg);
    }
    assert_int_equal(syscall_register(named("read"), 3, ARCH_x86_64), -1);
}

static void found_by_number(void **state)
{
    const struct catalog *c = catalog_builtin();
    const enum arch native =
#if defined(__aarch64__)
        ARCH_arm64;
#else
        ARCH_x86_64;
#endif

    (void)state;
    for (unsigned i = 0; i < c->count; i++) {
        const struct event_def *def = &c->events[i];

        if (def->nr_x86_64 >= 0)
            assert_ptr_equal(catalog_by_number(c, ARCH_x86_64, def->nr_x86_64), def);
        if (def->nr_ia32 >= 0)
            assert_ptr_equal(catalog_by_number(c, ARCH_ia32, def->nr_ia32), def);
        if (def->nr_arm64 >= 0)
            assert_ptr_equal(catalog_by_number(c, ARCH_arm64, def->nr_arm64), def);
    }
    for (int nr = 0; nr < PLAN_SYSCALLS; nr++)
        assert_ptr_equal(catalog_by_syscall(c, nr, false), catalog_by_number(c, native, nr));
    assert_ptr_equal(catalog_by_number(c, ARCH_arm64, 56), named("openat"));
    assert_ptr_equal(catalog_by_number(c, ARCH_ia32, 11), named("execve"));
    assert_null(catalog_by_syscall(c, -1, false));
    assert_null(catalog_by_syscall(c, PLAN_SYSCALLS, true));
    assert_null(catalog_by_syscall(c, INT32_MAX, false));
    assert_null(catalog_by_number(c, ARCH_arm64, 244)); /* a hole for the architecture's own */
}

static void found_by_name(void **state)
{
    const struct catalog *c = catalog_builtin();

    (void)state;
    assert_ptr_equal(catalog_by_name(c, "openat2", 6), named("openat"));
    assert_null(named("opena"));
    assert_null(named(""));
    assert_null(named("Openat"));
    assert_int_equal(event_def_field(named("openat"), "mode", 4), 3);
    assert_int_equal(event_def_field(named("openat"), "mod", 3), -1);
    assert_int_equal(event_def_field(named("process_execute_failed"), "binary.inode_number", 19),
                     5);
}

static void sets(void **state)
{
    unsigned count;
    const char *const *all = catalog_sets(&count);

    (void)state;
    assert_true(count > 1);
    for (unsigned i = 1; i < count; i++)
        assert_true(strcmp(all[i - 1], all[i]) < 0);
    assert_true(event_def_in_set(named("openat"), "fs", 2));
    assert_true(event_def_in_set(named("loss"), "all", 3));
    assert_false(event_def_in_set(named("openat"), "f", 1));
    assert_false(event_def_in_set(named("openat"), "fs_file", 7));
    assert_false(event_def_in_set(named("ratel_info"), "", 0));
}

static void suggestions(void **state)
{
    static const struct {
        const char *written;
        const char *best; /* NULL: nothing is near */
    } cases[] = {
        {"opnat", "openat"},     {"opentat", "openat"},
        {"oepnat", "openat"},    {"execv", "execve"},
        {"EXECVE", "execve"},    {"sched_process_forc", "sched_process_fork"},
        {"getxatt", "getxattr"}, {"module", "module_load"},
        {"qqqqqqqq", NULL},      {"", NULL},
    };
    const char *out[4], *two[1];

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++) {
        unsigned n = catalog_suggest(catalog_builtin(), cases[i].written, strlen(cases[i].written),
                                     out, COUNT(out));

        if (!cases[i].best) {
            assert_int_equal(n, 0);
            continue;
        }
        assert_true(n >= 1 && n <= COUNT(out));
        bool there = false;
        for (unsigned k = 0; k < n; k++)
            there |= strcmp(out[k], cases[i].best) == 0;
        if (!there)
            fail_msg("%s did not suggest %s but %s", cases[i].written, cases[i].best, out[0]);
    }
    char huge[5000];
    memset(huge, 'a', sizeof(huge));
    assert_int_equal(catalog_suggest(catalog_builtin(), huge, sizeof(huge), out, COUNT(out)), 0);
    const char *const names[] = {"json", "table", "csv"};
    assert_int_equal(suggest_names(names, 3, "tabel", 5, two, 1), 1);
    assert_string_equal(two[0], "table");
    assert_int_equal(suggest_names(names, 3, "tabel", 5, two, 0), 0);
}

/* An entry that says what the built-in row says. */
static struct catalog_entry entry_of(const struct event_def *def)
{
    struct catalog_entry e = {
        .name = def->name, .id = def->id, .nfields = def->nfields, .returns = "fd"};

    for (unsigned i = 0; i < def->nfields; i++) {
        e.fields[i].name = def->fields[i].name;
        e.fields[i].type = type_defs[def->fields[i].type].name;
        e.fields[i].flags = def->fields[i].flags ? def->fields[i].flags->name : "";
    }
    return e;
}

static void overlay_wins_where_it_differs(void **state)
{
    struct catalog_entry entries[3];
    struct catalog *c = NULL;
    const struct event_def *def;

    (void)state;
    entries[0] = entry_of(named("openat"));
    entries[0].nfields = 2; /* an older ratel */
    entries[1] =
        (struct catalog_entry){.name = "unheard_of", .id = 7000, .nfields = 2, .returns = "none"};
    entries[1].fields[0].name = "strange";
    entries[1].fields[0].type = "type_of_the_future";
    entries[1].fields[0].flags = "";
    entries[1].fields[1].name = "how";
    entries[1].fields[1].type = "flags";
    entries[1].fields[1].flags = "open";
    entries[2] =
        (struct catalog_entry){.name = "dup_of_old", .id = named("dup")->id, .returns = "int"};
    assert_int_equal(catalog_overlay(entries, 3, &c), 0);

    def = catalog_by_name(c, "openat", 6);
    assert_int_equal(def->nfields, 2);
    assert_true(def->is_syscall);
    assert_int_equal(def->returns, RETURN_fd);
    assert_string_equal(def->fields[1].meaning, named("openat")->fields[1].meaning);
    assert_ptr_not_equal(def->fields[1].name, entries[0].fields[1].name); /* it is a copy */
    assert_ptr_equal(catalog_by_number(c, ARCH_x86_64, def->nr_x86_64), def);

    def = catalog_by_id(c, 7000);
    assert_string_equal(def->name, "unheard_of");
    assert_int_equal(def->fields[0].type, TYPE_bytes);
    assert_int_equal(def->fields[1].type, TYPE_flags);
    assert_ptr_equal(def->fields[1].flags, &flag_table_open);
    assert_false(def->is_syscall);
    assert_int_equal(def->returns, RETURN_none);

    assert_null(catalog_by_name(c, "dup", 3)); /* its id is another event's here */
    assert_string_equal(catalog_by_id(c, named("dup")->id)->name, "dup_of_old");
    assert_ptr_equal(catalog_by_name(c, "close", 5), catalog_by_id(c, 3)); /* the rest is there */
    for (unsigned i = 0; i < c->count; i++) {
        assert_int_equal(c->events[i].slot, i);
        assert_ptr_equal(catalog_by_id(c, c->events[i].id), &c->events[i]);
        assert_ptr_equal(catalog_by_name(c, c->events[i].name, strlen(c->events[i].name)),
                         &c->events[i]);
    }
    catalog_free(c);
}

static void overlay_of_everything_keeps_slots(void **state)
{
    const struct catalog *b = catalog_builtin();
    struct catalog_entry *entries = calloc(b->count, sizeof(*entries));
    struct catalog *c = NULL;

    (void)state;
    assert_non_null(entries);
    for (unsigned i = 0; i < b->count; i++)
        entries[i] = entry_of(&b->events[b->count - 1 - i]);
    assert_int_equal(catalog_overlay(entries, b->count, &c), 0);
    free(entries);
    assert_int_equal(c->count, b->count);
    for (unsigned i = 0; i < b->count; i++) {
        assert_string_equal(c->events[i].name, b->events[i].name);
        assert_int_equal(c->events[i].nfields, b->events[i].nfields);
        for (unsigned f = 0; f < b->events[i].nfields; f++) {
            assert_string_equal(c->events[i].fields[f].name, b->events[i].fields[f].name);
            assert_int_equal(c->events[i].fields[f].type, b->events[i].fields[f].type);
            assert_ptr_equal(c->events[i].fields[f].flags, b->events[i].fields[f].flags);
        }
    }
    catalog_free(c);
    catalog_free(NULL);
    catalog_free((struct catalog *)(uintptr_t)b);
    assert_non_null(named("read"));
}

static void overlay_refuses(void **state)
{
    static const struct {
        struct catalog_entry a, b;
    } cases[] = {
        {{.name = "x", .id = 7000, .returns = "none"},
         {.name = "y", .id = 7000, .returns = "none"}},
        {{.name = "x", .id = 7000, .returns = "none"},
         {.name = "x", .id = 7001, .returns = "none"}},
        {{.name = "x", .id = CATALOG_IDS, .returns = "none"},
         {.name = "y", .id = 1, .returns = ""}},
        {{.name = "x", .id = 1, .nfields = ABI_FIELDS_MAX + 1, .returns = ""},
         {.name = "y", .id = 2, .returns = ""}},
        {{.name = "", .id = 7000, .returns = "none"}, {.name = "y", .id = 2, .returns = "none"}},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++) {
        struct catalog_entry entries[2] = {cases[i].a, cases[i].b};
        struct catalog *c = NULL;

        assert_int_equal(catalog_overlay(entries, 2, &c), -EINVAL);
        assert_null(c);
    }
}

static void overlay_out_of_memory(void **state)
{
    struct catalog_entry e = entry_of(named("openat"));
    struct catalog *c = NULL;
    int n = 0;

    (void)state;
    for (int err = -ENOMEM; err; n++) {
        allocations_allow(n);
        err = catalog_overlay(&e, 1, &c);
        allocations_allow(-1);
        assert_true(err == 0 || (err == -ENOMEM && !c));
    }
    assert_true(n > 1);
    catalog_free(c);
    assert_int_equal(catalog_overlay(NULL, 0, &c), 0);
    assert_int_equal(c->count, catalog_builtin()->count);
    catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_whole),
        cmocka_unit_test(ids_are_stable),
        cmocka_unit_test(arguments_fit_registers),
        cmocka_unit_test(wide_arguments_take_two),
        cmocka_unit_test(arguments_out_of_order),
        cmocka_unit_test(found_by_number),
        cmocka_unit_test(found_by_name),
        cmocka_unit_test(sets),
        cmocka_unit_test(suggestions),
        cmocka_unit_test(overlay_wins_where_it_differs),
        cmocka_unit_test(overlay_of_everything_keeps_slots),
        cmocka_unit_test(overlay_refuses),
        cmocka_unit_test(overlay_out_of_memory),
    };

    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
