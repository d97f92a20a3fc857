/* SPDX-License-Identifier: Apache-2.0 */
/* What else goes wrong: no memory, no room, no file, a writer that is killed. */
/* LINK: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "failing_malloc.h"
#include "recording_sample.h"

#define STEP 1000ULL

static void no_memory_to_read(void **state)
{
    static const struct sample s = {60, 10, STEP, true, NULL};
    struct strbuf out = STRBUF_INIT(1 << 20);
    unsigned refused = 0;

    (void)state;
    sample_write(&out, &s);
    for (int n = 0;; n++) {
        const struct abi_record *recs[100];
        int fd = sample_file(out.data, out.len);
        struct recording *r = NULL;
        struct error err = {0};
        int rc, total = 0;

        allocations_allow(n);
        rc = recording_open_fd(&r, fd, "sample", &err);
        while (rc >= 0) {
            rc = recording_read(r, recs, 100, &err);
            if (rc > 0)
                total += rc;
        }
        allocations_allow(-1);
        assert_true(rc == -ENOMEM || rc == -ENODATA);
        assert_true(rc == -ENODATA || strstr(err.message, "no memory"));
        recording_close(r);
        if (rc == -ENODATA) {
            assert_int_equal(total, 60);
            break;
        }
        refused++;
    }
    assert_true(refused > 5);
    strbuf_free(&out);
}

static void no_memory_to_write(void **state)
{
    bool wrote = false;

    (void)state;
    for (int n = 0; !wrote; n++) {
        struct strbuf out = STRBUF_INIT(8 << 20);
        struct recording_writer *w;
        uint64_t room[32];
        int rc = -ENOMEM;

        sample_record(room, 0, STEP);
        allocations_allow(n);
        w = recording_writer_new(&sample_catalog, &sample_machine);
        if (w && !recording_writer_header(w, &out)) {
            recording_writer_add(w, (const void *)room, &out);
            rc = recording_writer_end(w, NULL, &out);
        }
        allocations_allow(-1);
        if (w && out.len) {
            struct error err;
            struct recording *r = sample_open(out.data, out.len, &err);

            /* Whatever came out is whole. */
            assert_non_null(r);
            assert_int_equal(recording_faults(r).dropped_bytes, 0);
            assert_int_equal(sample_drain(r, STEP) + recording_writer_lost(w), 1);
            recording_close(r);
        }
        wrote = rc == 0;
        recording_writer_free(w);
        strbuf_free(&out);
        assert_true(n < 1000);
    }
}

/* The buffer has room for some frames only: the others are lost, counted, and the rest is whole. */
static void no_room_for_a_frame(void **state)
{
    struct recording_writer *w = recording_writer_new(&sample_catalog, &sample_machine);
    struct strbuf out = STRBUF_INIT(3000);
    struct recording *r;
    struct error err;
    uint64_t room[32];
    unsigned failed = 0, written;

    (void)state;
    assert_int_equal(recording_writer_header(w, &out), 0);
    for (unsigned i = 0; i < 100; i++) {
        recording_writer_add(w, sample_record(room, i, (i + 1) * STEP), &out);
        if (recording_writer_flush(w, &out)) {
            assert_true(out.overflow);
            out.overflow = false;
            failed++;
        }
    }
    assert_in_range(failed, 1, 99);
    assert_int_equal(recording_writer_lost(w), failed);
    r = sample_open(out.data, out.len, &err);
    assert_non_null(r);
    assert_int_equal(recording_faults(r).dropped_bytes, 0);
    written = sample_drain(r, STEP);
    assert_int_equal(written, 100 - failed);
    recording_close(r);
    recording_writer_free(w);
    strbuf_free(&out);
}

static void not_records(void **state)
{
    static const struct {
        uint32_t len;
        uint16_t event;
    } rows[] = {{0, 3}, {128, 3}, {140, 3}, {ABI_RECORD_MAX + 8, 3}, {136, 4}, {136, UINT16_MAX}};
    struct recording_writer *w = recording_writer_new(&sample_catalog, &sample_machine);
    struct strbuf out = STRBUF_INIT(1 << 20);

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct abi_record rec = {.len = rows[i].len, .event = rows[i].event};

        assert_int_equal(recording_writer_add(w, &rec, &out), -EINVAL);
    }
    assert_int_equal(recording_writer_lost(w), 6);
    assert_int_equal(recording_writer_flush(w, &out), 0);
    assert_int_equal(out.len, 0);
    recording_writer_free(w);
    strbuf_free(&out);
}

