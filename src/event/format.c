/* SPDX-License-Identifier: Apache-2.0 */
/* One value, as text and as JSON. */
#include "event/format.h"

#include <fcntl.h>

#include "event/flags.h"

#define NSEC_PER_SEC 1000000000LL
#define ERRNO_MAX    4095
#define TEXT_BYTES   32 /* of a raw buffer, in text for people */

const char *reason_text(uint8_t reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        ABI_REASONS(X)
#undef X
    };
    return reason < ABI_WHY_COUNT ? texts[reason] : "";
}

static void put_pointer(struct strbuf *out, uint64_t v)
{
    strbuf_lit(out, "0x");
    strbuf_put_hex(out, v);
}

/* Four digits at least: 0644, 0100644. */
static void put_mode(struct strbuf *out, uint64_t v)
{
    char tmp[24];
    char *p = tmp + sizeof(tmp);
    do {
        *--p = (char)('0' + (v & 7));
        v >>= 3;
    } while (v || p > tmp + sizeof(tmp) - 3);
    *--p = '0';
    strbuf_put(out, p, (size_t)(tmp + sizeof(tmp) - p));
}

/* As user space encodes a device in 32 bits: minor in bits 0-7 and 20-31, major in 8-19. */
static void put_dev(struct strbuf *out, uint64_t v)
{
    strbuf_put_u64(out, (v >> 8) & 0xfff);
    strbuf_putc(out, ':');
    strbuf_put_u64(out, (v & 0xff) | ((v >> 12) & 0xfff00));
}

/* Ids are unsigned, but -1 is a value of its own: leave it. */
static void put_id(struct strbuf *out, uint64_t v)
{
    if ((uint32_t)v == UINT32_MAX)
        strbuf_lit(out, "-1");
    else
        strbuf_put_u64(out, (uint32_t)v);
}

static const struct catalog *format_catalog(const struct format *f)
{
    return f->catalog ? f->catalog : catalog_builtin();
}

/* A number that raw or a type without a text leaves a number: the same in text and JSON. */
static void put_number(struct strbuf *out, enum field_type type, uint64_t v)
{
    switch (type) {
    case TYPE_uid:
    case TYPE_gid:
        put_id(out, v);
        break;
    case TYPE_flags: /* bits: no sign */
        strbuf_put_u64(out, (uint32_t)v);
        break;
    case TYPE_int:
    case TYPE_long:
    case TYPE_s64:
    case TYPE_off:
    case TYPE_pid:
    case TYPE_fd:
    case TYPE_dirfd:
    case TYPE_event:
    case TYPE_enum:
        strbuf_put_s64(out, (int64_t)v);
        break;
    default:
        strbuf_put_u64(out, v);
    }
}

/* The text that stands for a number; false when the number itself is shown. */
static bool put_named(struct strbuf *out, const struct format *f, const struct field_def *def,
                      const struct value *value)
{
    const struct event_def *call;
    uint64_t v = value->number;
    if (f->raw)
        return false;
    if (value->flags) {
        flags_text(out, value->flags, v);
        return true;
    }
    switch (def->type) {
    case TYPE_pointer:
        put_pointer(out, v);
        return true;
    case TYPE_mode:
        put_mode(out, v);
        return true;
    case TYPE_dev:
        put_dev(out, v);
        return true;
    case TYPE_time:
        time_text(out, f, v);
        return true;
    case TYPE_ctime:
        time_text(out, &(struct format){0}, v);
        return true;
    case TYPE_event:
        call = catalog_by_id(format_catalog(f), v < CATALOG_IDS ? (unsigned)v : CATALOG_IDS);
        if (call)
            strbuf_puts(out, call->name);
        return call != NULL;
    default:
        return false;
    }
}

