/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of executables: the thread that makes them, the files that are known, what the world
 * keeps. */
#include "source/hashes.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file_ids.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "event/ids.h"
#include "event/record.h"
#include "world/world.h"

#define TIME 1000

/* What an exec of that file would tell. */
static const struct abi_record *exec_of(char *memory, size_t cap, const char *path,
                                        const struct stat *st)
{
    const struct event_def *def = &catalog_builtin()->events[SLOT_sched_process_exec];
    struct record_builder b;
    record_begin(&b, memory, cap, def);
    struct abi_record *r = record_header(&b);
    r->flags = ABI_F_NO_RET;
    r->time = TIME;
    r->pid = r->tid = (uint32_t)getpid();
    r->task_start = r->leader_start = 5;
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"inode_mode", st->st_mode},
        {"dev", st->st_dev},
        {"inode", st->st_ino},
        {"ctime", (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec}};
    record_add_bytes(&b, (unsigned)event_def_field(def, "pathname", 8), path, strlen(path));
    for (unsigned i = 0; i < 4; i++)
        record_add_int(&b, (unsigned)event_def_field(def, numbers[i].name, strlen(numbers[i].name)),
                       numbers[i].value);
    assert_non_null(record_end(&b));
    return record_end(&b);
}

static unsigned wait_for(struct hashes_thread *h, const struct abi_record **out, unsigned max)
{
    const struct timespec t = {.tv_nsec = 1000000};
    while (hashes_waiting(h) != UINT64_MAX)
        nanosleep(&t, NULL);
    return hashes_take(h, out, max, 0);
}

static void hex_of(int fd, char *text)
{
    unsigned char sum[SHA256_LENGTH];
    assert_int_equal(sha256_file(fd, 1 << 30, sum), 0);
    for (unsigned i = 0; i < SHA256_LENGTH; i++)
        snprintf(text + 2 * i, 3, "%02x", sum[i]);
}

/* What an event of the process says of its program. */
static struct text_view hash_in(struct world *w, const struct abi_record *r, struct arena *arena)
{
    struct event ev;
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    const struct event_context *c = world_context(w, &ev, arena);
    assert_true(c && c->task);
    return c->task->exe.sha256;
}

static void feed(struct world *w, const struct abi_record *r)
{
    struct event ev;
    assert_int_equal(event_decode(&ev, catalog_builtin(), r, r->len), 0);
    world_update(w, &ev);
}

static void from_exec_to_view(void **state)
{
    _Alignas(8) char memory[4096];
    char path[] = "/tmp/ratel-hash-XXXXXX", sum[2 * SHA256_LENGTH + 1];
    const struct world_options options = {.parts = CONTEXT_PROCESS | CONTEXT_HASH};
    const struct abi_record *out[4];
    struct hashes_thread *h;
    struct source_counts counts = {0};
    struct arena arena;
    struct world *w;
    struct stat st;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, "a program", 9) == 9 && !fstat(fd, &st));
    hex_of(fd, sum);
    arena_init(&arena);
    assert_int_equal(world_new(&w, &options), 0);
    assert_int_equal(hashes_start(&h, 1), 0);
    const struct abi_record *exec = exec_of(memory, sizeof(memory), path, &st);
    feed(w, exec);
    assert_int_equal(hash_in(w, exec, &arena).why, ABI_WHY_PENDING);

    hashes_see(h, exec);
    hashes_see(h, exec); /* of a file that is known nothing is made */
    assert_int_equal(wait_for(h, out, 4), 1);
    assert_int_equal(out[0]->time, TIME);
    feed(w, out[0]);
    struct text_view v = hash_in(w, exec, &arena);
    assert_int_equal(v.len, 2 * SHA256_LENGTH);
    assert_memory_equal(v.s, sum, v.len);

    /* The file changes: the old one is not hashed as the new one, nor the other way round. */
    st.st_ctim.tv_nsec ^= 1;
    exec = exec_of(memory, sizeof(memory), path, &st);
    hashes_see(h, exec);
    assert_int_equal(wait_for(h, out, 4), 1);
    feed(w, exec);
    feed(w, out[0]);
    v = hash_in(w, exec, &arena);
    assert_null(v.s);
    assert_int_equal(v.why, ABI_WHY_GONE);
    hashes_counts(h, SLOT_executable_hash, &counts);
    assert_int_equal(counts.seen, 2);
    assert_int_equal(counts.lost[LOSS_too_big], 0);
    hashes_stop(h);
    world_free(w);
    arena_free(&arena);
    close(fd);
    unlink(path);
}

static void not_asked(void **state)
{
    _Alignas(8) char memory[4096];
    const struct world_options options = {.parts = CONTEXT_PROCESS};
    const struct abi_record *out[1];
    struct stat st = {0};
    struct hashes_thread *h;
    struct arena arena;
    struct world *w;
    (void)state;
    assert_int_equal(hashes_start(&h, 0), 0);
    assert_null(h);
    hashes_see(h, exec_of(memory, sizeof(memory), "/x", &st));
    assert_true(hashes_waiting(h) == UINT64_MAX);
    assert_int_equal(hashes_take(h, out, 1, 0), 0);
    hashes_stop(h);
    arena_init(&arena);
    assert_int_equal(world_new(&w, &options), 0);
    const struct abi_record *exec = exec_of(memory, sizeof(memory), "/x", &st);
    feed(w, exec);
    assert_int_equal(hash_in(w, exec, &arena).why, ABI_WHY_NOT_ASKED);
    world_free(w);
    arena_free(&arena);
}

static void last_files_are_known(void **state)
{
    struct file_ids f;
    (void)state;
    assert_int_equal(file_ids_init(&f, 8), 0);
    for (uint64_t i = 1; i <= 100; i++) {
        const struct file_id id = {.inode = i}, older = {.inode = i > 8 ? i - 8 : 1000};
        assert_int_equal(file_ids_find(&f, &id), FILE_IDS_NONE);
        uint32_t place = file_ids_add(&f, &id);
        assert_int_equal(file_ids_find(&f, &id), place);
        assert_int_equal(file_ids_find(&f, &older), FILE_IDS_NONE);
        for (uint64_t k = i > 7 ? i - 7 : 1; k <= i; k++)
            assert_true(file_ids_find(&f, &(struct file_id){.inode = k}) != FILE_IDS_NONE);
    }
    file_ids_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_exec_to_view),
        cmocka_unit_test(not_asked),
        cmocka_unit_test(last_files_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
