/* SPDX-License-Identifier: Apache-2.0 */
/* Containers in the world: which one a cgroup belongs to, as of when, and what is known of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "event/ids.h"
#include "event/record.h"
#include "world/world.h"

#define A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define S 1000000000ull

static struct world *world;
static struct arena arena;
static _Alignas(8) char memory[64 * 1024];

/* Room for 1,638 containers. */
#define ROOM (MIB / WORLD_CONTAINER_SHARE)

static int begin(void **state)
{
    const struct world_options o = {
        .parts = CONTEXT_CONTAINER | CONTEXT_PROCESS, .heals = true, .container_bytes = MIB};
    (void)state;
    arena_init(&arena);
    return world_new(&world, &o);
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena);
    world_free(world);
    return 0;
}

/* Begins a record of a task of the host's mount namespace, in the cgroup. */
static struct abi_record *start(struct record_builder *b, uint16_t event, uint64_t time,
                                uint64_t cgroup)
{
    record_begin(b, memory, sizeof(memory), catalog_by_id(catalog_builtin(), event));
    struct abi_record *r = record_header(b);
    r->flags = 0;
    r->time = time;
    r->pid = r->tid = 100;
    r->task_start = r->leader_start = 1;
    r->mnt_ns = 1;
    r->cgroup = cgroup;
    return r;
}

static unsigned field(uint16_t event, const char *name)
{
    int i = event_def_field(catalog_by_id(catalog_builtin(), event), name, strlen(name));
    assert_true(i >= 0);
    return (unsigned)i;
}

static void add_text(struct record_builder *b, uint16_t event, const char *name, const char *s)
{
    record_add_bytes(b, field(event, name), s, strlen(s));
}

static void feed(struct record_builder *b)
{
    struct event ev;
    const struct abi_record *r = record_end(b);
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    world_update(world, &ev);
    arena_free(&arena); /* what was told before is of another batch */
    arena_init(&arena);
}

static void cgroup(uint16_t event, uint64_t time, uint64_t id, const char *path, unsigned hierarchy)
{
    struct record_builder b;
    start(&b, event, time, 1);
    record_add_int(&b, field(event, "cgroup_id"), id);
    add_text(&b, event, "cgroup_path", path);
    record_add_int(&b, field(event, "hierarchy_id"), hierarchy);
    feed(&b);
}

static void told(uint16_t event, uint64_t time, uint64_t id, const char *name)
{
    struct record_builder b;
    start(&b, event, time, 0)->flags = ABI_F_USER | ABI_F_NO_TASK;
    add_text(&b, event, "runtime", "docker");
    add_text(&b, event, "container_id", A);
    if (name)
        add_text(&b, event, "container_name", name);
    else
        record_add_missing(&b, field(event, "container_name"), ABI_WHY_SILENT);
    record_add_bytes(&b, field(event, "container_labels"), "a=b=c\0d=\0e\0", 11);
    if (name)
        record_add_int(&b, field(event, "pod_sandbox"), 1);
    record_add_int(&b, field(event, "cgroup_id"), id);
    feed(&b);
}

static void executed(uint64_t time, uint64_t id, uint32_t mnt_ns)
{
    struct record_builder b;
    start(&b, EVENT_sched_process_exec, time, id)->mnt_ns = mnt_ns;
    feed(&b);
}

static size_t memory_len(void)
{
    return ((const struct abi_record *)(const void *)memory)->len;
}

static const struct container_view *at(uint64_t id, uint64_t time)
{
    return world_container(world, id, time, &arena);
}

static void assert_text(struct text_view t, const char *expected)
{
    assert_non_null(t.s);
    assert_string_equal(t.s, expected);
    assert_int_equal(t.len, strlen(expected));
}

