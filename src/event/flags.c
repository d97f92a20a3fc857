/* SPDX-License-Identifier: Apache-2.0 */
#include "event/flags.h"

#include <string.h>

#define KIND_bits false
#define KIND_enum true

/* The names of each table as arrays of their own, then the tables. */
#define VALUE(name_, v)    {.name = #name_, .value = (uint64_t)(int64_t)(v), .mask = ~(uint64_t)0},
#define GROUP(name_, v, m) {.name = #name_, .value = (v), .mask = (m)},
#define BIT(name_, v)      {.name = #name_, .value = (v), .mask = (v)},
#define FLAG_TABLE(table, kind, text, list)                                                        \
    static const struct flag_name names_##table[] = {list};                                        \
    const struct flag_table flag_table_##table = {                                                 \
        .name = #table,                                                                            \
        .meaning = text,                                                                           \
        .names = names_##table,                                                                    \
        .count = sizeof(names_##table) / sizeof(names_##table[0]),                                 \
        .is_enum = KIND_##kind,                                                                    \
    };
#include "flags.def"
#undef FLAG_TABLE

#define WHEN(name_, v, then) {.name = #name_, .value = (v), .table = &flag_table_##then},
#define OTHERWISE(then)      {.name = NULL, .table = &flag_table_##then},
#define FLAG_CHOICE(choice, field, text, rows)                                                     \
    static const struct flag_choice choices_##choice[] = {rows};                                   \
    const struct flag_table flag_table_##choice = {                                                \
        .name = #choice,                                                                           \
        .meaning = text,                                                                           \
        .by = #field,                                                                              \
        .choices = choices_##choice,                                                               \
        .nchoices = sizeof(choices_##choice) / sizeof(choices_##choice[0]),                        \
    };
#include "choices.def"
#undef FLAG_CHOICE

const struct flag_table *const flag_tables[] = {
#define FLAG_TABLE(table, kind, text, list)   &flag_table_##table,
#define FLAG_CHOICE(table, field, text, list) &flag_table_##table,
#include "choices.def"
#include "flags.def"
#undef FLAG_TABLE
#undef FLAG_CHOICE
    NULL,
};

const struct flag_table *flag_table_find(const char *name)
{
    for (const struct flag_table *const *t = flag_tables; *t; t++)
        if (strcmp((*t)->name, name) == 0)
            return *t;
    return NULL;
}

const struct flag_table *flags_choose(const struct flag_table *choice, const uint64_t *by)
{
    for (unsigned i = 0; i < choice->nchoices; i++) {
        const struct flag_choice *c = &choice->choices[i];

        if (!c->name || (by && *by == c->value))
            return c->table;
    }
    return NULL;
}

static bool leads_to(const struct flag_table *t, const struct flag_table *end)
{
    if (t == end)
        return true;
    for (unsigned i = 0; i < t->nchoices; i++)
        if (leads_to(t->choices[i].table, end))
            return true;
    return false;
}

/* In the order of the catalog, which has each table once. */
const struct flag_table *flags_possible(const struct flag_table *t, unsigned i)
{
    if (!t->by)
        return i == 0 ? t : NULL;
    for (const struct flag_table *const *end = flag_tables; *end; end++)
        if (!(*end)->by && leads_to(t, *end) && i-- == 0)
            return *end;
    return NULL;
}

