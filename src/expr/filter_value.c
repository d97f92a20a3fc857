/* SPDX-License-Identifier: Apache-2.0 */
/* Values as people write them, by the type of the field that they are compared with. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "expr/filter_impl.h"

#define NAME_MAX_ID 256 /* bytes of a user's or group's name */

static struct operand *push(struct compile *c, enum operand_how how)
{
    struct test *t = &c->test;
    if (t->count == c->cap) {
        if (c->cap >= FILTER_VALUES_MAX) {
            clause_fail(c->err, c->clause.text, c->clause.values, "more than %d values",
                        FILTER_VALUES_MAX);
            return NULL;
        }
        uint32_t cap = c->cap ? c->cap * 2 : 4;
        struct operand *more = realloc(t->operands, cap * sizeof(*more));
        if (!more) {
            error_set(c->err, -ENOMEM, "out of memory");
            return NULL;
        }
        t->operands = more;
        c->cap = cap;
    }
    struct operand *o = &t->operands[t->count++];
    *o = (struct operand){.op = (uint8_t)c->clause.op, .how = (uint8_t)how};
    return o;
}

/* What push failed with. */
static int push_failed(const struct compile *c)
{
    return c->cap >= FILTER_VALUES_MAX ? -EINVAL : -ENOMEM;
}

int value_push_number(struct compile *c, uint64_t number, uint64_t mask)
{
    struct operand *o = push(c, OPERAND_NUMBER);
    if (!o)
        return push_failed(c);
    o->number = number;
    o->mask = mask;
    return 0;
}

int value_push_pattern(struct compile *c, const struct clause_value *v)
{
    struct pattern p;
    size_t bad = 0;
    int rc = pattern_compile(&p, v->s, v->len, &bad);
    if (rc == -EINVAL)
        return clause_fail(c->err, c->clause.text, v->at + bad,
                           "a backslash stands before one of * , \\ = ! < > n r t xNN");
    if (rc == -E2BIG)
        return clause_fail(c->err, c->clause.text, v->at, "a value is longer than %d bytes",
                           PATTERN_MAX);
    if (rc)
        return error_set(c->err, rc, "out of memory");
    struct operand *o = push(c, OPERAND_TEXT);
    if (!o) {
        pattern_free(&p);
        return push_failed(c);
    }
    o->pattern = p;
    return 0;
}

static int not_fit(struct compile *c, const struct clause_value *v)
{
    return clause_fail(c->err, c->clause.text, v->at, "`%.*s` is not %s, as `%.*s` wants", (int)v->len,
                       v->s, c->kind->what, (int)c->clause.key_len, c->clause.text);
}

int value_number(struct compile *c, const struct clause_value *v, unsigned base, uint64_t *out)
{
    const struct value_kind *k = c->kind;
    int rc = clause_number(v->s, v->len, base, k->lo, k->hi, out);
    if (rc != -ERANGE)
        return rc;
    clause_fail(c->err, c->clause.text, v->at, "`%.*s` is out of the range of `%.*s`: %lld to %llu",
                (int)v->len, v->s, (int)c->clause.key_len, c->clause.text, (long long)k->lo,
                (unsigned long long)k->hi);
    return rc;
}

/* Ends the reading of a number: pushes it, or says what was wrong. */
static int number_done(struct compile *c, const struct clause_value *v, int rc, uint64_t n)
{
    if (rc == -EINVAL)
        return not_fit(c, v);
    return rc ? -EINVAL : value_push_number(c, n, UINT64_MAX);
}

static int parse_number(struct compile *c, const struct clause_value *v)
{
    uint64_t n = 0;
    int rc = value_number(c, v, 10, &n);
    return number_done(c, v, rc, n);
}

static int parse_mode(struct compile *c, const struct clause_value *v)
{
    uint64_t n = 0;
    int rc = value_number(c, v, 8, &n);
    return number_done(c, v, rc, n);
}

static int parse_bool(struct compile *c, const struct clause_value *v)
{
    uint64_t n = v->len == 4 && memcmp(v->s, "true", 4) == 0;
    if (n || (v->len == 5 && memcmp(v->s, "false", 5) == 0))
        return value_push_number(c, n, UINT64_MAX);
    return parse_number(c, v);
}

static int parse_text(struct compile *c, const struct clause_value *v)
{
    return value_push_pattern(c, v);
}

/* At most 15 bytes are kept of a thread's name: a longer value would never match. */
static int parse_comm(struct compile *c, const struct clause_value *v)
{
    int rc = value_push_pattern(c, v);
    if (!rc && c->test.operands[c->test.count - 1].pattern.len > ABI_COMM_LEN - 1)
        return clause_fail(c->err, c->clause.text, v->at,
                           "the kernel keeps %d bytes of a thread's name: `%.*s` is longer",
                           ABI_COMM_LEN - 1, (int)v->len, v->s);
    return rc;
}

