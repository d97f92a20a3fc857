/* SPDX-License-Identifier: Apache-2.0 */
/* -e: what is wanted after each way to say it. */
/* LINK: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "event/record.h"
#include "expr/pattern.h"
#include "failing_malloc.h"
#include "policy/selection.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * Arguments, one after the other, joined by " & "; and what is wanted then, as words: NAME or a
 * pattern adds events, set:NAME those of a set, a '-' before either takes them away.
 */
static const struct {
    const char *arguments;
    const char *wanted;
} good[] = {
    {"", "set:default"},
    {"openat", "openat"},
    {"execve,openat", "execve openat"},
    {" execve , openat ", "execve openat"},
    {"execve & openat", "execve openat"},
    {"fs", "set:fs"},
    {"set=fs", "set:fs"},
    {"fs,-close", "set:fs -close"},
    {"fs,-close,close", "set:fs"},
    {"-close,fs", "set:default set:fs"},
    {"fs & -close", "set:fs -close"},
    {"-close", "set:default -close"},
    {"-close & close", "set:default close"},
    {"-openat & -execve", "set:default -openat -execve"},
    {"-set=fs", "set:default -set:fs"},
    {"-fs,openat", "set:default -set:fs openat"},
    {"all", "set:all"},
    {"*", "set:all"},
    {"all,-set=fs", "set:all -set:fs"},
    {"all,-sched_*", "set:all -sched_*"},
    {"-all,openat", "openat"},
    {"sched_*", "sched_*"},
    {"*at", "*at"},
    {"sched_*_exec", "sched_process_exec"},
    {"fs,-*at", "set:fs -*at"},
    {"openat,-loss", "openat -loss"},
    {"openat,-loss,all", "set:all"},
    {"loss", ""},
    {"stats,-stats,openat", "openat -stats"},
    {"openat.retval<0", "openat"},
    {"openat.retval<0 & openat.data.pathname=/etc/*,/tmp/*", "openat"},
    {"openat.retval<0 & -openat,read", "read"},
    {"read,openat.retval=<0", "read openat"},
    {"-close & openat.retval=ENOENT,EACCES", "set:default openat -close"},
    {"openat.scope.comm=tar", "openat"},
};

static bool word_has(const char *word, size_t len, const struct event_def *def)
{
    struct pattern p;
    size_t bad;
    if (len > 4 && memcmp(word, "set:", 4) == 0)
        return event_def_in_set(def, word + 4, len - 4);
    assert_int_equal(pattern_compile(&p, word, len, &bad), 0);
    bool hit = pattern_match(&p, def->name, strlen(def->name), true);
    pattern_free(&p);
    return hit;
}

static bool expected(const char *words, const struct event_def *def)
{
    bool wanted = event_def_in_set(def, "always", 6);
    for (const char *w = words; *w;) {
        size_t n = strcspn(w, " ");
        bool away = *w == '-';
        if (word_has(w + away, n - away, def))
            wanted = !away;
        w += n + (w[n] == ' ');
    }
    return wanted;
}

static int say(struct selection *s, const char *arguments, struct error *err)
{
    char text[256];
    int rc = 0;
    for (const char *at = *arguments ? arguments : NULL; at && !rc;) {
        const char *end = strstr(at, " & ");
        size_t n = end ? (size_t)(end - at) : strlen(at);
        memcpy(text, at, n);
        text[n] = '\0';
        rc = selection_events(s, text, err);
        at = end ? end + 3 : NULL;
    }
    return rc;
}

static void test_good(void **state)
{
    (void)state;
    const struct catalog *all = catalog_builtin();
    for (size_t i = 0; i < COUNT(good); i++) {
        struct selection s;
        struct error err = {0};
        assert_int_equal(selection_init(&s, all), 0);
        if (say(&s, good[i].arguments, &err) || selection_finish(&s, &err)) {
            print_error("%s: %s\n", good[i].arguments, err.message);
            fail();
        }
        for (unsigned k = 0; k < all->count; k++) {
            if (s.wanted[k] == expected(good[i].wanted, &all->events[k]))
                continue;
            print_error("%s: %s %s\n", good[i].arguments, all->events[k].name,
                        s.wanted[k] ? "is wanted" : "is not wanted");
            fail();
        }
        selection_free(&s);
    }
}