static void temporary(char *path, const char *text)
{
    int fd;

    snprintf(path, 64, "/tmp/ratel-test-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void check_refused(const char *path, const char *says)
{
    struct recording *r = NULL;
    struct error err = {0};

    assert_true(recording_open(&r, path, &err) < 0);
    assert_null(r);
    if (!strstr(err.message, says))
        fail_msg("%s: %s", path, err.message);
}

static void not_recordings(void **state)
{
    char empty[64], text[64], head[64];

    (void)state;
    temporary(empty, "");
    temporary(text, "#!/bin/sh\necho this is a script and not a recording at all\n");
    temporary(head, "\211ratel\r\n");
    check_refused("/nonexistent/day.ratel", "can't open /nonexistent/day.ratel: No such file");
    check_refused("/tmp", "/tmp is a directory, not a recording");
    check_refused("/dev/null", "/dev/null is empty, not a recording");
    check_refused("/dev/zero", "/dev/zero is not a recording of ratel");
    check_refused(empty, "is empty, not a recording");
    check_refused(text, "is not a recording of ratel");
    check_refused(head, "is too short to be a recording");
    unlink(empty);
    unlink(text);
    unlink(head);
}

/* Root may read everything, so another user tries. */
static void unreadable(void **state)
{
    char path[64];
    int status;
    pid_t pid;

    (void)state;
    temporary(path, "x");
    assert_int_equal(chmod(path, 0), 0);
    pid = fork();
    if (pid == 0) {
        struct recording *r = NULL;
        struct error err = {0};

        if (geteuid() == 0 && setuid(65534))
            _exit(2);
        _exit(recording_open(&r, path, &err) == -EACCES && strstr(err.message, "Permission denied")
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    unlink(path);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Writes records to fd until something stops it; every byte as soon as there is one. */
static void write_on(int fd, unsigned max)
{
    struct recording_writer *w = recording_writer_new(&sample_catalog, &sample_machine);
    struct strbuf out = STRBUF_INIT(4 << 20);
    uint64_t room[32];

    recording_writer_header(w, &out);
    for (unsigned i = 0; i < max; i++) {
        recording_writer_add(w, sample_record(room, i, (i + 1) * STEP), &out);
        if (i % 50 == 49)
            recording_writer_flush(w, &out);
        for (size_t at = 0; at < out.len;) {
            ssize_t n = write(fd, out.data + at, out.len - at);

            if (n <= 0)
                goto out;
            at += (size_t)n;
        }
        strbuf_clear(&out);
    }
out:
    recording_writer_free(w);
    strbuf_free(&out);
}

/* A frame's worth of records, all of them the sample's, from the beginning on. */
static unsigned check_prefix(const char *path, uint64_t *dropped)
{
    struct recording *r = NULL;
    struct error err = {0};
    unsigned n;

    if (recording_open(&r, path, &err))
        fail_msg("%s", err.message);
    n = sample_drain(r, STEP);
    assert_false(recording_faults(r).closed);
    assert_int_equal(recording_faults(r).frames, 0);
    *dropped = recording_faults(r).dropped_bytes;
    recording_close(r);
    return n;
}

/* The file may not grow further, as on a full disk: the last write is cut in the middle. */
static void disk_full(void **state)
{
    char path[64];
    int status;
    uint64_t dropped;
    pid_t pid;

    (void)state;
    temporary(path, "");
    pid = fork();
    if (pid == 0) {
        struct rlimit limit = {50001, 50001};

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        write_on(open(path, O_WRONLY | O_APPEND), 1000000);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_true(check_prefix(path, &dropped) >= 50);
    assert_true(dropped > 0);
    unlink(path);
}

static void killed(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct stat st = {0};
        uint64_t dropped;
        char path[64];
        pid_t pid;

        temporary(path, "");
        pid = fork();
        if (pid == 0) {
            write_on(open(path, O_WRONLY | O_APPEND), UINT32_MAX);
            _exit(0);
        }
        while (st.st_size < 20000) {
            usleep(1000 + i * 777);
            assert_int_equal(stat(path, &st), 0);
        }
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_true(check_prefix(path, &dropped) >= 50);
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_memory_to_read),   cmocka_unit_test(no_memory_to_write),
        cmocka_unit_test(no_room_for_a_frame), cmocka_unit_test(not_records),
        cmocka_unit_test(not_recordings),      cmocka_unit_test(unreadable),
        cmocka_unit_test(disk_full),           cmocka_unit_test(killed),
    };

    return cmocka_run_group_tests(tests, sample_setup, NULL);
}
