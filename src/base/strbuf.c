/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define STRBUF_FIRST 256

void strbuf_free(struct strbuf *b)
{
    free(b->data);
    b->data = NULL;
    b->len = b->cap = 0;
}

bool strbuf_grow(struct strbuf *b, size_t n)
{
    if (n > b->limit || b->len > b->limit - n) {
        b->overflow = true;
        return false;
    }
    size_t cap = b->cap ? b->cap : STRBUF_FIRST;
    while (cap < b->len + n)
        cap *= 2;
    if (cap > b->limit)
        cap = b->limit;
    if (cap <= b->cap)
        return true;
    char *data = realloc(b->data, cap);
    if (!data) {
        b->overflow = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

const char *strbuf_cstr(struct strbuf *b)
{
    if (!strbuf_room(b, 1)) {
        if (!b->len)
            return "";
        b->len--;
    }
    b->data[b->len] = '\0';
    return b->data;
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n < 0 || !strbuf_room(b, (size_t)n + 1))
        return;
    va_start(ap, format);
    vsnprintf(b->data + b->len, (size_t)n + 1, format, ap);
    va_end(ap);
    b->len += (size_t)n;
}

void strbuf_put_u64(struct strbuf *b, uint64_t v)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233"
        "34353637383940414243444546474849505152535455565758596061626364656667"
        "6869707172737475767778798081828384858687888990919293949596979899";
    char tmp[20];
    char *p = tmp + sizeof(tmp);
    while (v >= 100) {
        p -= 2;
        memcpy(p, pairs + 2 * (v % 100), 2);
        v /= 100;
    }
    if (v >= 10) {
        p -= 2;
        memcpy(p, pairs + 2 * v, 2);
    } else {
        *--p = (char)('0' + v);
    }
    strbuf_put(b, p, (size_t)(tmp + sizeof(tmp) - p));
}

void strbuf_put_s64(struct strbuf *b, int64_t v)
{
    if (v < 0)
        strbuf_putc(b, '-');
    strbuf_put_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void strbuf_put_hex(struct strbuf *b, uint64_t v)
{
    char tmp[16];
    char *p = tmp + sizeof(tmp);
    do {
        *--p = "0123456789abcdef"[v & 15];
        v >>= 4;
    } while (v);
    strbuf_put(b, p, (size_t)(tmp + sizeof(tmp) - p));
}
