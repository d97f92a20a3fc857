/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <string.h>

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

/* The message may quote what a stranger wrote: nothing of it may steer the terminal. */
static void put_escaped(const char *s, size_t n, FILE *out)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        if (c == '\t')
            fputc(' ', out);
        else if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
    }
}

void error_print(const struct error *err, FILE *out)
{
    fputs("ratel: ", out);
    if (err->file)
        put_escaped(err->file, strlen(err->file), out);
    if (err->file && err->line)
        fprintf(out, ":%d", err->line);
    if (err->file && err->line && err->column)
        fprintf(out, ":%d", err->column);
    if (err->file)
        fputs(": ", out);
    put_escaped(err->message, strlen(err->message), out);
    fputc('\n', out);
    if (!err->text)
        return;
    size_t n = strcspn(err->text, "\n");
    fputs("    ", out);
    put_escaped(err->text, n, out);
    fputc('\n', out);
    if (err->column > 0)
        fprintf(out, "    %*s^\n", err->column - 1, "");
}
