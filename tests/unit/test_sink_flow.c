/* SPDX-License-Identifier: Apache-2.0 */
/* Destinations that are slow, full, gone or a terminal: every event is counted, nothing hangs. */
/* LINK: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc -lutil */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/limits.h"
#include "event/context.h"
#include "failing_malloc.h"
#include "sink/destination.h"
#include "sink_sample.h"

static struct sink *open_sink(const char *spec, const struct sink_context *ctx)
{
    struct error err = {.message = ""};
    struct sink *s = NULL;
    if (sink_open(&s, spec, ctx, &err))
        fail_msg("%s: %s", spec, err.message);
    return s;
}

/* n events through one sink, and what became of them. */
static struct sink_counts run(const char *spec, const struct sink_context *ctx, unsigned n)
{
    struct sink *s = open_sink(spec, ctx);
    struct sink_counts c;
    struct fanout *f;
    assert_int_equal(fanout_new(&f, &s, 1, ctx), 0);
    send_events(f, n, "/etc/passwd", 11);
    fanout_free(f);
    sink_close(s, &c);
    assert_int_equal(c.delivered, n);
    assert_int_equal(c.delivered, c.written + c.dropped + c.failed);
    return c;
}

static const char *fd_spec(const char *format, int fd)
{
    static char spec[64];
    snprintf(spec, sizeof(spec), "%s:/dev/fd/%d", format, fd);
    return spec;
}

static void many(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    ctx.wait = true;
    ctx.queue_bytes = 300000;
    assert_int_equal(run(spec_in("json", "many"), &ctx, 20000).written, 20000);
    size_t len;
    char *text = read_back("many", &len);
    assert_int_equal(count_lines(text, len), 20000);
    free(text);
}

static void full_disk(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    ctx.wait = true;
    struct sink_counts c = run("json:/dev/full", &ctx, 2000);
    assert_int_equal(c.failed, 2000);
    assert_int_equal(c.bytes, 0);
}

static void full_disk_retry(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    ctx.retry = true;
    uint64_t before = monotonic_ms();
    struct sink_counts c = run("json:/dev/full", &ctx, 2000);
    assert_int_equal(c.written, 0);
    assert_in_range(monotonic_ms() - before, 900, 3000);
}

static void closed_pipe(void **state)
{
    (void)state;
    int p[2];
    struct sink_context ctx = sample_context();
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    struct sink *s = open_sink(fd_spec("json", p[1]), &ctx);
    struct sink_counts c;
    struct fanout *f;
    close(p[0]);
    close(p[1]);
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    send_events(f, 10, "/x", 2);
    fanout_flush(f);
    for (int i = 0; i < 500 && !sink_ended(s); i++)
        usleep(10000);
    assert_true(sink_ended(s));
    send_events(f, 5, "/x", 2);
    fanout_free(f);
    sink_close(s, &c);
    assert_int_equal(c.delivered, 15);
    assert_int_equal(c.failed, 15);
}

/* Nobody reads: the pipeline goes on, the queue stays bounded, the end comes within its time. */
static void stuck_pipe(void **state)
{
    (void)state;
    int p[2];
    struct sink_context ctx = sample_context();
    ctx.queue_bytes = 600000;
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    uint64_t before = monotonic_ms();
    struct sink_counts c = run(fd_spec("json", p[1]), &ctx, 50000);
    assert_in_range(monotonic_ms() - before, 900, 3000);
    assert_true(c.dropped > 40000);
    assert_int_equal(c.failed, 0);
    assert_true(c.written > 0); /* what the pipe holds */
    close(p[0]);
    close(p[1]);
}

struct reader {
    int fd;
    useconds_t pause;
    size_t lines, bytes;
};

static void *read_slowly(void *arg)
{
    struct reader *r = arg;
    char buf[65536];
    ssize_t n;
    while ((n = read(r->fd, buf, sizeof(buf))) > 0) {
        r->lines += count_lines(buf, (size_t)n);
        r->bytes += (size_t)n;
        usleep(r->pause);
    }
    return NULL;
}

/* A source that can wait loses nothing, however slow the reader is. */
static void slow_pipe_waits(void **state)
{
    (void)state;
    int p[2];
    pthread_t t;
    struct reader r = {.pause = 2000};
    struct sink_context ctx = sample_context();
    ctx.wait = true;
    ctx.queue_bytes = 100000;
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    r.fd = p[0];
    assert_int_equal(pthread_create(&t, NULL, read_slowly, &r), 0);
    struct sink_counts c = run(fd_spec("json", p[1]), &ctx, 10000);
    close(p[1]);
    pthread_join(t, NULL);
    close(p[0]);
    assert_int_equal(c.written, 10000);
    assert_int_equal(r.lines, 10000);
    assert_int_equal(r.bytes, c.bytes);
}

