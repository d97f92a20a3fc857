/* SPDX-License-Identifier: Apache-2.0 */
/* User stacks: as fields of a record, and the files that they lead through. */
#include "event/stack.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/elf_functions.h"
#include "base/limits.h"
#include "event_sample.h"
#include "source/stack_files.h"

static const struct machine machine = {.hostname = "h"};

/* An event with that stack, decoded. */
static int with_stack(struct event *ev, void *memory, size_t cap, const void *stack, size_t len)
{
    struct record_builder b;
    record_begin(&b, memory, cap, &sample_events[1]);
    sample_header(record_header(&b));
    record_header(&b)->flags = ABI_F_NO_RET;
    record_add_bytes(&b, ABI_INDEX_STACK, stack, len);
    const struct abi_record *r = record_end(&b);
    assert_non_null(r);
    return event_decode(ev, &sample_catalog, r, r->len);
}

static void printed(void **state)
{
    _Alignas(8) char memory[1024], stack[512];
    const struct stack_frame frames[] = {
        {.address = 0x7f00,
         .offset = 20,
         .symbol = "write",
         .symbol_len = 5,
         .object = "/lib/\033libc",
         .object_len = 10,
         .build_id = (const uint8_t *)"\x01\xff",
         .build_id_len = 2},
        {.address = 0x10,
         .offset = 0x30,
         .object = "/p",
         .object_len = 2,
         .why = ABI_FRAME_NO_SYMBOL},
        {.address = 0x20, .why = ABI_FRAME_NO_FILE},
    };
    const struct format f = {0};
    struct strbuf out = STRBUF_INIT(8192);
    struct event ev;
    struct stack_frame frame;
    size_t n = 0, pos = 0;
    (void)state;
    for (unsigned i = 0; i < 3; i++)
        n += stack_put(stack + n, sizeof(stack) - n, &frames[i]);
    assert_int_equal(with_stack(&ev, memory, sizeof(memory), stack, n), 0);
    event_json(&out, &f, &machine, &ev);
    assert_non_null(
        strstr(strbuf_cstr(&out),
               ",\"user_stack\":[{\"address\":\"0x7f00\",\"symbol\":\"write\",\"offset\":20,"
               "\"object\":\"/lib/\\u001blibc\",\"build_id\":\"01ff\"},"
               "{\"address\":\"0x10\",\"offset\":48,\"object\":\"/p\","
               "\"why\":\"the file names no function there\"},"
               "{\"address\":\"0x20\",\"why\":\"code without a file\"}]"));
    strbuf_clear(&out);
    while (stack_next(&ev, &pos, &frame)) {
        stack_frame_text(&out, &frame);
        strbuf_putc(&out, '|');
    }
    assert_string_equal(strbuf_cstr(&out), "0x7f00 write+0x14 /lib/\\x1blibc|"
                                           "0x10 -(the file names no function there) /p+0x30|"
                                           "0x20 -(code without a file)|");
    strbuf_free(&out);
}

/* A stack that is cut or lies ends where it can't be believed; the event stays readable. */
static void damaged(void **state)
{
    _Alignas(8) char memory[1024], stack[64];
    struct abi_stack_frame lies = {.symbol_len = UINT16_MAX};
    struct stack_frame frame = {.symbol = "f", .symbol_len = 1};
    struct event ev;
    (void)state;
    size_t n = stack_put(stack, sizeof(stack), &frame);
    assert_int_equal(n, 32);
    assert_int_equal(stack_put(stack, 31, &frame), 0);
    for (size_t len = 0; len < n; len++) {
        size_t pos = 0;
        assert_int_equal(with_stack(&ev, memory, sizeof(memory), stack, len), 0);
        assert_false(stack_next(&ev, &pos, &frame));
    }
    size_t pos = 0;
    assert_int_equal(with_stack(&ev, memory, sizeof(memory), &lies, sizeof(lies)), 0);
    assert_false(stack_next(&ev, &pos, &frame));
}

static void missing(void **state)
{
    _Alignas(8) char memory[512];
    struct record_builder b;
    struct strbuf out = STRBUF_INIT(4096);
    const struct format f = {0};
    struct event ev;
    (void)state;
    record_begin(&b, memory, sizeof(memory), &sample_events[1]);
    record_add_missing(&b, ABI_INDEX_STACK, ABI_WHY_ABSENT);
    const struct abi_record *r = record_end(&b);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
    event_json(&out, &f, &machine, &ev);
    assert_non_null(strstr(strbuf_cstr(&out), ",\"user_stack\":null"));
    assert_non_null(strstr(strbuf_cstr(&out), "\"missing\":{\"user_stack\":\"there is none\"}"));
    strbuf_free(&out);
    /* Twice is no record; as the kernel sends it, it is no stack yet. */
    record_add_missing(&b, ABI_INDEX_STACK, ABI_WHY_ABSENT);
    r = record_end(&b);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), -EBADMSG);
    record_begin(&b, memory, sizeof(memory), &sample_events[1]);
    record_add_missing(&b, ABI_INDEX_FRAMES, ABI_WHY_ABSENT);
    r = record_end(&b);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
    assert_null(ev.stack);
}

static void wait_for(struct stack_files *s)
{
    const struct timespec t = {.tv_nsec = 1000000};
    while (stack_files_waiting(s) != UINT64_MAX)
        nanosleep(&t, NULL);
}

static struct stack_sight sight_of(const char *path, uint32_t mnt_ns)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return (struct stack_sight){
        .file = {.inode = st.st_ino,
                 .ctime = (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec,
                 .dev = (uint32_t)st.st_dev,
                 .mnt_ns = mnt_ns},
        .path = path,
        .path_len = strlen(path),
        .time = 7,
        .pid = (uint32_t)getpid()};
}

