/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts: a line of mountinfo; what is mounted where as of a time, and where the host has a file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "event/ids.h"
#include "event/record.h"
#include "source/mountinfo.h"
#include "world/world.h"

#define SECOND UINT64_C(1000000000)
#define HOST   11u
#define BOX    22u
#define DISK   0x801
#define LAYERS 55

struct fixture {
    struct world *w;
    struct arena arena;
    _Alignas(8) char memory[32 * 1024];
    struct record_builder b;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const struct world_options o = {
        .parts = CONTEXT_PROCESS | CONTEXT_MOUNTS, .keep_ns = WORLD_KEEP_NS, .heals = true};
    arena_init(&f->arena);
    *state = f;
    return world_new(&f->w, &o);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    world_free(f->w);
    arena_free(&f->arena);
    free(f);
    return 0;
}

static struct abi_record *begin(struct fixture *f, enum event_slot slot, uint64_t time)
{
    record_begin(&f->b, f->memory, sizeof(f->memory), &catalog_builtin()->events[slot]);
    record_header(&f->b)->time = time;
    return record_header(&f->b);
}

static void decode(struct fixture *f, struct event *ev)
{
    const struct abi_record *r = record_end(&f->b);
    assert_non_null(r);
    assert_int_equal(event_decode(ev, catalog_builtin(), r, r->len), 0);
}

static void feed(struct fixture *f)
{
    struct event ev;
    decode(f, &ev);
    world_update(f->w, &ev);
}

struct row {
    int id;
    uint32_t dev;
    const char *root, *at;
};

static void feed_row(struct fixture *f, uint64_t time, uint32_t space, const struct row *r,
                     uint32_t entry, uint32_t entries)
{
    begin(f, SLOT_existing_mount, time)->flags |= ABI_F_NO_TASK | ABI_F_NO_RET;
    record_add_int(&f->b, FIELD(existing_mount, mount_namespace), space);
    record_add_int(&f->b, FIELD(existing_mount, of_host), space == HOST);
    record_add_int(&f->b, FIELD(existing_mount, entry), entry);
    record_add_int(&f->b, FIELD(existing_mount, entries), entries);
    record_add_int(&f->b, FIELD(existing_mount, mount_id), r->id);
    record_add_int(&f->b, FIELD(existing_mount, parent_id), 1);
    record_add_int(&f->b, FIELD(existing_mount, dev), r->dev);
    record_add_bytes(&f->b, FIELD(existing_mount, root), r->root, strlen(r->root));
    record_add_bytes(&f->b, FIELD(existing_mount, mountpoint), r->at, strlen(r->at));
    record_add_bytes(&f->b, FIELD(existing_mount, type), "ext4", 4);
    record_add_bytes(&f->b, FIELD(existing_mount, source), "disk", 4);
    feed(f);
}

/* A whole reading: rows until one without a path. */
static void reading(struct fixture *f, uint64_t time, uint32_t space, const struct row *rows)
{
    uint32_t entries = 0;
    while (rows[entries].at)
        entries++;
    for (uint32_t i = 0; i < entries; i++)
        feed_row(f, time, space, &rows[i], i + 1, entries);
}

static const struct row host_rows[] = {{30, DISK, "/", "/"},
                                       {31, 99, "/", "/tmp"},
                                       {32, LAYERS, "/", "/var/lib/box/merged"},
                                       {33, DISK, "/home", "/bind"},
                                       {0}};
static const struct row box_rows[] = {
    {50, LAYERS, "/", "/"}, {51, DISK, "/srv/vol", "/data"}, {52, 98, "/", "/data/shm"}, {0}};

static void both(struct fixture *f)
{
    reading(f, 1 * SECOND, HOST, host_rows);
    reading(f, 1 * SECOND, BOX, box_rows);
}

static uint32_t last_pid = 100;

/* A program at path, on that device, in the container: what the world says of it. */
static const struct executable_view *runs(struct fixture *f, uint64_t time, uint32_t space,
                                          const char *path, uint32_t dev)
{
    uint32_t pid = ++last_pid;
    struct abi_record *r = begin(f, SLOT_sched_process_exec, time);
    r->flags |= ABI_F_NO_RET;
    r->pid = r->tid = pid;
    r->task_start = r->leader_start = pid;
    r->mnt_ns = space;
    record_add_bytes(&f->b, FIELD(sched_process_exec, pathname), path, strlen(path));
    record_add_int(&f->b, FIELD(sched_process_exec, dev), dev);
    record_add_int(&f->b, FIELD(sched_process_exec, inode), 7);
    record_add_int(&f->b, FIELD(sched_process_exec, ctime), 8);
    record_add_int(&f->b, FIELD(sched_process_exec, inode_mode), 0100755);
    feed(f);
    return &world_task(f->w, pid, pid, time, &f->arena)->exe;
}

