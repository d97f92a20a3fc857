/* SPDX-License-Identifier: Apache-2.0 */
/* From the catalog and from scope rules to the tables that the kernel programs read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "source/scope_containers.h"
#include "source/tables.h"
#include "source/tree.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct program_plan plan;

static const struct event_def *named(const char *name)
{
    const struct event_def *def = catalog_by_name(catalog_builtin(), name, strlen(name));
    assert_non_null(def);
    return def;
}

/* The plan for events, separated by blanks, all seen the first way their row names. */
static void make(const char *events, bool fd_paths)
{
    static uint64_t sets[PLAN_SLOTS];
    static int8_t via[PLAN_SLOTS];
    char copy[256], *save = NULL;
    memset(sets, 0, sizeof(sets));
    strncpy(copy, events, sizeof(copy) - 1);
    copy[sizeof(copy) - 1] = '\0';
    for (char *e = strtok_r(copy, " ", &save); e; e = strtok_r(NULL, " ", &save))
        sets[named(e)->slot] = 1;
    struct plan_request r = {.sets = sets, .fd_paths = fd_paths};
    plan_make(&plan, &r, via);
}

static bool bit(const uint8_t *bits, int nr)
{
    return bits[nr / 8] >> (nr % 8) & 1;
}

static bool hooks_are(const enum hook *list, unsigned n)
{
    struct hook_set set = {0};
    for (unsigned i = 0; i < n; i++)
        hook_set_add(&set, list[i]);
    return !memcmp(&set, &plan.hooks, sizeof(set));
}

