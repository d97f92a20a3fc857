/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials, as text and as JSON. */
#include "event/flags.h"
#include "event/format.h"

static const struct flag_table *const capability = &flag_table_capability;

/* Every capability that has a name. */
static uint64_t all_capabilities(void)
{
    uint64_t all = 0;
    for (unsigned i = 0; i < capability->count; i++)
        all |= UINT64_C(1) << (capability->names[i].value & 63);
    return all;
}

/* The names joined by '|', what has none in hexadecimal; a word for all, and 0 for none. */
static void put_names(struct strbuf *out, uint64_t set)
{
    const char *before = "";
    if (set == all_capabilities()) {
        strbuf_lit(out, "all");
        return;
    }
    for (unsigned i = 0; i < capability->count; i++) {
        uint64_t bit = UINT64_C(1) << (capability->names[i].value & 63);
        if (!(set & bit))
            continue;
        set &= ~bit;
        strbuf_puts(out, before);
        strbuf_puts(out, capability->names[i].name);
        before = "|";
    }
    if (set && *before)
        strbuf_putc(out, '|');
    if (set) {
        strbuf_lit(out, "0x");
        strbuf_put_hex(out, set);
    } else if (!*before) {
        strbuf_putc(out, '0');
    }
}

/* What stands before, between and around the members. */
struct shape {
    const char *key, *equals; /* around a name */
    const char *quote;        /* around names of bits */
};

static void put_caps(struct strbuf *out, const struct format *f, const struct shape *shape,
                     uint64_t set)
{
    if (f->raw) {
        strbuf_put_u64(out, set);
        return;
    }
    strbuf_puts(out, shape->quote);
    put_names(out, set);
    strbuf_puts(out, shape->quote);
}

static void put_securebits(struct strbuf *out, const struct format *f, const struct shape *shape,
                           uint32_t bits)
{
    if (f->raw) {
        strbuf_put_u64(out, bits);
        return;
    }
    strbuf_puts(out, shape->quote);
    flags_text(out, &flag_table_securebits, bits);
    strbuf_puts(out, shape->quote);
}

static void put_key(struct strbuf *out, const struct shape *shape, const char *name, bool first)
{
    if (!first)
        strbuf_putc(out, ',');
    strbuf_puts(out, shape->key);
    strbuf_puts(out, name);
    strbuf_puts(out, shape->equals);
}

static void put_cred(struct strbuf *out, const struct format *f, const struct shape *shape,
                     const char *data)
{
    struct abi_cred c;
    memcpy(&c, data, sizeof(c));
    strbuf_putc(out, '{');
#define X(name, tracee)                                                                            \
    put_key(out, shape, #name, &c.name == &c.uid);                                                 \
    if (&c.name == &c.securebits)                                                                  \
        put_securebits(out, f, shape, c.name);                                                     \
    else                                                                                           \
        strbuf_put_u64(out, c.name);
    ABI_CRED_NUMBERS(X)
#undef X
#define X(name, tracee)                                                                            \
    put_key(out, shape, #name, false);                                                             \
    put_caps(out, f, shape, c.name);
    ABI_CRED_CAPS(X)
#undef X
    strbuf_putc(out, '}');
}

void cred_text(struct strbuf *out, const struct format *f, const char *data)
{
    static const struct shape text = {.key = "", .equals = "=", .quote = ""};
    put_cred(out, f, &text, data);
}

void cred_json(struct strbuf *out, const struct format *f, const char *data)
{
    static const struct shape json = {.key = "\"", .equals = "\":", .quote = "\""};
    put_cred(out, f, &json, data);
}