/* A number, AT_FDCWD, or a pattern for the path that the descriptor stands for. */
static int parse_fd(struct compile *c, const struct clause_value *v)
{
    static const char cwd[] = "AT_FDCWD";
    if (v->len == sizeof(cwd) - 1 && memcmp(v->s, cwd, v->len) == 0)
        return value_push_number(c, (uint64_t)AT_FDCWD, UINT64_MAX);
    uint64_t n = 0;
    int rc = value_number(c, v, 10, &n);
    bool path = v->s[0] == '/' || v->s[0] == '*' || memchr(v->s, ':', v->len);
    if (rc == -EINVAL && path && c->clause.op <= CLAUSE_NE)
        return value_push_pattern(c, v);
    return number_done(c, v, rc, n);
}

/* The id of a user (or group), by name. */
static bool id_of_name(const struct clause_value *v, bool group, uint64_t *id)
{
    char name[NAME_MAX_ID];
    if (v->len >= sizeof(name))
        return false;
    memcpy(name, v->s, v->len);
    name[v->len] = '\0';
    if (group) {
        const struct group *g = getgrnam(name);
        *id = g ? g->gr_gid : 0;
        return g;
    }
    const struct passwd *p = getpwnam(name);
    *id = p ? p->pw_uid : 0;
    return p;
}

static int parse_id(struct compile *c, const struct clause_value *v, bool group)
{
    uint64_t n = 0;
    int rc = value_number(c, v, 10, &n);
    if (rc == -EINVAL && id_of_name(v, group, &n))
        rc = 0;
    else if (rc == -EINVAL)
        return clause_fail(c->err, c->clause.text, v->at, "no %s is called `%.*s` here",
                           group ? "group" : "user", (int)v->len, v->s);
    if (c->kind->lo < 0 && n == UINT32_MAX)
        n = UINT64_MAX; /* -1 as C writes an unset id */
    return number_done(c, v, rc, n);
}

static int parse_uid(struct compile *c, const struct clause_value *v)
{
    return parse_id(c, v, false);
}

static int parse_gid(struct compile *c, const struct clause_value *v)
{
    return parse_id(c, v, true);
}

/* major:minor in the encoding that system calls take (the kernel's new_encode_dev), or that number. */
static int parse_dev(struct compile *c, const struct clause_value *v)
{
    const char *colon = memchr(v->s, ':', v->len);
    if (!colon)
        return parse_number(c, v);
    size_t n = (size_t)(colon - v->s);
    uint64_t high, low;
    if (clause_number(v->s, n, 10, 0, 0xfff, &high) ||
        clause_number(colon + 1, v->len - n - 1, 10, 0, 0xfffff, &low))
        return not_fit(c, v);
    return value_push_number(c, (low & 0xff) | high << 8 | (low & ~0xffULL) << 12, UINT64_MAX);
}

/* Seconds with up to nine decimals. */
static int parse_time(struct compile *c, const struct clause_value *v)
{
    const char *dot = memchr(v->s, '.', v->len);
    size_t n = dot ? (size_t)(dot - v->s) : v->len;
    uint64_t sec = 0, nsec = 0, scale = 1000000000;
    int rc = value_number(c, &(struct clause_value){v->s, n, v->at}, 10, &sec);
    if (rc)
        return rc == -EINVAL ? not_fit(c, v) : -EINVAL;
    for (size_t i = n + 1; i < v->len; i++) {
        scale /= 10;
        if (v->s[i] < '0' || v->s[i] > '9' || !scale)
            return not_fit(c, v);
        nsec += (uint64_t)(v->s[i] - '0') * scale;
    }
    if (v->s[0] == '-' && nsec) { /* as the kernel counts: -0.5 s is -1 s and half a second */
        sec--;
        nsec = 1000000000 - nsec;
    }
    struct operand *o = push(c, OPERAND_TIME);
    if (!o)
        return push_failed(c);
    o->number = sec;
    o->mask = nsec;
    return 0;
}

#define NUMBER(lowest, highest) {"a number", true, (lowest) < 0, lowest, highest, parse_number}
#define S32_NUMBER NUMBER(INT32_MIN, INT32_MAX)
#define U64_NUMBER NUMBER(0, UINT64_MAX)
#define S64_NUMBER NUMBER(INT64_MIN, INT64_MAX)
#define FD_NUMBER  {"a descriptor, AT_FDCWD or a path", true, true, INT32_MIN, INT32_MAX, parse_fd}
#define TEXT       {"text", false, false, 0, 0, parse_text}
#define SECONDS    {"a number of seconds", true, true, INT64_MIN, INT64_MAX, parse_time}
#define BYTES      {"bytes", false, false, 0, 0, NULL}