/* Nothing is hooked that no event needs. */
static void only_what_is_needed_is_hooked(void **state)
{
    static const struct {
        const char *events;
        enum hook hooks[4];
        unsigned count;
    } rows[] = {
        {"getppid", {HOOK_sys_exit}, 1},
        {"exit_group", {HOOK_sys_enter}, 1},
        {"execve", {HOOK_sys_enter, HOOK_sys_exit, HOOK_sched_process_exit}, 3},
        {"sched_process_fork", {HOOK_sched_process_fork}, 1},
        {"sched_process_exec", {HOOK_sched_process_exec, HOOK_task_rename}, 2},
        {"socket_accept", {HOOK_sys_exit, HOOK_exit_socket}, 2},
        {"loss", {0}, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        make(rows[i].events, false);
        if (!hooks_are(rows[i].hooks, rows[i].count))
            fail_msg("%s: other hooks than expected", rows[i].events);
    }
}

#ifdef __x86_64__
static void a_call_is_planned_in_both_tables(void **state)
{
    const struct event_def *def = named("openat");
    const struct plan *native = &plan.plans[def->nr_x86_64];
    const struct plan *compat = &plan.plans[PLAN_SYSCALLS + def->nr_ia32];
    (void)state;
    make("openat", false);
    assert_int_equal(native->event, def->id);
    assert_int_equal(compat->event, def->id);
    assert_int_equal(native->nargs, 4);
    assert_int_equal(native->args[1].kind, PLAN_STR);
    assert_int_equal(native->args[3].reg, 3);
    assert_false(native->flags & PLAN_SMALL);
    assert_true(bit(plan.exit_wanted, def->nr_x86_64));
    assert_true(bit(plan.exit_wanted, def->nr_ia32));
    assert_false(bit(plan.enter_wanted, def->nr_x86_64));
    for (unsigned slot = 0; slot < catalog_builtin()->count; slot++) {
        const struct event_def *other = &catalog_builtin()->events[slot];
        if (other != def && other->nr_x86_64 >= 0)
            assert_int_equal(plan.plans[other->nr_x86_64].sets, 0);
    }
}

/* 64-bit numbers take two registers of a 32-bit call. */
static void wide_arguments_shift_those_behind(void **state)
{
    const struct event_def *def = named("pread64");
    (void)state;
    make("pread64", false);
    assert_int_equal(plan.plans[def->nr_x86_64].args[3].reg, 3);
    const struct plan *compat = &plan.plans[PLAN_SYSCALLS + def->nr_ia32];
    assert_int_equal(compat->args[3].kind, PLAN_S64);
    assert_int_equal(compat->args[3].reg, 3);
    def = named("fallocate");
    make("fallocate", false);
    compat = &plan.plans[PLAN_SYSCALLS + def->nr_ia32];
    assert_int_equal(compat->args[2].reg, 2);
    assert_int_equal(compat->args[3].reg, 4);
}

static void flags_of_a_plan(void **state)
{
    static const struct {
        const char *event;
        bool fd_paths;
        unsigned flags;
    } rows[] = {
        {"getppid", false, PLAN_SMALL},
        {"close", false, PLAN_SMALL},
        {"close", true, PLAN_FD_PATHS | PLAN_STASH},
        {"read", true, PLAN_FD_PATHS},
        {"exit_group", false, PLAN_SMALL | PLAN_AT_ENTER},
        {"clone", false, PLAN_SMALL | PLAN_FORKS},
        {"execve", false, PLAN_STASH},
        {"openat", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        make(rows[i].event, rows[i].fd_paths);
        const struct plan *p = &plan.plans[named(rows[i].event)->nr_x86_64];
        if (p->flags != rows[i].flags)
            fail_msg("%s: flags %x", rows[i].event, p->flags);
    }
}

static void old_times_of_32_bit_calls_are_narrow(void **state)
{
    (void)state;
    make("nanosleep clock_nanosleep", false);
    assert_int_equal(plan.plans[named("nanosleep")->nr_x86_64].args[0].kind, PLAN_TIMESPEC);
    assert_int_equal(plan.plans[PLAN_SYSCALLS + named("nanosleep")->nr_ia32].args[0].kind,
                     PLAN_TIMESPEC32);
    assert_int_equal(plan.plans[PLAN_SYSCALLS + named("clock_nanosleep")->nr_ia32].args[2].kind,
                     PLAN_TIMESPEC);
}
#endif

#ifdef __x86_64__
/* Calls whose origin is looked at, and a program that follows a call's beginning. */
static void beginnings_are_followed(void **state)
{
    (void)state;
    static uint64_t sets[PLAN_SLOTS];
    static int8_t via[PLAN_SLOTS];
    static uint8_t origins[PLAN_SLOTS];
    struct plan_request r = {.sets = sets, .origins = origins};
    memset(sets, 0, sizeof(sets));
    sets[named("stack_pivot")->slot] = 1;
    sets[named("security_file_mprotect")->slot] = 1;
    while (
        named("security_file_mprotect")->via[via[named("security_file_mprotect")->slot] + 1].count)
        via[named("security_file_mprotect")->slot]++;
    origins[named("getppid")->slot] = 1 << ORIGIN_STACK;
    origins[named("getuid")->slot] = 1 << ORIGIN_CODE;
    plan_make(&plan, &r, via);
    int getppid = named("getppid")->nr_x86_64, mprotect = named("mprotect")->nr_x86_64;
    assert_int_equal(plan.plans[getppid].flags, PLAN_STACK);
    assert_int_equal(plan.plans[named("getuid")->nr_x86_64].flags, 0);
    assert_int_equal(plan.plans[mprotect].before, HOOK_enter_mprotect);
    assert_true(bit(plan.enter_wanted, getppid));
    assert_true(bit(plan.enter_wanted, mprotect));
    assert_false(bit(plan.exit_wanted, mprotect));
}
#endif

static void all_calls_are_wanted_for_sys_exit(void **state)
{
    (void)state;
    make("sys_exit", false);
    for (int nr = 0; nr < PLAN_SYSCALLS; nr++) {
        assert_true(bit(plan.exit_wanted, nr));
        assert_false(bit(plan.enter_wanted, nr));
    }
}

/* One scope set from arguments separated by blanks. */
static struct scope_tables *scopes(const char *arguments)
{
    struct scope_set set = {0};
    struct scope_tables *t = calloc(1, sizeof(*t));
    char copy[256], *save = NULL;
    struct error err = {0};
    assert_non_null(t);
    strncpy(copy, arguments, sizeof(copy) - 1);
    copy[sizeof(copy) - 1] = '\0';
    for (char *a = strtok_r(copy, " ", &save); a; a = strtok_r(NULL, " ", &save))
        if (scope_parse(&set, a, &err))
            fail_msg("%s: %s", a, err.message);
    assert_int_equal(scope_tables_make(t, &set, 1, &err), 0);
    scope_free(&set);
    return t;
}

static void drop(struct scope_tables *t)
{
    scope_tables_free(t);
    free(t);
}

static void rules_become_rows(void **state)
{
    (void)state;
    struct scope_tables *t = scopes("uid=1,2 uid!=3 comm=sh uts!=h");
    assert_int_equal(t->nnumbers, 3);
    assert_int_equal(t->ntexts, 2);
    assert_int_equal(t->config.all, 1);
    assert_int_equal(t->config.equal[SCOPE_KEY_UID], 1);
    assert_int_equal(t->config.equal[SCOPE_KEY_COMM], 1);
    assert_int_equal(t->config.equal[SCOPE_KEY_UTS], 0);
    assert_int_equal(t->numbers[2].match.not_equal, 1);
    assert_int_equal(t->config.used,
                     1u << SCOPE_KEY_UID | 1u << SCOPE_KEY_COMM | 1u << SCOPE_KEY_UTS);
    drop(t);
}

static void ranges_narrow_one_interval(void **state)
{
    static const struct {
        const char *rules;
        uint64_t low, high;
    } rows[] = {
        {"uid>5", 6, UINT64_MAX}, {"uid>=5", 5, UINT64_MAX},      {"uid<5", 0, 4}, {"uid<=5", 0, 5},
        {"uid>5 uid<=9", 6, 9},   {"uid>5 uid>7 uid<100", 8, 99}, {"uid<0", 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct scope_tables *t = scopes(rows[i].rules);
        const struct scope_range *r = &t->ranges[SCOPE_KEY_UID * SCOPE_RANGES];
        assert_int_equal(t->config.ranged[SCOPE_KEY_UID], 1);
        assert_int_equal(r->low, rows[i].low);
        assert_int_equal(r->high, rows[i].high);
        drop(t);
    }
}

/* Sixty-four sets at once: each its own bit, each its own range. */
static void sets_are_bits(void **state)
{
    static struct scope_set sets[SCOPE_SETS];
    struct scope_tables *t = calloc(1, sizeof(*t));
    struct error err = {0};
    (void)state;
    for (unsigned i = 0; i < SCOPE_SETS; i++) {
        char rule[32];
        snprintf(rule, sizeof(rule), i % 2 ? "uid=%u" : "uid>%u", i);
        assert_int_equal(scope_parse(&sets[i], rule, &err), 0);
    }
    assert_int_equal(scope_tables_make(t, sets, SCOPE_SETS, &err), 0);
    assert_int_equal(t->config.all, UINT64_MAX);
    assert_int_equal(t->config.equal[SCOPE_KEY_UID], 0xaaaaaaaaaaaaaaaaull);
    assert_int_equal(t->config.ranged[SCOPE_KEY_UID], 0x5555555555555555ull);
    assert_int_equal(t->nnumbers, 32);
    assert_int_equal(t->ranges[SCOPE_KEY_UID * SCOPE_RANGES + 62].low, 63);
    for (unsigned i = 0; i < SCOPE_SETS; i++)
        scope_free(&sets[i]);
    drop(t);
}

#define ID64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

#define GUID "0123abcd-0123-0123-0123-0123456789ab"

/* Which of the five sets name it: their values stand below. */
static void containers_are_known_by_their_path(void **state)
{
    static const char *const values[] = {"container=0123", "container=" ID64 ",web",
                                         ("container=" GUID), "container=default/t1,WEB",
                                         "container!=cafe"};
    static const struct {
        const char *path;
        bool found;
        uint64_t equal, not_equal;
    } rows[] = {
        {"/", false, 0, 0},
        {"/system.slice/ssh.service", false, 0, 0},
        {"/docker/" ID64, true, 3, 0},
        {"/docker/0123999989abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true, 1, 0},
        {"/docker/9123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true, 0, 0},
        {"/docker/cafe999989abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true, 0, 16},
        {"/system.slice/docker-" ID64 ".scope", true, 3, 0},
        {"/system.slice/docker-" ID64 ".scope/init.scope", true, 3, 0},
        {"/kubepods.slice/x/cri-containerd-" ID64 ".scope", true, 3, 0},
        {"/machine.slice/libpod-" ID64 ".scope/container", true, 3, 0},
        {"/machine.slice/libpod-conmon-" ID64 ".scope", false, 0, 0},
        {"/kubepods/crio-conmon-" ID64, false, 0, 0},
        {"/machine.slice/machine-libpod_pod_" ID64 ".slice", false, 0, 0},
        {"/docker/" ID64 "0", false, 0, 0},
        {"/docker/0" ID64, false, 0, 0},
        {"/docker/0123456789abcdef", false, 0, 0},
        {"/lxc/web", true, 2, 0},
        {"/lxc/web/inside", true, 2, 0},
        {"/lxc/webb", true, 0, 0},
        {"/lxc/0123", true, 1, 0}, /* a name that looks like digits */
        {"/lxc/01234", true, 0, 0},
        {"/lxc.payload.WEB", true, 8, 0},
        {"/lxc.payload/cafe", true, 0, 16},
        {"/garden/" GUID, true, 4, 0},
        {"/default/t1", true, 8, 0},
        {"/default/t1/inside", true, 8, 0},
        {"/default/t", false, 0, 0},
        {"/default/t11", false, 0, 0},
        {"/x/default/t1", false, 0, 0},
        {"/default", false, 0, 0},
    };
    struct scope_set sets[COUNT(values)] = {{0}};
    struct scope_tables *t = calloc(1, sizeof(*t));
    struct container_id id;
    struct error err = {0};
    (void)state;
    for (size_t i = 0; i < COUNT(values); i++)
        assert_int_equal(scope_parse(&sets[i], values[i], &err), 0);
    assert_int_equal(scope_tables_make(t, sets, COUNT(values), &err), 0);
    for (size_t i = 0; i < COUNT(rows); i++)
        if (scope_containers_match(t, rows[i].path, &id) != rows[i].found ||
            id.match.equal != rows[i].equal || id.match.not_equal != rows[i].not_equal)
            fail_msg("%s: %d %llx %llx", rows[i].path, scope_containers_match(t, rows[i].path, &id),
                     (unsigned long long)id.match.equal, (unsigned long long)id.match.not_equal);
    assert_int_equal(t->config.equal[SCOPE_KEY_CONTAINER], 15);
    for (size_t i = 0; i < COUNT(values); i++)
        scope_free(&sets[i]);
    drop(t);
}

static bool has_member(const struct tree_member *m, unsigned n, uint32_t pid)
{
    for (unsigned i = 0; i < n; i++)
        if (m[i].pid == pid)
            return m[i].sets == 4;
    return false;
}

static void a_tree_has_its_descendants(void **state)
{
    const struct tree tree = {.pid = (uint32_t)getppid(), .sets = 4};
    const struct tree none = {.pid = 0x7fffffff, .sets = 4};
    struct tree_member *members;
    unsigned n;
    (void)state;
    assert_int_equal(tree_find(&tree, 1, &members, &n), 0);
    assert_true(has_member(members, n, (uint32_t)getppid()));
    assert_true(has_member(members, n, (uint32_t)getpid()));
    assert_false(has_member(members, n, 1));
    free(members);
    assert_int_equal(tree_find(&none, 1, &members, &n), 0);
    assert_int_equal(n, 0);
    free(members);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_needed_is_hooked),
#ifdef __x86_64__
        cmocka_unit_test(a_call_is_planned_in_both_tables),
        cmocka_unit_test(wide_arguments_shift_those_behind),
        cmocka_unit_test(flags_of_a_plan),
        cmocka_unit_test(old_times_of_32_bit_calls_are_narrow),
        cmocka_unit_test(beginnings_are_followed),
#endif
        cmocka_unit_test(all_calls_are_wanted_for_sys_exit),
        cmocka_unit_test(rules_become_rows),
        cmocka_unit_test(ranges_narrow_one_interval),
        cmocka_unit_test(sets_are_bits),
        cmocka_unit_test(containers_are_known_by_their_path),
        cmocka_unit_test(a_tree_has_its_descendants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
