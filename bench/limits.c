/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measures what the kernel's mechanisms cost that a tracer of system calls is made of.
 *   limits [GROUP|WORDS]...   groups: hooks helpers maps rings wakeups two; words: of a test's name
 * Every figure is getppid with the program attached, less getppid just before: the median of PAIRS
 * pairs and their range, in CPU nanoseconds of the calling thread. It calls on CPU 0; what reads
 * its events runs on CPU 1.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "limits.h"
#include "limits.skel.h"

#define PAIRS        9
#define CALLS        200000
#define PACED_NS     300000000ull
#define TWO_BATCHES  8
#define TWO_CALLS    50000
#define NAMES        8000 /* entries of a table that is not empty */
#define PREFIXES     200
#define PERF_PAGES   4096
#define LOOK_EVERY   16 /* events, of which one's delay is measured */
#define RING_MINIMAL 4096

enum reader { READ_NOT, READ_SPIN, READ_EPOLL, READ_TIMER, READ_PERF };

struct test {
    const char *group;
    const char *name;
    const char *programs[2]; /* of hooks; the others take "measured" */
    enum limits_mode mode;
    int size; /* of an event */
    enum reader reader;
    unsigned long flags;
    int timer_ms;
    bool touch;    /* the reader reads all of each event */
    bool other;    /* the program is for another process */
    double rate;   /* calls a second, 0: as many as can be */
    int watermark; /* bytes */
    int threads;   /* that call, of group two */
};

#define NONE  BPF_RB_NO_WAKEUP
#define FORCE BPF_RB_FORCE_WAKEUP

/* Rows by kind: what is left out is zero. */
#define HOOK(text, ...)                                                                            \
    {                                                                                              \
        .group = "hooks", .name = text, .programs = { __VA_ARGS__ }                                \
    }
#define COST(room, text, what, ...)                                                                \
    {                                                                                              \
        .group = room, .name = text, .mode = what, ##__VA_ARGS__                                   \
    }
#define READ(text, what, bytes, how, ...)                                                          \
    {                                                                                              \
        .group = "rings", .name = text, .mode = what, .size = bytes, .reader = how, ##__VA_ARGS__  \
    }
#define WAKE(text, what, how, hz, ...)                                                             \
    {                                                                                              \
        .group = "wakeups", .name = text, .mode = what, .size = 256, .reader = how, .rate = hz,    \
        ##__VA_ARGS__                                                                              \
    }
#define WAKEUPS(text, hz)                                                                          \
    WAKE("libbpf's own, " text, MODE_RING, READ_EPOLL, hz),                                        \
        WAKE("none, timer 1 ms, " text, MODE_RING, READ_TIMER, hz, .flags = NONE, .timer_ms = 1),  \
        WAKE("none, timer 10 ms, " text, MODE_RING, READ_TIMER, hz, .flags = NONE,                 \
             .timer_ms = 10),                                                                      \
        WAKE("at 64 KiB, " text, MODE_RING_WATERMARK, READ_EPOLL, hz, .watermark = 65536),         \
        WAKE("forced, " text, MODE_RING, READ_EPOLL, hz, .flags = FORCE)

