/* SPDX-License-Identifier: Apache-2.0 */
/* The account at the end of a recording. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/reader.h"

/* The causes' names; they stay in r->texts. Returns their bytes, 0 when they make no sense. */
static size_t take_causes(struct recording *r, const char *p, size_t len, unsigned causes)
{
    size_t at = 0;

    for (unsigned i = 0; i < causes; i++) {
        uint16_t n;

        if (len - at < sizeof(n))
            return 0;
        memcpy(&n, p + at, sizeof(n));
        at += sizeof(n);
        if (n > DISK_NAME_MAX || len - at <= n || p[at + n] != '\0')
            return 0;
        r->account.cause[i] = r->texts.data + at;
        at += (size_t)n + 1;
    }
    return at;
}

static void take_row(struct recording *r, const char *p, unsigned causes)
{
    const struct event_def *def;
    struct recording_count *count;
    struct disk_account row;

    memcpy(&row, p, sizeof(row));
    def = catalog_by_id(r->catalog, row.event);
    if (!def)
        return;
    count = &r->account.counts[def->slot];
    count->recorded = row.recorded;
    count->seen = row.seen;
    count->scoped = row.scoped;
    count->filtered = row.filtered;
    memcpy(count->lost, p + sizeof(row), causes * sizeof(uint64_t));
}

static int keep(struct recording *r, const char *p, size_t len)
{
    int rc = room_reserve(&r->texts, len);

    if (rc)
        return rc;
    if (len)
        memcpy(r->texts.data, p, len);
    /* Afresh: an END that was given up half-way may have left something. */
    free(r->account.counts);
    r->account.counts = calloc(r->catalog->count, sizeof(*r->account.counts));
    return r->account.counts ? 0 : -ENOMEM;
}

int reader_account(struct recording *r, const char *info, size_t len)
{
    struct disk_end end;
    size_t at, row;
    int rc;

    if (len < sizeof(end))
        return -EBADMSG;
    memcpy(&end, info, sizeof(end));
    info += sizeof(end);
    len -= sizeof(end);
    r->has_account = false;
    if (end.causes > DISK_CAUSES_MAX)
        return -EBADMSG;
    rc = keep(r, info, len);
    if (rc)
        return rc;
    at = take_causes(r, info, len, end.causes);
    /* Padding counts from the info's beginning; the fixed part is a multiple of 8. */
    at = (at + 7) & ~(size_t)7;
    row = sizeof(struct disk_account) + end.causes * sizeof(uint64_t);
    if ((end.causes > 0 && at == 0) || at > len || end.events > (len - at) / row)
        return -EBADMSG;
    for (uint32_t i = 0; i < end.events; i++)
        take_row(r, info + at + i * row, end.causes);
    r->account.records = end.records;
    r->account.causes = end.causes;
    r->account.counted = end.flags & DISK_END_COUNTED;
    r->has_account = true;
    r->faults.closed = true;
    return 0;
}

void reader_reopen(struct recording *r)
{
    if (r->whole != UINT64_MAX)
        return;
    r->has_account = false;
    r->faults.closed = false;
}
