/* SPDX-License-Identifier: Apache-2.0 */
/* What the world adds to an event, one value at a time, by name: event/context.def. */
#ifndef RATEL_EVENT_CONTEXT_VALUES_H
#define RATEL_EVENT_CONTEXT_VALUES_H

#include "event/format.h"

enum context_value {
#define CONTEXT_VALUE(id, name, part, shape, owner, member) CONTEXT_VALUE_##id,
#define CONTEXT_OTHER(id, name, part)                       CONTEXT_VALUE_##id,
#include "event/context.def"
#undef CONTEXT_VALUE
#undef CONTEXT_OTHER
    CONTEXT_VALUE_COUNT
};

struct context_value_def {
    const char *name;
    unsigned part; /* enum context_part */
};

extern const struct context_value_def context_values[CONTEXT_VALUE_COUNT];

/* As JSON, or as text. What is not known, or was not asked for: null, or nothing. c may be NULL. */
void context_value_put(struct strbuf *out, const struct format *f, const struct event_context *c,
                       enum context_value which, bool json);

#endif
