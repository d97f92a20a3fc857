/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the text of a test to its compiled form. The values themselves: filter_value.c and
 * filter_names.c; members of the header: filter_scope.c.
 */
#include "expr/filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "expr/filter_impl.h"

static bool same(const char *name, const char *s, size_t n)
{
    return strlen(name) == n && memcmp(name, s, n) == 0;
}

static int take_retval(struct compile *c)
{
    if (c->def->returns == RETURN_none)
        return clause_fail(c->err, c->clause.text, 0, "%s has no return value", c->def->name);
    c->kind = value_kind_retval(c->def->returns);
    c->test = (struct test){.subject = SUBJECT_RETVAL, .is_signed = true};
    return 0;
}

/* "; did you mean …" or, when nothing is near, all that there is. */
static int unknown_field(struct compile *c, size_t at)
{
    const char *name = c->clause.text + at;
    size_t len = c->clause.key_len - at, used = 0;
    const char *names[ABI_FIELDS_MAX + 1];
    char hint[HINT_MAX];
    unsigned n = 0;
    while (n < c->def->nfields && n < ABI_FIELDS_MAX) {
        names[n] = c->def->fields[n].name;
        n++;
    }
    suggest_text(hint, sizeof(hint), names, n, name, len);
    if (!hint[0] && !n)
        snprintf(hint, sizeof(hint), ": it has no fields");
    for (unsigned i = 0; i < n && (i ? used > 0 : !hint[0]) && used < sizeof(hint); i++) {
        int wrote =
            snprintf(hint + used, sizeof(hint) - used, "%s%s", i ? ", " : "; there are ", names[i]);
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    return clause_fail(c->err, c->clause.text, at, "unknown field `%.*s` of %s%s", (int)len, name,
                       c->def->name, hint);
}

static int take_field(struct compile *c, size_t at)
{
    const char *name = c->clause.text + at;
    size_t len = c->clause.key_len - at;
    int index = event_def_field(c->def, name, len);
    if (index < 0)
        return same("returnValue", name, len) ? take_retval(c) : unknown_field(c, at);
    const struct field_def *field = &c->def->fields[index];
    c->kind = value_kind_field(field);
    c->test = (struct test){
        .subject = SUBJECT_FIELD,
        .index = (uint8_t)index,
        .encoding = type_defs[field->type].encoding,
        .is_signed = c->kind->is_signed,
        .is_id = field->type == TYPE_uid || field->type == TYPE_gid,
        .field = field,
    };
    return 0;
}

static int unknown_key(struct compile *c)
{
    static const char *const forms[] = {"data", "retval", "scope"};
    const char *name = c->clause.text;
    size_t len = c->clause.key_len;
    const char *room = event_def_field(c->def, name, len) >= 0 ? "data."
                       : filter_scope_known(name, len)         ? "scope."
                                                               : NULL;
    if (room)
        return clause_fail(c->err, name, 0, "unknown `%.*s`; did you mean %s%.*s?", (int)len, name,
                           room, (int)len, name);
    char hint[HINT_MAX];
    suggest_text(hint, sizeof(hint), forms, 3, name, strcspn(name, ".=!<>"));
    return clause_fail(c->err, name, 0,
                       "unknown `%.*s`%s%s a test is of data.FIELD, retval or scope.FIELD",
                       (int)len, name, hint, hint[0] ? "" : ":");
}

/* What the key names: fills c->kind and c->test. */
static int take_key(struct compile *c)
{
    const char *key = c->clause.text;
    size_t len = c->clause.key_len;
    if (len > 5 && (memcmp(key, "data.", 5) == 0 || memcmp(key, "args.", 5) == 0))
        return take_field(c, 5);
    if (len > 6 && memcmp(key, "scope.", 6) == 0)
        return filter_scope_take(c, 6);
    if (same("retval", key, len) || same("returnValue", key, len))
        return take_retval(c);
    return unknown_key(c);
}

static int check_op(struct compile *c)
{
    const struct clause *k = &c->clause;
    if (k->op == CLAUSE_NONE)
        return clause_fail(c->err, k->text, k->key_len,
                           "an operator is missing after `%.*s`: one of %s", (int)k->key_len,
                           k->text, c->kind->ordered ? "= != < > <= >=" : "= !=");
    if (!c->kind->parse)
        return clause_fail(c->err, k->text, 0, "`%.*s` holds %s, which can't be tested",
                           (int)k->key_len, k->text, c->kind->what);
    if (k->op > CLAUSE_NE && !c->kind->ordered)
        return clause_fail(c->err, k->text, k->op_at,
                           "`%s` does not fit `%.*s`, which is %s: use = or !=",
                           clause_op_text[k->op], (int)k->key_len, k->text, c->kind->what);
    return 0;
}

static int take_values(struct compile *c)
{
    struct clause_value v;
    size_t pos = 0;
    int rc, n = 0;
    while ((rc = clause_next(&c->clause, &pos, &v, c->err)) > 0) {
        if (n++ && c->clause.op > CLAUSE_NE)
            return clause_fail(c->err, c->clause.text, v.at - 1, "`%s` takes one value",
                               clause_op_text[c->clause.op]);
        rc = c->kind->parse(c, &v);
        if (rc)
            return rc;
    }
    return rc;
}

static void operands_free(struct test *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->operands[i].how == OPERAND_TEXT)
            pattern_free(&t->operands[i].pattern);
    free(t->operands);
    t->operands = NULL;
    t->count = 0;
}

static struct test *find_same(struct filter *f, const struct test *t)
{
    for (uint32_t i = 0; i < f->count; i++) {
        struct test *old = &f->tests[i];
        if (old->subject == t->subject && old->index == t->index && old->offset == t->offset)
            return old;
    }
    return NULL;
}

/* Moves the operands of t into f. What fails leaves both as they were. */
static int join_take(struct filter *f, struct test *t)
{
    struct test *old = find_same(f, t);
    if (!old) {
        struct test *more = realloc(f->tests, (f->count + 1) * sizeof(*more));
        if (!more)
            return -ENOMEM;
        f->tests = more;
        more[f->count++] = *t;
        return 0;
    }
    if (old->count + t->count > FILTER_VALUES_MAX)
        return -E2BIG;
    struct operand *all = realloc(old->operands, (old->count + t->count) * sizeof(*all));
    if (!all)
        return -ENOMEM;
    memcpy(all + old->count, t->operands, t->count * sizeof(*all));
    old->operands = all;
    old->count += t->count;
    free(t->operands);
    return 0;
}

static int commit_take(struct filter **filter, struct compile *c)
{
    struct filter *f = *filter ? *filter : calloc(1, sizeof(*f));
    int rc = f ? join_take(f, &c->test) : -ENOMEM;
    if (!rc)
        *filter = f;
    else if (f != *filter)
        filter_free(f);
    if (rc == -E2BIG)
        return clause_fail(c->err, c->clause.text, c->clause.values, "more than %d values",
                           FILTER_VALUES_MAX);
    return rc ? error_set(c->err, rc, "out of memory") : 0;
}

int filter_add(struct filter **filter, const struct event_def *def, const char *text,
               struct error *err)
{
    struct compile c = {.def = def, .err = err};
    int rc = clause_parse(&c.clause, text, err);
    if (!rc)
        rc = take_key(&c);
    if (!rc)
        rc = check_op(&c);
    if (!rc)
        rc = take_values(&c);
    if (!rc)
        rc = commit_take(filter, &c);
    if (rc)
        operands_free(&c.test);
    return rc;
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    for (uint32_t i = 0; i < filter->count; i++)
        operands_free(&filter->tests[i]);
    free(filter->tests);
    free(filter);
}
