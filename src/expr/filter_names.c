/* SPDX-License-Identifier: Apache-2.0 */
/* Values by name: flags, enums, errors, system calls. A pattern becomes the values that it fits. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "event/flags.h"
#include "expr/filter_impl.h"

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

/* Tables whose names a field's values may have; NULL behind the last. */
static const struct flag_table *table_at(const struct compile *c, unsigned i)
{
    const struct flag_table *t = c->test.field->flags;
    return t ? flags_possible(t, i) : NULL;
}

static int no_such_flag(struct compile *c, const struct clause_value *v)
{
    const struct flag_table *t;
    unsigned count = 0, n = 0;
    for (unsigned i = 0; (t = table_at(c, i)); i++)
        count += t->count;
    const char **names = calloc(count + 1, sizeof(*names));
    for (unsigned i = 0; names && (t = table_at(c, i)); i++)
        for (unsigned k = 0; k < t->count; k++)
            names[n++] = t->names[k].name;
    no_such_name(c, v, "value", names, n);
    free(names);
    return -EINVAL;
}

/* The bits that a field of this type has: 32-bit numbers come sign-extended. */
static uint64_t all_bits(const struct compile *c)
{
    enum field_type type = c->test.field->type;
    return type == TYPE_flags || type == TYPE_enum ? UINT32_MAX : UINT64_MAX;
}

/* A value of one table, on its way from names to a number. */
struct named {
    const struct flag_table *table; /* NULL: only numbers fit */
    bool used;                      /* one of its names was there */
    uint64_t number, mask;
};

/* The bits that a name decides about: those of "no bits" are all, as of a value of an enum. */
static uint64_t mask_of(const struct flag_table *t, const struct flag_name *f)
{
    return t->is_enum || !f->mask ? UINT64_MAX : f->mask;
}

/* Adds one name (or number). False: there is no such name. */
static bool add_part(struct named *to, const char *s, size_t n)
{
    const struct flag_name *f = to->table ? flag_find(to->table, s, n) : NULL;
    uint64_t v;
    if (f) {
        to->number |= f->value;
        to->mask |= mask_of(to->table, f);
        to->used = true;
        return true;
    }
    if (clause_number(s, n, 10, 0, UINT64_MAX, &v))
        return false;
    to->number |= v;
    to->mask |= v;
    return true;
}

static int push_one(struct compile *c, const struct named *n, uint64_t number)
{
    const struct flag_table *t = c->test.field->flags;
    int rc = value_push_number(c, number, n->mask);
    if (!rc && t && t->by && n->used)
        c->test.operands[c->test.count - 1].flags = n->table;
    return rc;
}

/*
 * A 32-bit argument of a call that takes a whole register may come with its upper half as its sign
 * or as zero (ioctl's command): a value of an enum means both, as it does where values are shown.
 */
static int push_named(struct compile *c, struct named n)
{
    n.number &= all_bits(c);
    n.mask &= all_bits(c);
    int rc = push_one(c, &n, n.number);
    if (rc || n.mask != UINT64_MAX || (n.number >> 31 != 1 && n.number >> 31 != 0x1ffffffff))
        return rc;
    return push_one(c, &n, n.number ^ 0xffffffff00000000);
}

static size_t part_length(const struct clause_value *v, size_t at)
{
    const char *bar = memchr(v->s + at, '|', v->len - at);
    return bar ? (size_t)(bar - (v->s + at)) : v->len - at;
}

/* Reads all parts by one table. Otherwise false, and *at is where the part is that does not fit. */
static bool read_joined(struct named *n, const struct clause_value *v, size_t *at)
{
    for (*at = 0; *at <= v->len;) {
        size_t len = part_length(v, *at);
        if (!len || !add_part(n, v->s + *at, len))
            return false;
        *at += len + 1;
    }
    return true;
}

static int joined_fail(struct compile *c, const struct clause_value *v, size_t at, bool bits)
{
    struct clause_value part = {v->s + at, part_length(v, at), v->at + at};
    size_t first = part_length(v, 0);
    if (!bits && first < v->len)
        return clause_fail(c->err, c->clause.text, v->at + first,
                           "`|` joins bits; this is one value of several: use a comma");
    if (!part.len)
        return clause_fail(c->err, c->clause.text, part.at, "a name is missing beside `|`");
    return no_such_flag(c, &part);
}

/* O_CREAT|O_EXCL: all of these bits are set. Each table that has all the names may be meant. */
static int parse_joined(struct compile *c, const struct clause_value *v)
{
    const bool joined = memchr(v->s, '|', v->len) != NULL;
    uint32_t before = c->test.count;
    size_t furthest = 0;
    bool bits = false;
    int rc = 0;
    for (unsigned i = 0; !rc; i++) {
        struct named n = {.table = table_at(c, i)};
        size_t at;
        if (i && !n.table)
            break;
        bits |= !n.table || !n.table->is_enum;
        if (joined && n.table && n.table->is_enum)
            continue;
        if (read_joined(&n, v, &at)) {
            rc = push_named(c, n);
            if (!n.used) /* a number is the same by every table */
                break;
        } else if (at > furthest) {
            furthest = at;
        }
    }
    return rc || c->test.count > before ? rc : joined_fail(c, v, furthest, bits);
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

static int push_fitting(struct compile *c, const struct flag_table *t, const struct pattern *p)
{
    int rc = 0;
    for (unsigned i = 0; i < t->count && !rc; i++) {
        const struct flag_name *f = &t->names[i];
        struct named n = {.table = t, .used = true, .number = f->value, .mask = mask_of(t, f)};
        if (pattern_match(p, f->name, strlen(f->name), true))
            rc = push_named(c, n);
    }
    return rc;
}

static int parse_flag_pattern(struct compile *c, const struct clause_value *v)
{
    const struct flag_table *t;
    struct pattern p;
    int rc = name_pattern(c, v, &p);
    if (rc)
        return rc;
    uint32_t before = c->test.count;
    for (unsigned i = 0; !rc && (t = table_at(c, i)); i++)
        rc = push_fitting(c, t, &p);
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
