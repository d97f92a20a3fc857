/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording by an older catalog: openat had no mode, and there was an event that is gone. It is
 * kept as tests/case/data/old-catalog.ratel, and this makes it:
 *
 *   build/unit/test_replay_old --write tests/case/data/old-catalog.ratel
 *
 * The test reads both, the stored one and one made now: they hold the same records.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "event/event.h"
#include "event/flags.h"
#include "event/record.h"
#include "record/recording.h"
#include "source/replay.h"

#define STORED  RATEL_SOURCE_DIR "/tests/case/data/old-catalog.ratel"
#define GONE_ID 4711
#define RECORDS 12

/* Flags that no table knows any more. */
static const struct flag_name gone_flags[] = {{.name = "GONE_A", .value = 1, .mask = 1}};
static const struct flag_table gone_table = {.name = "gone_flags", .names = gone_flags, .count = 1};

static const struct field_def openat_fields[] = {
    {.name = "dirfd", .type = TYPE_dirfd},
    {.name = "pathname", .type = TYPE_path},
    {.name = "flags", .type = TYPE_flags},
};
static const struct field_def gone_fields[] = {
    {.name = "what", .type = TYPE_string},
    {.name = "how", .flags = &gone_table, .type = TYPE_flags},
};
static const struct field_def close_fields[] = {{.name = "fd", .type = TYPE_fd}};
static const struct event_def old_events[] = {
    {.name = "openat",
     .fields = openat_fields,
     .id = 257,
     .slot = 0,
     .nfields = 3,
     .is_syscall = true,
     .returns = RETURN_fd},
    {.name = "gone_event", .fields = gone_fields, .id = GONE_ID, .slot = 1, .nfields = 2},
    {.name = "close",
     .fields = close_fields,
     .id = 3,
     .slot = 2,
     .nfields = 1,
     .is_syscall = true,
     .returns = RETURN_int},
};
static const struct event_def *old_by_id[CATALOG_IDS];
static const struct catalog old_catalog = {.events = old_events, .count = 3, .by_id = old_by_id};

static const struct machine old_machine = {
    .hostname = "old-machine",
    .kernel = "6.1.0-13-amd64",
    .arch = "x86_64",
    .boot_id = "6f1c2a3e-0000-4000-8000-5a5a5a5a5a5a",
    .realtime_offset = 1700000000000000000,
    .boot_time = 1700000000000000000,
    .ncpu = 2,
    .clock_ticks = 100,
};

/* What all records have in common: one task, a second after boot, a millisecond apart. */
static void header(struct abi_record *r, unsigned i)
{
    static const char comm[ABI_COMM_LEN] = "old\033[31m"; /* a terminal must not see this */

    r->flags = 0;
    r->time = 1000000000 + i * 1000000ULL;
    r->task_start = 900000000;
    r->leader_start = 900000000;
    r->parent_start = 100000000;
    r->pid = r->tid = 1234;
    r->ppid = 1;
    r->ns_pid = r->ns_tid = 7;
    r->uid = r->gid = 1000;
    r->mnt_ns = 4026531841;
    r->pid_ns = 4026531836;
    r->cgroup = 42;
    r->cpu = (uint16_t)(i % 2);
    memcpy(r->comm, comm, sizeof(comm));
}

static void openat_record(struct record_builder *b, unsigned i)
{
    record_header(b)->syscall = 257;
    record_header(b)->ret = i % 2 ? -ENOENT : 5;
    record_add_int(b, 0, (uint64_t)AT_FDCWD);
    record_add_bytes(b, 1, "/etc/old.conf", 13);
    if (i % 2)
        record_add_missing(b, 2, ABI_WHY_FAULT);
    else
        record_add_int(b, 2, O_RDWR | O_CLOEXEC);
}

static const struct abi_record *old_record(void *room, size_t cap, unsigned i)
{
    struct record_builder b;

    record_begin(&b, room, cap, &old_events[i % 3]);
    header(record_header(&b), i);
    if (i % 3 == 0) {
        openat_record(&b, i);
    } else if (i % 3 == 1) {
        record_header(&b)->flags = ABI_F_NO_RET;
        record_add_bytes(&b, 0, "nobody remembers", 16);
        record_add_int(&b, 1, 3);
    } else {
        record_header(&b)->syscall = 3;
        record_add_int(&b, 0, 5);
    }
    return record_end(&b);
}

