/* SPDX-License-Identifier: Apache-2.0 */
/* A filter, asked about one field before there is an event. */
#include "expr/filter_impl.h"

static const struct test *find(const struct filter *f, unsigned field)
{
    for (uint32_t i = 0; f && i < f->count; i++)
        if (f->tests[i].subject == SUBJECT_FIELD && f->tests[i].index == field)
            return &f->tests[i];
    return NULL;
}

bool filter_field_text(const struct filter *filter, unsigned field, const char *text, size_t len)
{
    const struct test *t = find(filter, field);
    bool any = false, equal = false;
    for (uint32_t i = 0; t && i < t->count; i++) {
        const struct operand *o = &t->operands[i];
        if (o->how != OPERAND_TEXT)
            continue;
        bool matches = pattern_match(&o->pattern, text, len, true);
        if (o->op == CLAUSE_NE && matches)
            return false;
        any |= o->op == CLAUSE_EQ;
        equal |= o->op == CLAUSE_EQ && matches;
    }
    return !any || equal;
}

unsigned filter_field_numbers(const struct filter *filter, unsigned field, uint64_t *out,
                              unsigned max)
{
    const struct test *t = find(filter, field);
    unsigned n = 0;
    for (uint32_t i = 0; t && i < t->count; i++) {
        const struct operand *o = &t->operands[i];
        if (o->how == OPERAND_NUMBER && o->op == CLAUSE_EQ && n++ < max)
            out[n - 1] = o->number;
    }
    return n;
}

bool filter_field_named(const struct filter *filter, unsigned field)
{
    const struct test *t = find(filter, field);
    for (uint32_t i = 0; t && i < t->count; i++)
        if (t->operands[i].op == CLAUSE_EQ)
            return true;
    return false;
}