/* The user wants to go while a replay waits for a reader that does not read. */
static void stop_ends_waiting(void **state)
{
    (void)state;
    int p[2];
    static volatile sig_atomic_t stop = 1;
    struct sink_context ctx = sample_context();
    ctx.wait = true;
    ctx.stop = &stop;
    ctx.queue_bytes = 100000;
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    uint64_t before = monotonic_ms();
    struct sink_counts c = run(fd_spec("json", p[1]), &ctx, 20000);
    assert_in_range(monotonic_ms() - before, 0, 3000);
    assert_true(c.dropped > 10000);
    close(p[0]);
    close(p[1]);
}

static void rotation(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    ctx.wait = true;
    ctx.rotate_bytes = 20000;
    ctx.rotate_keep = UINT32_MAX;
    assert_int_equal(run(spec_in("csv", "rotated"), &ctx, 5000).written, 5000);
    size_t lines = 0, files = 0, len;
    for (char name[32] = "rotated";; snprintf(name, sizeof(name), "rotated.%zu", files)) {
        char *text = read_back(name, &len);
        if (!text)
            break;
        files++;
        assert_true(len <= ctx.rotate_bytes);
        assert_memory_equal(text, "time,event,", 11);
        assert_int_equal(text[len - 1], '\n');
        lines += count_lines(text, len) - 1;
        free(text);
    }
    assert_int_equal(lines, 5000);
    assert_true(files > 10);
}

static void rotation_keeps(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    ctx.wait = true;
    ctx.rotate_bytes = 20000;
    ctx.rotate_keep = 2;
    assert_int_equal(run(spec_in("json", "kept"), &ctx, 1000).written, 1000);
    size_t len;
    static const char *const names[] = {"kept", "kept.1", "kept.2", "kept.3", "kept.new"};
    for (size_t i = 0; i < 5; i++) {
        char *text = read_back(names[i], &len);
        assert_int_equal(text != NULL, i < 3);
        free(text);
    }
}

static void rotation_by_age(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    ctx.rotate_seconds = 1;
    ctx.rotate_keep = 5;
    struct sink *s = open_sink(spec_in("json", "aged"), &ctx);
    struct sink_counts c;
    struct fanout *f;
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    send_events(f, 3, "/x", 2);
    fanout_flush(f);
    sleep(2);
    send_events(f, 4, "/x", 2);
    fanout_free(f);
    sink_close(s, &c);
    assert_int_equal(c.written, 7);
    size_t len;
    char *now = read_back("aged", &len);
    assert_int_equal(count_lines(now, len), 4);
    char *old = read_back("aged.1", &len);
    assert_int_equal(count_lines(old, len), 3);
    free(now);
    free(old);
}

/* A file that may not grow: what is in it are whole lines, and as many as were counted. */
static void file_limit(void **state)
{
    (void)state;
    struct rlimit before, limit;
    struct sink_context ctx = sample_context();
    ctx.wait = true;
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 100001;
    setrlimit(RLIMIT_FSIZE, &limit);
    struct sink_counts c = run(spec_in("json", "limited"), &ctx, 2000);
    setrlimit(RLIMIT_FSIZE, &before);
    size_t len;
    char *text = read_back("limited", &len);
    assert_true(c.written > 100 && c.failed > 0);
    assert_int_equal(text[len - 1], '\n');
    assert_int_equal(count_lines(text, len), c.written);
    assert_int_equal(len, c.bytes);
    free(text);
}

/* The same, tried again when there is room. */
/* What a recording still held back when its disk was full was never written. */
static void recording_limit(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    struct rlimit before, tight;
    struct stat st = {0};
    struct sink *s = open_sink(spec_in("recording", "limited"), &ctx);
    struct sink_counts c;
    struct fanout *f;
    for (int i = 0; i < 500 && st.st_size == 0; i++)
        usleep(10000), fstat(sink_fd(s), &st);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = (rlim_t)st.st_size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    send_events(f, 100, "/etc/passwd", 11);
    fanout_free(f);
    sink_close(s, &c);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(c.delivered, 100);
    assert_int_equal(c.written, 0);
    assert_int_equal(c.failed, 100);
}