/* Whether put_named has a text for it, so that JSON knows whether quotes are needed. */
static bool is_named(const struct format *f, const struct field_def *def, const struct value *v)
{
    if (f->raw)
        return false;
    if (v->flags)
        return true;
    switch (def->type) {
    case TYPE_pointer:
    case TYPE_mode:
    case TYPE_dev:
    case TYPE_time:
    case TYPE_ctime:
        return true;
    case TYPE_event:
        return v->number < CATALOG_IDS && catalog_by_id(format_catalog(f), (unsigned)v->number);
    default:
        return false;
    }
}

static void put_bool(struct strbuf *out, uint64_t v)
{
    if (v)
        strbuf_lit(out, "true");
    else
        strbuf_lit(out, "false");
}

static void int_text(struct strbuf *out, const struct format *f, const struct field_def *def,
                     const struct value *v)
{
    if (def->type == TYPE_bool && !f->raw && !v->flags)
        put_bool(out, v->number);
    else if (!put_named(out, f, def, v))
        put_number(out, def->type, v->number);
}

static void int_json(struct strbuf *out, const struct format *f, const struct field_def *def,
                     const struct value *v)
{
    bool quotes = is_named(f, def, v);
    if (quotes)
        strbuf_putc(out, '"');
    int_text(out, f, def, v);
    if (quotes)
        strbuf_putc(out, '"');
}

/*
 * Seconds with nine decimals. A number of nanoseconds that is not below a second has a meaning of
 * its own (UTIME_NOW) or none: the two members are shown apart. False: not a plain number.
 */
static bool put_seconds(struct strbuf *out, int64_t sec, int64_t nsec)
{
    if (nsec < 0 || nsec >= NSEC_PER_SEC)
        return false;
    if (sec < 0 && nsec > 0) {
        strbuf_putc(out, '-');
        sec = -(sec + 1);
        nsec = NSEC_PER_SEC - nsec;
    }
    strbuf_put_s64(out, sec);
    char digits[10] = {'.'};
    for (int i = 9; i > 0; i--, nsec /= 10)
        digits[i] = (char)('0' + nsec % 10);
    strbuf_put(out, digits, sizeof(digits));
    return true;
}

static void put_timespec(struct strbuf *out, const struct value *v)
{
    if (put_seconds(out, v->sec, v->nsec))
        return;
    strbuf_lit(out, "{\"sec\":");
    strbuf_put_s64(out, v->sec);
    strbuf_lit(out, ",\"nsec\":");
    strbuf_put_s64(out, v->nsec);
    strbuf_putc(out, '}');
}

/* In both forms a JSON array: in text too it must be clear where one ends and the next begins. */
static void put_strv(struct strbuf *out, const struct value *v)
{
    const char *s;
    size_t pos = 0, len;
    bool first = true;
    strbuf_putc(out, '[');
    while (value_strv_next(v, &pos, &s, &len)) {
        if (!first)
            strbuf_putc(out, ',');
        first = false;
        json_quote(out, s, len);
    }
    strbuf_putc(out, ']');
}

/* Triples of name, symbol and owner: an object of objects, in text too. */
static void put_hooked(struct strbuf *out, const struct value *v)
{
    static const char *const before[] = {"", ":{\"SymbolName\":", ",\"ModuleOwner\":"};
    const char *s;
    size_t pos = 0, len;
    unsigned n = 0;
    strbuf_putc(out, '{');
    for (; value_strv_next(v, &pos, &s, &len); n++) {
        if (n && n % 3 == 0)
            strbuf_putc(out, ',');
        strbuf_puts(out, before[n % 3]);
        json_quote(out, s, len);
        if (n % 3 == 2)
            strbuf_putc(out, '}');
    }
    if (n % 3) /* not whole: what is missing is null */
        strbuf_puts(out, n % 3 == 1 ? ":null" : "}");
    strbuf_putc(out, '}');
}

