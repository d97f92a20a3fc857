/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording, from a file and from a pipe. The first byte says what the rest is (FUZZ_*).
 * Checksums are put right on the way, as nobody guesses one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include "base/strbuf.h"
#include "event/event.h"
#include "record/recording.h"

#define FUZZ_SUMS   1 /* put checksums right */
#define FUZZ_PACKED 2 /* the frames' data is not compressed yet */
#define FUZZ_PIPE   4 /* read it from a pipe */
#define FUZZ_RANGE  8 /* read a part of the time as well */

#define INPUT_MAX  60000 /* fits into a pipe */
#define OUTPUT_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One chunk of the input, its sums put right, its data compressed; false at the end. */
static bool put_chunk(struct strbuf *out, const uint8_t *data, size_t size, size_t *at, int how)
{
    static char packed[INPUT_MAX * 2];
    struct disk_chunk c;
    size_t left = size - *at, rest, data_len;
    const uint8_t *info = data + *at + sizeof(c), *body;

    if (left < sizeof(c))
        return false;
    memcpy(&c, data + *at, sizeof(c));
    rest = left - sizeof(c);
    if (c.magic != DISK_CHUNK_MAGIC || c.info > rest || c.data > rest - c.info)
        return false;
    body = info + c.info;
    data_len = c.data;
    *at += sizeof(c) + c.info + c.data;
    if (how & FUZZ_PACKED && c.kind == DISK_FRAME) {
        c.data = (uint32_t)ZSTD_compress(packed, sizeof(packed), body, data_len, 1);
        body = (const uint8_t *)packed;
    }
    c.data_sum = disk_sum(body, c.data);
    c.sum = disk_chunk_sum(&c, info);
    strbuf_put(out, &c, sizeof(c));
    strbuf_put(out, info, c.info);
    strbuf_put(out, body, c.data);
    return true;
}

static void put_right(struct strbuf *out, const uint8_t *data, size_t size, int how)
{
    struct disk_header h;
    size_t at = sizeof(h);

    if (size < sizeof(h))
        return;
    memcpy(&h, data, sizeof(h));
    if (h.sections > size - sizeof(h))
        return;
    h.sum = disk_header_sum(&h, data + sizeof(h));
    strbuf_put(out, &h, sizeof(h));
    strbuf_put(out, data + sizeof(h), h.sections);
    at += h.sections;
    while (put_chunk(out, data, size, &at, how))
        ;
    strbuf_put(out, data + at, size - at);
}

static int open_bytes(const void *data, size_t size, bool as_pipe)
{
    int fds[2];

    if (!as_pipe) {
        fds[0] = memfd_create("fuzz", MFD_CLOEXEC);
        if (fds[0] < 0 || write(fds[0], data, size) != (ssize_t)size)
            abort();
        lseek(fds[0], 0, SEEK_SET);
        return fds[0];
    }
    if (pipe(fds) || write(fds[1], data, size) != (ssize_t)size)
        abort();
    close(fds[1]);
    return fds[0];
}

/* Returns how many records there were. */
static uint64_t drain(struct recording *r)
{
    const struct abi_record *recs[64];
    struct error err = {0};
    uint64_t n = 0;
    int got;

    while ((got = recording_read(r, recs, 64, &err)) >= 0) {
        for (int i = 0; i < got; i++) {
            struct event ev;

            if (recs[i]->len < sizeof(*recs[i]) || recs[i]->len > ABI_RECORD_MAX)
                abort();
            event_decode(&ev, recording_catalog(r), recs[i], recs[i]->len);
            n++;
        }
    }
    return n;
}

static void account(const struct recording *r)
{
    const struct recording_account *a = recording_account(r);

    for (unsigned i = 0; i < recording_catalog(r)->count; i++)
        (void)recording_damaged(r, i);
    for (unsigned i = 0; a && i < a->causes; i++)
        if (strlen(a->cause[i]) > DISK_NAME_MAX)
            abort();
}

static void read_all(const void *data, size_t size, int how)
{
    int fd = open_bytes(data, size, how & FUZZ_PIPE);
    struct recording *r;
    struct error err = {0};
    uint64_t all;

    if (recording_open_fd(&r, fd, "fuzz", &err)) {
        if (!err.message[0])
            abort();
        return;
    }
    all = drain(r);
    account(r);
    if (how & FUZZ_RANGE && !(how & FUZZ_PIPE)) {
        recording_range(r, 1001000000, 1005000000);
        drain(r);
        recording_seek(r, 0);
        if (drain(r) != all)
            abort();
    }
    recording_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);

    if (size < 1 || size > INPUT_MAX)
        return 0;
    if (data[0] & FUZZ_SUMS)
        put_right(&out, data + 1, size - 1, data[0]);
    else
        strbuf_put(&out, data + 1, size - 1);
    if (out.len <= 65536)
        read_all(out.data ? out.data : "", out.len, data[0]);
    strbuf_free(&out);
    return 0;
}