static const struct test tests[] = {
    HOOK("one empty program on sys_exit", "exit1"),
    HOOK("two of them", "exit1", "exit2"),
    HOOK("one on sys_enter", "enter1"),
    HOOK("one on each", "exit1", "enter1"),
    HOOK("raw tracepoint sys_exit", "raw_exit"),
    HOOK("perf tracepoint sys_exit", "perf_exit"),
    HOOK("perf tracepoint of getppid", "perf_getppid"),
    HOOK("perf tracepoint of another call", "perf_other"),
    COST("helpers", "another process: return", MODE_PASS, .other = true),
    COST("helpers", "own process: return", MODE_PASS),
    COST("helpers", "clock", MODE_CLOCK),
    COST("helpers", "boot clock", MODE_BOOT_CLOCK),
    COST("helpers", "jiffies", MODE_JIFFIES),
    COST("helpers", "cgroup id", MODE_CGROUP_ID),
    COST("helpers", "uid and gid", MODE_UID_GID),
    COST("helpers", "comm", MODE_COMM),
    COST("helpers", "a counter", MODE_COUNT),
    COST("helpers", "a bit by system call", MODE_BITMAP),
    COST("helpers", "parent by BTF pointers", MODE_PARENT),
    COST("helpers", "8 ancestors by BTF pointers", MODE_ANCESTORS),
    COST("helpers", "string of 40 bytes", MODE_STRING),
    COST("helpers", "string and 64-byte-key hash", MODE_STRING_HASH),
    COST("helpers", "string and prefix trie", MODE_STRING_PREFIX),
    COST("helpers", "tail call", MODE_TAIL_CALL),
    COST("maps", "task storage", MODE_STORAGE),
    COST("maps", "hash look-up, 8,000 entries", MODE_HASH),
    COST("maps", "LRU look-up, 8,000 entries", MODE_LRU),
    COST("maps", "per-CPU hash look-up, 8,000 entries", MODE_CPU_HASH),
    COST("maps", "hash update", MODE_HASH_UPDATE),
    COST("maps", "hash insert and delete", MODE_HASH_INSERT),
    COST("maps", "array look-up", MODE_ARRAY),
    COST("maps", "per-CPU array look-up", MODE_CPU_ARRAY),
    READ("reserve 64 B", MODE_RING, 64, READ_SPIN, .flags = NONE),
    READ("reserve 128 B", MODE_RING, 128, READ_SPIN, .flags = NONE),
    READ("reserve 256 B", MODE_RING, 256, READ_SPIN, .flags = NONE),
    READ("reserve 512 B", MODE_RING, 512, READ_SPIN, .flags = NONE),
    READ("reserve 1 KiB", MODE_RING, 1024, READ_SPIN, .flags = NONE),
    READ("reserve 4 KiB", MODE_RING, 4096, READ_SPIN, .flags = NONE),
    READ("256 B, all of it read", MODE_RING, 256, READ_SPIN, .flags = NONE, .touch = true),
    READ("64 B, read afterwards", MODE_RING, 64, READ_NOT, .flags = NONE),
    READ("256 B, read afterwards", MODE_RING, 256, READ_NOT, .flags = NONE),
    READ("output 64 B", MODE_RING_OUTPUT, 64, READ_SPIN, .flags = NONE),
    READ("output 256 B", MODE_RING_OUTPUT, 256, READ_SPIN, .flags = NONE),
    READ("dynptr 256 B", MODE_RING_DYNPTR, 256, READ_SPIN, .flags = NONE),
    READ("ring of the CPU, 64 B", MODE_RING_CPU, 64, READ_SPIN, .flags = NONE),
    READ("ring of the CPU, 256 B", MODE_RING_CPU, 256, READ_SPIN, .flags = NONE),
    READ("perf buffer 64 B", MODE_PERF, 64, READ_PERF),
    READ("perf buffer 256 B", MODE_PERF, 256, READ_PERF),
    WAKEUPS("unpaced", 0),
    WAKEUPS("100 k/s", 100000),
    WAKEUPS("10 k/s", 10000),
    COST("two", "shared ring 64 B, one CPU", MODE_RING, .size = 64, .flags = NONE, .threads = 1),
    COST("two", "ring a CPU 64 B, one CPU", MODE_RING_CPU, .size = 64, .flags = NONE, .threads = 1),
    COST("two", "shared ring 64 B, two CPUs", MODE_RING, .size = 64, .flags = NONE, .threads = 2),
    COST("two", "ring a CPU 64 B, two CPUs", MODE_RING_CPU, .size = 64, .flags = NONE,
         .threads = 2),
    COST("two", "task storage, two CPUs", MODE_STORAGE, .threads = 2),
    COST("two", "hash look-up, two CPUs", MODE_HASH, .threads = 2),
};

static char argument[] = "/usr/lib/x86_64-linux-gnu/libexample.so"; /* 40 bytes with its NUL */

static double clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void pin(unsigned cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set))
        perror("sched_setaffinity");
}

