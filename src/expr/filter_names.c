/* SPDX-License-Identifier: Apache-2.0 */
/* Values by name: flags, enums, errors, system calls. A pattern becomes the values that it fits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/flags.h"
#include "expr/filter_impl.h"

#define SUGGEST_MAX  3
#define SUGGEST_TEXT 256
#define ERRNO_MAX    4095 /* the kernel's MAX_ERRNO */

void suggest_text(char *out, size_t cap, const char *const *names, unsigned count, const char *name,
                  size_t len)
{
    const char *near[SUGGEST_MAX];
    unsigned n = suggest_names(names, count, name, len, near, SUGGEST_MAX);
    out[0] = '\0';
    size_t used = 0;
    for (unsigned i = 0; i < n && used < cap; i++) {
        const char *join = !i ? "; did you mean " : i + 1 < n ? ", " : " or ";
        int wrote = snprintf(out + used, cap - used, "%s%s%s", join, near[i], i + 1 < n ? "" : "?");
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static int no_such_name(struct compile *c, const struct clause_value *v, const char *what,
                        const char *const *names, unsigned count)
{
    char hint[SUGGEST_TEXT] = "";
    if (names)
        suggest_text(hint, sizeof(hint), names, count, v->s, v->len);
    return clause_fail(c->err, c->clause.text, v->at, "unknown %s `%.*s`%s", what, (int)v->len,
                       v->s, hint);
}

static int no_such_flag(struct compile *c, const struct clause_value *v, const struct flag_table *t)
{
    const char **names = t ? calloc(t->count + 1, sizeof(*names)) : NULL;
    for (unsigned i = 0; names && i < t->count; i++)
        names[i] = t->names[i].name;
    no_such_name(c, v, "value", names, t ? t->count : 0);
    free(names);
    return -EINVAL;
}

/* The bits that a field of this type has: 32-bit numbers come sign-extended. */
static uint64_t all_bits(const struct compile *c)
{
    enum field_type type = c->test.field->type;
    return type == TYPE_flags || type == TYPE_enum ? UINT32_MAX : UINT64_MAX;
}

/* Adds one name (or number) of a value to number and mask. False: there is no such name. */
static bool add_part(struct compile *c, const char *s, size_t n, uint64_t *number, uint64_t *mask)
{
    const struct flag_table *t = c->test.field->flags;
    const struct flag_name *f = t ? flag_find(t, s, n) : NULL;
    uint64_t v;
    if (f) {
        v = f->value;
        /* a name for "no bits" decides about all of them, as a value of an enum does */
        *mask |= t->is_enum || !f->mask ? UINT64_MAX : f->mask;
    } else {
        if (clause_number(s, n, 10, 0, UINT64_MAX, &v))
            return false;
        *mask |= v;
    }
    *number |= v;
    return true;
}

/*
 * A 32-bit argument of a call that takes a whole register may come with its upper half as its sign
 * or as zero (ioctl's command): a value of an enum means both, as it does where values are shown.
 */
static int push_named(struct compile *c, uint64_t number, uint64_t mask)
{
    number &= all_bits(c);
    mask &= all_bits(c);
    int rc = value_push_number(c, number, mask);
    if (rc || mask != UINT64_MAX || (number >> 31 != 1 && number >> 31 != 0x1ffffffff))
        return rc;
    return value_push_number(c, number ^ 0xffffffff00000000, mask);
}

/* O_CREAT|O_EXCL: all of these bits are set. */
static int parse_joined(struct compile *c, const struct clause_value *v)
{
    uint64_t number = 0, mask = 0;
    bool is_enum = c->test.field->flags && c->test.field->flags->is_enum;
    for (size_t at = 0; at <= v->len;) {
        const char *s = v->s + at;
        const char *bar = memchr(s, '|', v->len - at);
        size_t n = bar ? (size_t)(bar - s) : v->len - at;
        struct clause_value part = {s, n, v->at + at};
        if (bar && is_enum)
            return clause_fail(c->err, c->clause.text, part.at + n,
                               "`|` joins bits; this is one value of several: use a comma");
        if (!n)
            return clause_fail(c->err, c->clause.text, part.at, "a name is missing beside `|`");
        if (!add_part(c, s, n, &number, &mask))
            return no_such_flag(c, &part, c->test.field->flags);
        at += n + 1;
    }
    return push_named(c, number, mask);
}

static int no_match(struct compile *c, const struct clause_value *v)
{
    return clause_fail(c->err, c->clause.text, v->at, "`%.*s` fits no name", (int)v->len, v->s);
}

/* Compiles v and keeps it out of the operands: it is only for looking at names. */
static int name_pattern(struct compile *c, const struct clause_value *v, struct pattern *out)
{
    int rc = value_push_pattern(c, v);
    if (!rc)
        *out = c->test.operands[--c->test.count].pattern;
    return rc;
}

static int parse_flag_pattern(struct compile *c, const struct clause_value *v)
{
    const struct flag_table *t = c->test.field->flags;
    struct pattern p;
    int rc = name_pattern(c, v, &p);
    if (rc)
        return rc;
    uint32_t before = c->test.count;
    for (unsigned i = 0; t && i < t->count && !rc; i++) {
        const struct flag_name *f = &t->names[i];
        uint64_t mask = t->is_enum || !f->mask ? UINT64_MAX : f->mask;
        if (pattern_match(&p, f->name, strlen(f->name), true))
            rc = push_named(c, f->value, mask);
    }
    pattern_free(&p);
    return rc || c->test.count > before ? rc : no_match(c, v);
}

int value_parse_named(struct compile *c, const struct clause_value *v)
{
    uint64_t n = 0;
    int rc = value_number(c, v, 10, &n);
    if (rc == -ERANGE)
        return -EINVAL;
    if (!rc && c->clause.op <= CLAUSE_NE)
        return value_push_number(c, n & all_bits(c), all_bits(c));
    if (!rc)
        return value_push_number(c, n, UINT64_MAX);
    if (c->clause.op > CLAUSE_NE)
        return clause_fail(c->err, c->clause.text, v->at, "`%s` wants a number, not a name",
                           clause_op_text[c->clause.op]);
    return pattern_has_star(v->s, v->len) ? parse_flag_pattern(c, v) : parse_joined(c, v);
}

static int parse_event_pattern(struct compile *c, const struct clause_value *v)
{
    const struct catalog *all = catalog_builtin();
    struct pattern p;
    int rc = name_pattern(c, v, &p);
    if (rc)
        return rc;
    uint32_t before = c->test.count;
    for (unsigned i = 0; i < all->count && !rc; i++) {
        const struct event_def *def = &all->events[i];
        if (def->is_syscall && pattern_match(&p, def->name, strlen(def->name), true))
            rc = value_push_number(c, def->id, UINT64_MAX);
    }
    pattern_free(&p);
    return rc || c->test.count > before ? rc : no_match(c, v);
}

/* A system call by its name, or by its id in the catalog. */
int value_parse_event(struct compile *c, const struct clause_value *v)
{
    if (pattern_has_star(v->s, v->len))
        return parse_event_pattern(c, v);
    const struct event_def *def = catalog_by_name(catalog_builtin(), v->s, v->len);
    if (def && def->is_syscall)
        return value_push_number(c, def->id, UINT64_MAX);
    uint64_t n = 0;
    int rc = def ? -EINVAL : value_number(c, v, 10, &n);
    if (rc == -ERANGE)
        return -EINVAL;
    if (!rc)
        return value_push_number(c, n, UINT64_MAX);
    const char *near[SUGGEST_MAX];
    unsigned count = catalog_suggest(catalog_builtin(), v->s, v->len, near, SUGGEST_MAX);
    return no_such_name(c, v, "system call", near, count);
}

/* ENOENT and -ENOENT both mean what the call returns then: -2. */
int value_parse_errno(struct compile *c, const struct clause_value *v)
{
    uint64_t n = 0;
    int rc = value_number(c, v, 10, &n);
    if (rc != -EINVAL)
        return rc ? -EINVAL : value_push_number(c, n, UINT64_MAX);
    size_t sign = v->s[0] == '-';
    struct clause_value name = {v->s + sign, v->len - sign, v->at + sign};
    const char *names[ERRNO_MAX];
    unsigned count = 0;
    for (int e = 1; e <= ERRNO_MAX; e++) {
        const char *known = errno_name(e);
        if (!known)
            continue;
        if (strlen(known) == name.len && memcmp(known, name.s, name.len) == 0)
            return value_push_number(c, 0 - (uint64_t)e, UINT64_MAX);
        names[count++] = known;
    }
    return no_such_name(c, &name, "error", names, count);
}
