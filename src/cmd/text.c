/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/text.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_MIN 40

unsigned text_width(unsigned otherwise)
{
    struct winsize ws;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) || !ws.ws_col)
        return otherwise;
    return ws.ws_col < WIDTH_MIN ? WIDTH_MIN : ws.ws_col;
}

void text_pad(struct strbuf *out, unsigned n)
{
    while (n--)
        strbuf_putc(out, ' ');
}

/* Whether a character of UTF-8 begins with it. */
static bool begins(char c)
{
    return ((unsigned char)c & 0xc0) != 0x80;
}

void text_cut(struct strbuf *out, size_t from, unsigned width)
{
    unsigned column = 0;
    size_t last = from; /* where the last character that has room begins */

    for (size_t i = from; i < out->len; i++) {
        if (!begins(out->data[i]))
            continue;
        if (++column == width)
            last = i;
        if (column <= width)
            continue;
        out->len = last;
        strbuf_lit(out, "…");
        return;
    }
}

/* Columns of n bytes of UTF-8 from our own tables: one for each byte that begins a character. */
static unsigned columns(const char *s, size_t n)
{
    unsigned c = 0;

    for (size_t i = 0; i < n; i++)
        c += begins(s[i]);
    return c;
}

void text_wrap(struct strbuf *out, const char *text, unsigned at, unsigned indent, unsigned width)
{
    bool fresh = true; /* nothing stands on this line yet */

    while (*text) {
        size_t n = strcspn(text, " ");
        unsigned w = columns(text, n);
        if (!fresh && at + 1 + w > width) {
            strbuf_putc(out, '\n');
            text_pad(out, indent);
            at = indent;
            fresh = true;
        }
        if (!fresh) {
            strbuf_putc(out, ' ');
            at++;
        }
        strbuf_put(out, text, n);
        at += w;
        fresh = false;
        text += n;
        text += strspn(text, " ");
    }
}

void text_row(struct strbuf *out, const char *name, unsigned names, const char *text,
              unsigned width)
{
    strbuf_printf(out, "%-*s  ", (int)names, name);
    text_wrap(out, text, names + 2, names + 2, width);
    strbuf_putc(out, '\n');
}