/* Nanoseconds of a call: of CPU, or, paced, of wall time around it alone. */
static double calls_run(double rate)
{
    clockid_t cpu = CLOCK_THREAD_CPUTIME_ID;
    double start = clock_ns(rate > 0 ? CLOCK_MONOTONIC : cpu), spent = 0;
    long n = rate > 0 ? (long)(rate * PACED_NS / 1e9) : CALLS;
    for (long i = 0; i < n; i++) {
        if (rate <= 0) {
            syscall(SYS_getppid, argument);
            continue;
        }
        while (clock_ns(CLOCK_MONOTONIC) < start + (double)i * 1e9 / rate)
            ;
        double before = clock_ns(CLOCK_MONOTONIC);
        syscall(SYS_getppid, argument);
        spent += clock_ns(CLOCK_MONOTONIC) - before;
    }
    return (rate > 0 ? spent : clock_ns(cpu) - start) / (double)n;
}

/* The side that reads events. */
static struct reading {
    enum reader kind;
    bool touch, delays;
    int timer_ms;
    _Atomic bool stop;
    struct ring_buffer *ring;
    struct perf_buffer *perf;
    uint64_t got, lost, wakes, sum;
    double cpu_ns, delay_sum, delay_max;
    uint64_t delay_count;
} reading;

static int take(void *ctx, void *data, size_t size)
{
    const uint64_t *words = data;
    (void)ctx;
    reading.got++;
    for (size_t i = 0; reading.touch && i < size / 8; i++)
        reading.sum += words[i];
    if (reading.delays && reading.got % LOOK_EVERY == 0) {
        double delay = clock_ns(CLOCK_BOOTTIME) - (double)words[0];
        reading.delay_sum += delay;
        reading.delay_count++;
        if (delay > reading.delay_max)
            reading.delay_max = delay;
    }
    return 0;
}

static void take_perf(void *ctx, int cpu, void *data, __u32 size)
{
    (void)cpu;
    take(ctx, data, size);
}

static void lost_perf(void *ctx, int cpu, __u64 n)
{
    (void)ctx;
    (void)cpu;
    reading.lost += n;
}

static void reader_look(void)
{
    reading.wakes++;
    switch (reading.kind) {
    case READ_SPIN:
        if (ring_buffer__consume(reading.ring) <= 0)
            usleep(200);
        break;
    case READ_EPOLL:
        ring_buffer__poll(reading.ring, 50);
        break;
    case READ_TIMER:
        usleep((useconds_t)reading.timer_ms * 1000);
        ring_buffer__consume(reading.ring);
        break;
    default:
        perf_buffer__poll(reading.perf, 50);
    }
}

static void *reader_run(void *arg)
{
    (void)arg;
    pin(1);
    double start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
    while (!reading.stop)
        reader_look();
    if (reading.perf)
        perf_buffer__consume(reading.perf);
    else
        ring_buffer__consume(reading.ring);
    reading.cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
    return NULL;
}

static int reader_open(const struct test *t, struct limits_bpf *s)
{
    memset(&reading, 0, sizeof(reading));
    reading.kind = t->reader;
    reading.touch = t->touch;
    reading.timer_ms = t->timer_ms;
    reading.delays = t->rate > 0;
    if (t->mode == MODE_PERF) {
        reading.perf = perf_buffer__new(bpf_map__fd(s->maps.perf), PERF_PAGES, take_perf, lost_perf,
                                        NULL, NULL);
        return reading.perf ? 0 : -errno;
    }
    reading.ring = ring_buffer__new(bpf_map__fd(s->maps.ring), take, NULL, NULL);
    if (!reading.ring)
        return -errno;
    int rc = ring_buffer__add(reading.ring, bpf_map__fd(s->maps.ring0), take, NULL);
    return rc ? rc : ring_buffer__add(reading.ring, bpf_map__fd(s->maps.ring1), take, NULL);
}

static void reader_close(void)
{
    ring_buffer__free(reading.ring);
    perf_buffer__free(reading.perf);
}

/* Only the programs that the test is about are loaded. */
static struct limits_bpf *programs_open(const struct test *t)
{
    static const char *const usual[2] = {"measured", "tail_called"};
    const char *const *names = t->programs[0] ? t->programs : usual;
    struct limits_bpf *s = limits_bpf__open();
    struct bpf_program *p;
    if (!s)
        return NULL;
    bpf_object__for_each_program(p, s->obj)
    {
        const char *name = bpf_program__name(p);
        bool wanted = !strcmp(name, names[0]) || (names[1] && !strcmp(name, names[1]));
        bpf_program__set_autoload(p, wanted);
    }
    return s;
}

