/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that are looked at: by /proc, and told by the kernel with /proc joined to it. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "event/event.h"
#include "event/ids.h"
#include "source/existing.h"
#include "source/look.h"
#include "source/proc.h"

#define STRANGE "a) S 1 (b\n"

static uint64_t tick;
static struct look look;

static int set_up(void **state)
{
    (void)state;
    tick = NSEC_PER_SEC / (uint64_t)sysconf(_SC_CLK_TCK);
    return look_init(&look, tick, 1);
}

static int tear_down(void **state)
{
    (void)state;
    look_free(&look);
    return 0;
}

static struct value field(const struct abi_record *r, unsigned index)
{
    static struct event ev;
    assert_non_null(r);
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    return event_value(&ev, index);
}

#define TASK_FIELD(r, name) field(r, FIELD(existing_task, name))

static bool is_gone(const struct abi_record *r)
{
    struct value v = TASK_FIELD(r, pathname);
    return v.status == ABI_MISSING && v.reason == ABI_WHY_GONE;
}

/* A child with a name that could be taken for more of its line, in a session of its own. */
static pid_t child(void)
{
    int ready[2];
    char c;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    if (!pid) {
        setsid();
        prctl(PR_SET_NAME, STRANGE);
        (void)!write(ready[1], "", 1);
        pause();
        _exit(0);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static void stat_of_a_strange_name(void **state)
{
    (void)state;
    struct proc_stat s;
    pid_t pid = child();
    assert_true(proc_stat((uint32_t)pid, (uint32_t)pid, &s));
    assert_string_equal(s.comm, STRANGE);
    assert_int_equal(s.ppid, getpid());
    assert_int_equal(s.session, pid);
    assert_int_equal(s.group, pid);
    end(pid);
    assert_false(proc_stat((uint32_t)pid, (uint32_t)pid, &s));
}

static int find(void *ctx, uint32_t id)
{
    uint32_t *wanted = ctx;
    if (id == *wanted)
        *wanted = 0;
    return 0;
}

static int stop(void *ctx, uint32_t id)
{
    (void)id;
    ++*(unsigned *)ctx;
    return -7;
}

static void each_process_and_thread(void **state)
{
    (void)state;
    uint32_t pid = (uint32_t)getpid(), tid = pid;
    unsigned calls = 0;
    assert_int_equal(proc_each(0, find, &pid), 0);
    assert_int_equal(pid, 0);
    assert_int_equal(proc_each(tid, find, &tid), 0);
    assert_int_equal(tid, 0);
    assert_int_equal(proc_each(0, stop, &calls), -7);
    assert_int_equal(calls, 1);
    assert_true(proc_each(UINT32_MAX, find, &tid) < 0);
}

static void by_proc(void **state)
{
    (void)state;
    struct look_at at = {.pid = (uint32_t)getpid(), .tid = (uint32_t)getpid()};
    const struct abi_record *r = look_task(&look, &at, 5);
    char exe[4096];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe));
    struct value path = TASK_FIELD(r, pathname);
    assert_int_equal(path.len, n);
    assert_memory_equal(path.data, exe, (size_t)n);
    assert_int_equal(r->time, 5);
    assert_int_equal(r->ppid, getppid());
    assert_int_equal(TASK_FIELD(r, session).number, getsid(0));
    assert_int_equal(TASK_FIELD(r, group).number, getpgrp());
    assert_int_equal(TASK_FIELD(r, euid).number, geteuid());
    assert_int_equal(TASK_FIELD(r, cred).reason, ABI_WHY_UNSUPPORTED);
    assert_int_equal(TASK_FIELD(r, start_resolution).number, tick);
    at.start = r->task_start + 10 * tick; /* one that had the id before */
    assert_true(is_gone(look_task(&look, &at, 5)));
}

/* What the kernel would say of it. */
static struct snapshot_task told(pid_t pid, const char *comm)
{
    struct proc_stat s;
    struct snapshot_task t = {
        .r = {.pid = (uint32_t)pid, .tid = (uint32_t)pid, .ppid = 77, .task_start = 1},
        .cred = {.euid = 3, .egid = 4},
        .inode = 1234,
        .flags = SNAPSHOT_FILE,
        .session = 9,
        .group = 8,
        .tty = "pts7",
    };
    assert_true(proc_stat((uint32_t)pid, (uint32_t)pid, &s));
    t.r.task_start = s.start * tick + tick / 2;
    memcpy(t.r.comm, comm, strlen(comm) + 1);
    return t;
}

