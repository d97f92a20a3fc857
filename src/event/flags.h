/* SPDX-License-Identifier: Apache-2.0 */
/* Names of bits and of values, from catalog/flags. */
#ifndef RATEL_EVENT_FLAGS_H
#define RATEL_EVENT_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

struct flag_name {
    const char *name;
    uint64_t value;
    uint64_t mask; /* the bits that decide: value itself for a bit, the field's mask for a group */
};

struct flag_table {
    const char *name;
    const struct flag_name *names; /* groups before bits; sorted by value within */
    unsigned count;
    bool is_enum; /* one value of several, not bits */
};

/* The table called so, or NULL. */
const struct flag_table *flag_table_find(const char *name);
/* Appends the names joined by '|', a rest in hexadecimal; a value without a name as a number. */
void flags_text(struct strbuf *out, const struct flag_table *t, uint64_t value);
/* The value of a name, or of names joined by '|'. */
bool flags_parse(const struct flag_table *t, const char *text, size_t len, uint64_t *value);
/* Name of an errno (positive), of a signal; NULL for an unknown one. Never allocates. */
const char *errno_name(int e);
const char *signal_name(int sig);

#endif