/* Values of an enum ascend as signed numbers. */
static const char *enum_exact(const struct flag_table *t, int64_t value)
{
    unsigned low = 0, high = t->count;

    while (low < high) {
        unsigned mid = (low + high) / 2;
        int64_t v = (int64_t)t->names[mid].value;

        if (v == value)
            return t->names[mid].name;
        if (v < value)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const char *flag_enum_name(const struct flag_table *t, uint64_t value)
{
    const char *name = enum_exact(t, (int64_t)value);

    /* A 32-bit argument may have travelled with or without its sign. */
    if (!name && value >> 32 == 0xffffffff)
        name = enum_exact(t, (uint32_t)value);
    if (!name && value >> 32 == 0)
        name = enum_exact(t, (int32_t)value);
    return name;
}

/* Whether the upper half is only the sign of a 32-bit argument: no bit of the table is there. */
static bool is_extended(const struct flag_table *t, uint64_t value)
{
    if (value >> 31 != 0x1ffffffff)
        return false;
    for (unsigned i = 0; i < t->count; i++)
        if (t->names[i].mask >> 32)
            return false;
    return true;
}

static void bits_text(struct strbuf *out, const struct flag_table *t, uint64_t value)
{
    uint64_t rest = is_extended(t, value) ? (uint32_t)value : value;
    uint64_t done = 0;
    bool first = true;

    for (unsigned i = 0; i < t->count; i++) {
        const struct flag_name *n = &t->names[i];

        /* A group's bits are spoken for once one of its names was found. */
        if ((done & n->mask) || (rest & n->mask) != n->value)
            continue;
        if (!first)
            strbuf_putc(out, '|');
        strbuf_puts(out, n->name);
        first = false;
        done |= n->mask;
    }
    rest &= ~done;
    if (rest && !first)
        strbuf_putc(out, '|');
    if (rest) {
        strbuf_lit(out, "0x");
        strbuf_put_hex(out, rest);
    } else if (first) {
        strbuf_putc(out, '0');
    }
}

void flags_text(struct strbuf *out, const struct flag_table *t, uint64_t value)
{
    const char *name;

    if (!t->is_enum) {
        bits_text(out, t, value);
        return;
    }
    name = flag_enum_name(t, value);
    if (name)
        strbuf_puts(out, name);
    else
        strbuf_put_s64(out, (int64_t)value);
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

/* 0x1f, 0755, 12, -1 */
static bool parse_number(const char *s, size_t len, uint64_t *value)
{
    bool minus = len > 1 && s[0] == '-';
    unsigned base = 10;
    uint64_t v = 0;

    s += minus;
    len -= minus;
    if (len > 2 && s[0] == '0' && (s[1] | 0x20) == 'x') {
        base = 16;
        s += 2;
        len -= 2;
    } else if (len > 1 && s[0] == '0') {
        base = 8;
    }
    if (len == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        unsigned d = (unsigned)digit_of(s[i]);

        if (d >= base || __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
            return false;
    }
    *value = minus ? -v : v;
    return true;
}

const struct flag_name *flag_find(const struct flag_table *t, const char *name, size_t len)
{
    for (unsigned i = 0; i < t->count; i++) {
        const char *n = t->names[i].name;

        if (strlen(n) == len && memcmp(n, name, len) == 0)
            return &t->names[i];
    }
    return NULL;
}

bool flags_parse_masked(const struct flag_table *t, const char *text, size_t len, uint64_t *value,
                        uint64_t *mask)
{
    uint64_t v = 0, m = 0;
    const char *end = text + len;

    for (;;) {
        const char *bar = memchr(text, '|', (size_t)(end - text));
        size_t n = (size_t)((bar ? bar : end) - text);
        const struct flag_name *f = flag_find(t, text, n);
        uint64_t number;

        if (f) {
            v |= f->value;
            m |= f->mask;
        } else if (parse_number(text, n, &number)) {
            v |= number;
            m |= t->is_enum ? ~(uint64_t)0 : number;
        } else {
            return false;
        }
        if (!bar)
            break;
        if (t->is_enum)
            return false;
        text = bar + 1;
    }
    *value = v;
    *mask = m;
    return true;
}

bool flags_parse(const struct flag_table *t, const char *text, size_t len, uint64_t *value)
{
    uint64_t mask;

    return flags_parse_masked(t, text, len, value, &mask);
}

const char *errno_name(int e)
{
    return e > 0 ? enum_exact(&flag_table_errno, e) : NULL;
}

const char *signal_name(int sig)
{
    return sig > 0 ? enum_exact(&flag_table_signal, sig) : NULL;
}
