/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

#include "base/strbuf.h"

int error_set(struct error *err, int code, const char *format, ...)
{
    if (!err)
        return code;
    va_list ap;
    va_start(ap, format);
    vsnprintf(err->message, sizeof(err->message), format, ap);
    va_end(ap);
    return code;
}

void error_place(struct error *err, const char *file, int line, int column, const char *text)
{
    if (!err)
        return;
    err->file = file;
    err->line = line;
    err->column = column;
    err->text = text;
}

/* Bytes of the UTF-8 character at s that a terminal may be given; 0 for control and for bad bytes.
 */
static size_t printable(const char *s, size_t n)
{
    static const unsigned least[] = {0, 0, 0xa0, 0x800, 0x10000}; /* below 0xa0: more control */
    unsigned char c = (unsigned char)s[0];
    size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

    if (len <= 1)
        return c >= 0x20 && c < 0x7f;
    if (len > n)
        return 0;
    unsigned code = c & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | ((unsigned char)s[i] & 0x3f);
    }
    return code >= least[len] ? len : 0;
}

/* The message may quote what a stranger wrote: nothing of it may steer the terminal. Columns. */
static size_t put_escaped(struct strbuf *out, const char *s, size_t n)
{
    size_t columns = 0;

    for (size_t i = 0, len; i < n; i += len, columns++) {
        len = printable(s + i, n - i);
        if (len) {
            strbuf_put(out, s + i, len);
            continue;
        }
        len = 1;
        if (s[i] == '\t') {
            strbuf_putc(out, ' ');
        } else {
            strbuf_printf(out, "\\x%02x", (unsigned char)s[i]);
            columns += 3;
        }
    }
    return columns;
}

/* The part of the line around the column, so that a line of a megabyte stays a line. */
static void put_line(struct strbuf *out, const char *text, int column)
{
    size_t n = strcspn(text, "\n"), at = column > 0 ? (size_t)column - 1 : 0, from = 0;

    at = at < n ? at : n;
    if (at > ERROR_LINE_MAX / 2)
        from = n > ERROR_LINE_MAX ? at - ERROR_LINE_MAX / 2 : 0;
    if (n - from > ERROR_LINE_MAX)
        n = from + ERROR_LINE_MAX;
    strbuf_lit(out, "    ");
    size_t columns = put_escaped(out, text + from, at - from);
    put_escaped(out, text + at, n - at);
    strbuf_putc(out, '\n');
    if (column > 0)
        strbuf_printf(out, "    %*s^\n", (int)columns, "");
}

void error_print(const struct error *err, FILE *out)
{
    struct strbuf b = STRBUF_INIT(ERROR_PRINT_MAX);

    strbuf_lit(&b, "ratel: ");
    if (err->file) {
        put_escaped(&b, err->file, strlen(err->file));
        if (err->line)
            strbuf_printf(&b, ":%d", err->line);
        if (err->line && err->column)
            strbuf_printf(&b, ":%d", err->column);
        strbuf_lit(&b, ": ");
    }
    put_escaped(&b, err->message, strlen(err->message));
    strbuf_putc(&b, '\n');
    if (err->text)
        put_line(&b, err->text, err->column);
    /* One write: standard error has no buffer of its own. Without memory, at least the message. */
    if (b.len)
        fwrite(b.data, 1, b.len, out);
    else
        fputs("ratel: out of memory for a message\n", out);
    strbuf_free(&b);
}
