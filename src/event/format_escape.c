/* SPDX-License-Identifier: Apache-2.0 */
/* Strings that a stranger wrote, made harmless for JSON and for terminals. */
#include "event/format.h"

#define ONES  0x0101010101010101ULL
#define HIGHS 0x8080808080808080ULL

/* What a byte needs: 0 nothing, ESC_UTF8 a look at what follows, else the letter after '\'. */
#define ESC_UTF8 1
#define ESC_HEX  2

static const uint8_t escapes[256] = {
    [0x00 ... 0x07] = ESC_HEX,
    ['\b'] = 'b',
    ['\t'] = 't',
    ['\n'] = 'n',
    ['\v'] = ESC_HEX,
    ['\f'] = 'f',
    ['\r'] = 'r',
    [0x0e ... 0x1f] = ESC_HEX,
    ['"'] = '"',
    ['\\'] = '\\',
    [0x7f] = ESC_HEX,
    [0x80 ... 0xff] = ESC_UTF8,
};

static const char hex_digits[] = "0123456789abcdef";

/* High bit set in each byte of x that is zero (and perhaps in one above such a byte). */
static inline uint64_t zero_bytes(uint64_t x)
{
    return (x - ONES) & ~x & HIGHS;
}

/* Whether any of eight bytes needs a look: control, '"', '\', DEL, or not ASCII. */
static inline bool any_special(uint64_t x)
{
    uint64_t control = (x - ONES * 0x20) & ~x & HIGHS;
    return (control | zero_bytes(x ^ ONES * '"') | zero_bytes(x ^ ONES * '\\') |
            zero_bytes(x ^ ONES * 0x7f) | (x & HIGHS)) != 0;
}

/* Bytes at the start of s that can be copied as they are. */
static inline size_t clean_bytes(const char *s, size_t n)
{
    size_t i = 0;
    for (uint64_t x; n - i >= 8; i += 8) {
        memcpy(&x, s + i, 8);
        if (any_special(x))
            break;
    }
    while (i < n && !escapes[(uint8_t)s[i]])
        i++;
    return i;
}

unsigned utf8_next(const char *s, size_t n, uint32_t *code)
{
    const uint8_t *p = (const uint8_t *)s;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (len == 0 || len > n || p[0] > 0xf4)
        return 0;
    uint32_t c = len == 1 ? p[0] : p[0] & (0x7fu >> len);
    for (unsigned i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        return 0;
    *code = c;
    return len;
}

/* Characters that steer a terminal or turn the direction of writing: C1, and the bidi controls. */
static bool steers(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x061c || c == 0xfeff;
}

static void put_hex4(struct strbuf *out, uint32_t c)
{
    char t[6] = {'\\',
                 'u',
                 hex_digits[c >> 12 & 15],
                 hex_digits[c >> 8 & 15],
                 hex_digits[c >> 4 & 15],
                 hex_digits[c & 15]};
    strbuf_put(out, t, sizeof(t));
}

static void put_hex2(struct strbuf *out, uint8_t c)
{
    char t[4] = {'\\', 'x', hex_digits[c >> 4], hex_digits[c & 15]};
    strbuf_put(out, t, sizeof(t));
}

/* One character that is not clean, for JSON; returns the bytes it took. */
static size_t json_special(struct strbuf *out, const char *s, size_t n)
{
    uint8_t c = (uint8_t)*s;
    uint32_t code = 0;
    if (escapes[c] == ESC_HEX) {
        put_hex4(out, c);
        return 1;
    }
    if (escapes[c] != ESC_UTF8) {
        char t[2] = {'\\', (char)escapes[c]};
        strbuf_put(out, t, sizeof(t));
        return 1;
    }
    unsigned len = utf8_next(s, n, &code);
    if (len == 0) {
        put_hex4(out, 0xdc00u + c);
        return 1;
    }
    if (steers(code))
        put_hex4(out, code);
    else
        strbuf_put(out, s, len);
    return len;
}

/* Writes one piece that can't stand as it is; returns how many bytes of s it was. */
typedef size_t write_special(struct strbuf *out, const char *s, size_t n);

static inline void escape(struct strbuf *out, const char *s, size_t n, write_special *special)
{
    while (n) {
        size_t clean = clean_bytes(s, n);
        strbuf_put(out, s, clean);
        s += clean;
        n -= clean;
        if (!n)
            break;
        size_t took = special(out, s, n);
        s += took;
        n -= took;
    }
}

void json_quote(struct strbuf *out, const char *s, size_t n)
{
    strbuf_putc(out, '"');
    escape(out, s, n, json_special);
    strbuf_putc(out, '"');
}

static size_t text_special(struct strbuf *out, const char *s, size_t n)
{
    uint8_t c = (uint8_t)*s;
    uint32_t code = 0;
    if (c == '"') {
        strbuf_putc(out, '"');
        return 1;
    }
    if (c == '\n' || c == '\t' || c == '\r' || c == '\\') {
        char t[2] = {'\\', (char)escapes[c]};
        strbuf_put(out, t, sizeof(t));
        return 1;
    }
    unsigned len = c < 0x80 ? 0 : utf8_next(s, n, &code);
    if (len && !steers(code)) {
        strbuf_put(out, s, len);
        return len;
    }
    size_t took = len ? len : 1;
    for (size_t i = 0; i < took; i++)
        put_hex2(out, (uint8_t)s[i]);
    return took;
}

void text_escape(struct strbuf *out, const char *s, size_t n)
{
    escape(out, s, n, text_special);
}

void hex_text(struct strbuf *out, const void *p, size_t n)
{
    const uint8_t *bytes = p;
    if (n > out->limit || !strbuf_room(out, 2 * n)) {
        out->overflow = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        out->data[out->len++] = hex_digits[bytes[i] >> 4];
        out->data[out->len++] = hex_digits[bytes[i] & 15];
    }
}