static void is(const struct executable_view *e, const char *path)
{
    assert_non_null(e->host_path.s);
    assert_int_equal(e->host_path.len, strlen(path));
    assert_memory_equal(e->host_path.s, path, strlen(path));
}

static void is_not(const struct executable_view *e, uint8_t why)
{
    assert_null(e->host_path.s);
    assert_int_equal(e->host_path.why, why);
}

static void test_paths(void **state)
{
    struct fixture *f = *state;
    is_not(runs(f, 1 * SECOND, BOX, "/bin/a", LAYERS), ABI_WHY_PENDING);
    both(f);
    is(runs(f, 2 * SECOND, BOX, "/bin/a", LAYERS), "/var/lib/box/merged/bin/a");
    is(runs(f, 2 * SECOND, BOX, "/data/tool", DISK), "/srv/vol/tool");
    is(runs(f, 2 * SECOND, BOX, "/data", DISK), "/srv/vol");
    is(runs(f, 2 * SECOND, BOX, "/database", LAYERS), "/var/lib/box/merged/database");
    is_not(runs(f, 2 * SECOND, BOX, "/data/shm/x", 98), ABI_WHY_NO_PATH);    /* not on the host */
    is_not(runs(f, 2 * SECOND, BOX, "/data/tool", LAYERS), ABI_WHY_NO_PATH); /* another's */
    is_not(runs(f, 2 * SECOND, BOX, "memfd:x", 1), ABI_WHY_NO_PATH);
    is_not(runs(f, 2 * SECOND, HOST, "/bin/a", DISK), ABI_WHY_ABSENT);
    is_not(runs(f, 2 * SECOND, 0, "/bin/a", DISK), ABI_WHY_NOT_SEEN);
    is_not(runs(f, 2 * SECOND, 33, "/bin/a", DISK), ABI_WHY_PENDING);
}

static void test_covered(void **state)
{
    struct fixture *f = *state;
    const struct row hidden[] = {
        {30, DISK, "/", "/"}, {32, LAYERS, "/", "/var/lib/box/merged"}, {40, 97, "/", "/var"}, {0}};
    const struct row again[] = {{30, DISK, "/", "/"},
                                {32, LAYERS, "/", "/var/lib/box/merged"},
                                {40, 97, "/", "/var"},
                                {41, LAYERS, "/", "/mnt"},
                                {0}};
    both(f);
    /* The longest path counts, whatever lies over what is above it. */
    reading(f, 2 * SECOND, HOST, hidden);
    is(runs(f, 3 * SECOND, BOX, "/bin/a", LAYERS), "/var/lib/box/merged/bin/a");
    const struct row over[] = {
        {30, DISK, "/", "/"}, {32, LAYERS, "/", "/m"}, {42, 97, "/", "/m"}, {0}};
    reading(f, 4 * SECOND, HOST, over);
    is_not(runs(f, 5 * SECOND, BOX, "/bin/a", LAYERS), ABI_WHY_NO_PATH);
    reading(f, 6 * SECOND, HOST, again);
    is(runs(f, 7 * SECOND, BOX, "/bin/a", LAYERS), "/var/lib/box/merged/bin/a");
}

static void changes(struct fixture *f, uint64_t time, uint32_t space, int64_t ret)
{
    struct abi_record *r = begin(f, SLOT_umount2, time);
    r->pid = r->tid = 5;
    r->task_start = r->leader_start = 5;
    r->mnt_ns = space;
    r->ret = ret;
    feed(f);
}

static const char *mountpoint(struct fixture *f, uint32_t space, const char *path, uint64_t at)
{
    const struct text_view p = {.s = path, .len = (uint32_t)strlen(path)};
    const struct mount_view *m = world_mount(f->w, space, &p, at, &f->arena);
    return m ? m->mountpoint.s : NULL;
}