static void old_recording(struct strbuf *out)
{
    struct recording_count counts[3] = {
        {.seen = 10, .scoped = 3, .filtered = 2, .lost = {1}},
        {.seen = 4},
        {.seen = 5, .lost = {1}},
    };
    const struct recording_account account = {
        .causes = 1, .cause = {"ring_full"}, .counts = counts, .counted = true};
    struct recording_writer *w = recording_writer_new(&old_catalog, &old_machine);
    uint64_t room[64];

    if (!w || recording_writer_header(w, out))
        abort();
    for (unsigned i = 0; i < RECORDS; i++)
        if (recording_writer_add(w, old_record(room, sizeof(room), i), out))
            abort();
    if (recording_writer_end(w, &account, out))
        abort();
    recording_writer_free(w);
}

static struct source *open_made(void)
{
    struct strbuf out = STRBUF_INIT(1 << 20);
    char path[] = "/tmp/ratel-old-XXXXXX";
    int fd = mkstemp(path);
    struct source *s = NULL;
    struct error err = {0};

    old_recording(&out);
    assert_int_equal(write(fd, out.data, out.len), (ssize_t)out.len);
    close(fd);
    if (replay_open(&s, path, &err))
        fail_msg("%s", err.message);
    unlink(path);
    strbuf_free(&out);
    return s;
}

static struct source *open_stored(void)
{
    struct source *s = NULL;
    struct error err = {0};

    if (replay_open(&s, STORED, &err))
        fail_msg("%s", err.message);
    return s;
}

/* The events are those that the recording describes, not those of today. */
static void check_catalog(const struct catalog *c)
{
    const struct event_def *openat = catalog_by_name(c, "openat", 6);
    const struct event_def *gone = catalog_by_name(c, "gone_event", 10);

    assert_non_null(openat);
    assert_int_equal(openat->nfields, 3);
    assert_int_equal(event_def_field(openat, "mode", 4), -1);
    assert_true(catalog_by_name(catalog_builtin(), "openat", 6)->nfields > 3);
    assert_non_null(gone);
    assert_int_equal(gone->id, GONE_ID);
    assert_int_equal(gone->nfields, 2);
    assert_null(gone->fields[1].flags);
    assert_ptr_equal(catalog_by_id(c, 3), catalog_by_name(c, "close", 5));
}

static void check_records(struct source *s)
{
    const struct abi_record *recs[5];
    struct error err = {0};
    uint64_t room[64];
    unsigned n = 0;
    int got;

    while ((got = s->ops->read(s, recs, 5, &err)) > 0) {
        for (int i = 0; i < got; i++, n++) {
            const struct abi_record *want = old_record(room, sizeof(room), n);
            struct event ev;

            assert_int_equal(recs[i]->len, want->len);
            assert_memory_equal(recs[i], want, want->len);
            assert_int_equal(event_decode(&ev, s->catalog, recs[i], recs[i]->len), 0);
        }
    }
    assert_int_equal(got, -ENODATA);
    assert_int_equal(n, RECORDS);
}

static void check_account(struct source *s)
{
    const struct event_def *openat = catalog_by_name(s->catalog, "openat", 6);
    struct source_counts c;

    s->ops->counts(s, openat->slot, &c);
    assert_int_equal(c.seen, 10);
    assert_int_equal(c.scoped, 3);
    assert_int_equal(c.filtered, 2);
    assert_int_equal(c.lost[LOSS_ring_full], 1);
    assert_int_equal(c.lost[LOSS_not_recorded], 0);
}

static void made_now(void **state)
{
    struct source *s = open_made();

    (void)state;
    check_catalog(s->catalog);
    check_records(s);
    check_account(s);
    s->ops->close(s);
}

static void stored(void **state)
{
    struct source *s = open_stored();

    (void)state;
    assert_string_equal(s->machine.hostname, "old-machine");
    check_catalog(s->catalog);
    check_records(s);
    check_account(s);
    s->ops->close(s);
}

static int write_to(const char *path)
{
    struct strbuf out = STRBUF_INIT(1 << 20);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool ok;

    old_recording(&out);
    ok = fd >= 0 && write(fd, out.data, out.len) == (ssize_t)out.len && !close(fd);
    strbuf_free(&out);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(made_now), cmocka_unit_test(stored)};

    for (unsigned i = 0; i < old_catalog.count; i++)
        old_by_id[old_events[i].id] = &old_events[i];
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_to(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
