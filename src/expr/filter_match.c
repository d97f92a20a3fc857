/* SPDX-License-Identifier: Apache-2.0 */
/* Running a compiled filter: once for every event that somebody wants, so nothing is allocated. */
#include <string.h>

#include "event/format.h"
#include "expr/filter_impl.h"

#define ADDRESS_TEXT_MAX 1024 /* a socket's path is 108 bytes, each at most \xNN */

/* Of one field's operands: whether one = held, one = was there, and whether another failed. */
struct verdict {
    bool wanted; /* there is an = */
    bool found;  /* one = holds */
    bool failed; /* one of the others does not */
};

static inline void verdict_add(struct verdict *v, const struct operand *o, bool holds)
{
    if (o->op == CLAUSE_EQ) {
        v->wanted = true;
        v->found |= holds;
    } else if (!holds) {
        v->failed = true;
    }
}

/* Whether one more = changes nothing. */
static inline bool verdict_knows(const struct verdict *v, const struct operand *o)
{
    return v->found && o->op == CLAUSE_EQ;
}

static inline bool verdict_passes(const struct verdict *v)
{
    return !v->failed && (v->found || !v->wanted);
}

static inline bool in_order(unsigned op, bool less, bool equal)
{
    switch (op) {
    case CLAUSE_LT:
        return less;
    case CLAUSE_LE:
        return less || equal;
    case CLAUSE_GT:
        return !less && !equal;
    case CLAUSE_GE:
        return !less;
    default:
        return false;
    }
}

static inline bool number_holds(const struct operand *o, uint64_t n, bool is_signed)
{
    if (o->op == CLAUSE_EQ)
        return (n & o->mask) == o->number;
    if (o->op == CLAUSE_NE)
        return (n & o->mask) != o->number;
    bool less = is_signed ? (int64_t)n < (int64_t)o->number : n < o->number;
    return in_order(o->op, less, n == o->number);
}

static inline bool text_holds(const struct operand *o, const char *s, size_t n, bool whole)
{
    return pattern_match(&o->pattern, s, n, whole) == (o->op == CLAUSE_EQ);
}

static bool time_holds(const struct operand *o, const struct value *v)
{
    int64_t sec = (int64_t)o->number, nsec = (int64_t)o->mask;
    bool equal = v->sec == sec && v->nsec == nsec;
    if (o->op <= CLAUSE_NE)
        return equal == (o->op == CLAUSE_EQ);
    return in_order(o->op, v->sec < sec || (v->sec == sec && v->nsec < nsec), equal);
}

static bool match_number(const struct test *t, uint64_t n)
{
    struct verdict out = {0};
    for (uint32_t i = 0; i < t->count; i++)
        verdict_add(&out, &t->operands[i], number_holds(&t->operands[i], n, t->is_signed));
    return verdict_passes(&out);
}

static bool match_text(const struct test *t, const char *s, size_t n, bool whole)
{
    struct verdict out = {0};
    for (uint32_t i = 0; i < t->count; i++) {
        const struct operand *o = &t->operands[i];
        if (!verdict_knows(&out, o))
            verdict_add(&out, o, text_holds(o, s, n, whole));
    }
    return verdict_passes(&out);
}

/* A value that is not there passes no test but !=. */
static bool match_missing(const struct test *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->operands[i].op != CLAUSE_NE)
            return false;
    return true;
}

/* The number of a descriptor, or the path that it stands for. */
static bool match_fd(const struct test *t, const struct value *v)
{
    struct verdict out = {0};
    bool whole = v->status == ABI_PRESENT;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct operand *o = &t->operands[i];
        if (o->how == OPERAND_NUMBER)
            verdict_add(&out, o, number_holds(o, v->number, true));
        else
            verdict_add(&out, o,
                        v->data ? text_holds(o, v->data, v->len, whole) : o->op == CLAUSE_NE);
    }
    return verdict_passes(&out);
}

/* Whether any of the list's strings fits the pattern. */
static bool list_has(const struct pattern *p, const struct value *v)
{
    size_t pos = 0, len;
    const char *s;
    while (value_strv_next(v, &pos, &s, &len)) {
        /* only a string that was cut off lacks its NUL */
        bool whole = v->status == ABI_PRESENT || s + len < v->data + v->len;
        if (pattern_match(p, s, len, whole))
            return true;
    }
    return false;
}

static bool match_list(const struct test *t, const struct value *v)
{
    struct verdict out = {0};
    for (uint32_t i = 0; i < t->count; i++) {
        const struct operand *o = &t->operands[i];
        if (verdict_knows(&out, o))
            continue;
        verdict_add(&out, o, list_has(&o->pattern, v) == (o->op == CLAUSE_EQ));
    }
    return verdict_passes(&out);
}

static bool match_address(const struct test *t, const struct value *v)
{
    char memory[ADDRESS_TEXT_MAX];
    struct strbuf text = {.data = memory, .cap = sizeof(memory), .limit = sizeof(memory)};
    sockaddr_text(&text, v->data, v->len);
    return match_text(t, text.data, text.len, !text.overflow && v->status == ABI_PRESENT);
}

static bool match_time(const struct test *t, const struct value *v)
{
    struct verdict out = {0};
    for (uint32_t i = 0; i < t->count; i++)
        verdict_add(&out, &t->operands[i], time_holds(&t->operands[i], v));
    return verdict_passes(&out);
}