static void configure(const struct test *t, struct limits_bpf *s)
{
    s->rodata->target_tgid = (uint32_t)(t->other ? 1 : getpid());
    /* Never the reader's own calls: they would feed themselves. */
    s->rodata->target_tid = t->reader ? (uint32_t)gettid() : 0;
    s->rodata->mode = (int)t->mode;
    s->rodata->size = t->size ? t->size : 64;
    s->rodata->ring_flags = t->flags;
    s->rodata->watermark = (uint64_t)t->watermark;
    s->rodata->interesting[SYS_getppid / 8] = 1 << SYS_getppid % 8;
    if (t->mode >= MODE_RING)
        return;
    bpf_map__set_max_entries(s->maps.ring, RING_MINIMAL);
    bpf_map__set_max_entries(s->maps.ring0, RING_MINIMAL);
    bpf_map__set_max_entries(s->maps.ring1, RING_MINIMAL);
}

/* A look-up in an empty table would be too cheap. */
static void fill_tables(const struct test *t, struct limits_bpf *s)
{
    static char value[4096]; /* of a per-CPU table: one for each CPU */
    struct {
        uint32_t bits;
        char text[60];
    } prefix = {0};
    for (uint32_t k = 1000000; k < 1000000 + NAMES; k++) {
        if (t->mode == MODE_HASH)
            bpf_map_update_elem(bpf_map__fd(s->maps.hash), &k, value, 0);
        if (t->mode == MODE_LRU)
            bpf_map_update_elem(bpf_map__fd(s->maps.lru), &k, value, 0);
        if (t->mode == MODE_CPU_HASH && libbpf_num_possible_cpus() <= 32)
            bpf_map_update_elem(bpf_map__fd(s->maps.cpu_hash), &k, value, 0);
    }
    for (int i = 0; t->mode == MODE_STRING_PREFIX && i < PREFIXES; i++) {
        memset(&prefix, 0, sizeof(prefix));
        if (i)
            snprintf(prefix.text, sizeof(prefix.text), "/usr/lib/x86_64-linux-gnu/%d", i);
        else
            snprintf(prefix.text, sizeof(prefix.text), "/usr/lib/");
        prefix.bits = (uint32_t)strlen(prefix.text) * 8;
        bpf_map_update_elem(bpf_map__fd(s->maps.prefixes), &prefix, value, 0);
    }
}

static struct limits_bpf *programs_load(const struct test *t)
{
    struct limits_bpf *s = programs_open(t);
    if (!s)
        return NULL;
    configure(t, s);
    if (limits_bpf__load(s)) {
        limits_bpf__destroy(s);
        return NULL;
    }
    if (!t->programs[0]) {
        int zero = 0, fd = bpf_program__fd(s->progs.tail_called);
        bpf_map_update_elem(bpf_map__fd(s->maps.tails), &zero, &fd, 0);
        fill_tables(t, s);
    }
    return s;
}

struct links {
    struct bpf_link *link[2];
    unsigned count;
};

static void detach(struct links *l)
{
    while (l->count)
        bpf_link__destroy(l->link[--l->count]);
}

/* All programs that were loaded but for the one that only a tail call reaches. */
static int attach(struct limits_bpf *s, struct links *l)
{
    struct bpf_program *p;
    l->count = 0;
    bpf_object__for_each_program(p, s->obj)
    {
        if (!bpf_program__autoload(p) || p == s->progs.tail_called)
            continue;
        l->link[l->count] = bpf_program__attach(p);
        if (!l->link[l->count]) {
            int rc = -errno;
            detach(l);
            return rc;
        }
        l->count++;
    }
    return 0;
}

static pthread_barrier_t barrier;
static double thread_ns[2];

