/* SPDX-License-Identifier: Apache-2.0 */
/* --scope: from text to rules. What they mean to the kernel is another file's business. */
#include "source/scope.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "event/catalog.h"
#include "source/scope_lookup.h"

const struct scope_def scope_defs[SCOPE_COUNT] = {
#define SCOPE(name_, value_, meaning_)                                                             \
    [SCOPE_##name_] = {.name = #name_, .meaning = meaning_, .value = SCOPE_VALUE_##value_},
#include "scopes.def"
#undef SCOPE
};

/* Other names of the same; upper and lower case are one. */
static const struct {
    const char *name;
    enum scope_kind meant;
} aliases[] = {
    {"mnt", SCOPE_mntns},       {"bin", SCOPE_executable}, {"binary", SCOPE_executable},
    {"exec", SCOPE_executable}, {"exe", SCOPE_executable}, {"proctree", SCOPE_tree},
    {"user", SCOPE_uid},        {"hostname", SCOPE_uts},
};

static bool same(const char *name, const char *s, size_t n)
{
    return strncasecmp(name, s, n) == 0 && !name[n];
}

static int kind_find(const char *s, size_t n)
{
    for (int i = 0; i < SCOPE_COUNT; i++)
        if (same(scope_defs[i].name, s, n))
            return i;
    for (unsigned i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
        if (same(aliases[i].name, s, n))
            return (int)aliases[i].meant;
    return -1;
}

static int unknown_kind(const struct clause *c, struct error *err)
{
    const char *names[SCOPE_COUNT], *near[SUGGEST_MAX];
    char text[HINT_MAX] = "";
    size_t used = 0;
    for (unsigned i = 0; i < SCOPE_COUNT; i++)
        names[i] = scope_defs[i].name;
    unsigned n = suggest_names(names, SCOPE_COUNT, c->text, c->key_len, near, SUGGEST_MAX);
    const char *const *shown = n ? near : names;
    for (unsigned i = 0; i < (n ? n : SCOPE_COUNT) && used < sizeof(text); i++) {
        int wrote = snprintf(text + used, sizeof(text) - used, "%s%s", i ? ", " : "", shown[i]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return clause_fail(err, c->text, 0, "unknown scope `%.*s`; %s%s%s", (int)c->key_len, c->text,
                       n ? "did you mean " : "there are ", text, n ? "?" : "");
}

static bool is_ordered(enum scope_kind kind)
{
    return scope_defs[kind].value == SCOPE_VALUE_number && kind != SCOPE_tree;
}

static int check_op(const struct clause *c, enum scope_kind kind, struct error *err)
{
    const char *name = scope_defs[kind].name;
    if (c->op == CLAUSE_NONE && kind != SCOPE_follow && kind != SCOPE_container)
        return clause_fail(err, c->text, c->key_len, "a value is missing: %s=VALUE%s", name,
                           is_ordered(kind) ? " (or != < > <= >=)" : " (or !=)");
    if (c->op <= CLAUSE_NE || c->op == CLAUSE_NONE || is_ordered(kind))
        return 0;
    return clause_fail(err, c->text, c->op_at,
                       "`%s` does not fit %s: use = or !=", clause_op_text[c->op], name);
}

/* The text of a value, without escapes. Scopes are compared as a whole: there are no patterns. */
static int value_text_read(const struct clause *c, const struct clause_value *v, char *out,
                           struct error *err)
{
    size_t n = 0;
    for (const char *s = v->s, *end = v->s + v->len; s < end;) {
        const char *from = s;
        int byte = clause_char(&s, end);
        if (byte == CLAUSE_STAR)
            return clause_fail(err, c->text, (size_t)(from - c->text),
                               "a scope takes no patterns (a star that is meant so: \\*)");
        if (byte == CLAUSE_BAD_ESCAPE || !byte)
            return clause_fail(err, c->text, (size_t)(from - c->text),
                               "a backslash stands before one of * , \\ = ! < > n r t xNN");
        if (n == SCOPE_KEY_TEXT - 1)
            return clause_fail(err, c->text, v->at, "a value is longer than %d bytes",
                               SCOPE_KEY_TEXT - 1);
        out[n++] = (char)byte;
    }
    out[n] = '\0';
    return 0;
}

/* What each kind makes of a value's text: fills the rule. */
static int read_value(const struct clause *c, const struct clause_value *v, struct scope_rule *r,
                      struct error *err)
{
    struct scope_place place = {.text = c->text, .at = v->at, .err = err};
    char text[SCOPE_KEY_TEXT];
    int rc = value_text_read(c, v, text, err);
    if (rc)
        return rc;
    switch (r->kind) {
    case SCOPE_uid:
        return scope_lookup_uid(&place, text, r);
    case SCOPE_pid:
    case SCOPE_tid:
    case SCOPE_tree:
        return scope_lookup_pid(&place, text, r);
    case SCOPE_mntns:
    case SCOPE_pidns:
        return scope_lookup_ns(&place, text, r);
    case SCOPE_cgroup:
        return scope_lookup_cgroup(&place, text, r);
    case SCOPE_comm:
    case SCOPE_executable:
    case SCOPE_uts:
        return scope_lookup_text(&place, text, r);
    case SCOPE_container:
        return scope_lookup_container(&place, text, r);
    case SCOPE_follow:
        return scope_lookup_flag(&place, text, r);
    case SCOPE_COUNT:
        break;
    }
    return clause_fail(err, c->text, 0, "unknown scope");
}

static int add_rule(struct scope_set *set, const struct scope_rule *rule, const struct clause *c,
                    struct error *err)
{
    if (rule->kind == SCOPE_follow && !rule->number)
        return 0; /* as if it had not been said */
    if (set->count == SCOPE_RULES_MAX)
        return clause_fail(err, c->text, 0, "more than %d scope values", SCOPE_RULES_MAX);
    struct scope_rule *more = realloc(set->rules, (set->count + 1) * sizeof(*more));
    if (!more)
        return error_set(err, -ENOMEM, "out of memory");
    set->rules = more;
    more[set->count++] = *rule;
    return 0;
}

/* follow and container alone mean that it is so. */
static int add_alone(struct scope_set *set, const struct clause *c, enum scope_kind kind,
                     struct error *err)
{
    struct scope_rule rule = {.kind = kind, .op = SCOPE_EQ, .number = 1};
    return add_rule(set, &rule, c, err);
}

static const enum scope_op ops[] = {
    [CLAUSE_EQ] = SCOPE_EQ, [CLAUSE_NE] = SCOPE_NE, [CLAUSE_LT] = SCOPE_LT,
    [CLAUSE_GT] = SCOPE_GT, [CLAUSE_LE] = SCOPE_LE, [CLAUSE_GE] = SCOPE_GE,
};

static int add_values(struct scope_set *set, const struct clause *c, enum scope_kind kind,
                      struct error *err)
{
    struct clause_value v;
    size_t pos = 0;
    int rc, n = 0;
    while ((rc = clause_next(c, &pos, &v, err)) > 0) {
        if (n++ && c->op > CLAUSE_NE)
            return clause_fail(err, c->text, v.at - 1, "`%s` takes one value",
                               clause_op_text[c->op]);
        struct scope_rule rule = {.kind = kind, .op = ops[c->op]};
        rc = read_value(c, &v, &rule, err);
        if (!rc)
            rc = add_rule(set, &rule, c, err);
        if (rc)
            return rc;
    }
    return rc;
}

int scope_parse(struct scope_set *set, const char *argument, struct error *err)
{
    struct clause c;
    int rc = clause_parse(&c, argument, err);
    if (rc)
        return rc;
    int kind = kind_find(c.text, c.key_len);
    if (kind < 0)
        return unknown_kind(&c, err);
    rc = check_op(&c, (enum scope_kind)kind, err);
    if (rc)
        return rc;
    unsigned before = set->count;
    rc = c.op == CLAUSE_NONE ? add_alone(set, &c, (enum scope_kind)kind, err)
                             : add_values(set, &c, (enum scope_kind)kind, err);
    if (rc)
        set->count = before;
    return rc;
}

void scope_free(struct scope_set *set)
{
    free(set->rules);
    *set = (struct scope_set){0};
}
