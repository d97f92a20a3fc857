/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes of executables. The source tells of each file once, and again when it has forgotten that
 * it did, which is before it is forgotten here.
 */
#include <errno.h>
#include <stdlib.h>

#include "world/fields.h"
#include "world/world_impl.h"

struct hash_row {
    char text[HASH_TEXT];
    uint8_t why; /* there is none */
};

size_t hashes_memory(void)
{
    return file_ids_memory(WORLD_HASHES) + WORLD_HASHES * sizeof(struct hash_row);
}

int hashes_init(struct hashes *h)
{
    h->rows = calloc(WORLD_HASHES, sizeof(*h->rows));
    return file_ids_init(&h->ids, WORLD_HASHES) || !h->rows ? -ENOMEM : 0;
}

void hashes_free(struct hashes *h)
{
    file_ids_free(&h->ids);
    free(h->rows);
    *h = (struct hashes){0};
}

void feed_hash(struct world *w, const struct event *ev)
{
    struct hashes *h = &w->hashes;
    struct file_id id = {0};
    struct value v = event_value(ev, (unsigned)event_field(ev, "sha256"));
    if (!h->rows || !field_number(ev, "inode", &id.inode) ||
        !field_number(ev, "ctime", &id.ctime) || !field_number(ev, "dev", &id.dev))
        return;
    uint32_t at = file_ids_find(&h->ids, &id);
    h->evictions += at == FILE_IDS_NONE && h->ids.count == WORLD_HASHES;
    if (at == FILE_IDS_NONE)
        at = file_ids_add(&h->ids, &id);
    struct hash_row *row = &h->rows[at];
    bool known = v.status == ABI_PRESENT && v.encoding == ABI_ENC_STR && v.len == HASH_TEXT;
    row->why = known ? ABI_WHY_NONE : v.reason ? v.reason : ABI_WHY_NOT_SEEN;
    if (known)
        memcpy(row->text, v.data, HASH_TEXT);
    world_corrected(w, ev->rec->time);
}

struct text_view hashes_get(struct hashes *h, const struct image *i)
{
    const struct file_id id = {.inode = i->inode, .ctime = i->ctime, .dev = i->dev};
    if (!i->has_file)
        return text_unknown(ABI_WHY_NOT_SEEN);
    uint32_t at = file_ids_find(&h->ids, &id);
    if (at == FILE_IDS_NONE) {
        h->misses++;
        return text_unknown(ABI_WHY_PENDING);
    }
    h->hits++;
    const struct hash_row *row = &h->rows[at];
    return row->why ? text_unknown(row->why) : (struct text_view){.s = row->text, .len = HASH_TEXT};
}
