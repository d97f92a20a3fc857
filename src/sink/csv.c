/* SPDX-License-Identifier: Apache-2.0 */
/* csv: RFC 4180, a header line and fixed columns, the event's own values as JSON in the last. */
#include "sink/text.h"

#define CSV_COLUMNS "time,event,pid,tid,ppid,uid,comm,ret,error,args\r\n"

/* Doubles the quotes of what was appended from start on, and puts quotes around it. */
static void quote_from(struct strbuf *out, size_t start)
{
    size_t len = out->len - start, quotes = 0;
    for (size_t i = start; i < out->len; i++)
        quotes += out->data[i] == '"';
    if (out->overflow || !strbuf_room(out, quotes + 2))
        return;
    char *from = out->data + start + len, *to = from + quotes + 2;
    out->len += quotes + 2;
    *--to = '"';
    while (from > out->data + start) {
        char c = *--from;
        *--to = c;
        if (c == '"')
            *--to = '"';
    }
    *--to = '"';
}

/* A name that a stranger chose. A spreadsheet must not take it for a formula: ' goes before. */
static void put_stranger(struct strbuf *out, const char *s, size_t n)
{
    size_t start = out->len;
    if (n && strchr("=+-@", *s))
        strbuf_putc(out, '\'');
    text_escape(out, s, n);
    if (!out->overflow && out->len > start &&
        (memchr(out->data + start, ',', out->len - start) ||
         memchr(out->data + start, '"', out->len - start)))
        quote_from(out, start);
}

static int csv_begin(struct sink *s, struct strbuf *out, struct error *err)
{
    (void)s;
    (void)err;
    strbuf_lit(out, CSV_COLUMNS);
    return 0;
}

static void put_data(struct strbuf *out, const struct format *f, const struct event *ev)
{
    size_t start = out->len;
    strbuf_putc(out, '{');
    bool first = true;
    for (unsigned i = event_next(ev, 0); i < ev->def->nfields; i = event_next(ev, i + 1)) {
        struct value v = event_value(ev, i);
        if (!first)
            strbuf_putc(out, ',');
        first = false;
        json_quote(out, ev->def->fields[i].name, strlen(ev->def->fields[i].name));
        strbuf_putc(out, ':');
        value_json(out, f, &ev->def->fields[i], &v);
    }
    strbuf_putc(out, '}');
    quote_from(out, start);
}

static void csv_event(struct sink *s, struct strbuf *out, const struct event *ev)
{
    struct format f = sink_format(s);
    const struct abi_record *r = ev->rec;
    const uint32_t ids[] = {r->pid, r->tid, r->ppid, r->uid};
    time_text(out, &f, r->time);
    strbuf_putc(out, ',');
    put_stranger(out, ev->def->name, strlen(ev->def->name));
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        strbuf_putc(out, ',');
        strbuf_put_u64(out, ids[i]);
    }
    strbuf_putc(out, ',');
    put_stranger(out, r->comm, comm_length(r));
    strbuf_putc(out, ',');
    if (event_returns(ev))
        strbuf_put_s64(out, r->ret);
    strbuf_putc(out, ',');
    const char *error = event_error(ev);
    if (error)
        strbuf_puts(out, error);
    strbuf_putc(out, ',');
    put_data(out, &f, ev);
    strbuf_lit(out, "\r\n");
}

extern const struct sink_ops sink_csv;
const struct sink_ops sink_csv = {
    .name = "csv",
    .meaning = "comma-separated values with a header line (RFC 4180), for spreadsheets",
    .begin = csv_begin,
    .event = csv_event,
};
