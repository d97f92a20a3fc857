/* SPDX-License-Identifier: Apache-2.0 */
/* LINK: -Wl,--wrap=calloc */
/* The world: questions as of times before, between and after what happened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "event/format.h"
#include "event/ids.h"
#include "event/record.h"
#include "world/world.h"

#define SECOND UINT64_C(1000000000)
#define EVERY  (CONTEXT_PROCESS | CONTEXT_ANCESTORS | CONTEXT_USER_NAMES)

/* Which call of calloc from now on fails; 0: none. */
static int failing;

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return failing && !--failing ? NULL : __real_calloc(n, size);
}

struct fixture {
    struct world *w;
    struct arena arena;
    _Alignas(8) char memory[16 * 1024];
    struct record_builder b;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const struct world_options o = {.parts = EVERY, .keep_ns = WORLD_KEEP_NS, .heals = true};
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

/* Who makes an event. Starts are ids in seconds unless said otherwise. */
struct who {
    uint32_t pid, tid, ppid, uid;
    uint64_t start, leader_start, parent_start;
    const char *comm;
};

static struct who process(uint32_t pid, uint32_t ppid, const char *comm)
{
    return (struct who){.pid = pid, .ppid = ppid, .comm = comm};
}

static void begin(struct fixture *f, enum event_slot slot, uint64_t time, struct who who)
{
    record_begin(&f->b, f->memory, sizeof(f->memory), &catalog_builtin()->events[slot]);
    struct abi_record *r = record_header(&f->b);
    r->flags = ABI_F_NO_RET;
    r->time = time;
    r->pid = who.pid;
    r->tid = who.tid ? who.tid : who.pid;
    r->ppid = who.ppid;
    r->uid = r->gid = who.uid;
    r->leader_start = who.leader_start ? who.leader_start : who.pid * SECOND;
    r->task_start = who.start ? who.start : r->tid == r->pid ? r->leader_start : r->tid * SECOND;
    r->parent_start = who.parent_start ? who.parent_start : who.ppid * SECOND;
    strncpy(r->comm, who.comm, sizeof(r->comm) - 1);
}

static unsigned field(const struct fixture *f, const char *name)
{
    const struct abi_record *r = (const void *)f->memory;
    const struct event_def *def = catalog_by_id(catalog_builtin(), r->event);
    int i = event_def_field(def, name, strlen(name));
    assert_true(i >= 0);
    return (unsigned)i;
}

static void put_number(struct fixture *f, const char *name, uint64_t n)
{
    record_add_int(&f->b, field(f, name), n);
}

static void put_text(struct fixture *f, const char *name, const char *s, size_t n)
{
    record_add_bytes(&f->b, field(f, name), s, n);
}

static void feed(struct fixture *f)
{
    struct event ev;
    const struct abi_record *r = record_end(&f->b);
    assert_non_null(r);
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    world_update(f->w, &ev);
}

/* Any event that says nothing but what its header does. */
static void seen(struct fixture *f, uint64_t time, struct who who)
{
    begin(f, SLOT_getpid, time, who);
    feed(f);
}

static void forks(struct fixture *f, uint64_t time, struct who who, uint32_t pid, uint32_t tid,
                  uint64_t start)
{
    begin(f, SLOT_sched_process_fork, time, who);
    put_number(f, "child_tid", tid);
    put_number(f, "child_pid", pid);
    put_number(f, "start_time", start);
    feed(f);
}

static void execs(struct fixture *f, uint64_t time, struct who who, const char *path)
{
    begin(f, SLOT_sched_process_exec, time, who);
    put_text(f, "pathname", path, strlen(path));
    put_text(f, "argv", "a\0b", 4);
    feed(f);
}

static void exits(struct fixture *f, uint64_t time, struct who who, bool last)
{
    begin(f, SLOT_sched_process_exit, time, who);
    put_number(f, "exit_code", 7);
    put_number(f, "signal_code", last ? 9 : 0);
    put_number(f, "process_group_exit", last);
    feed(f);
}

static const struct task_view *ask(struct fixture *f, uint32_t tid, uint64_t start, uint64_t at)
{
    return world_task(f->w, tid, start, at, &f->arena);
}

static void assert_text(struct text_view t, const char *expected)
{
    if (!expected) {
        assert_null(t.s);
        assert_int_not_equal(t.why, ABI_WHY_NONE);
        return;
    }
    assert_non_null(t.s);
    assert_int_equal(t.len, strlen(expected));
    assert_memory_equal(t.s, expected, t.len);
}

static void test_exec_between(void **state)
{
    struct fixture *f = *state;
    struct who sh = process(100, 1, "sh"), ls = process(100, 1, "ls");
    execs(f, 110 * SECOND, sh, "/bin/sh");
    seen(f, 111 * SECOND, sh);
    execs(f, 120 * SECOND, ls, "/bin/ls");
    assert_text(ask(f, 100, 0, 115 * SECOND)->exe.path, "/bin/sh");
    assert_text(ask(f, 100, 0, 115 * SECOND)->name, "sh");
    assert_text(ask(f, 100, 0, 120 * SECOND)->exe.path, "/bin/ls");
    assert_text(ask(f, 100, 0, 500 * SECOND)->name, "ls");
    assert_int_equal(ask(f, 100, 0, 120 * SECOND)->argv.len, 4);
    assert_null(ask(f, 100, 0, 99 * SECOND));
}

static void test_setuid_and_late_records(void **state)
{
    struct fixture *f = *state;
    struct who root = process(100, 1, "su"), user = process(100, 1, "su");
    user.uid = 1000;
    seen(f, 101 * SECOND, root);
    seen(f, 110 * SECOND, user);
    seen(f, 105 * SECOND, root); /* late, and nothing new */
    assert_int_equal(ask(f, 100, 0, 109 * SECOND)->uid, 0);
    assert_int_equal(ask(f, 100, 0, 110 * SECOND)->uid, 1000);
    seen(f, 120 * SECOND, root);
    user.uid = 33;
    seen(f, 115 * SECOND, user); /* late, and new */
    assert_int_equal(ask(f, 100, 0, 114 * SECOND)->uid, 1000);
    assert_int_equal(ask(f, 100, 0, 116 * SECOND)->uid, 33);
    assert_int_equal(ask(f, 100, 0, 121 * SECOND)->uid, 0);
}

static void test_children_inherit(void **state)
{
    struct fixture *f = *state;
    struct who sh = process(100, 1, "sh");
    execs(f, 101 * SECOND, sh, "/bin/sh");
    forks(f, 200 * SECOND, sh, 200, 200, 200 * SECOND);
    execs(f, 210 * SECOND, sh, "/bin/other"); /* the parent goes on */
    const struct task_view *child = ask(f, 200, 200 * SECOND, 220 * SECOND);
    assert_text(child->exe.path, "/bin/sh");
    assert_int_equal(child->ppid, 100);
    const struct task_view **children;
    assert_int_equal(world_children(f->w, 100, 0, 220 * SECOND, &children, &f->arena), 1);
    assert_int_equal(children[0]->pid, 200);
    assert_int_equal(world_children(f->w, 100, 0, 150 * SECOND, &children, &f->arena), 0);
}

static void test_reparent(void **state)
{
    struct fixture *f = *state;
    struct world_question q;
    struct who a = process(100, 1, "a"), orphan = process(200, 100, "b");
    const struct task_view *up[8];
    uint8_t why;
    seen(f, 90 * SECOND, process(1, 0, "init"));
    seen(f, 101 * SECOND, a);
    forks(f, 200 * SECOND, a, 200, 200, 200 * SECOND);
    exits(f, 210 * SECOND, a, true);
    assert_true(world_ask(f->w, NULL, &q)); /* who is the child's parent now? */
    assert_int_equal(q.pid, 200);
    assert_int_equal(q.start, 200 * SECOND);
    assert_false(world_ask(f->w, NULL, &q));
    orphan.ppid = 1;
    orphan.parent_start = SECOND;
    seen(f, 220 * SECOND, orphan);
    assert_int_equal(world_ancestors(f->w, 200, 0, 205 * SECOND, up, 8, &why, &f->arena), 2);
    assert_int_equal(up[0]->pid, 100);
    assert_int_equal(why, ABI_WHY_NONE);
    assert_int_equal(world_ancestors(f->w, 200, 0, 230 * SECOND, up, 8, &why, &f->arena), 1);
    assert_int_equal(up[0]->pid, 1);
    assert_int_equal(world_ancestors(f->w, 200, 0, 205 * SECOND, up, 1, &why, &f->arena), 1);
    assert_int_equal(why, ABI_WHY_LIMIT);
}

static void test_exit_and_pid_reuse(void **state)
{
    struct fixture *f = *state;
    struct who old = process(100, 1, "old"), new = process(100, 1, "new");
    execs(f, 101 * SECOND, old, "/bin/old");
    exits(f, 110 * SECOND, old, true);
    assert_int_equal(ask(f, 100, 100 * SECOND, 109 * SECOND)->exited, 0);
    assert_false(ask(f, 100, 100 * SECOND, 109 * SECOND)->status_known);
    assert_int_equal(ask(f, 100, 100 * SECOND, 111 * SECOND)->exited, 110 * SECOND);
    assert_true(ask(f, 100, 100 * SECOND, 111 * SECOND)->status_known);
    assert_int_equal(ask(f, 100, 100 * SECOND, 111 * SECOND)->exit_code, 7);
    assert_int_equal(ask(f, 100, 100 * SECOND, 111 * SECOND)->exit_signal, 9);
    new.leader_start = 112 * SECOND;
    execs(f, 113 * SECOND, new, "/bin/new");
    assert_text(ask(f, 100, 0, 111 * SECOND)->name, "old");
    assert_text(ask(f, 100, 0, 114 * SECOND)->name, "new");
    assert_text(ask(f, 100, 100 * SECOND, 114 * SECOND)->exe.path, "/bin/old");
    /* Long ended and without children: it is forgotten. */
    for (int i = 0; i < 4; i++)
        seen(f, 110 * SECOND + 2 * WORLD_KEEP_NS, new);
    assert_null(ask(f, 100, 100 * SECOND, 111 * SECOND));
}

static void test_threads(void **state)
{
    struct fixture *f = *state;
    struct who leader = process(100, 1, "main"), thread = process(100, 1, "worker");
    const struct task_view **threads;
    execs(f, 101 * SECOND, leader, "/bin/main");
    forks(f, 110 * SECOND, leader, 100, 110, 110 * SECOND);
    thread.tid = 110;
    seen(f, 112 * SECOND, thread);
    assert_int_equal(world_threads(f->w, 100, 0, 113 * SECOND, &threads, &f->arena), 2);
    assert_int_equal(threads[1]->tid, 110);
    assert_text(threads[1]->name, "worker");
    assert_text(threads[1]->exe.path, "/bin/main");
    exits(f, 115 * SECOND, leader, false); /* the leader alone */
    assert_int_equal(ask(f, 100, 0, 116 * SECOND)->exited, 0);
    exits(f, 117 * SECOND, thread, true);
    assert_int_equal(ask(f, 100, 0, 118 * SECOND)->exited, 117 * SECOND);
    assert_int_equal(world_threads(f->w, 100, 0, 118 * SECOND, &threads, &f->arena), 0);
}

static void test_start_within_a_tick(void **state)
{
    struct fixture *f = *state;
    struct who who = process(100, 1, "sh");
    begin(f, SLOT_existing_task, 150 * SECOND, who);
    put_text(f, "pathname", "/bin/sh", 7);
    put_number(f, "start_resolution", SECOND / 100);
    feed(f);
    who.leader_start = 100 * SECOND + 9000000;
    seen(f, 151 * SECOND, who);
    assert_text(ask(f, 100, who.leader_start, 152 * SECOND)->exe.path, "/bin/sh");
    who.leader_start = 100 * SECOND + 11000000;
    seen(f, 153 * SECOND, who); /* another one */
    assert_text(ask(f, 100, who.leader_start, 154 * SECOND)->exe.path, NULL);
}

static void test_questions(void **state)
{
    struct fixture *f = *state;
    struct world_question q;
    struct event ev;
    begin(f, SLOT_getpid, 150 * SECOND, process(100, 7, "sh"));
    const struct abi_record *r = record_end(&f->b);
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    assert_true(world_ask(f->w, &ev, &q));
    assert_int_equal(q.pid, 100);
    world_update(f->w, &ev);
    assert_true(world_ask(f->w, &ev, &q)); /* and the parent */
    assert_int_equal(q.pid, 7);
    assert_int_equal(q.start, 7 * SECOND);
    assert_false(world_ask(f->w, &ev, &q)); /* nothing twice */
}

static bool asks(struct fixture *f, uint64_t time, struct who who, struct world_question *q)
{
    struct event ev;
    begin(f, SLOT_getpid, time, who);
    const struct abi_record *r = record_end(&f->b);
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    bool any = world_ask(f->w, &ev, q);
    world_update(f->w, &ev);
    return any;
}

/* A storm of tasks that nobody knows: so many are asked for in a second, the others later. */
static void test_questions_of_a_second(void **state)
{
    struct fixture *f = *state;
    struct world_question q;
    struct cache_figures figures;
    unsigned asked = 0, i = 0;
    seen(f, 5000 * SECOND, process(1, 0, "init"));
    for (uint32_t pid = 100; pid < 100 + 2 * WORLD_LOOKS; pid++)
        asked += asks(f, 5000 * SECOND + pid, process(pid, 1, "storm"), &q);
    assert_int_equal(asked, WORLD_LOOKS);
    assert_false(
        asks(f, 5000 * SECOND + SECOND / 2, process(99 + 2 * WORLD_LOOKS, 1, "storm"), &q));
    seen(f, 5001 * SECOND, process(1, 0, "init"));
    assert_true(asks(f, 5001 * SECOND, process(90, 1, "calm"), &q));
    assert_true(asks(f, 5001 * SECOND, process(99 + 2 * WORLD_LOOKS, 1, "storm"), &q));
    assert_int_equal(q.pid, 99 + 2 * WORLD_LOOKS);
    assert_false(asks(f, 5001 * SECOND, process(99 + 2 * WORLD_LOOKS, 1, "storm"), &q));
    while (world_figures(f->w, i, &figures) && strcmp(figures.name, "looks at tasks") != 0)
        i++;
    assert_int_equal(figures.hits, WORLD_LOOKS + 2);
    assert_int_equal(figures.evictions, WORLD_LOOKS + 1);
}

static void test_gone_says_so(void **state)
{
    struct fixture *f = *state;
    begin(f, SLOT_existing_task, 150 * SECOND, process(100, 0, ""));
    record_add_missing(&f->b, field(f, "pathname"), ABI_WHY_GONE);
    feed(f);
    seen(f, 150 * SECOND, process(100, 1, "brief"));
    const struct task_view *t = ask(f, 100, 0, 151 * SECOND);
    assert_text(t->name, "brief");
    assert_null(t->exe.path.s);
    assert_int_equal(t->exe.path.why, ABI_WHY_GONE);
}

static void name(struct fixture *f, const char *s)
{
    begin(f, SLOT_known_user, 10 * SECOND, process(0, 0, ""));
    record_header(&f->b)->flags |= ABI_F_NO_TASK;
    put_number(f, "user_id", 33);
    if (s)
        put_text(f, "name", s, strlen(s));
    else
        record_add_missing(&f->b, field(f, "name"), ABI_WHY_ABSENT);
    feed(f);
}

static void test_user_names(void **state)
{
    struct fixture *f = *state;
    struct who www = process(100, 1, "sh");
    www.uid = 33;
    seen(f, 101 * SECOND, www);
    assert_text(ask(f, 100, 0, 102 * SECOND)->user, NULL);
    name(f, "www-data");
    assert_text(ask(f, 100, 0, 102 * SECOND)->user, "www-data");
    name(f, NULL);
    assert_text(ask(f, 100, 0, 102 * SECOND)->user, NULL);
}

static void runs(struct fixture *f, uint64_t time, struct who who, const char *path,
                 uint32_t session, const char *tty)
{
    begin(f, SLOT_sched_process_exec, time, who);
    put_text(f, "pathname", path, strlen(path));
    put_number(f, "session", session);
    if (tty)
        put_text(f, "tty", tty, strlen(tty));
    feed(f);
}

/* Programs and terminals count, and names only of what has no program that is known. */
static void test_entry_by_facts(void **state)
{
    struct fixture *f = *state;
    char longest[200];
    seen(f, 1 * SECOND, process(1, 0, "init"));
    runs(f, 10 * SECOND, process(10, 1, "renamed"), "/usr/sbin/sshd (deleted)", 10, NULL);
    runs(f, 20 * SECOND, process(20, 10, "bash"), "/bin/bash", 20, "pts0");
    assert_int_equal(ask(f, 20, 0, 21 * SECOND)->entry, ENTRY_SSH);
    assert_int_equal(ask(f, 20, 0, 21 * SECOND)->entry_pid, 20);
    /* It calls itself sshd, and so does its file. */
    runs(f, 30 * SECOND, process(30, 20, "sshd"), "/tmp/sshd", 20, "pts0");
    runs(f, 40 * SECOND, process(40, 30, "sh"), "/bin/sh", 20, "pts0");
    assert_int_equal(ask(f, 40, 0, 41 * SECOND)->entry_pid, 20);
    runs(f, 50 * SECOND, process(50, 1, "gdm-session-wor"), "/usr/libexec/gdm-session-worker", 50,
         NULL);
    runs(f, 51 * SECOND, process(51, 50, "gnome"), "/usr/bin/gnome", 51, NULL);
    assert_int_equal(ask(f, 51, 0, 52 * SECOND)->entry, ENTRY_CONSOLE);
    /* A shell at the serial line, begun by an init of no known name. */
    runs(f, 60 * SECOND, process(60, 1, "sh"), "/bin/sh", 60, "ttyS0");
    runs(f, 61 * SECOND, process(61, 60, "ls"), "/bin/ls", 60, "ttyS0");
    assert_int_equal(ask(f, 61, 0, 62 * SECOND)->entry, ENTRY_CONSOLE);
    assert_int_equal(ask(f, 61, 0, 62 * SECOND)->entry_pid, 60);
    runs(f, 63 * SECOND, process(63, 1, "sh"), "/bin/sh", 63, "pts1");
    assert_int_equal(ask(f, 63, 0, 64 * SECOND)->entry, ENTRY_SERVICE);
    /* The terminal stands behind a path that takes more than one piece. */
    memset(longest, 'x', sizeof(longest) - 1);
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    runs(f, 70 * SECOND, process(70, 1, "x"), longest, 70, "tty1");
    assert_int_equal(ask(f, 70, 0, 71 * SECOND)->entry, ENTRY_CONSOLE);
}

static void returns(struct fixture *f, enum event_slot slot, uint64_t time, struct who who,
                    int64_t ret)
{
    begin(f, slot, time, who);
    record_header(&f->b)->flags &= (uint16_t)~ABI_F_NO_RET;
    record_header(&f->b)->ret = ret;
    feed(f);
}

static void found(struct fixture *f, uint64_t time, struct who who, uint32_t session,
                  const char *tty)
{
    begin(f, SLOT_existing_task, time, who);
    put_text(f, "pathname", "/bin/d", 6);
    put_number(f, "session", session);
    if (tty)
        put_text(f, "tty", tty, strlen(tty));
    else
        record_add_missing(&f->b, field(f, "tty"), ABI_WHY_ABSENT);
    put_number(f, "euid", 5);
    put_number(f, "egid", who.uid);
    feed(f);
}

/* A daemon leaves its session and terminal; a session leader that gets another one is asked for. */
static void test_setsid(void **state)
{
    struct fixture *f = *state;
    struct world_question q;
    struct event ev;
    struct who d = process(100, 1, "d");
    found(f, 101 * SECOND, d, 50, "pts1");
    returns(f, SLOT_setsid, 109 * SECOND, d, -1); /* it leads its group: refused */
    returns(f, SLOT_setsid, 110 * SECOND, d, 100);
    forks(f, 120 * SECOND, d, 120, 120, 120 * SECOND);
    assert_int_equal(ask(f, 100, 0, 109 * SECOND)->session, 50);
    assert_text(ask(f, 100, 0, 109 * SECOND)->tty, "pts1");
    const struct task_view *t = ask(f, 100, 0, 111 * SECOND);
    assert_int_equal(t->session, 100);
    assert_null(t->tty.s);
    assert_int_equal(t->tty.why, ABI_WHY_ABSENT);
    assert_text(t->exe.path, "/bin/d");
    assert_int_equal(ask(f, 120, 0, 121 * SECOND)->session, 100);
    assert_null(ask(f, 120, 0, 121 * SECOND)->tty.s);
    begin(f, SLOT_sched_process_fork, 130 * SECOND, d);
    const struct abi_record *r = record_end(&f->b);
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    assert_true(world_ask(f->w, &ev, &q));
    assert_int_equal(q.pid, 100);
    found(f, 130 * SECOND, d, 100, "pts2");
    assert_text(ask(f, 100, 0, 131 * SECOND)->tty, "pts2");
    assert_null(ask(f, 100, 0, 129 * SECOND)->tty.s);
    forks(f, 131 * SECOND, d, 131, 131, 131 * SECOND);
    assert_text(ask(f, 131, 0, 132 * SECOND)->tty, "pts2");
}

static void changes_ids(struct fixture *f, uint64_t time, struct who who, uint32_t uid,
                        uint32_t euid)
{
    const struct abi_cred cred = {.uid = uid, .euid = euid, .gid = who.uid, .egid = who.uid};
    begin(f, SLOT_commit_creds, time, who);
    put_text(f, "new_cred", (const char *)&cred, sizeof(cred));
    feed(f);
}

/* Effective ids by what told of them last; not known where only the real ones changed. */
static void test_effective_ids(void **state)
{
    struct fixture *f = *state;
    struct who p = process(100, 1, "p"), user = process(100, 1, "p");
    user.uid = 7;
    seen(f, 101 * SECOND, p);
    assert_int_equal(ask(f, 100, 0, 101 * SECOND)->euid, UINT32_MAX);
    found(f, 102 * SECOND, p, 50, NULL);
    assert_int_equal(ask(f, 100, 0, 102 * SECOND)->euid, 5);
    assert_int_equal(ask(f, 100, 0, 102 * SECOND)->egid, 0);
    changes_ids(f, 105 * SECOND, p, 0, 33);
    forks(f, 106 * SECOND, p, 106, 106, 106 * SECOND);
    assert_int_equal(ask(f, 100, 0, 104 * SECOND)->euid, 5);
    assert_int_equal(ask(f, 100, 0, 105 * SECOND)->euid, 33);
    assert_int_equal(ask(f, 106, 0, 107 * SECOND)->euid, 33);
    begin(f, SLOT_sched_process_exec, 110 * SECOND, p);
    put_text(f, "pathname", "/bin/su", 7);
    put_number(f, "euid", 0);
    put_number(f, "egid", 9);
    feed(f);
    assert_int_equal(ask(f, 100, 0, 111 * SECOND)->euid, 0);
    assert_int_equal(ask(f, 100, 0, 111 * SECOND)->egid, 9);
    seen(f, 120 * SECOND, user); /* nothing told how */
    assert_int_equal(ask(f, 100, 0, 120 * SECOND)->euid, UINT32_MAX);
    execs(f, 130 * SECOND, user, "/bin/old"); /* of a recording without these */
    assert_int_equal(ask(f, 100, 0, 131 * SECOND)->euid, UINT32_MAX);
}

static void test_entry(void **state)
{
    struct fixture *f = *state;
    seen(f, 1 * SECOND, process(1, 0, "systemd"));
    seen(f, 10 * SECOND, process(10, 1, "sshd"));
    seen(f, 20 * SECOND, process(20, 10, "sshd")); /* forked, for this session */
    seen(f, 30 * SECOND, process(30, 20, "bash"));
    seen(f, 40 * SECOND, process(40, 30, "curl"));
    const struct task_view *t = ask(f, 40, 0, 41 * SECOND);
    assert_int_equal(t->entry, ENTRY_SSH);
    assert_int_equal(t->entry_pid, 30);
    assert_text(t->entry_name, "bash");
    assert_int_equal(ask(f, 10, 0, 41 * SECOND)->entry, ENTRY_SERVICE);
    assert_int_equal(ask(f, 1, 0, 41 * SECOND)->entry, ENTRY_INIT);
}

/* Who makes cgroups may be out of scope: its end would not be told. */
static void test_anybody(void **state)
{
    struct fixture *f = *state;
    struct world_question q;
    struct event ev;
    begin(f, SLOT_cgroup_mkdir, 101 * SECOND, process(100, 1, "runc"));
    const struct abi_record *r = record_end(&f->b);
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    assert_false(world_ask(f->w, &ev, &q));
    world_update(f->w, &ev);
    assert_false(world_knows(f->w, 100, 100 * SECOND));
    seen(f, 102 * SECOND, process(100, 1, "runc"));
    begin(f, SLOT_cgroup_rmdir, 103 * SECOND, process(100, 1, "renamed"));
    feed(f);
    assert_text(ask(f, 100, 0, 103 * SECOND)->name, "renamed");
}

/* More tasks than there is room for: those that ended go first, all stays bounded. */
static void test_fork_bomb(void **state)
{
    struct fixture *f = *state;
    struct cache_figures figures;
    struct who bomb = process(2, 1, "bomb");
    seen(f, 2 * SECOND, bomb);
    for (uint32_t i = 3; i < 3 * WORLD_TASKS; i++) {
        struct who child = process(i % 32768 + 3, 2, "bomb");
        child.leader_start = child.start = i * SECOND / 1000;
        forks(f, 2 * SECOND + i, bomb, child.pid, child.pid, child.start);
        if (i % 3)
            exits(f, 2 * SECOND + i, child, true);
        else
            execs(f, 2 * SECOND + i, child, "/bin/bomb");
    }
    uint64_t evictions = 0;
    for (unsigned i = 0; world_figures(f->w, i, &figures); i++) {
        assert_true(figures.entries <= figures.most);
        evictions += figures.evictions;
    }
    assert_true(evictions > WORLD_TASKS);
    assert_text(ask(f, 2, 0, 3 * SECOND)->name, "bomb");
}

/* The context of an event of who as JSON; with kept, by what is ready of it. */
static void context_text(struct fixture *f, uint64_t time, struct who who, struct strbuf *out,
                         struct context_text *kept)
{
    struct event ev;
    const struct format format = {.kept = kept};
    begin(f, SLOT_getpid, time, who);
    const struct abi_record *r = record_end(&f->b);
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    const struct event_context *c = world_context(f->w, &ev, &f->arena);
    strbuf_clear(out);
    if (!c)
        return;
    if (kept) {
        const struct context_text *t = context_text_of(&format, c);
        strbuf_put(out, t->process.data, t->process.len);
        strbuf_put(out, t->rest.data, t->rest.len);
    } else {
        context_process_json(out, &format, c);
        context_json(out, &format, c);
    }
    assert_false(out->overflow);
}

/* One of the things that may happen to a process or what is known of it. */
static void happens(struct fixture *f, uint64_t time, struct who *who, unsigned what)
{
    static const char *const names[] = {"one", "two", "three"};
    switch (what % 7) {
    case 0:
        forks(f, time, process(who->ppid, 1, "parent"), who->pid, who->pid, who->pid * SECOND);
        break;
    case 1:
        execs(f, time, *who, names[what % 3]);
        break;
    case 2:
        who->comm = names[what % 3];
        break;
    case 3:
        who->uid = what % 2 ? 33 : 0;
        break;
    case 4:
        exits(f, time, *who, true);
        break;
    case 5:
        name(f, what % 2 ? "www-data" : NULL);
        break;
    default:
        who->ppid = 10 + what % 5;
        break;
    }
    seen(f, time, *who);
}

/* What is ready is what would be made, whatever happened in between. */
static void test_ready_texts(void **state)
{
    struct fixture *f = *state;
    struct who all[20];
    struct context_text kept = {.process.limit = MIB, .rest.limit = MIB};
    struct strbuf ready = STRBUF_INIT(MIB), made = STRBUF_INIT(MIB);
    uint32_t random = 1;
    for (uint32_t i = 0; i < 20; i++)
        all[i] = process(10 + i, i < 5 ? 1 : 10 + i % 5, "begun");
    for (uint64_t round = 0; round < 20000; round++) {
        random = random * 1664525 + 1013904223;
        struct who *who = &all[(random >> 8) % 20];
        uint64_t time = 100 * SECOND + round;
        if (!(random >> 28))
            happens(f, time, who, random >> 16);
        context_text(f, time, *who, &made, NULL);
        context_text(f, time, *who, &ready, &kept);
        assert_int_equal(made.len, ready.len);
        assert_memory_equal(made.data, ready.data, made.len);
        if (round % 500 == 499) { /* the next batch */
            arena_free(&f->arena);
            arena_init(&f->arena);
        }
    }
    assert_true(kept.texts.hits > kept.texts.misses);
    context_text_free(&kept);
    strbuf_free(&ready);
    strbuf_free(&made);
}

static void test_no_memory(void **state)
{
    (void)state;
    const struct world_options o = {.parts = EVERY};
    for (int i = 1; i <= 8; i++) {
        struct world *w = NULL;
        failing = i;
        int rc = world_new(&w, &o);
        assert_true(rc == (failing ? 0 : -12));
        failing = 0;
        if (!rc)
            world_free(w);
    }
}

/*
 * As many tasks as are promised, each with what it was before its program and with it, in as much
 * memory as is promised, and none is forgotten for it.
 */
static void test_memory_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct cache_figures figures;
    const uint32_t tasks = 32768;
    char path[200] = "/usr/lib/";
    uint64_t bytes = 0;
    memset(path + strlen(path), 'x', sizeof(path) - 1 - strlen(path));
    seen(f, 2 * SECOND, process(2, 1, "parent"));
    for (uint32_t i = 3; i <= tasks; i++) {
        forks(f, i * SECOND, process(2, 1, "parent"), i, i, i * SECOND);
        execs(f, i * SECOND + 1, process(i, 2, "child"), path);
    }
    assert_text(ask(f, tasks, 0, tasks * SECOND)->name, "parent");
    assert_text(ask(f, tasks, 0, tasks * SECOND + 1)->name, "child");
    assert_text(ask(f, 3, 0, 3 * SECOND + 1)->exe.path, path);
    for (unsigned i = 0; world_figures(f->w, i, &figures); i++) {
        assert_int_equal(figures.evictions, 0);
        bytes += figures.bytes;
        if (!strcmp(figures.name, "tasks"))
            assert_int_equal(figures.entries, tasks - 1);
        if (!strcmp(figures.name, "states of tasks"))
            assert_int_equal(figures.entries, 2 * tasks - 3);
    }
    assert_in_range(bytes, 16 * 1000 * 1000, world_memory(EVERY));
    assert_true(world_memory(EVERY | CONTEXT_HASH) <= 24 * 1000 * 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_exec_between),
        TEST(test_setuid_and_late_records),
        TEST(test_children_inherit),
        TEST(test_reparent),
        TEST(test_exit_and_pid_reuse),
        TEST(test_threads),
        TEST(test_start_within_a_tick),
        TEST(test_questions),
        TEST(test_questions_of_a_second),
        TEST(test_gone_says_so),
        TEST(test_user_names),
        TEST(test_entry),
        TEST(test_entry_by_facts),
        TEST(test_setsid),
        TEST(test_effective_ids),
        TEST(test_anybody),
        TEST(test_fork_bomb),
        TEST(test_ready_texts),
        cmocka_unit_test(test_no_memory),
        TEST(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