static void file_limit_retry(void **state)
{
    (void)state;
    size_t len;
    struct destination d;
    struct error err;
    char path[128];
    snprintf(path, sizeof(path), "%s/cut", folder);
    assert_int_equal(destination_open(&d, path, &err), 0);
    assert_int_equal(destination_write(&d, "whole\nhal", 9, &len), 0);
    assert_true(destination_cut(&d, 3));
    assert_int_equal(destination_write(&d, "next\n", 5, &len), 0);
    assert_int_equal(d.bytes, 11);
    destination_close(&d);
    char *text = read_back("cut", &len);
    assert_string_equal(text, "whole\nnext\n");
    free(text);
}

/* A terminal of 80 columns: colour, and no line over its width, nor a character cut in two. */
static void terminal(void **state)
{
    (void)state;
    int master, slave;
    struct winsize w = {.ws_row = 24, .ws_col = 80};
    char buf[65536];
    size_t n = 0, columns = 0;
    struct sink_context ctx = sample_context();
    if (openpty(&master, &slave, NULL, NULL, &w) < 0)
        skip();
    unsetenv("NO_COLOR");
    setenv("TERM", "xterm", 1);
    struct sink *s = open_sink(fd_spec("table", slave), &ctx);
    struct fanout *f;
    struct sink_counts c;
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    send_events(f, 3, "/\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc\xc3\xbc",
                19);
    fanout_free(f);
    sink_close(s, &c);
    close(slave);
    for (ssize_t got; n < sizeof(buf) && (got = read(master, buf + n, sizeof(buf) - n)) > 0;)
        n += (size_t)got;
    close(master);
    assert_int_equal(c.written, 3);
    assert_int_equal(count_lines(buf, n), 4);
    assert_non_null(memmem(buf, n, "\033[36m", 5));
    for (size_t i = 0; i < n; i++) {
        if (buf[i] == '\033')
            i = (size_t)((char *)memchr(buf + i, 'm', n - i) - buf);
        else if (buf[i] == '\n')
            columns = 0;
        else if (buf[i] != '\r' && ((uint8_t)buf[i] & 0xc0) != 0x80)
            assert_true(++columns <= 80);
    }
}

static void binary_refuses_terminal(void **state)
{
    (void)state;
    int master, slave;
    struct error err = {.message = ""};
    struct sink_context ctx = sample_context();
    struct sink *s;
    if (openpty(&master, &slave, NULL, NULL, NULL) < 0)
        skip();
    assert_int_equal(sink_open(&s, fd_spec("recording", slave), &ctx, &err), -EINVAL);
    assert_string_equal(err.message, "output format 'recording' is not text: not for a terminal");
    close(master);
    close(slave);
}

/* One sink that nobody reads beside one that is fast: each has its own account. */
static void two_at_once(void **state)
{
    (void)state;
    int p[2];
    struct sink_context ctx = sample_context();
    struct sink_counts counts[2];
    struct sink *sinks[2];
    struct fanout *f;
    ctx.queue_bytes = 64 << 20;
    assert_int_equal(pipe2(p, O_CLOEXEC), 0);
    sinks[0] = open_sink(spec_in("json", "fast"), &ctx);
    sinks[1] = open_sink(fd_spec("csv", p[1]), &ctx);
    assert_int_equal(fanout_new(&f, sinks, 2, &ctx), 0);
    for (int i = 0; i < 20; i++) {
        send_events(f, 500, "/etc/passwd", 11);
        fanout_flush(f);
        sink_counts(sinks[0]);
    }
    fanout_free(f);
    for (int i = 0; i < 2; i++)
        sink_close(sinks[i], &counts[i]);
    assert_int_equal(counts[0].written, 10000);
    assert_int_equal(counts[1].delivered, 10000);
    assert_int_equal(counts[1].delivered, counts[1].written + counts[1].dropped);
    assert_true(counts[1].dropped > 0);
    close(p[0]);
    close(p[1]);
}

/* An event whose text is over the limit is counted, and the next one is whole. */
static void too_long(void **state)
{
    (void)state;
    struct sink_context ctx = sample_context();
    char *path = malloc(90000);
    assert_non_null(path);
    memset(path, 1, 90000); /* six bytes each in JSON, ten in a quoted cell of csv */
    static _Alignas(8) char memory[ABI_RECORD_MAX];
    struct event ev;
    const struct abi_record *r = sample_openat(memory, sizeof(memory), path, 90000, 0);
    assert_non_null(r);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
    char name[128];
    snprintf(name, sizeof(name), "%s/t", folder);
    FILE *t = fopen(name, "w");
    assert_non_null(t);
    fputs("{{event}}{{data.pathname}}{{data.pathname}}{{data.pathname|json}}\n", t);
    fclose(t);
    char format[160];
    snprintf(format, sizeof(format), "template=%s", name);
    struct sink *s = open_sink(spec_in(format, "long"), &ctx);
    struct fanout *f;
    struct sink_counts c;
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    fanout_event(f, &ev);
    send_events(f, 1, "/x", 2);
    fanout_free(f);
    sink_close(s, &c);
    assert_int_equal(c.failed, 1);
    assert_int_equal(c.written, 1);
    size_t len;
    char *text = read_back("long", &len);
    assert_string_equal(text, "openat/x/x\"/x\"\n");
    free(text);
    free(path);
}