/* Pairs of name and owner: a list of objects. */
static void put_hooked_list(struct strbuf *out, const struct value *v)
{
    static const char *const before[] = {"{\"SymbolName\":", ",\"ModuleOwner\":"};
    const char *s;
    size_t pos = 0, len;
    unsigned n = 0;
    strbuf_putc(out, '[');
    for (; value_strv_next(v, &pos, &s, &len); n++) {
        if (n && n % 2 == 0)
            strbuf_putc(out, ',');
        strbuf_puts(out, before[n % 2]);
        json_quote(out, s, len);
        if (n % 2)
            strbuf_putc(out, '}');
    }
    if (n % 2) /* not whole */
        strbuf_putc(out, '}');
    strbuf_putc(out, ']');
}

static void list_json(struct strbuf *out, const struct field_def *def, const struct value *v)
{
    if (def->type == TYPE_hooked)
        put_hooked(out, v);
    else if (def->type == TYPE_hooked_list)
        put_hooked_list(out, v);
    else
        put_strv(out, v);
}

static void put_fdpair(struct strbuf *out, const struct value *v)
{
    int32_t pair[2];
    memcpy(pair, v->data, sizeof(pair));
    strbuf_putc(out, '[');
    strbuf_put_s64(out, pair[0]);
    strbuf_putc(out, ',');
    strbuf_put_s64(out, pair[1]);
    strbuf_putc(out, ']');
}

static bool is_fdpair(const struct field_def *def, const struct value *v)
{
    return def->type == TYPE_fdpair && v->len == 2 * sizeof(int32_t);
}

static void put_u64s(struct strbuf *out, const struct value *v)
{
    strbuf_putc(out, '[');
    for (uint32_t at = 0; at + sizeof(uint64_t) <= v->len; at += sizeof(uint64_t)) {
        uint64_t number;
        memcpy(&number, (const char *)v->data + at, sizeof(number));
        if (at)
            strbuf_putc(out, ',');
        strbuf_put_u64(out, number);
    }
    strbuf_putc(out, ']');
}

/* The lists of numbers among bytes. */
static bool put_numbers(struct strbuf *out, const struct field_def *def, const struct value *v)
{
    if (is_fdpair(def, v))
        put_fdpair(out, v);
    else if (def->type == TYPE_u64s)
        put_u64s(out, v);
    else
        return false;
    return true;
}

static void bytes_text(struct strbuf *out, const struct field_def *def, const struct value *v)
{
    if (put_numbers(out, def, v))
        return;
    hex_text(out, v->data, v->len < TEXT_BYTES ? v->len : TEXT_BYTES);
    if (v->len <= TEXT_BYTES)
        return;
    strbuf_lit(out, "... (");
    strbuf_put_u64(out, v->len);
    strbuf_lit(out, " bytes)");
}

static void bytes_json(struct strbuf *out, const struct field_def *def, const struct value *v)
{
    if (put_numbers(out, def, v))
        return;
    strbuf_putc(out, '"');
    hex_text(out, v->data, v->len);
    strbuf_putc(out, '"');
}

static bool is_cwd(const struct format *f, const struct field_def *def, uint64_t v)
{
    return def->type == TYPE_dirfd && !f->raw && (int32_t)v == AT_FDCWD;
}

static void fd_text(struct strbuf *out, const struct format *f, const struct field_def *def,
                    const struct value *v)
{
    if (is_cwd(f, def, v->number))
        strbuf_lit(out, "AT_FDCWD");
    else
        strbuf_put_s64(out, (int64_t)v->number);
    if (!v->data)
        return;
    strbuf_putc(out, '<');
    text_escape(out, v->data, v->len);
    strbuf_putc(out, '>');
}

static void fd_number_json(struct strbuf *out, const struct format *f, const struct field_def *def,
                           uint64_t v)
{
    if (is_cwd(f, def, v))
        strbuf_lit(out, "\"AT_FDCWD\"");
    else
        strbuf_put_s64(out, (int64_t)v);
}

static void fd_json(struct strbuf *out, const struct format *f, const struct field_def *def,
                    const struct value *v)
{
    if (!v->data) {
        fd_number_json(out, f, def, v->number);
        return;
    }
    strbuf_lit(out, "{\"fd\":");
    fd_number_json(out, f, def, v->number);
    strbuf_lit(out, ",\"path\":");
    json_quote(out, v->data, v->len);
    strbuf_putc(out, '}');
}