static const struct {
    const char *argument;
    int column;
    const char *says;
} bad[] = {
    {"", 1, "name is missing"},
    {",", 1, "name is missing"},
    {"openat,", 8, "name is missing"},
    {"openat,,read", 8, "name is missing"},
    {"-", 2, "name is missing"},
    {"set=", 5, "name is missing"},
    {"opena", 1, "did you mean open"},
    {"read,opena", 6, "unknown event or set `opena`"},
    {"-opena", 2, "unknown event or set"},
    {"set=openat", 5, "unknown set `openat`"},
    {"--close", 2, "unknown event or set `-close`"},
    {"zzz*", 1, "no event is called like `zzz*`"},
    {"openat=3", 7, "EVENT.data.FIELD"},
    {"openat<0", 7, "EVENT.data.FIELD"},
    {"opena.retval<0", 1, "unknown event `opena`; did you mean"},
    {"*at.retval<0", 1, "not of a wildcard"},
    {"-openat.retval<0", 1, "take its event away"},
    {".retval<0", 1, "unknown event"},
    {"openat.", 8, "name is missing"},
    {"openat.data.pathnam=/x", 13, "did you mean pathname?"},
    {"read,openat.data.pathnam=/x", 18, "did you mean pathname?"},
    {"openat.data.pathname</x", 21, "use = or !="},
    {"openat.retval<0,read", 16, "takes one value"},
    {"openat.retval", 14, "operator is missing"},
    {"sched_process_exec.retval=0", 20, "no return value"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct selection s;
        struct error err = {0};
        assert_int_equal(selection_init(&s, catalog_builtin()), 0);
        int rc = selection_events(&s, bad[i].argument, &err);
        if (rc != -EINVAL || err.column != bad[i].column || err.text != bad[i].argument ||
            !strstr(err.message, bad[i].says)) {
            print_error("%s: %d, column %d: %s\n", bad[i].argument, rc, err.column, err.message);
            fail();
        }
        selection_free(&s);
    }
}

static void test_nothing_left(void **state)
{
    (void)state;
    static const char *const arguments[] = {"openat,-openat", "-all", "-set=all", "-*"};
    for (size_t i = 0; i < COUNT(arguments); i++) {
        struct selection s;
        struct error err = {0};
        assert_int_equal(selection_init(&s, catalog_builtin()), 0);
        assert_int_equal(selection_events(&s, arguments[i], &err), 0);
        assert_int_equal(selection_finish(&s, &err), -EINVAL);
        assert_non_null(strstr(err.message, "no event is left"));
        selection_free(&s);
    }
}

static struct event make(const char *name, int64_t ret, void *memory, size_t cap)
{
    struct record_builder b;
    struct event ev;
    record_begin(&b, memory, cap, catalog_by_name(catalog_builtin(), name, strlen(name)));
    record_header(&b)->ret = ret;
    record_header(&b)->flags = 0;
    const struct abi_record *rec = record_end(&b);
    assert_int_equal(event_decode(&ev, catalog_builtin(), rec, rec->len), 0);
    return ev;
}

static void test_match(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *event;
        int64_t ret;
        bool passes;
    } rows[] = {
        {"openat.retval<0", "openat", -2, true},
        {"openat.retval<0", "openat", 3, false},
        {"openat.retval<0", "read", -2, false},
        {"openat.retval<0", "loss", 0, true},
        {"openat.retval<0 & read", "read", -2, true},
        {"openat.retval<0 & openat.retval!=ENOENT", "openat", -2, false},
        {"openat.retval<0 & openat.retval!=ENOENT", "openat", -13, true},
        {"openat.retval<0 & -openat,read", "openat", -2, false},
        /* taken away with its tests */
        {"openat.retval<0 & -openat & openat", "openat", 3, true},
        /* asked for again: the tests stay */
        {"openat.retval<0 & openat", "openat", 3, false},
        {"openat,-loss", "loss", 0, false},
        {"-close", "close", 0, false},
        {"openat.data.pathname!=/etc/*", "openat", 0, true},
        {"openat.data.pathname=/etc/*", "openat", 0, false},
    };
    char memory[1024] __attribute__((aligned(8)));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct selection s;
        struct error err = {0};
        struct event ev = make(rows[i].event, rows[i].ret, memory, sizeof(memory));
        assert_int_equal(selection_init(&s, catalog_builtin()), 0);
        assert_int_equal(say(&s, rows[i].arguments, &err), 0);
        assert_int_equal(selection_finish(&s, &err), 0);
        if (selection_match(&s, &ev) != rows[i].passes) {
            print_error("%s: %s %ld\n", rows[i].arguments, rows[i].event, (long)rows[i].ret);
            fail();
        }
        selection_free(&s);
    }
}

