/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a recording that is closed: the account, the index, and the trailer that finds them.
 */
#include <errno.h>

#include "record/writer.h"

static const struct recording_account account_none;

static bool account_has(const struct recording_writer *w, const struct recording_count *c,
                        unsigned causes, unsigned slot)
{
    uint64_t any = w->recorded[slot];

    if (c) {
        any |= c[slot].seen | c[slot].scoped | c[slot].filtered;
        for (unsigned i = 0; i < causes; i++)
            any |= c[slot].lost[i];
    }
    return any != 0;
}

/* The row of a slot; how many were written is what the writer itself knows. */
static void put_row(struct recording_writer *w, const struct recording_account *a, unsigned slot,
                    struct strbuf *out)
{
    struct disk_account row = {
        .event = w->catalog->events[slot].id,
        .recorded = w->recorded[slot],
    };

    if (a->counted) {
        row.seen = a->counts[slot].seen;
        row.scoped = a->counts[slot].scoped;
        row.filtered = a->counts[slot].filtered;
    }
    strbuf_put(out, &row, sizeof(row));
    if (a->counted)
        strbuf_put(out, a->counts[slot].lost, a->causes * sizeof(uint64_t));
}

static void put_account(struct recording_writer *w, const struct recording_account *a,
                        struct strbuf *out)
{
    const struct recording_count *counts = a->counted ? a->counts : NULL;
    struct disk_end end = {
        .records = w->records,
        .frames = w->frames,
        .causes = a->counted ? a->causes : 0,
        .flags = a->counted ? DISK_END_COUNTED : 0,
    };
    size_t at = out->len;

    for (unsigned i = 0; i < w->catalog->count; i++)
        end.events += account_has(w, counts, end.causes, i);
    strbuf_put(out, &end, sizeof(end));
    for (unsigned i = 0; i < end.causes; i++)
        writer_text(out, a->cause[i]);
    while ((out->len - at) % 8 && !out->overflow)
        strbuf_putc(out, '\0');
    for (unsigned i = 0; i < w->catalog->count; i++)
        if (account_has(w, counts, end.causes, i))
            put_row(w, a, i, out);
}

int recording_writer_end(struct recording_writer *w, const struct recording_account *account,
                         struct strbuf *out)
{
    struct disk_trailer trailer = {.magic = DISK_END_MAGIC};
    int rc = recording_writer_flush(w, out);
    size_t at = out->len;
    bool overflow = out->overflow;
    size_t info;

    out->overflow = false;
    trailer.end = w->offset;
    if (!account || account->causes > DISK_CAUSES_MAX)
        account = &account_none;
    if (!strbuf_room(out, sizeof(struct disk_chunk)))
        return -ENOMEM;
    out->len += sizeof(struct disk_chunk);
    put_account(w, account, out);
    info = out->len - at - sizeof(struct disk_chunk);
    strbuf_put(out, w->index.entries, w->index.count * sizeof(struct disk_index));
    if (!strbuf_room(out, sizeof(trailer)) || out->overflow) {
        /* A recording without an end is still one. */
        out->len = at;
        return -ENOMEM;
    }
    writer_seal(w, out, at, DISK_END, (uint32_t)info);
    strbuf_put(out, &trailer, sizeof(trailer));
    w->offset += sizeof(trailer);
    out->overflow = overflow;
    return rc;
}
