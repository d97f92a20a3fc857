/* SPDX-License-Identifier: Apache-2.0 */
/* How far a file is whole, where its frames lie, and the account at its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/reader.h"

bool reader_chunk_sane(const struct disk_chunk *c)
{
    return c->magic == DISK_CHUNK_MAGIC && c->info <= DISK_INFO_MAX;
}

bool reader_frame(const struct disk_chunk *c, const char *info, struct disk_frame *f)
{
    if (c->info < sizeof(*f))
        return false;
    memcpy(f, info, sizeof(*f));
    return f->events <= (c->info - sizeof(*f)) / sizeof(struct disk_tally);
}

uint64_t reader_trailer_end(const struct recording *r, uint64_t at)
{
    uint64_t left = r->in.size - at;

    return at + (left < sizeof(struct disk_trailer) ? left : sizeof(struct disk_trailer));
}

/* Reads header and info at that place; the data is known to be in the file. 0 or -errno. */
static int chunk_at(struct recording *r, uint64_t at, struct disk_chunk *c)
{
    int rc;

    input_seek(&r->in, at);
    rc = input_fill(&r->in, c, sizeof(*c));
    if (rc)
        return rc;
    if (!reader_chunk_sane(c))
        return -EBADMSG;
    rc = room_reserve(&r->info, c->info);
    if (!rc)
        rc = input_fill(&r->in, r->info.data, c->info);
    if (rc)
        return rc;
    if (disk_chunk_sum(c, r->info.data) != c->sum)
        return -EBADMSG;
    return c->data <= r->in.size - r->in.pos ? 0 : -ENODATA;
}

/* The END that the trailer points at, with its index. 0, -ENOMEM, or another -errno: not closed. */
static int read_end(struct recording *r)
{
    struct disk_trailer t;
    struct disk_chunk c;
    int rc;

    if (r->in.size < r->first + sizeof(t))
        return -ENODATA;
    input_seek(&r->in, r->in.size - sizeof(t));
    rc = input_fill(&r->in, &t, sizeof(t));
    if (rc)
        return rc;
    if (t.magic != DISK_END_MAGIC || t.end < r->first || t.end >= r->in.size)
        return -EBADMSG;
    rc = chunk_at(r, t.end, &c);
    if (rc)
        return rc;
    if (c.kind != DISK_END || c.data > DISK_DATA_MAX)
        return -EBADMSG;
    rc = room_reserve(&r->data, c.data);
    if (!rc)
        rc = input_fill(&r->in, r->data.data, c.data);
    if (rc)
        return rc;
    if (disk_sum(r->data.data, c.data) != c.data_sum ||
        index_load(&r->index, r->data.data, c.data, t.end))
        return -EBADMSG;
    rc = reader_account(r, r->info.data, c.info);
    if (!rc)
        r->whole = t.end;
    return rc;
}

/* Walks from chunk to chunk as long as they are whole. */
static int scan(struct recording *r)
{
    uint64_t at = r->first;
    struct disk_chunk c;
    int rc;

    index_clear(&r->index);
    r->whole = UINT64_MAX;
    for (;;) {
        uint64_t begin = at;
        struct disk_frame f;

        rc = chunk_at(r, at, &c);
        if (rc)
            break;
        at = r->in.pos + c.data;
        if (c.kind == DISK_END) {
            rc = reader_account(r, r->info.data, c.info);
            at = reader_trailer_end(r, at);
        } else if (c.kind == DISK_FRAME && reader_frame(&c, r->info.data, &f)) {
            index_add(&r->index, begin, f.last);
            reader_reopen(r);
        }
        if (rc)
            break;
    }
    r->whole = at;
    if (rc && rc != -ENOMEM && rc != -EIO)
        r->faults.dropped_bytes = r->in.size - at;
    return rc == -ENOMEM || rc == -EIO ? rc : 0;
}

int reader_survey(struct recording *r)
{
    int rc;

    if (!r->in.seekable) {
        r->whole = UINT64_MAX;
        return 0;
    }
    rc = read_end(r);
    if (rc && rc != -ENOMEM && rc != -EIO)
        rc = scan(r);
    input_seek(&r->in, r->first);
    return rc;
}