static void a_life(void **state)
{
    (void)state;
    assert_null(at(7, S));
    cgroup(EVENT_cgroup_mkdir, S, 7, "/docker/" A, 0);
    const struct container_view *v = at(7, S);
    assert_non_null(v);
    assert_ptr_equal(v, at(7, S)); /* one for a batch */
    assert_text(v->id, A);
    assert_text(v->runtime, "docker");
    assert_null(v->name.s);
    assert_int_equal(v->name.why, ABI_WHY_PENDING);
    assert_int_equal(v->created, S);
    assert_false(v->answered || v->started);

    told(EVENT_container_create, 2 * S, 7, "shop");
    v = at(7, 2 * S);
    assert_text(v->name, "shop");
    assert_true(v->answered && v->sandbox);
    assert_false(v->started);
    assert_memory_equal(v->labels.s, "a\0b=c\0d\0\0e", 11);

    executed(3 * S, 7, 1); /* the runtime's own */
    assert_false(at(7, 3 * S)->started);
    executed(4 * S, 7, 2);
    assert_true(at(7, 4 * S)->started);

    cgroup(EVENT_cgroup_rmdir, 5 * S, 7, "/docker/" A, 0);
    assert_text(at(7, 6 * S)->name, "shop");
    executed(34 * S, 1, 1);
    assert_text(at(7, 34 * S)->name, "shop"); /* for 30 s */
    executed(40 * S, 1, 1);
    assert_null(at(7, 40 * S));
}

static void parts_of_it(void **state)
{
    (void)state;
    cgroup(EVENT_cgroup_mkdir, S, 7, "/machine.slice/libpod-" A ".scope", 0);
    cgroup(EVENT_cgroup_mkdir, S, 8, "/machine.slice/libpod-" A ".scope/container", 0);
    cgroup(EVENT_cgroup_mkdir, S, 9, "/machine.slice/libpod-" A ".scope",
           4); /* not the unified one */
    cgroup(EVENT_cgroup_mkdir, S, 10, "/system.slice/ssh.service", 0);
    assert_int_equal(at(8, S)->cgroup, 7);
    assert_null(at(9, S));
    assert_null(at(10, S));
    executed(2 * S, 8, 2);
    assert_true(at(7, 2 * S)->started);
    cgroup(EVENT_cgroup_rmdir, 3 * S, 8, "/machine.slice/libpod-" A ".scope/container", 0);
    assert_non_null(at(7, 3 * S));
}

static void existing(void **state)
{
    struct record_builder b;
    const uint64_t below[] = {21, 22};
    (void)state;
    start(&b, EVENT_existing_container, S, 0)->flags = ABI_F_USER | ABI_F_NO_TASK;
    add_text(&b, EVENT_existing_container, "container_id", A);
    record_add_missing(&b, field(EVENT_existing_container, "container_name"), ABI_WHY_DENIED);
    record_add_int(&b, field(EVENT_existing_container, "cgroup_id"), 20);
    record_add_bytes(&b, field(EVENT_existing_container, "cgroups"), below, sizeof(below));
    feed(&b);
    assert_int_equal(at(22, S)->cgroup, 20);
    assert_int_equal(at(20, S)->name.why, ABI_WHY_DENIED);
    assert_true(at(21, S)->started);
    assert_false(at(21, S)->answered);
}

/* More than there is room for: those that are gone go first, then the unused; counted. */
static void a_flood(void **state)
{
    char path[128];
    struct cache_figures f = {0};
    (void)state;
    cgroup(EVENT_cgroup_mkdir, S, 7, "/docker/" A, 0);
    for (unsigned i = 1; i <= 2 * ROOM; i++) {
        snprintf(path, sizeof(path), "/docker/%064x", i);
        cgroup(EVENT_cgroup_mkdir, S, 1000 + i, path, 0);
        assert_non_null(at(7, S)); /* it is used */
    }
    for (unsigned i = 0; world_figures(world, i, &f) && strcmp(f.name, "containers");)
        i++;
    assert_int_equal(f.entries, ROOM);
    assert_int_equal(f.most, ROOM);
    assert_int_equal(f.evictions, ROOM + 1);
    assert_true(f.bytes <= MIB);
    assert_null(at(1001, S));
    assert_non_null(at(1000 + 2 * ROOM, S));
}