/* Whether any of the descriptors, each an int, is that number. */
static bool pair_has(uint64_t number, const struct value *v)
{
    int32_t fd;
    for (size_t at = 0; at + sizeof(fd) <= v->len; at += sizeof(fd)) {
        memcpy(&fd, v->data + at, sizeof(fd));
        if ((int64_t)fd == (int64_t)number)
            return true;
    }
    return false;
}

/* Of what travels as bytes, only the two descriptors that a call made can be tested. */
static bool match_pair(const struct test *t, const struct value *v)
{
    struct verdict out = {0};
    for (uint32_t i = 0; i < t->count; i++) {
        const struct operand *o = &t->operands[i];
        verdict_add(&out, o, pair_has(o->number, v) == (o->op == CLAUSE_EQ));
    }
    return verdict_passes(&out);
}

/* A name is one of the event's own choice of names, or it is not this value. */
static bool name_holds(const struct operand *o, const struct value *v, bool is_signed)
{
    if (o->flags && o->flags != v->flags)
        return o->op == CLAUSE_NE;
    return number_holds(o, v->number, is_signed);
}

static bool match_named(const struct test *t, const struct value *v)
{
    struct verdict out = {0};
    for (uint32_t i = 0; i < t->count; i++)
        verdict_add(&out, &t->operands[i], name_holds(&t->operands[i], v, t->is_signed));
    return verdict_passes(&out);
}

/* -1 leaves an id as it is; every other one has 32 bits without sign. */
static uint64_t id_number(uint64_t n)
{
    return (uint32_t)n == UINT32_MAX ? UINT64_MAX : (uint32_t)n;
}

static bool match_field(const struct test *t, const struct event *ev)
{
    struct value v = event_value(ev, t->index);
    if (v.status == ABI_MISSING || v.encoding != t->encoding)
        return match_missing(t);
    switch ((enum abi_encoding)t->encoding) {
    case ABI_ENC_INT:
        if (t->field->flags)
            return match_named(t, &v);
        return match_number(t, t->is_id ? id_number(v.number) : v.number);
    case ABI_ENC_FD:
        return match_fd(t, &v);
    case ABI_ENC_STR:
        return match_text(t, v.data, v.len, v.status == ABI_PRESENT);
    case ABI_ENC_STRV:
        return match_list(t, &v);
    case ABI_ENC_SOCKADDR:
        return match_address(t, &v);
    case ABI_ENC_TIMESPEC:
        return match_time(t, &v);
    case ABI_ENC_BYTES:
        return match_pair(t, &v);
    case ABI_ENC_CRED: /* no test of them is taken */
        break;
    }
    return match_missing(t);
}

static bool match_retval(const struct test *t, const struct abi_record *rec)
{
    if (rec->flags & (ABI_F_NO_RET | ABI_F_ENTER))
        return match_missing(t);
    return match_number(t, (uint64_t)rec->ret);
}

static bool match_syscall(const struct test *t, const struct abi_record *rec)
{
    const struct event_def *def = NULL;
    if (rec->syscall >= 0)
        def = catalog_by_syscall(catalog_builtin(), rec->syscall, rec->flags & ABI_F_COMPAT);
    return def ? match_number(t, def->id) : match_missing(t);
}

static bool match_header(const struct test *t, const struct abi_record *rec)
{
    const char *at = (const char *)rec + t->offset;
    uint64_t u64;
    uint32_t u32;
    uint16_t u16;
    /* what happened outside of a task has no task's members; the CPU it has */
    if (t->subject != SUBJECT_U16 && rec->flags & ABI_F_NO_TASK)
        return match_missing(t);
    switch (t->subject) {
    case SUBJECT_U16:
        memcpy(&u16, at, sizeof(u16));
        return match_number(t, u16);
    case SUBJECT_U32:
        memcpy(&u32, at, sizeof(u32));
        return match_number(t, u32);
    case SUBJECT_U64:
        memcpy(&u64, at, sizeof(u64));
        return match_number(t, u64);
    case SUBJECT_COMM:
        return match_text(t, at, strnlen(at, ABI_COMM_LEN), true);
    default:
        return match_syscall(t, rec);
    }
}

bool filter_match(const struct filter *filter, const struct event *ev)
{
    if (!filter)
        return true;
    for (uint32_t i = 0; i < filter->count; i++) {
        const struct test *t = &filter->tests[i];
        bool passes = t->subject == SUBJECT_FIELD    ? match_field(t, ev)
                      : t->subject == SUBJECT_RETVAL ? match_retval(t, ev->rec)
                                                     : match_header(t, ev->rec);
        if (!passes)
            return false;
    }
    return true;
}

bool filter_admits(const struct filter *filter, unsigned index, uint64_t number, bool *named)
{
    bool passes = true;
    *named = false;
    for (uint32_t i = 0; filter && i < filter->count; i++) {
        const struct test *t = &filter->tests[i];
        if (t->subject != SUBJECT_FIELD || t->index != index)
            continue;
        passes = passes && match_number(t, number);
        for (uint32_t j = 0; j < t->count; j++)
            *named |= t->operands[j].op == CLAUSE_EQ;
    }
    return passes;
}
