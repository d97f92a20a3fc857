/* SPDX-License-Identifier: Apache-2.0 */
/* An event: a view on one record and on its catalog row. Nothing is copied or formatted. */
#ifndef RATEL_EVENT_EVENT_H
#define RATEL_EVENT_EVENT_H

#include "event/catalog.h"

struct event_context; /* event/context.h */

/* Valid as long as the record's memory is. */
struct event {
    const struct abi_record *rec;
    const struct event_def *def;
    const struct event_context *context; /* what the world adds; NULL: nothing, or not yet */
    const struct abi_field *fields[ABI_FIELDS_MAX]; /* by catalog index; NULL: not in the record */
    const struct abi_field *stack; /* the user stack (event/stack.h); NULL: not in the record */
};

/*
 * Reads a record of at most len bytes, 8-byte aligned, trusting nothing in it. 0, or -EBADMSG when
 * it is not a record of this catalog: lengths that lie, an index twice or out of range, an unknown
 * event or encoding, a payload too short for its type.
 */
int event_decode(struct event *ev, const struct catalog *catalog, const void *data, size_t len);

/* What a field holds, in the shape that its type's encoding gives. */
struct value {
    uint8_t encoding; /* enum abi_encoding */
    uint8_t status;   /* enum abi_status */
    uint8_t reason;   /* enum abi_reason */
    uint64_t number;  /* INT, FD; cast to int64_t where the type is signed */
    const char *data; /* STR, STRV, SOCKADDR, BYTES, CRED; the path of an FD, NULL for none */
    size_t len;
    int64_t sec, nsec; /* TIMESPEC */
    const struct flag_table
        *flags; /* names of bits or values, as this event chooses; may be NULL */
};

/*
 * Whether field i is in the record, if only to say why it is missing. What is not (nobody asked for
 * it, this architecture's call lacks it, an older ratel did not have it) is not shown.
 */
static inline bool event_has(const struct event *ev, unsigned i)
{
    return i < ev->def->nfields && ev->fields[i];
}

/* The first field from i on that is in the record; the number of fields where there is none. */
static inline unsigned event_next(const struct event *ev, unsigned i)
{
    while (i < ev->def->nfields && !ev->fields[i])
        i++;
    return i;
}

/* The value of field i. A field that is not in the record is ABI_MISSING without a reason. */
struct value event_value(const struct event *ev, unsigned i);

/*
 * Walks a STRV: *pos starts at 0; false at the end. The last string of a truncated one may lack its
 * NUL.
 */
bool value_strv_next(const struct value *v, size_t *pos, const char **s, size_t *len);

/* Payload of a present or truncated field, and of the next field. */
static inline const void *field_payload(const struct abi_field *f)
{
    return f + 1;
}

static inline size_t field_size(const struct abi_field *f)
{
    return sizeof(*f) + (((size_t)f->len + 7) & ~(size_t)7);
}

#endif