/* Another file system may get the number of one that has gone: what is old is not told. */
static void test_as_of_a_time(void **state)
{
    struct fixture *f = *state;
    const struct row moved[] = {{30, DISK, "/", "/"}, {36, LAYERS, "/", "/other"}, {0}};
    both(f);
    changes(f, 2 * SECOND, HOST, -1); /* it failed */
    is(runs(f, 3 * SECOND, BOX, "/bin/a", LAYERS), "/var/lib/box/merged/bin/a");
    changes(f, 4 * SECOND, HOST, 0);
    assert_false(world_knows_mounts(f->w, HOST));
    is_not(runs(f, 5 * SECOND, BOX, "/bin/a", LAYERS), ABI_WHY_PENDING);
    reading(f, 6 * SECOND, HOST, moved);
    is(runs(f, 7 * SECOND, BOX, "/bin/a", LAYERS), "/other/bin/a");
    assert_string_equal(mountpoint(f, HOST, "/tmp/x", 3 * SECOND), "/tmp");
    assert_string_equal(mountpoint(f, HOST, "/tmp/x", 5 * SECOND), "/"); /* since the change */
    assert_string_equal(mountpoint(f, HOST, "/other", 5 * SECOND), "/other");
    assert_null(mountpoint(f, HOST, "other", 5 * SECOND));
    /* What has gone for long is forgotten. */
    reading(f, 200 * SECOND, HOST, moved);
    assert_string_equal(mountpoint(f, HOST, "/tmp/x", 3 * SECOND), "/");
}

/* A reading of which a part was lost changes nothing. */
static void test_incomplete(void **state)
{
    struct fixture *f = *state;
    both(f);
    feed_row(f, 2 * SECOND, HOST, &host_rows[0], 1, 3);
    feed_row(f, 2 * SECOND, HOST, &host_rows[2], 3, 3);
    feed_row(f, 2 * SECOND, HOST, &host_rows[1], 0, 3);
    assert_string_equal(mountpoint(f, HOST, "/tmp/x", 3 * SECOND), "/tmp");
    is(runs(f, 3 * SECOND, BOX, "/bin/a", LAYERS), "/var/lib/box/merged/bin/a");
}

static void test_evictions(void **state)
{
    struct fixture *f = *state;
    struct cache_figures figures = {0};
    both(f);
    for (uint32_t i = 0; i < WORLD_MOUNT_SPACES; i++)
        reading(f, 2 * SECOND, 1000 + i, box_rows);
    assert_string_equal(mountpoint(f, HOST, "/tmp/x", 3 * SECOND), "/tmp");
    assert_null(mountpoint(f, BOX, "/data/x", 3 * SECOND));
    for (unsigned i = 0; world_figures(f->w, i, &figures) && strcmp(figures.name, "mounts"); i++)
        continue;
    assert_string_equal(figures.name, "mounts");
    assert_int_equal(figures.evictions, 6);
    assert_true(figures.entries == 4 + 3 * (WORLD_MOUNT_SPACES - 1));
    /* One namespace alone takes no more than there is. */
    static char path[4000];
    memset(path, 'x', sizeof(path) - 1);
    path[0] = '/';
    for (uint32_t i = 1; i <= 2 * WORLD_MOUNT_BYTES / sizeof(path); i++) {
        const struct row row = {(int)i, i, "/", path};
        feed_row(f, 4 * SECOND, BOX, &row, i, UINT32_MAX);
    }
    world_figures(f->w, 7, &figures);
    assert_true(figures.bytes <= WORLD_MOUNT_BYTES + 1024 * 1024);
    assert_true(figures.evictions > WORLD_MOUNT_SPACES);
    assert_string_equal(mountpoint(f, HOST, "/tmp/x", 5 * SECOND), "/tmp");
}

/* What the world asks before an event of that process. */
static bool asks(struct fixture *f, uint64_t time, uint32_t pid, uint32_t space,
                 struct world_question *q)
{
    struct event ev;
    struct abi_record *r = begin(f, SLOT_getpid, time);
    r->pid = r->tid = pid;
    r->task_start = r->leader_start = pid;
    r->mnt_ns = space;
    decode(f, &ev);
    return world_ask_mounts(f->w, &ev, q) && q->mounts;
}