static void told_by_the_kernel(void **state)
{
    (void)state;
    pid_t pid = child();
    struct snapshot_task t = told(pid, STRANGE);
    const struct abi_record *r = look_told(&look, &t, 6);
    assert_int_equal(r->time, 6);
    assert_int_equal(r->ppid, 77);
    assert_int_equal(r->task_start, t.r.task_start);
    assert_int_equal(TASK_FIELD(r, inode).number, 1234);
    assert_int_equal(TASK_FIELD(r, session).number, 9);
    assert_int_equal(TASK_FIELD(r, group).number, 8);
    assert_memory_equal(TASK_FIELD(r, tty).data, "pts7", 4);
    assert_int_equal(TASK_FIELD(r, euid).number, 3);
    assert_int_equal(TASK_FIELD(r, start_resolution).number, 0);
    assert_int_equal(TASK_FIELD(r, cred).encoding, ABI_ENC_CRED);
    assert_true(TASK_FIELD(r, argv).len > 0);
    /* Between the two looks it has become something else: /proc tells all. */
    t = told(pid, "before");
    r = look_told(&look, &t, 6);
    assert_int_equal(r->ppid, getpid());
    assert_int_equal(r->task_start, t.r.task_start);
    assert_int_equal(TASK_FIELD(r, session).number, pid);
    /* Another one that has its id, or none. */
    t = told(pid, STRANGE);
    t.r.task_start -= 10 * tick;
    assert_null(look_told(&look, &t, 6));
    t.r.task_start += 10 * tick;
    end(pid);
    assert_null(look_told(&look, &t, 6));
}

/* Of threads, and of the kernel's own, /proc is not asked. */
static void told_without_proc(void **state)
{
    (void)state;
    struct snapshot_task t = {.r = {.pid = UINT32_MAX, .tid = 5, .task_start = 1}};
    const struct abi_record *r = look_told(&look, &t, 6);
    assert_int_equal(TASK_FIELD(r, kernel).number, 0);
    assert_int_not_equal(TASK_FIELD(r, pathname).status, ABI_PRESENT);
    t.r.pid = 5;
    t.flags = SNAPSHOT_KERNEL;
    r = look_told(&look, &t, 6);
    assert_int_equal(TASK_FIELD(r, kernel).number, 1);
    assert_int_equal(TASK_FIELD(r, pathname).reason, ABI_WHY_ABSENT);
    assert_false(is_gone(r));
}

/* A source whose start failed is closed too: what it never opened stays open. */
static void freed_before_it_began(void **state)
{
    struct existing e = {0};
    int before = dup(STDIN_FILENO);
    (void)state;
    assert_true(before >= 0 || open("/dev/null", O_RDONLY) == STDIN_FILENO);
    existing_free(&e);
    existing_free(&e);
    assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
    close(before);
}

/* Where the kernel's iterator can't be read to its end, /proc tells the rest. */
static void iterator_breaks(void **state)
{
    static uint64_t sets[PLAN_SLOTS];
    const struct abi_record *out[PIPELINE_BATCH];
    struct existing e;
    (void)state;
    sets[SLOT_existing_task] = 1;
    assert_int_equal(existing_init(&e, sets, tick), 0);
    assert_int_equal(existing_begin(&e, STDIN_FILENO, (uint32_t)getpid(), NULL, 0), 0);
    e.next = 1;
    e.snapshot.fd = open("/", O_RDONLY | O_DIRECTORY);
    assert_int_equal(existing_take(&e, out, PIPELINE_BATCH, 6), 0);
    assert_true(existing_take(&e, out, PIPELINE_BATCH, 6) >= 1);
    assert_int_equal(out[0]->pid, getpid());
    assert_false(is_gone(out[0]));
    existing_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stat_of_a_strange_name),
        cmocka_unit_test(each_process_and_thread),
        cmocka_unit_test(by_proc),
        cmocka_unit_test(told_by_the_kernel),
        cmocka_unit_test(told_without_proc),
        cmocka_unit_test(freed_before_it_began),
        cmocka_unit_test(iterator_breaks),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