/* A recording's own catalog: fewer fields, and an event that this ratel does not know. */
static void test_overlay(void **state)
{
    (void)state;
    static const struct catalog_entry entries[] = {
        {.name = "openat",
         .id = 257,
         .nfields = 1,
         .fields = {{"pathname", "path", ""}},
         .returns = "fd"},
        {.name = "of_tomorrow",
         .id = CATALOG_IDS - 1,
         .nfields = 1,
         .fields = {{"height", "int", ""}},
         .returns = "none"},
    };
    struct catalog *c = NULL;
    struct selection s;
    struct error err = {0};
    char memory[512] __attribute__((aligned(8)));
    struct record_builder b;
    struct event ev;
    assert_int_equal(catalog_overlay(entries, COUNT(entries), &c), 0);
    assert_int_equal(selection_init(&s, c), 0);
    assert_int_equal(selection_events(&s, "openat.data.mode=1", &err), -EINVAL);
    assert_int_equal(selection_events(&s, "openat.data.pathname=/etc/*", &err), 0);
    assert_int_equal(selection_events(&s, "of_tom*,of_tomorrow.data.height>5", &err), 0);
    assert_int_equal(selection_finish(&s, &err), 0);
    assert_true(s.wanted[catalog_by_name(c, "loss", 4)->slot]);
    for (unsigned height = 5; height <= 6; height++) {
        record_begin(&b, memory, sizeof(memory), catalog_by_name(c, "of_tomorrow", 11));
        record_add_int(&b, 0, height);
        const struct abi_record *rec = record_end(&b);
        assert_int_equal(event_decode(&ev, c, rec, rec->len), 0);
        assert_int_equal(selection_match(&s, &ev), height > 5);
    }
    selection_free(&s);
    catalog_free(c);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        struct selection s;
        allocations_allow(n);
        int rc = selection_init(&s, catalog_builtin());
        allocations_allow(-1);
        assert_int_equal(rc, -ENOMEM);
    }
    static const char *const arguments[] = {"sched_*", "openat.data.pathname=/etc/*,x"};
    for (size_t i = 0; i < COUNT(arguments); i++) {
        struct selection s;
        struct error err = {0};
        int rc = -ENOMEM, n;
        assert_int_equal(selection_init(&s, catalog_builtin()), 0);
        for (n = 0; rc == -ENOMEM; n++) {
            allocations_allow(n);
            rc = selection_events(&s, arguments[i], &err);
            allocations_allow(-1);
            assert_int_equal(s.any, rc == 0);
        }
        assert_int_equal(rc, 0);
        assert_true(n > 1);
        selection_free(&s);
    }
}

static void test_hostile(void **state)
{
    (void)state;
    static const char *const words[] = {"openat", "set=", "fs",       "-",   ",", ".retval",
                                        ".data.", "*",    "pathname", "<",   "=", "0",
                                        "\\",     " ",    "\x1b[2J",  "\xff"};
    struct selection s;
    assert_int_equal(selection_init(&s, catalog_builtin()), 0);
    srand(1);
    for (int i = 0; i < 20000; i++) {
        char text[128] = "";
        int used = 0;
        for (int k = rand() % 8; k >= 0; k--)
            used += snprintf(text + used, sizeof(text) - (size_t)used, "%s",
                             words[(unsigned)rand() % COUNT(words)]);
        struct error err = {0};
        int rc = selection_events(&s, text, &err);
        assert_true(rc == 0 || (rc == -EINVAL && err.message[0]));
    }
    selection_free(&s);
}

/* Which calls the two events look at, by what is asked for. */
static void test_origins(void **state)
{
    (void)state;
    static const struct {
        const char *ask, *call;
        uint8_t looked_at; /* 1: suspicious_syscall_source, 2: stack_pivot */
    } rows[] = {
        {"stack_pivot", "execve", 3},
        {"stack_pivot", "getppid", 0},
        {"stack_pivot", "sched_process_exec", 0},
        {"stack_pivot.data.syscall=getppid,read", "getppid", 2},
        {"stack_pivot.data.syscall=getppid,read", "execve", 1},
        {"suspicious_syscall_source.data.syscall=open*", "openat", 3},
        {"suspicious_syscall_source.data.syscall=open*", "open_tree", 1},
        {"suspicious_syscall_source.data.syscall=open*", "execve", 2},
        {"stack_pivot.data.syscall!=execve", "execve", 1},
        {"stack_pivot.data.syscall!=execve", "getppid", 0},
        {"stack_pivot.data.sp=0", "execve", 3},
    };
    for (unsigned i = 0; i < COUNT(rows); i++) {
        const struct catalog *c = catalog_builtin();
        uint8_t *origins = calloc(c->count, 1);
        struct selection s;
        struct error err = {0};
        assert_non_null(origins);
        assert_int_equal(selection_init(&s, c), 0);
        assert_int_equal(selection_events(&s, rows[i].ask, &err), 0);
        selection_origins(&s, origins);
        const struct event_def *call = catalog_by_name(c, rows[i].call, strlen(rows[i].call));
        assert_int_equal(origins[call->slot], rows[i].looked_at);
        selection_free(&s);
        free(origins);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),    cmocka_unit_test(test_bad),
        cmocka_unit_test(test_match),   cmocka_unit_test(test_nothing_left),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_overlay), cmocka_unit_test(test_origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