static void test_questions(void **state)
{
    struct fixture *f = *state;
    struct world_question q;
    assert_true(asks(f, SECOND, 7, BOX, &q));
    assert_true(q.pid == 1 && q.mnt_ns == 0 && q.entry == 1);
    feed_row(f, SECOND, HOST, &host_rows[0], 1, 2);
    assert_true(world_ask(f->w, NULL, &q) && q.mounts && q.entry == 2 && q.pid == 1);
    feed_row(f, SECOND, HOST, &host_rows[1], 2, 2);
    assert_true(asks(f, SECOND, 7, BOX, &q));
    assert_true(q.pid == 7 && q.mnt_ns == BOX && q.entry == 1);
    reading(f, SECOND, BOX, box_rows);
    while (world_ask(f->w, NULL, &q))
        continue;
    assert_false(asks(f, SECOND, 8, BOX, &q));
    assert_false(asks(f, SECOND, 8, 0, &q));
    changes(f, 2 * SECOND, BOX, 0);
    assert_true(asks(f, 2 * SECOND, 9, BOX, &q));
    reading(f, 2 * SECOND, BOX, box_rows);
    /* Not without end: of others that can't be read some are asked for at once, then four a second.
     */
    unsigned asked = 0;
    for (uint32_t i = 0; i < 1000; i++)
        asked += asks(f, 2 * SECOND, 100 + i, 5000 + i, &q) && q.entry == 1;
    assert_in_range(asked, 1, MOUNT_READS);
    for (uint32_t i = 0; i < 1000; i++)
        asked += asks(f, 4 * SECOND, 100 + i, 5000 + i, &q) && q.entry == 1;
    assert_in_range(asked, 8, MOUNT_READS + 8);
}

/* Who comes in from elsewhere may be in a new namespace with an old one's number: it is read. */
static void test_entering(void **state)
{
    struct fixture *f = *state;
    struct world_question q;
    both(f);
    is_not(runs(f, 2 * SECOND, HOST, "/bin/a", DISK), ABI_WHY_ABSENT);
    uint32_t pid = last_pid;
    assert_false(asks(f, 3 * SECOND, pid, HOST, &q));
    assert_true(asks(f, 3 * SECOND, pid, BOX, &q) && q.mnt_ns == BOX);
    reading(f, 3 * SECOND, BOX, box_rows);
    assert_false(asks(f, 3 * SECOND, pid, BOX, &q));
    struct abi_record *r = begin(f, SLOT_getpid, 3 * SECOND);
    r->pid = r->tid = pid;
    r->task_start = r->leader_start = pid;
    r->mnt_ns = BOX;
    feed(f);
    assert_true(world_knows_mounts(f->w, BOX)); /* it was read for this very event */
    r = begin(f, SLOT_getpid, 4 * SECOND);
    r->pid = r->tid = pid;
    r->task_start = r->leader_start = pid;
    r->mnt_ns = HOST;
    feed(f);
    assert_false(world_knows_mounts(f->w, HOST)); /* nobody could ask */
}

static void text_is(struct mountinfo_text t, const char *s)
{
    assert_int_equal(t.len, strlen(s));
    assert_memory_equal(t.s, s, t.len);
}

static bool parse(char *line, const char *text, struct mountinfo *out)
{
    snprintf(line, 256, "%s", text);
    return mountinfo_parse(line, strlen(line), out);
}

static void test_lines(void **state)
{
    (void)state;
    struct mountinfo m;
    char line[256];
    assert_true(parse(
        line, "36 35 98:300 /a\\040b /c\\134\\012d rw shared:1 master:2 - ext3 /dev/x rw", &m));
    assert_true(m.id == 36 && m.parent == 35 && m.dev == ((300 & 0xff) | 98 << 8 | 0x100 << 12));
    text_is(m.root, "/a b");
    text_is(m.mountpoint, "/c\\\nd");
    text_is(m.type, "ext3");
    text_is(m.source, "/dev/x");
    assert_true(parse(line, "1 0 0:2 net:[4026531840] /n rw - nsfs nsfs rw", &m));
    text_is(m.root, "net:[4026531840]");
    assert_true(parse(line, "1 0 0:2 / /\\400\\08\\ rw - tmpfs", &m)); /* no numbers of a byte */
    text_is(m.mountpoint, "/\\400\\08\\");
    text_is(m.source, "");
    static const char *const bad[] = {"",
                                      " ",
                                      "36",
                                      "x 35 98:0 / / rw - a b",
                                      "99999999999 35 98:0 / / rw - a b",
                                      "-1 35 98:0 / / rw - a b",
                                      "36 35 98 / / rw - a b",
                                      "36 35 98: / / rw - a b",
                                      "36 35 98:0",
                                      "36 35 98:0 / / rw",
                                      "36 35 98:0 / / rw shared:1 a b"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_false(parse(line, bad[i], &m));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_paths),      TEST(test_covered),           TEST(test_as_of_a_time),
        TEST(test_incomplete), TEST(test_evictions),         TEST(test_questions),
        TEST(test_entering),   cmocka_unit_test(test_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
