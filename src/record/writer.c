/* SPDX-License-Identifier: Apache-2.0 */
#include "record/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* At level 1 zstd takes 1 GB/s and makes a third to a tenth of typical records. */
#define LEVEL 1

struct recording_writer *recording_writer_new(const struct catalog *catalog,
                                              const struct machine *machine)
{
    struct recording_writer *w = calloc(1, sizeof(*w));

    if (!w)
        return NULL;
    w->catalog = catalog;
    w->machine = *machine;
    w->zstd = ZSTD_createCCtx();
    w->recorded = calloc(catalog->count, sizeof(*w->recorded));
    w->tally = calloc(catalog->count, sizeof(*w->tally));
    w->slots = calloc(catalog->count, sizeof(*w->slots));
    w->raw = malloc(WRITER_RAW_BYTES);
    if (w->zstd && w->recorded && w->tally && w->slots && w->raw && !index_init(&w->index) &&
        !ZSTD_isError(ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, LEVEL)))
        return w;
    recording_writer_free(w);
    return NULL;
}

_Static_assert(EVENT_TEXT >= ZSTD_COMPRESSBOUND(WRITER_RAW_BYTES) + 64 * KIB,
               "a frame is no longer than an event of a sink may be");
_Static_assert(RECORDING_APPEND_MAX >= ZSTD_COMPRESSBOUND(WRITER_RAW_BYTES) +
                                           DISK_INDEX_MAX * sizeof(struct disk_index) + MIB,
               "a frame, an index and the account fit");

size_t recording_writer_memory(void)
{
    return sizeof(struct recording_writer) + WRITER_RAW_BYTES +
           DISK_INDEX_MAX * sizeof(struct disk_index) + ZSTD_BYTES;
}

void recording_writer_free(struct recording_writer *w)
{
    if (!w)
        return;
    ZSTD_freeCCtx(w->zstd);
    index_free(&w->index);
    free(w->recorded);
    free(w->tally);
    free(w->slots);
    free(w->raw);
    free(w);
}

void writer_seal(struct recording_writer *w, struct strbuf *out, size_t at, uint32_t kind,
                 uint32_t info)
{
    struct disk_chunk chunk = {.magic = DISK_CHUNK_MAGIC, .kind = kind, .info = info};
    const char *body = out->data + at + sizeof(chunk);

    chunk.data = (uint32_t)(out->len - at - sizeof(chunk) - info);
    chunk.data_sum = disk_sum(body + info, chunk.data);
    chunk.sum = disk_chunk_sum(&chunk, body);
    memcpy(out->data + at, &chunk, sizeof(chunk));
    w->offset += out->len - at;
}

void writer_forget(struct recording_writer *w)
{
    for (unsigned i = 0; i < w->nslots; i++)
        w->tally[w->slots[i]] = 0;
    w->nslots = 0;
    w->frame = (struct disk_frame){0};
}

/* The info of the frame held back. */
static void frame_info(struct recording_writer *w, struct strbuf *out)
{
    w->frame.events = w->nslots;
    strbuf_put(out, &w->frame, sizeof(w->frame));
    for (unsigned i = 0; i < w->nslots; i++) {
        unsigned slot = w->slots[i];
        struct disk_tally t = {.event = w->catalog->events[slot].id, .records = w->tally[slot]};

        strbuf_put(out, &t, sizeof(t));
    }
}

static void frame_written(struct recording_writer *w)
{
    for (unsigned i = 0; i < w->nslots; i++)
        w->recorded[w->slots[i]] += w->tally[w->slots[i]];
    w->records += w->frame.records;
    w->frames++;
}

static int frame_append(struct recording_writer *w, struct strbuf *out)
{
    size_t at = out->len;
    size_t info = sizeof(struct disk_frame) + w->nslots * sizeof(struct disk_tally);
    size_t bound = ZSTD_compressBound(w->frame.raw);
    uint64_t offset = w->offset;
    size_t n;

    /* All of it or nothing: half a frame would end the recording. */
    if (!strbuf_room(out, sizeof(struct disk_chunk) + info + bound))
        return -ENOMEM;
    out->len += sizeof(struct disk_chunk);
    frame_info(w, out);
    n = ZSTD_compress2(w->zstd, out->data + out->len, bound, w->raw, w->frame.raw);
    if (ZSTD_isError(n)) {
        out->len = at;
        return -ENOMEM;
    }
    out->len += n;
    writer_seal(w, out, at, DISK_FRAME, (uint32_t)info);
    index_add(&w->index, offset, w->frame.last);
    frame_written(w);
    return 0;
}

int recording_writer_flush(struct recording_writer *w, struct strbuf *out)
{
    int rc;

    if (w->frame.records == 0)
        return 0;
    rc = frame_append(w, out);
    if (rc)
        w->lost += w->frame.records;
    writer_forget(w);
    return rc;
}

static bool frame_ended(const struct recording_writer *w)
{
    return w->frame.raw >= RECORDING_FRAME_BYTES ||
           w->frame.last - w->frame.first >= RECORDING_FRAME_NS;
}

static void frame_add(struct recording_writer *w, const struct abi_record *rec, unsigned slot)
{
    struct disk_frame *f = &w->frame;

    memcpy(w->raw + f->raw, rec, rec->len);
    f->raw += rec->len;
    if (f->records == 0 || rec->time < f->first)
        f->first = rec->time;
    if (f->records == 0 || rec->time > f->last)
        f->last = rec->time;
    f->records++;
    if (w->tally[slot]++ == 0)
        w->slots[w->nslots++] = (uint16_t)slot;
}

int recording_writer_add(struct recording_writer *w, const struct abi_record *rec,
                         struct strbuf *out)
{
    const struct event_def *def = catalog_by_id(w->catalog, rec->event);

    if (!def || rec->len < sizeof(*rec) || rec->len % 8 || rec->len > ABI_RECORD_MAX) {
        w->lost++;
        return -EINVAL;
    }
    frame_add(w, rec, def->slot);
    return frame_ended(w) ? recording_writer_flush(w, out) : 0;
}

unsigned recording_writer_held(const struct recording_writer *w)
{
    return w->frame.records;
}

uint64_t recording_writer_lost(const struct recording_writer *w)
{
    return w->lost;
}
