/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/json.h"

#include "event/format.h"

static void before(struct json *j)
{
    if (j->more && !j->keyed)
        strbuf_putc(j->out, ',');
    j->keyed = false;
    j->more = true;
}

void json_open(struct json *j, char bracket)
{
    before(j);
    strbuf_putc(j->out, bracket);
    j->more = false;
}

void json_close(struct json *j, char bracket)
{
    strbuf_putc(j->out, bracket);
    j->more = true;
}

void json_key(struct json *j, const char *key)
{
    before(j);
    json_quote(j->out, key, strlen(key));
    strbuf_putc(j->out, ':');
    j->keyed = true;
}

void json_text_n(struct json *j, const char *s, size_t n)
{
    before(j);
    json_quote(j->out, s, n);
}

void json_text(struct json *j, const char *s)
{
    if (s)
        json_text_n(j, s, strlen(s));
    else
        json_none(j);
}

void json_int(struct json *j, int64_t v)
{
    before(j);
    strbuf_put_s64(j->out, v);
}

void json_bool(struct json *j, bool v)
{
    before(j);
    strbuf_puts(j->out, v ? "true" : "false");
}

void json_none(struct json *j)
{
    before(j);
    strbuf_lit(j->out, "null");
}

void json_strings(struct json *j, const struct text_view *strings)
{
    before(j);
    strings_json(j->out, strings, false);
}

void json_newline(struct json *j)
{
    if (j->more && !j->keyed)
        strbuf_putc(j->out, ',');
    strbuf_putc(j->out, '\n');
    j->keyed = true; /* the comma is written */
}
