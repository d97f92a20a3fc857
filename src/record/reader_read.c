/* SPDX-License-Identifier: Apache-2.0 */
/* From chunk to chunk, each in stages, so that a slow pipe can be left and come back to. */
#include <errno.h>
#include <string.h>

#include "record/reader.h"

static int next_stage(struct recording *r, enum reader_stage stage)
{
    r->stage = stage;
    return 0;
}

/* There is no chunk where one should be: the next one that the index knows, or the end. */
static int chunk_lost(struct recording *r)
{
    uint64_t next = r->in.seekable ? index_next(&r->index, r->at) : UINT64_MAX;

    r->faults.frames++;
    r->faults.unknown = true;
    if (next < r->whole) {
        input_seek(&r->in, next);
        return next_stage(r, STAGE_HEAD);
    }
    return next_stage(r, STAGE_END);
}

/* A pipe ended where no chunk did. */
static int cut_off(struct recording *r)
{
    r->faults.dropped_bytes = r->in.pos - r->at;
    return next_stage(r, STAGE_END);
}

static int read_head(struct recording *r)
{
    int rc;

    if (r->in.have == 0)
        r->at = r->in.pos;
    if (r->at >= r->whole)
        return next_stage(r, STAGE_END);
    rc = input_fill(&r->in, &r->chunk, sizeof(r->chunk));
    if (rc == -ENODATA)
        return cut_off(r);
    if (rc)
        return rc;
    return reader_chunk_sane(&r->chunk) ? next_stage(r, STAGE_INFO) : chunk_lost(r);
}

static bool before_until(const struct recording *r, uint64_t time)
{
    return time < r->until || r->until == UINT64_MAX;
}

static bool frame_wanted(const struct recording *r)
{
    return before_until(r, r->frame.first) && r->frame.last >= r->since;
}

/*
 * The account of a pipe; that of a file is known already. An account that makes no sense is none.
 * Frames may follow: a writer that could not begin its next file goes on in this one.
 */
static int after_end(struct recording *r)
{
    int rc = r->in.seekable ? 0 : reader_account(r, r->info.data, r->chunk.info);

    r->skip = reader_trailer_end(r, r->in.pos + r->chunk.data) - r->in.pos;
    return rc == -ENOMEM ? rc : next_stage(r, STAGE_SKIP);
}

static int after_info(struct recording *r)
{
    r->skip = r->chunk.data;
    if (r->chunk.kind == DISK_END)
        return after_end(r);
    if (r->chunk.kind != DISK_FRAME)
        return next_stage(r, STAGE_SKIP);
    reader_reopen(r);
    memset(&r->frame, 0, sizeof(r->frame));
    if (!reader_frame(&r->chunk, r->info.data, &r->frame)) {
        r->faults.frames++;
        r->faults.unknown = true;
        return next_stage(r, STAGE_SKIP);
    }
    if (!frame_wanted(r))
        return next_stage(r, STAGE_SKIP);
    if (r->frame.raw > DISK_RAW_MAX || r->chunk.data > DISK_DATA_MAX) {
        reader_damage(r);
        return next_stage(r, STAGE_SKIP);
    }
    return next_stage(r, STAGE_DATA);
}

static int read_info(struct recording *r)
{
    int rc = room_reserve(&r->info, r->chunk.info);

    if (!rc)
        rc = input_fill(&r->in, r->info.data, r->chunk.info);
    if (rc == -ENODATA)
        return r->in.seekable ? chunk_lost(r) : cut_off(r);
    if (rc)
        return rc;
    if (disk_chunk_sum(&r->chunk, r->info.data) != r->chunk.sum || r->in.pos > r->in.size ||
        r->chunk.data > r->in.size - r->in.pos)
        return chunk_lost(r);
    return after_info(r);
}

static int read_data(struct recording *r)
{
    int rc = room_reserve(&r->data, r->chunk.data);

    if (!rc)
        rc = input_fill(&r->in, r->data.data, r->chunk.data);
    if (rc == -ENODATA)
        return r->in.seekable ? chunk_lost(r) : cut_off(r);
    if (!rc) {
        r->stage = STAGE_HEAD;
        rc = reader_unpack(r);
    }
    if (rc == -EBADMSG) {
        reader_damage(r);
        return 0;
    }
    return rc;
}

static int skip_data(struct recording *r)
{
    int rc = input_skip(&r->in, r->skip);

    if (rc == -ENODATA)
        return r->in.seekable ? chunk_lost(r) : cut_off(r);
    return rc ? rc : next_stage(r, STAGE_HEAD);
}

static int advance(struct recording *r)
{
    switch (r->stage) {
    case STAGE_HEAD:
        return read_head(r);
    case STAGE_INFO:
        return read_info(r);
    case STAGE_DATA:
        return read_data(r);
    case STAGE_SKIP:
        return skip_data(r);
    case STAGE_END:
        break;
    }
    return -ENODATA;
}

/* The record at raw_pos, or NULL: what stands there is none. */
static const struct abi_record *record_at(const struct recording *r)
{
    const struct abi_record *rec = (const void *)(r->raw.data + r->raw_pos);
    size_t left = r->raw_len - r->raw_pos;

    if (left < sizeof(*rec) || rec->len < sizeof(*rec) || rec->len % 8 || rec->len > left ||
        rec->len > ABI_RECORD_MAX)
        return NULL;
    return rec;
}

/* What of the frame is left and wanted. */
static unsigned take_records(struct recording *r, const struct abi_record **out, unsigned max)
{
    unsigned n = 0;

    while (n < max && r->raw_pos < r->raw_len) {
        const struct abi_record *rec = record_at(r);

        if (!rec) {
            reader_damage(r);
            break;
        }
        r->raw_pos += rec->len;
        if (rec->time >= r->since && before_until(r, rec->time))
            out[n++] = rec;
    }
    return n;
}

int recording_read(struct recording *r, const struct abi_record **out, unsigned max,
                   struct error *err)
{
    for (;;) {
        unsigned n = take_records(r, out, max);
        int rc;

        if (n > 0)
            return (int)n;
        rc = advance(r);
        if (rc == -EAGAIN)
            return 0;
        if (rc == -ENODATA)
            return rc;
        if (rc == -ENOMEM)
            return error_set(err, rc, "no memory to read %s", r->name);
        if (rc)
            return error_set(err, rc, "can't read %s: %s", r->name, strerror(-rc));
    }
}
