/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of libraries that the kernel tells of: events, filtered, or lost, and it adds up. */
#include "source/libraries.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../provoke/library.h"
#include "base/limits.h"
#include "event/format.h"

static char folder[] = "/tmp/ratel-libraries-XXXXXX";

/* Wants of symbols_loaded what begins with watched, of symbols_collision all. */
static bool wish_text(void *ctx, unsigned slot, unsigned field, const char *text, size_t len)
{
    (void)ctx;
    return slot != check_event("symbols_loaded")->slot || field != 1 ||
           (len >= 7 && !memcmp(text, "watched", 7));
}

static bool wish_named(void *ctx, unsigned slot, unsigned field)
{
    (void)ctx;
    (void)slot;
    return field == 1;
}

static const struct inspect_wishes wishes = {.text = wish_text, .named = wish_named};

static struct libraries *start(void)
{
    static uint64_t sets[PLAN_SLOTS];
    struct libraries *l;
    memset(sets, 1, sizeof(sets));
    assert_int_equal(libraries_start(&l, sets, &wishes), 0);
    assert_non_null(l);
    return l;
}

static const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void make(const char *name, const char *symbols)
{
    struct library_image l;
    library_make(&l, symbols);
    int fd = open(path_of(name), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, &l, sizeof(l)), sizeof(l));
    close(fd);
}

/* What the kernel tells of a mapping in this process; program: when it began, not 0. */
static void map(struct libraries *l, const char *event, const char *name, int64_t program)
{
    static _Alignas(8) char memory[8 * KIB];
    const char *path = path_of(name);
    struct record_builder b;
    struct stat st = {0};
    stat(path, &st);
    record_begin(&b, memory, sizeof(memory), check_event(event));
    struct abi_record *r = record_header(&b);
    r->flags = ABI_F_NO_RET;
    r->pid = r->ppid = (uint32_t)getpid();
    r->ret = program;
    r->time = 7;
    record_add_bytes(&b, 0, path, strlen(path));
    record_add_int(&b, 3, st.st_dev);
    record_add_int(&b, 4, st.st_ino);
    record_add_int(&b, 5, (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec);
    const struct abi_record *list[1] = {record_end(&b)};
    assert_non_null(list[0]);
    assert_int_equal(libraries_divert(l, list, 1), 0);
}

/* Ends it; the lists of symbols of all events, one behind the other. */
static const char *symbols(struct libraries *l)
{
    static struct strbuf out;
    const struct abi_record *records[16];
    struct format f = {0};
    libraries_end(l);
    strbuf_free(&out);
    out.limit = 64 * KIB;
    strbuf_puts(&out, "");
    unsigned n = libraries_take(l, records, 16);
    for (unsigned i = 0; i < n; i++) {
        struct event ev;
        assert_int_equal(event_decode(&ev, catalog_builtin(), records[i], records[i]->len), 0);
        assert_int_equal(records[i]->time, 7);
        assert_int_equal(records[i]->pid, getpid());
        unsigned field = !strcmp(ev.def->name, "symbols_loaded") ? 1 : 2;
        struct value v = event_value(&ev, field);
        value_text(&out, &f, &ev.def->fields[field], &v);
    }
    return strbuf_cstr(&out);
}

static struct source_counts counts(struct libraries *l, const char *event)
{
    struct source_counts c = {0};
    libraries_counts(l, check_event(event)->slot, &c);
    return c;
}

static void watched(void **state)
{
    (void)state;
    make("a", "other watched_one watched_two");
    make("b", "other");
    struct libraries *l = start();
    map(l, "symbols_loaded", "a", 1);
    map(l, "symbols_loaded", "b", 1);
    map(l, "symbols_loaded", "a", 2);
    assert_string_equal(symbols(l), "[\"watched_one\",\"watched_two\"]"
                                    "[\"watched_one\",\"watched_two\"]");
    assert_int_equal(counts(l, "symbols_loaded").filtered, 1);
    assert_int_equal(counts(l, "symbols_loaded").seen, 0);
    libraries_free(l);
}

/* A library is compared with those of the same program, and not with itself. */
static void collisions(void **state)
{
    (void)state;
    make("a", "one two");
    make("b", "two three");
    make("c", "one three _end");
    make("d", "_end");
    struct libraries *l = start();
    map(l, "symbols_collision", "a", 1);
    map(l, "symbols_collision", "a", 1);
    map(l, "symbols_collision", "b", 1);
    map(l, "symbols_collision", "b", 2); /* another program */
    map(l, "symbols_collision", "c", 1);
    map(l, "symbols_collision", "d", 1);
    assert_string_equal(symbols(l), "[\"two\"][\"one\"][\"three\"]");
    struct source_counts c = counts(l, "symbols_collision");
    assert_int_equal(c.seen, 1); /* one record made two events */
    assert_int_equal(c.filtered, 4);
    libraries_free(l);
}

/* Gone, changed since, no library, no file. */
static void lost(void **state)
{
    (void)state;
    make("a", "watched");
    struct libraries *l = start();
    map(l, "symbols_loaded", "gone", 1);
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    map(l, "symbols_loaded", "fifo", 1);
    int fd = open(path_of("text"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "watched", 7), 7);
    close(fd);
    map(l, "symbols_loaded", "text", 1);
    assert_string_equal(symbols(l), "");
    struct source_counts c = counts(l, "symbols_loaded");
    assert_int_equal(c.lost[LOSS_unreadable], 2);
    assert_int_equal(c.filtered, 1);
    libraries_free(l);
}

/* Others go by, and nobody takes them. */
static void others(void **state)
{
    struct abi_record other = {.event = check_event("sched_process_exec")->id,
                               .len = sizeof(other)};
    const struct abi_record *list[2] = {&other, &other};
    struct libraries *l = start();
    (void)state;
    assert_int_equal(libraries_divert(l, list, 2), 2);
    assert_int_equal(libraries_divert(NULL, list, 2), 2);
    libraries_free(l);
    assert_int_equal(libraries_take(NULL, list, 2), 0);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "fifo", "text"};
    (void)state;
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
        unlink(path_of(names[i]));
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watched),
        cmocka_unit_test(collisions),
        cmocka_unit_test(lost),
        cmocka_unit_test(others),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
