/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of -e name, for checks that must know beforehand what to look for. */
#include "policy/selection.h"

static const struct filter *filter_of(void *ctx, unsigned slot)
{
    const struct selection *s = ctx;
    return s->filters[slot];
}

static bool text(void *ctx, unsigned slot, unsigned field, const char *t, size_t len)
{
    return filter_field_text(filter_of(ctx, slot), field, t, len);
}

static unsigned numbers(void *ctx, unsigned slot, unsigned field, uint64_t *out, unsigned max)
{
    return filter_field_numbers(filter_of(ctx, slot), field, out, max);
}

static bool named(void *ctx, unsigned slot, unsigned field)
{
    return filter_field_named(filter_of(ctx, slot), field);
}

void selection_wishes(struct selection *s, struct inspect_wishes *out)
{
    *out = (struct inspect_wishes){.ctx = s, .text = text, .numbers = numbers, .named = named};
}
