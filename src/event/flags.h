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

struct flag_choice;

/* A table, or a choice of tables: then it has .by and .choices, and no names. */
struct flag_table {
    const char *name;
    const char *meaning;
    const struct flag_name *names; /* groups before bits; sorted by value within */
    unsigned count;
    bool is_enum;   /* one value of several, not bits */
    const char *by; /* the event's field that chooses */
    const struct flag_choice *choices;
    unsigned nchoices;
};

/* A row of a choice. */
struct flag_choice {
    const char *name; /* of value; NULL: for every other value, and for none */
    uint64_t value;
    const struct flag_table *table; /* may be a choice, which never leads back */
};

/* flag_table_<name>: every table and every choice of catalog/flags. */
#define FLAG_TABLE(table, kind, meaning, names) extern const struct flag_table flag_table_##table;
#define FLAG_CHOICE(table, by, meaning, rows)   extern const struct flag_table flag_table_##table;
#include "choices.def"
#include "flags.def"
#undef FLAG_TABLE
#undef FLAG_CHOICE

extern const struct flag_table *const flag_tables[]; /* all of them, NULL at the end */

/* The table called so, or NULL. */
const struct flag_table *flag_table_find(const char *name);
/* What a choice comes to where its field has that value, NULL for none: a table, or NULL. */
const struct flag_table *flags_choose(const struct flag_table *choice, const uint64_t *by);
/* The tables, each once, that a choice may come to in the end; of a table itself. NULL at the end.
 */
const struct flag_table *flags_possible(const struct flag_table *t, unsigned i);
/* Appends the names joined by '|', a rest in hexadecimal; a value without a name as a number. */
void flags_text(struct strbuf *out, const struct flag_table *t, uint64_t value);
/* Name of one value of an enum; NULL where it has none. */
const char *flag_enum_name(const struct flag_table *t, uint64_t value);
/* The entry called so, or NULL. */
const struct flag_name *flag_find(const struct flag_table *t, const char *name, size_t len);
/* The value of a name or a number, or of several joined by '|'. */
bool flags_parse(const struct flag_table *t, const char *text, size_t len, uint64_t *value);
/* The same, and the bits that decide: value & mask says whether O_RDONLY (0) is set. */
bool flags_parse_masked(const struct flag_table *t, const char *text, size_t len, uint64_t *value,
                        uint64_t *mask);
/* Name of an errno (positive), of a signal; NULL for an unknown one. Never allocates. */
const char *errno_name(int e);
const char *signal_name(int sig);

#endif
