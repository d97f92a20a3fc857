/* SPDX-License-Identifier: Apache-2.0 */
/* A small catalog, records of it, and recordings of those: in memory, in memfds and in pipes. */
#ifndef RATEL_TESTS_RECORDING_SAMPLE_H
#define RATEL_TESTS_RECORDING_SAMPLE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "event/record.h"
#include "record/recording.h"

static const struct field_def sample_tick_fields[] = {{.name = "n", .type = TYPE_u64}};
static const struct field_def sample_open_fields[] = {
    {.name = "dirfd", .type = TYPE_dirfd},
    {.name = "pathname", .type = TYPE_path},
};
static const struct event_def sample_events[] = {
    {.name = "tick", .fields = sample_tick_fields, .id = 3, .slot = 0, .nfields = 1},
    {.name = "sample_open",
     .fields = sample_open_fields,
     .id = 257,
     .slot = 1,
     .nfields = 2,
     .returns = RETURN_fd},
    {.name = "silence", .fields = NULL, .id = 900, .slot = 2},
};
static const struct event_def *sample_by_id[CATALOG_IDS];
static const struct catalog sample_catalog = {
    .events = sample_events, .count = 3, .by_id = sample_by_id};
static const struct machine sample_machine = {
    .hostname = "sett",
    .kernel = "6.1.0-sample",
    .arch = "x86_64",
    .boot_id = "01234567-89ab-cdef-0123-456789abcdef",
    .realtime_offset = 1700000000000000000,
    .boot_time = 1700000000000000001,
    .ncpu = 8,
    .clock_ticks = 100,
};

static inline int sample_setup(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sample_catalog.count; i++)
        sample_by_id[sample_events[i].id] = &sample_events[i];
    return 0;
}

/* The i-th record, in room of 256 bytes: its event, length and values depend on i alone. */
static inline const struct abi_record *sample_record(void *room, unsigned i, uint64_t time)
{
    const struct event_def *def = &sample_events[i % 3];
    const struct abi_record *rec;
    struct record_builder b;
    char path[64];

    record_begin(&b, room, 256, def);
    record_header(&b)->time = time;
    record_header(&b)->ret = (int64_t)i;
    if (i % 3 == 0)
        record_add_int(&b, 0, i);
    if (i % 3 == 1) {
        record_add_int(&b, 0, (uint64_t)-100);
        snprintf(path, sizeof(path), "/sample/%u", i * 37);
        record_add_bytes(&b, 1, path, strlen(path));
    }
    rec = record_end(&b);
    assert_non_null(rec);
    return rec;
}

/* Times a step apart, the first at the step. */
struct sample {
    unsigned records;
    unsigned frame; /* flush after so many, 0 never */
    uint64_t step;
    bool closed;
    const struct recording_account *account;
};

static inline void sample_write(struct strbuf *out, const struct sample *s)
{
    struct recording_writer *w = recording_writer_new(&sample_catalog, &sample_machine);
    uint64_t room[32];

    assert_non_null(w);
    assert_int_equal(recording_writer_header(w, out), 0);
    for (unsigned i = 0; i < s->records; i++) {
        assert_int_equal(recording_writer_add(w, sample_record(room, i, (i + 1) * s->step), out),
                         0);
        if (s->frame && (i + 1) % s->frame == 0)
            assert_int_equal(recording_writer_flush(w, out), 0);
    }
    assert_int_equal(recording_writer_flush(w, out), 0);
    if (s->closed)
        assert_int_equal(recording_writer_end(w, s->account, out), 0);
    recording_writer_free(w);
}

static inline int sample_file(const void *data, size_t len)
{
    int fd = memfd_create("recording", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t)len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

/* Opens bytes as a file; NULL when that fails, with the reason in err. */
static inline struct recording *sample_open(const void *data, size_t len, struct error *err)
{
    struct recording *r = NULL;

    memset(err, 0, sizeof(*err));
    if (recording_open_fd(&r, sample_file(data, len), "sample", err))
        assert_true(err->message[0] != '\0');
    return r;
}

/* Slot in the recording's catalog of the i-th event of the sample's. */
static inline unsigned sample_slot(const struct recording *r, unsigned i)
{
    const struct event_def *def = catalog_by_id(recording_catalog(r), sample_events[i].id);

    assert_non_null(def);
    return def->slot;
}

/* Reads to the end; every record must be the sample's of its .ret. Returns how many there were. */
static inline unsigned sample_drain(struct recording *r, uint64_t step)
{
    const struct abi_record *recs[7];
    struct error err = {0};
    uint64_t room[32];
    unsigned n = 0;
    int64_t last = -1;

    for (;;) {
        int got = recording_read(r, recs, 7, &err);

        if (got == -ENODATA)
            return n;
        if (got < 0)
            fail_msg("%s", err.message);
        for (int i = 0; i < got; i++) {
            const struct abi_record *rec = recs[i];

            assert_true(rec->ret > last);
            last = rec->ret;
            sample_record(room, (unsigned)last, ((uint64_t)last + 1) * step);
            assert_int_equal(rec->len, ((struct abi_record *)room)->len);
            assert_memory_equal(rec, room, rec->len);
            n++;
        }
    }
}

#endif