/* Whose container nobody has told of is asked for, once; so is one that was forgotten. */
static void asked_for(void **state)
{
    struct record_builder b;
    struct event ev;
    struct world_question q;
    char path[128];
    (void)state;
    start(&b, EVENT_sched_process_exec, S, 7);
    assert_int_equal(event_decode(&ev, catalog_builtin(), record_end(&b), memory_len()), 0);
    for (int round = 0; round < 2; round++) {
        assert_true(world_ask(world, &ev, &q));
        assert_int_equal(q.cgroup, 7);
        if (!round) { /* and for the task */
            assert_true(world_ask(world, &ev, &q));
            assert_int_equal(q.cgroup, 0);
            assert_int_equal(q.tid, 100);
        }
        cgroup(EVENT_cgroup_rmdir, S, 7, "/system.slice", 0);
        start(&b, EVENT_sched_process_exec, S, 7);
        assert_int_equal(event_decode(&ev, catalog_builtin(), record_end(&b), memory_len()), 0);
    }
    told(EVENT_existing_container, 2 * S, 7, "shop");
    for (unsigned i = 1; i <= 2 * ROOM; i++) {
        snprintf(path, sizeof(path), "/docker/%064x", i);
        cgroup(EVENT_cgroup_mkdir, 3 * S, 1000 + i, path, 0);
    }
    assert_null(at(7, 3 * S));
    start(&b, EVENT_sched_process_exec, 4 * S, 7);
    assert_int_equal(event_decode(&ev, catalog_builtin(), record_end(&b), memory_len()), 0);
    assert_true(world_ask(world, &ev, &q));
    assert_int_equal(q.cgroup, 7);
    told(EVENT_existing_container, 4 * S, 7, "shop");
    assert_text(at(7, 4 * S)->name, "shop");
}

/* Cgroups of none, and those of one container, are no more than there is room for. */
static void many_cgroups(void **state)
{
    struct record_builder b;
    struct event ev;
    struct world_question q;
    struct cache_figures f = {0};
    char path[160];
    (void)state;
    cgroup(EVENT_cgroup_mkdir, S, 7, "/docker/" A, 0);
    for (unsigned i = 1; i <= 5 * ROOM; i++) {
        start(&b, EVENT_sched_process_exec, S, 10000 + i);
        assert_int_equal(event_decode(&ev, catalog_builtin(), record_end(&b), memory_len()), 0);
        assert_true(world_ask(world, &ev, &q));
        assert_int_equal(q.cgroup, 10000 + i);
    }
    assert_non_null(at(7, S)); /* what belongs to none goes first */
    for (unsigned i = 1; i <= 5 * ROOM; i++) {
        snprintf(path, sizeof(path), "/docker/" A "/x%u", i);
        cgroup(EVENT_cgroup_mkdir, S, 100000 + i, path, 0);
    }
    assert_non_null(at(7, S));
    assert_int_equal(at(100001, S)->cgroup, 7);
    for (unsigned i = 0; world_figures(world, i, &f) && strcmp(f.name, "containers");)
        i++;
    assert_true(f.evictions > 0 && f.bytes <= MIB);
}

/* A container that is renamed has the name of its time. */
static void renamed(void **state)
{
    (void)state;
    told(EVENT_existing_container, S, 7, "shop");
    const struct container_view *before = at(7, S);
    assert_text(before->name, "shop");
    told(EVENT_existing_container, 2 * S, 7, "store");
    assert_text(at(7, 2 * S)->name, "store");
    cgroup(EVENT_cgroup_mkdir, 3 * S, 8, "/docker/" A "/x",
           0); /* it is found by its id all the same */
    assert_int_equal(at(8, 3 * S)->cgroup, 7);
}

static void process_in(uint64_t time, uint32_t pid, uint32_t ppid, uint64_t id)
{
    struct record_builder b;
    struct abi_record *r = start(&b, EVENT_getpid, time, id);
    r->pid = r->tid = pid;
    r->task_start = r->leader_start = pid;
    r->ppid = ppid;
    r->parent_start = ppid;
    feed(&b);
}

/* A session begins with the first process of a container, whatever the names are. */
static void sessions_of_it(void **state)
{
    (void)state;
    cgroup(EVENT_cgroup_mkdir, 1 * S, 7, "/docker/" A, 0);
    process_in(2 * S, 50, 0, 1);
    process_in(2 * S, 51, 50, 7);
    process_in(2 * S, 52, 51, 7);
    assert_int_equal(world_task(world, 52, 0, 3 * S, &arena)->entry, ENTRY_CONTAINER);
    assert_int_equal(world_task(world, 52, 0, 3 * S, &arena)->entry_pid, 51);
    assert_int_equal(world_task(world, 50, 0, 3 * S, &arena)->entry, ENTRY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_life, begin, end),
        cmocka_unit_test_setup_teardown(parts_of_it, begin, end),
        cmocka_unit_test_setup_teardown(existing, begin, end),
        cmocka_unit_test_setup_teardown(a_flood, begin, end),
        cmocka_unit_test_setup_teardown(asked_for, begin, end),
        cmocka_unit_test_setup_teardown(many_cgroups, begin, end),
        cmocka_unit_test_setup_teardown(renamed, begin, end),
        cmocka_unit_test_setup_teardown(sessions_of_it, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