void value_text(struct strbuf *out, const struct format *f, const struct field_def *def,
                const struct value *v)
{
    if (v->status == ABI_MISSING) {
        strbuf_lit(out, "-(");
        strbuf_puts(out, reason_text(v->reason));
        strbuf_putc(out, ')');
        return;
    }
    switch (v->encoding) {
    case ABI_ENC_INT:
        int_text(out, f, def, v);
        break;
    case ABI_ENC_FD:
        fd_text(out, f, def, v);
        break;
    case ABI_ENC_STR:
        if (v->len)
            text_escape(out, v->data, v->len);
        else if (v->status == ABI_PRESENT) /* nothing would look as if something had gone wrong */
            strbuf_lit(out, "\"\"");
        break;
    case ABI_ENC_STRV:
        list_json(out, def, v);
        break;
    case ABI_ENC_SOCKADDR:
        sockaddr_text(out, v->data, v->len);
        break;
    case ABI_ENC_TIMESPEC:
        put_timespec(out, v);
        break;
    case ABI_ENC_CRED:
        cred_text(out, f, v->data);
        break;
    default:
        bytes_text(out, def, v);
    }
    if (v->status == ABI_TRUNCATED)
        strbuf_lit(out, "...");
}

void value_json(struct strbuf *out, const struct format *f, const struct field_def *def,
                const struct value *v)
{
    if (v->status == ABI_MISSING) {
        strbuf_lit(out, "null");
        return;
    }
    switch (v->encoding) {
    case ABI_ENC_INT:
        if (def->type == TYPE_bool && !v->flags)
            put_bool(out, v->number);
        else
            int_json(out, f, def, v);
        break;
    case ABI_ENC_FD:
        fd_json(out, f, def, v);
        break;
    case ABI_ENC_STR:
        json_quote(out, v->data, v->len);
        break;
    case ABI_ENC_STRV:
        list_json(out, def, v);
        break;
    case ABI_ENC_SOCKADDR:
        sockaddr_json(out, f, v->data, v->len);
        break;
    case ABI_ENC_TIMESPEC:
        put_timespec(out, v);
        break;
    case ABI_ENC_CRED:
        cred_json(out, f, v->data);
        break;
    default:
        bytes_json(out, def, v);
    }
}

bool event_returns(const struct event *ev)
{
    return !(ev->rec->flags & (ABI_F_ENTER | ABI_F_NO_RET | ABI_F_USER));
}

const char *event_error(const struct event *ev)
{
    int64_t ret = ev->rec->ret;
    return event_returns(ev) && ret < 0 && ret >= -ERRNO_MAX ? errno_name((int)-ret) : NULL;
}

const char *event_via(const struct event *ev)
{
    unsigned kind = ev->rec->flags >> ABI_VIA_SHIFT; /* a later ratel's recording may know more */
    return kind && kind < ABI_HOOK_KIND_COUNT ? hook_kind_names[kind] : NULL;
}

const char *event_syscall(const struct format *f, const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    if (ev->def->is_syscall)
        return ev->def->name;
    if (r->syscall < 0)
        return NULL;
    const struct event_def *call =
        catalog_by_syscall(format_catalog(f), r->syscall, r->flags & ABI_F_COMPAT);
    return call ? call->name : NULL;
}

void return_text(struct strbuf *out, const struct format *f, const struct event *ev)
{
    if (!event_returns(ev)) {
        strbuf_putc(out, '-');
        return;
    }
    int64_t ret = ev->rec->ret;
    bool failed = ret < 0 && ret >= -ERRNO_MAX;
    if (ev->def->returns == RETURN_pointer && !failed && !f->raw)
        put_pointer(out, (uint64_t)ret);
    else
        strbuf_put_s64(out, ret);
    const char *name = f->raw ? NULL : event_error(ev);
    if (name) {
        strbuf_putc(out, ' ');
        strbuf_puts(out, name);
    }
}