/* Calls in batches that fit into a ring, which is emptied in between. */
static void *caller_run(void *arg)
{
    unsigned cpu = arg != NULL;
    double spent = 0;
    pin(cpu);
    for (int batch = 0; batch < TWO_BATCHES; batch++) {
        pthread_barrier_wait(&barrier);
        double start = clock_ns(CLOCK_THREAD_CPUTIME_ID);
        for (int i = 0; i < TWO_CALLS; i++)
            syscall(SYS_getppid, argument);
        spent += clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
        pthread_barrier_wait(&barrier);
        if (!cpu)
            ring_buffer__consume(reading.ring);
        pthread_barrier_wait(&barrier);
    }
    thread_ns[cpu] = spent / (TWO_BATCHES * TWO_CALLS);
    return NULL;
}

static double threads_run(int count)
{
    static char second;
    pthread_t thread[2];
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (int i = 0; i < count; i++)
        if (pthread_create(&thread[i], NULL, caller_run, i ? &second : NULL))
            exit(1);
    for (int i = 0; i < count; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&barrier);
    return count == 2 ? (thread_ns[0] + thread_ns[1]) / 2 : thread_ns[0];
}

static double side_run(const struct test *t)
{
    return t->threads ? threads_run(t->threads) : calls_run(t->rate);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_events(struct limits_bpf *s)
{
    uint64_t done = s->bss->counts[0].done + s->bss->counts[1].done;
    uint64_t lost = s->bss->counts[0].lost + s->bss->counts[1].lost + reading.lost;
    printf("  %lu events, %lu lost", (unsigned long)done, (unsigned long)lost);
    if (reading.kind && reading.got)
        printf(", reader %.0f ns an event", reading.cpu_ns / (double)reading.got);
    if (reading.delay_count)
        printf(", delay %.0f µs, at most %.0f",
               reading.delay_sum / (double)reading.delay_count / 1e3, reading.delay_max / 1e3);
}

static int pairs_run(const struct test *t, struct limits_bpf *s, double *base, double *added)
{
    struct links links;
    for (int i = 0; i < PAIRS; i++) {
        base[i] = side_run(t);
        int rc = attach(s, &links);
        if (rc)
            return rc;
        added[i] = side_run(t) - base[i];
        detach(&links);
        if (!t->reader && reading.ring)
            ring_buffer__consume(reading.ring);
        usleep(30000); /* for the kernel to let go of the programs */
    }
    return 0;
}

/* Pairs, with a reader on the other CPU where there are events to read. */
static int test_measure(const struct test *t, struct limits_bpf *s, double *base, double *added)
{
    pthread_t thread;
    int rc = t->programs[0] ? 0 : reader_open(t, s);
    if (rc)
        return rc;
    if (t->reader && pthread_create(&thread, NULL, reader_run, NULL))
        return -EAGAIN;
    rc = pairs_run(t, s, base, added);
    reading.stop = true;
    if (t->reader)
        pthread_join(thread, NULL);
    return rc;
}

static void test_run(const struct test *t)
{
    double base[PAIRS], added[PAIRS];
    struct limits_bpf *s = programs_load(t);
    printf("%-8s %-36s ", t->group, t->name);
    int rc = s ? test_measure(t, s, base, added) : -errno;
    if (rc) {
        printf("not here: %s\n", strerror(-rc));
    } else {
        qsort(base, PAIRS, sizeof(*base), by_value);
        qsort(added, PAIRS, sizeof(*added), by_value);
        printf("base %6.1f  + %6.1f ns (%.1f to %.1f)", base[PAIRS / 2], added[PAIRS / 2], added[1],
               added[PAIRS - 2]);
        if (t->mode >= MODE_RING)
            print_events(s);
        printf("\n");
    }
    fflush(stdout);
    reader_close();
    memset(&reading, 0, sizeof(reading));
    if (s)
        limits_bpf__destroy(s);
}

static bool test_wanted(const struct test *t, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(t->group, argv[i]) || strstr(t->name, argv[i]))
            return true;
    return argc < 2;
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
    (void)level;
    (void)format;
    (void)args;
    return 0;
}

int main(int argc, char **argv)
{
    bool any = false;
    libbpf_set_print(quiet);
    pin(0);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        if (!test_wanted(&tests[i], argc, argv))
            continue;
        any = true;
        test_run(&tests[i]);
    }
    if (!any)
        fprintf(stderr, "usage: limits [hooks|helpers|maps|rings|wakeups|two|WORDS]...\n");
    return any ? 0 : 2;
}
