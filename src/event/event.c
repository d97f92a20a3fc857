/* SPDX-License-Identifier: Apache-2.0 */
#include "event/event.h"

#include <errno.h>
#include <string.h>

#include "event/flags.h"

/*
 * Bytes that a payload needs at least and may have at most, by encoding. A socket address may be
 * shorter than its family: the traced program chooses its length, and must not be able to make its
 * event unreadable.
 */
#define MIN_INT      8
#define MAX_INT      8
#define MIN_STR      0
#define MAX_STR      ABI_RECORD_MAX
#define MIN_STRV     0
#define MAX_STRV     ABI_RECORD_MAX
#define MIN_SOCKADDR 0
#define MAX_SOCKADDR ABI_RECORD_MAX
#define MIN_TIMESPEC 16
#define MAX_TIMESPEC 16
#define MIN_BYTES    0
#define MAX_BYTES    ABI_RECORD_MAX
#define MIN_FD       8
#define MAX_FD       ABI_RECORD_MAX
#define MIN_CRED     sizeof(struct abi_cred)
#define MAX_CRED     sizeof(struct abi_cred)

/* A table of its own, dense, because every field of every record looks here. */
static const struct {
    uint32_t max;
    uint8_t min;
    uint8_t encoding;
} shapes[TYPE_COUNT] = {
#define TYPE(name, enc, listed, wide, plan, meaning)                                               \
    [TYPE_##name] = {.max = MAX_##enc, .min = MIN_##enc, .encoding = ABI_ENC_##enc},
#include "types.def"
#undef TYPE
};

static bool field_valid(const struct abi_field *f, const struct event_def *def)
{
    if (f->status == ABI_MISSING)
        return f->len == 0 && f->reason < ABI_WHY_COUNT;
    enum field_type type = def->fields[f->index].type;
    return f->status < ABI_MISSING && f->reason < ABI_WHY_COUNT && (unsigned)type < TYPE_COUNT &&
           f->len >= shapes[type].min && f->len <= shapes[type].max;
}

/* What is in it is looked at frame by frame, by those who read it. */
static bool stack_valid(const struct abi_field *f)
{
    return f->status <= ABI_MISSING && f->reason < ABI_WHY_COUNT &&
           (f->status != ABI_MISSING || !f->len);
}

static bool header_valid(const struct abi_record *r, size_t len)
{
    return r->len >= sizeof(*r) && r->len <= len && r->len <= ABI_RECORD_MAX && r->len % 8 == 0 &&
           r->comm[ABI_COMM_LEN - 1] == '\0';
}

int event_decode(struct event *ev, const struct catalog *catalog, const void *data, size_t len)
{
    const struct abi_record *r = data;
    if (len < sizeof(*r) || (uintptr_t)data % 8 || !header_valid(r, len))
        return -EBADMSG;
    const struct event_def *def = catalog_by_id(catalog, r->event);
    if (!def || r->nfields > def->nfields + 1u + ABI_STACK_MAX || def->nfields > ABI_FIELDS_MAX)
        return -EBADMSG;
    ev->rec = r;
    ev->def = def;
    ev->context = NULL;
    ev->stack = NULL;
    for (unsigned i = 0; i < def->nfields; i++)
        ev->fields[i] = NULL;

    const char *p = (const char *)(r + 1);
    size_t left = r->len - sizeof(*r);
    for (unsigned n = r->nfields; n; n--) {
        const struct abi_field *f = (const void *)p;
        if (left < sizeof(*f) || f->len > left - sizeof(*f))
            return -EBADMSG;
        if (f->index == ABI_INDEX_STACK) {
            if (ev->stack || !stack_valid(f))
                return -EBADMSG;
            ev->stack = f;
        } else if (f->index < ABI_INDEX_FRAME_PATH) { /* else a stack that has no names yet */
            if (f->index >= def->nfields || ev->fields[f->index] || !field_valid(f, def))
                return -EBADMSG;
            ev->fields[f->index] = f;
        }
        /* Whole: left and the header are multiples of 8, so the padding is inside. */
        p += field_size(f);
        left -= field_size(f);
    }
    return left ? -EBADMSG : 0;
}

static uint64_t load_u64(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* What the field called so holds; false where that is no number, or is missing. */
static bool number_of(const struct event *ev, const char *name, uint64_t *number)
{
    int i = event_def_field(ev->def, name, strlen(name));
    const struct abi_field *f = i < 0 ? NULL : ev->fields[i];
    if (!f || f->status == ABI_MISSING || shapes[ev->def->fields[i].type].encoding != ABI_ENC_INT)
        return false;
    *number = load_u64(field_payload(f));
    return true;
}

static const struct flag_table *names_of(const struct event *ev, const struct field_def *def)
{
    const struct flag_table *t = def->flags;
    while (t && t->by) {
        uint64_t number;
        bool known = number_of(ev, t->by, &number);
        t = flags_choose(t, known ? &number : NULL);
    }
    return t;
}

struct value event_value(const struct event *ev, unsigned i)
{
    struct value v = {.status = ABI_MISSING};
    if (i >= ev->def->nfields)
        return v;
    v.encoding = shapes[ev->def->fields[i].type].encoding;
    const struct abi_field *f = ev->fields[i];
    if (!f)
        return v;
    v.status = f->status;
    v.reason = f->reason;
    if (f->status == ABI_MISSING)
        return v;
    const char *p = field_payload(f);
    switch (v.encoding) {
    case ABI_ENC_INT:
        v.number = load_u64(p);
        v.flags = names_of(ev, &ev->def->fields[i]);
        break;
    case ABI_ENC_FD:
        v.number = load_u64(p);
        if (f->len > 8) {
            v.data = p + 8;
            v.len = f->len - 8;
        }
        break;
    case ABI_ENC_TIMESPEC:
        v.sec = (int64_t)load_u64(p);
        v.nsec = (int64_t)load_u64(p + 8);
        break;
    default:
        v.data = p;
        v.len = f->len;
    }
    return v;
}

bool value_strv_next(const struct value *v, size_t *pos, const char **s, size_t *len)
{
    if (*pos >= v->len)
        return false;
    const char *start = v->data + *pos;
    size_t left = v->len - *pos;
    const char *nul = memchr(start, '\0', left);
    *s = start;
    *len = nul ? (size_t)(nul - start) : left;
    *pos += *len + (nul != NULL);
    return true;
}
