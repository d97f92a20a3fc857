/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv: RFC 4180, a header line and fixed columns, behind them those of what --enrich adds, the
 * event's own values as JSON in the last.
 */
#include "event/context_values.h"
#include "event/stack.h"
#include "sink/text.h"

#define CSV_COLUMNS "time,event,pid,tid,ppid,uid,comm,ret,error"

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

/*
 * Ends a cell of text, which a stranger may have chosen. A spreadsheet must not take it for a
 * formula: ' goes before.
 */
static void end_cell(struct strbuf *out, size_t start)
{
    size_t len = out->len - start;
    if (out->overflow || !len)
        return;
    if (strchr("=+-@", out->data[start]) && strbuf_room(out, 1)) {
        memmove(out->data + start + 1, out->data + start, len++);
        out->data[start] = '\'';
        out->len++;
    }
    if (memchr(out->data + start, ',', len) || memchr(out->data + start, '"', len))
        quote_from(out, start);
}

static void put_stranger(struct strbuf *out, const char *s, size_t n)
{
    size_t start = out->len;
    text_escape(out, s, n);
    end_cell(out, start);
}

static int csv_begin(struct sink *s, struct strbuf *out, struct error *err)
{
    const struct sink_context *ctx = sink_ctx(s);
    (void)err;
    strbuf_lit(out, CSV_COLUMNS);
    for (unsigned i = 0; i < CONTEXT_VALUE_COUNT; i++)
        if (context_values[i].part & ctx->parts) {
            strbuf_putc(out, ',');
            strbuf_puts(out, context_values[i].name);
        }
    strbuf_puts(out, ctx->user_stacks ? ",user_stack,args\r\n" : ",args\r\n");
    return 0;
}

/* What --enrich adds: a cell each, empty where it is not known. */
static void put_context(struct sink *s, struct strbuf *out, const struct format *f,
                        const struct event *ev)
{
    const struct sink_context *ctx = sink_ctx(s);
    for (unsigned i = 0; i < CONTEXT_VALUE_COUNT; i++) {
        if (!(context_values[i].part & ctx->parts))
            continue;
        strbuf_putc(out, ',');
        size_t start = out->len;
        context_value_put(out, f, ev->context, (enum context_value)i, false);
        end_cell(out, start);
    }
    if (!ctx->user_stacks)
        return;
    strbuf_putc(out, ',');
    size_t start = out->len;
    stack_text(out, ev);
    end_cell(out, start);
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
    put_context(s, out, &f, ev);
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