/* A type without a row is read by its encoding. */
static const struct value_kind kinds[TYPE_COUNT] = {
    [TYPE_bool] = {"true or false", false, false, 0, 1, parse_bool},
    [TYPE_int] = S32_NUMBER,
    [TYPE_uint] = NUMBER(0, UINT32_MAX),
    [TYPE_u8] = NUMBER(0, UINT8_MAX),
    [TYPE_u16] = NUMBER(0, UINT16_MAX),
    [TYPE_long] = S64_NUMBER,
    [TYPE_ulong] = U64_NUMBER,
    [TYPE_s64] = S64_NUMBER,
    [TYPE_u64] = U64_NUMBER,
    [TYPE_size] = U64_NUMBER,
    [TYPE_off] = S64_NUMBER,
    [TYPE_pointer] = U64_NUMBER,
    [TYPE_fd] = FD_NUMBER,
    [TYPE_dirfd] = FD_NUMBER,
    [TYPE_pid] = S32_NUMBER,
    [TYPE_uid] = {"a user's id or name", true, true, -1, UINT32_MAX, parse_uid},
    [TYPE_gid] = {"a group's id or name", true, true, -1, UINT32_MAX, parse_gid},
    [TYPE_mode] = {"an octal number", true, false, 0, UINT16_MAX, parse_mode},
    [TYPE_dev] = {"a device (major:minor)", false, false, 0, UINT32_MAX, parse_dev},
    [TYPE_time] = U64_NUMBER,
    [TYPE_ctime] = U64_NUMBER,
    [TYPE_event] = {"a system call", false, true, INT32_MIN, INT32_MAX, value_parse_event},
    [TYPE_flags] = {"flags", false, true, INT32_MIN, UINT32_MAX, value_parse_named},
    [TYPE_flags64] = {"flags", false, false, 0, UINT64_MAX, value_parse_named},
    [TYPE_enum] = {"one of its names, or a number", true, true, INT32_MIN, INT32_MAX,
                   value_parse_named},
    [TYPE_enum64] = {"one of its names, or a number", true, false, 0, UINT64_MAX, value_parse_named},
    [TYPE_string] = TEXT,
    [TYPE_path] = TEXT,
    [TYPE_outbuf] = TEXT,
    [TYPE_inbuf] = TEXT,
    [TYPE_strv] = TEXT,
    [TYPE_sockaddr] = TEXT,
    [TYPE_outaddr] = TEXT,
    [TYPE_timespec] = SECONDS,
    [TYPE_timespec32] = SECONDS,
    [TYPE_fdpair] = BYTES,
    [TYPE_bytes] = BYTES,
};

static const struct value_kind by_encoding[] = {
    [ABI_ENC_INT] = U64_NUMBER, [ABI_ENC_STR] = TEXT,         [ABI_ENC_STRV] = TEXT,
    [ABI_ENC_SOCKADDR] = TEXT,  [ABI_ENC_TIMESPEC] = SECONDS, [ABI_ENC_BYTES] = BYTES,
    [ABI_ENC_FD] = FD_NUMBER,
};

static const struct value_kind signed_number = S64_NUMBER;

const struct value_kind *value_kind_field(const struct field_def *field)
{
    const struct type_def *type = &type_defs[field->type];
    if (kinds[field->type].what)
        return &kinds[field->type];
    if (type->encoding == ABI_ENC_INT && type->is_signed)
        return &signed_number;
    return &by_encoding[type->encoding];
}

const struct value_kind *value_kind_retval(enum return_type returns)
{
    static const struct value_kind result = {"a number or the name of an error", true, true,
                                             INT64_MIN, INT64_MAX, value_parse_errno};
    static const struct value_kind address = {"a number or the name of an error", true, true,
                                              INT64_MIN, UINT64_MAX, value_parse_errno};
    return returns == RETURN_pointer ? &address : &result;
}

const struct value_kind *value_kind_scope(enum scope_kind_of of, unsigned bytes)
{
    static const struct value_kind u64 = U64_NUMBER;
    static const struct value_kind u32 = NUMBER(0, UINT32_MAX);
    static const struct value_kind u16 = NUMBER(0, UINT16_MAX);
    static const struct value_kind special[] = {
        [SCOPE_OF_UID] = {"a user's id or name", true, false, 0, UINT32_MAX, parse_uid},
        [SCOPE_OF_GID] = {"a group's id or name", true, false, 0, UINT32_MAX, parse_gid},
        [SCOPE_OF_COMM] = {"text", false, false, 0, 0, parse_comm},
        [SCOPE_OF_SYSCALL] = {"a system call", false, true, INT32_MIN, INT32_MAX,
                              value_parse_event},
    };
    if (of != SCOPE_OF_NUMBER)
        return &special[of];
    return bytes == 8 ? &u64 : bytes == 4 ? &u32 : &u16;
}
