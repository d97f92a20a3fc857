/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a limit. Appending never fails half-way: past the limit, or out of
 * memory, the bytes are dropped and .overflow is set, for the owner to look at once at the end.
 */
#ifndef RATEL_BASE_STRBUF_H
#define RATEL_BASE_STRBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct strbuf {
    char *data; /* not NUL-terminated; see strbuf_cstr */
    size_t len;
    size_t cap;
    size_t limit;  /* bytes; never grows past it */
    bool overflow; /* something was dropped */
};

#define STRBUF_INIT(max)                                                                           \
    {                                                                                              \
        .limit = (max)                                                                             \
    }

void strbuf_free(struct strbuf *b);
/* Makes room for n more bytes; false when the limit or the memory says no (sets .overflow). */
bool strbuf_grow(struct strbuf *b, size_t n);
/* NUL-terminates (not counted in .len) and returns the data; "" when nothing could be allocated. */
const char *strbuf_cstr(struct strbuf *b);
void strbuf_printf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Decimal and hexadecimal (lower case, without 0x) without stdio: for the hot path. */
void strbuf_put_u64(struct strbuf *b, uint64_t v);
void strbuf_put_s64(struct strbuf *b, int64_t v);
void strbuf_put_hex(struct strbuf *b, uint64_t v);

static inline void strbuf_clear(struct strbuf *b)
{
    b->len = 0;
    b->overflow = false;
}

static inline bool strbuf_room(struct strbuf *b, size_t n)
{
    return b->cap - b->len >= n || strbuf_grow(b, n);
}

static inline void strbuf_put(struct strbuf *b, const void *p, size_t n)
{
    if (n == 0 || !strbuf_room(b, n))
        return;
    memcpy(b->data + b->len, p, n);
    b->len += n;
}

static inline void strbuf_putc(struct strbuf *b, char c)
{
    if (!strbuf_room(b, 1))
        return;
    b->data[b->len++] = c;
}

static inline void strbuf_puts(struct strbuf *b, const char *s)
{
    strbuf_put(b, s, strlen(s));
}

/* A string literal, its length known to the compiler. */
#define strbuf_lit(b, s) strbuf_put((b), "" s, sizeof(s) - 1)

#endif
