/* SPDX-License-Identifier: Apache-2.0 */
/* One frame: decompressed, checked record by record, and accounted for when it is damaged. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd_errors.h>

#include "record/reader.h"

int room_reserve(struct room *m, size_t n)
{
    char *data;

    if (n <= m->cap)
        return 0;
    data = malloc(n);
    if (!data)
        return -ENOMEM;
    free(m->data);
    m->data = data;
    m->cap = n;
    return 0;
}

int reader_unpack(struct recording *r)
{
    size_t n;

    if (disk_sum(r->data.data, r->chunk.data) != r->chunk.data_sum)
        return -EBADMSG;
    if (room_reserve(&r->raw, r->frame.raw))
        return -ENOMEM;
    /* Whatever the compressed bytes want to become, they get the room that the frame announced. */
    n = ZSTD_decompressDCtx(r->zstd, r->raw.data, r->frame.raw, r->data.data, r->chunk.data);
    if (ZSTD_isError(n))
        return ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation ? -ENOMEM : -EBADMSG;
    if (n != r->frame.raw)
        return -EBADMSG;
    r->raw_len = n;
    r->raw_pos = 0;
    return 0;
}

/* Takes back what of the frame was handed on before the damage. */
static void uncount(struct recording *r)
{
    for (size_t at = 0; at < r->raw_pos;) {
        const struct abi_record *rec = (const void *)(r->raw.data + at);
        const struct event_def *def = catalog_by_id(r->catalog, rec->event);

        if (def && r->damaged[def->slot] > 0)
            r->damaged[def->slot]--;
        if (r->faults.records > 0)
            r->faults.records--;
        at += rec->len;
    }
}

void reader_damage(struct recording *r)
{
    const char *p = r->info.data + sizeof(struct disk_frame);

    for (uint32_t i = 0; i < r->frame.events; i++) {
        const struct event_def *def;
        struct disk_tally t;

        memcpy(&t, p + i * sizeof(t), sizeof(t));
        def = catalog_by_id(r->catalog, t.event);
        if (def)
            r->damaged[def->slot] += t.records;
    }
    r->faults.frames++;
    r->faults.records += r->frame.records;
    if (r->raw_len)
        uncount(r);
    r->raw_len = 0;
    r->raw_pos = 0;
}
