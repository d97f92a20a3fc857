/* SPDX-License-Identifier: Apache-2.0 */
#include "event/record.h"

#include <string.h>

void record_begin(struct record_builder *b, void *memory, size_t cap, const struct event_def *def)
{
    *b =
        (struct record_builder){.data = memory, .cap = cap > ABI_RECORD_MAX ? ABI_RECORD_MAX : cap};
    if (b->cap < sizeof(struct abi_record)) {
        b->full = true;
        return;
    }
    struct abi_record *r = record_header(b);
    memset(r, 0, sizeof(*r));
    r->len = sizeof(*r);
    r->event = def->id;
    r->flags = ABI_F_USER;
    r->syscall = -1;
}

struct abi_record *record_header(struct record_builder *b)
{
    return (void *)b->data;
}

/* Room for a field with n bytes of payload, padding zeroed; NULL when there is none. */
static char *add_field(struct record_builder *b, unsigned index, enum abi_status status,
                       enum abi_reason why, size_t n)
{
    if (b->full)
        return NULL;
    struct abi_record *r = record_header(b);
    size_t left = b->cap - r->len;
    size_t padded = (n + 7) & ~(size_t)7;
    if (n > ABI_RECORD_MAX || left < sizeof(struct abi_field) ||
        left - sizeof(struct abi_field) < padded) {
        b->full = true;
        return NULL;
    }
    struct abi_field *f = (void *)(b->data + r->len);
    *f = (struct abi_field){.index = (uint16_t)index,
                            .status = (uint8_t)status,
                            .reason = (uint8_t)why,
                            .len = (uint32_t)n};
    char *payload = (char *)(f + 1);
    if (padded)
        memset(payload + padded - 8, 0, 8);
    r->len += (uint32_t)(sizeof(*f) + padded);
    r->nfields++;
    return payload;
}

void record_add_int(struct record_builder *b, unsigned index, uint64_t v)
{
    record_add_bytes(b, index, &v, sizeof(v));
}

void record_add_bytes(struct record_builder *b, unsigned index, const void *p, size_t n)
{
    char *payload = add_field(b, index, ABI_PRESENT, ABI_WHY_NONE, n);
    if (payload && n)
        memcpy(payload, p, n);
}

void record_add_cut(struct record_builder *b, unsigned index, const void *p, size_t n,
                    enum abi_reason why)
{
    char *payload = add_field(b, index, ABI_TRUNCATED, why, n);
    if (payload && n)
        memcpy(payload, p, n);
}

void record_add_missing(struct record_builder *b, unsigned index, enum abi_reason why)
{
    add_field(b, index, ABI_MISSING, why, 0);
}

const struct abi_record *record_end(struct record_builder *b)
{
    return b->full ? NULL : record_header(b);
}
