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
    return clause_fail(c->err, c->clause.text, v->at, "`%.*s` is not %s, as `%.*s` wants",
                       (int)v->len, v->s, c->kind->what, (int)c->clause.key_len, c->clause.text);
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

int value_parse_number(struct compile *c, const struct clause_value *v)
{
    uint64_t n = 0;
    int rc = value_number(c, v, 10, &n);
    return number_done(c, v, rc, n);
}

int value_parse_mode(struct compile *c, const struct clause_value *v)
{
    uint64_t n = 0;
    int rc = value_number(c, v, 8, &n);
    return number_done(c, v, rc, n);
}

int value_parse_bool(struct compile *c, const struct clause_value *v)
{
    uint64_t n = v->len == 4 && memcmp(v->s, "true", 4) == 0;
    if (n || (v->len == 5 && memcmp(v->s, "false", 5) == 0))
        return value_push_number(c, n, UINT64_MAX);
    return value_parse_number(c, v);
}

int value_parse_text(struct compile *c, const struct clause_value *v)
{
    return value_push_pattern(c, v);
}

/* At most 15 bytes are kept of a thread's name: a longer value would never match. */
int value_parse_comm(struct compile *c, const struct clause_value *v)
{
    int rc = value_push_pattern(c, v);
    if (!rc && c->test.operands[c->test.count - 1].pattern.len > ABI_COMM_LEN - 1)
        return clause_fail(c->err, c->clause.text, v->at,
                           "the kernel keeps %d bytes of a thread's name: `%.*s` is longer",
                           ABI_COMM_LEN - 1, (int)v->len, v->s);
    return rc;
}

/* A number, AT_FDCWD, or a pattern for the path that the descriptor stands for. */
int value_parse_fd(struct compile *c, const struct clause_value *v)
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

int value_parse_uid(struct compile *c, const struct clause_value *v)
{
    return parse_id(c, v, false);
}

int value_parse_gid(struct compile *c, const struct clause_value *v)
{
    return parse_id(c, v, true);
}

/* major:minor in the encoding that system calls take (the kernel's new_encode_dev), or that number.
 */
int value_parse_dev(struct compile *c, const struct clause_value *v)
{
    const char *colon = memchr(v->s, ':', v->len);
    if (!colon)
        return value_parse_number(c, v);
    size_t n = (size_t)(colon - v->s);
    uint64_t high, low;
    if (clause_number(v->s, n, 10, 0, 0xfff, &high) ||
        clause_number(colon + 1, v->len - n - 1, 10, 0, 0xfffff, &low))
        return not_fit(c, v);
    return value_push_number(c, (low & 0xff) | high << 8 | (low & ~0xffULL) << 12, UINT64_MAX);
}

/* Seconds with up to nine decimals. */
int value_parse_time(struct compile *c, const struct clause_value *v)
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