static struct stack_frame frame_in(struct stack_files *s, const struct stack_file *file,
                                   uint64_t offset, bool caller, struct event *ev, char *memory,
                                   size_t cap)
{
    _Alignas(8) char stack[2048];
    struct abi_frame f = {.address = 0x1000,
                          .offset = offset,
                          .inode = file->inode,
                          .ctime = file->ctime,
                          .dev = file->dev,
                          .kind = ABI_MAPPED_FILE};
    struct stack_frame out;
    size_t pos = 0, n = stack_files_put(s, &f, file->mnt_ns, caller, stack, sizeof(stack));
    assert_true(n > 0);
    assert_int_equal(with_stack(ev, memory, cap, stack, n), 0);
    assert_true(stack_next(ev, &pos, &out));
    return out;
}

/* Where main is in the file of this program. */
static uint64_t main_offset(void)
{
    struct elf_symbols e;
    uint64_t offset = 0, into;
    int fd = open("/proc/self/exe", O_RDONLY);
    assert_int_equal(elf_read(&e, fd), 0);
    close(fd);
    for (unsigned i = 0; i < e.nsegments && !offset; i++)
        for (uint64_t o = e.segments[i].offset; o < e.segments[i].offset + e.segments[i].size;
             o++) {
            const char *name = elf_find(&e, o, &into);
            if (name && !into && !strcmp(name, "main")) {
                offset = o;
                break;
            }
        }
    elf_free(&e);
    assert_true(offset > 0);
    return offset;
}

static void reads_files(void **state)
{
    _Alignas(8) char memory[4096];
    char path[4096];
    struct stack_files *s;
    struct event ev;
    (void)state;
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    assert_true(len > 0);
    path[len] = '\0';
    uint64_t offset = main_offset();
    assert_int_equal(stack_files_start(&s), 0);
    struct stack_sight sight = sight_of(path, 1);

    /* Without its path it can't be read, and has to be told again. */
    struct stack_sight untold = sight;
    untold.path = NULL;
    assert_false(stack_files_see(s, &untold));
    struct stack_frame f = frame_in(s, &sight.file, offset, false, &ev, memory, sizeof(memory));
    assert_int_equal(f.why, ABI_FRAME_PENDING);
    assert_null(f.object);

    assert_true(stack_files_see(s, &sight));
    wait_for(s);
    f = frame_in(s, &sight.file, offset + 3, false, &ev, memory, sizeof(memory));
    assert_int_equal(f.symbol_len, 4);
    assert_memory_equal(f.symbol, "main", 4);
    assert_int_equal(f.offset, 3);
    assert_int_equal(f.object_len, (size_t)len);
    assert_true(f.build_id_len > 0);
    /* Where a call returns to belongs to what made the call. */
    f = frame_in(s, &sight.file, offset, true, &ev, memory, sizeof(memory));
    assert_true(f.symbol_len != 4 || memcmp(f.symbol, "main", 4) != 0);
    f = frame_in(s, &sight.file, UINT64_MAX, true, &ev, memory, sizeof(memory));
    assert_int_equal(f.why, ABI_FRAME_NO_SYMBOL);
    assert_int_equal(stack_files_counts(s).read, 1);
    stack_files_free(s);
}

static void refuses_files(void **state)
{
    _Alignas(8) char memory[4096];
    char path[] = "/tmp/ratel-stack-XXXXXX";
    struct stack_files *s;
    struct event ev;
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, "no ELF", 6) == 6);
    assert_int_equal(stack_files_start(&s), 0);
    struct stack_sight sight = sight_of(path, 1), changed = sight, gone = sight;
    changed.file.ctime++;
    gone.file.inode += 1000;
    gone.path = "/nowhere/to/be/found";
    gone.path_len = strlen(gone.path);
    assert_true(stack_files_see(s, &sight) && stack_files_see(s, &changed) &&
                stack_files_see(s, &gone));
    wait_for(s);
    assert_int_equal(frame_in(s, &sight.file, 0, false, &ev, memory, sizeof(memory)).why,
                     ABI_FRAME_NOT_ELF);
    assert_int_equal(frame_in(s, &changed.file, 0, false, &ev, memory, sizeof(memory)).why,
                     ABI_FRAME_CHANGED);
    assert_int_equal(frame_in(s, &gone.file, 0, false, &ev, memory, sizeof(memory)).why,
                     ABI_FRAME_GONE);
    assert_int_equal(stack_files_counts(s).failed, 3);
    stack_files_free(s);
    close(fd);
    unlink(path);
}

/* More files than are kept: the oldest go, and those that come again are read again. */
static void forgets_files(void **state)
{
    struct stack_files *s;
    struct stack_sight sight = {.path = NULL, .pid = 1};
    (void)state;
    assert_int_equal(stack_files_start(&s), 0);
    for (uint64_t i = 1; i <= 3 * STACK_FILES_KNOWN; i++) {
        sight.file.inode = i;
        assert_false(stack_files_see(s, &sight));
    }
    assert_int_equal(stack_files_counts(s).files, STACK_FILES_KNOWN);
    assert_int_equal(stack_files_counts(s).evicted, 2 * STACK_FILES_KNOWN);
    stack_files_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed),       cmocka_unit_test(damaged),
        cmocka_unit_test(missing),       cmocka_unit_test(reads_files),
        cmocka_unit_test(refuses_files), cmocka_unit_test(forgets_files),
    };
    sample_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