/* A context that fills its batch's arena is still there when its event is written. */
static void contexts_that_grow(void **state)
{
    (void)state;
    static _Alignas(8) char memory[16384];
    enum { EVENTS = 40 };
    struct sink_context ctx = sample_context();
    ctx.wait = true;
    struct sink *s = open_sink(spec_in("json", "contexts"), &ctx);
    struct fanout *f;
    struct event ev;
    assert_int_equal(fanout_new(&f, &s, 1, &ctx), 0);
    const struct abi_record *r = sample_openat(memory, sizeof(memory), "/x", 2, 0);
    assert_int_equal(event_decode(&ev, &sample_catalog, r, r->len), 0);
    mallopt(M_PERTURB, 0xa5); /* what is given back is spoilt */
    for (unsigned i = 0; i < EVENTS; i++) {
        struct arena *arena = fanout_arena(f, &ev);
        struct task_view *t = arena_alloc(arena, sizeof(*t));
        struct container_view *container = arena_alloc(arena, sizeof(*container));
        struct event_context *c = arena_alloc(arena, sizeof(*c));
        *t = (struct task_view){.pid = 1};
        *container =
            (struct container_view){.id = {.s = arena_copy(arena, "still here", 10), .len = 10}};
        *c = (struct event_context){
            .parts = CONTEXT_CONTAINER, .serial = i + 1, .task = t, .container = container};
        assert_non_null(arena_alloc(arena, CONTEXT_BYTES / 2 + i));
        ev.context = c;
        fanout_event(f, &ev);
    }
    fanout_free(f);
    mallopt(M_PERTURB, 0);
    sink_close(s, &(struct sink_counts){0});
    size_t len, found = 0;
    char *text = read_back("contexts", &len);
    for (const char *at = text; (at = strstr(at, "still here")); at++)
        found++;
    assert_int_equal(found, EVENTS);
    free(text);
}

/* Memory that runs out at each place: no crash, no leak, and no event that is not counted. */
static void no_memory(void **state)
{
    (void)state;
    static const char *const formats[] = {"json", "table", "csv", "tracee"};
    for (size_t k = 0; k < 4; k++) {
        int opened = 0;
        for (int allowed = 0; allowed < 24; allowed++) {
            struct sink_context ctx = sample_context();
            struct error err = {.message = ""};
            struct sink_counts c = {0};
            struct fanout *f = NULL;
            struct sink *s = NULL;
            allocations_allow(allowed);
            int rc = sink_open(&s, spec_in(formats[k], "memory"), &ctx, &err);
            if (!rc && !fanout_new(&f, &s, 1, &ctx))
                send_events(f, 3, "/x", 2);
            if (f)
                fanout_free(f);
            if (!rc)
                sink_close(s, &c);
            allocations_allow(-1);
            assert_true(rc == 0 || rc == -ENOMEM || rc == -EAGAIN);
            assert_true(rc == 0 || err.message[0]);
            assert_int_equal(c.delivered, f ? 3 : 0);
            assert_int_equal(c.delivered, c.written + c.dropped + c.failed);
            opened += !rc;
        }
        assert_true(opened > 0);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(full_disk_retry),
        cmocka_unit_test(closed_pipe),
        cmocka_unit_test(stuck_pipe),
        cmocka_unit_test(slow_pipe_waits),
        cmocka_unit_test(stop_ends_waiting),
        cmocka_unit_test(rotation),
        cmocka_unit_test(rotation_keeps),
        cmocka_unit_test(rotation_by_age),
        cmocka_unit_test(file_limit),
        cmocka_unit_test(file_limit_retry),
        cmocka_unit_test(recording_limit),
        cmocka_unit_test(terminal),
        cmocka_unit_test(binary_refuses_terminal),
        cmocka_unit_test(two_at_once),
        cmocka_unit_test(too_long),
        cmocka_unit_test(contexts_that_grow),
        cmocka_unit_test(no_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
