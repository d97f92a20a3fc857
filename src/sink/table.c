/* SPDX-License-Identifier: Apache-2.0 */
/* table: lines for people, as wide as the terminal. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/limits.h"
#include "event/stack.h"
#include "sink/text.h"

#define NARROW    120 /* columns; below, times are shorter and names of threads are cut */
#define TIGHT     100 /* below, times end with the second */
#define SECONDS   (sizeof("05:06:07") - 1)
#define UNLIMITED ((unsigned)-1)

#define COLOR_HEAD  "\033[1m"
#define COLOR_EVENT "\033[36m"
#define COLOR_ERROR "\033[31m"
#define COLOR_OFF   "\033[0m"

enum { TIME, UID, COMM, PID, TID, RET, EVENT, ARGS, COLUMNS };

struct table {
    struct strbuf cell;        /* the cell being made */
    unsigned width;            /* columns of the terminal, UNLIMITED where there is none */
    unsigned left;             /* columns left in this line */
    unsigned columns[COLUMNS]; /* as wide as what they had to hold so far */
    bool tty;
    bool color;
};

/*
 * Columns that each begins with, and may grow to: results and ids at their longest fit. A name of
 * an event is cut only past what tells all of the catalog apart.
 */
static const struct {
    const char *head;
    unsigned wide, narrow, most;
} columns[COLUMNS] = {
    [TIME] = {"TIME", 15, 12, 15},   [UID] = {"UID", 5, 4, 10},  [COMM] = {"COMM", 15, 10, 15},
    [PID] = {"PID", 7, 5, 10},       [TID] = {"TID", 7, 5, 10},  [RET] = {"RET", 12, 9, 20},
    [EVENT] = {"EVENT", 18, 10, 24}, [ARGS] = {"ARGS", 0, 0, 0},
};

static void read_width(struct sink *s, struct table *t)
{
    struct winsize w;
    if (t->tty)
        t->width = ioctl(sink_fd(s), TIOCGWINSZ, &w) == 0 && w.ws_col ? w.ws_col : UNLIMITED;
}

/*
 * Bytes of s (escaped, so valid UTF-8) that fill at most max columns, *cols of them. A character
 * counts as one column, and is never cut.
 */
static size_t fit(const char *s, size_t n, unsigned max, unsigned *cols)
{
    size_t i = 0;
    *cols = 0;
    while (i < n && *cols < max) {
        for (i++; i < n && ((uint8_t)s[i] & 0xc0) == 0x80;)
            i++;
        (*cols)++;
    }
    return i;
}

static bool is_narrow(const struct table *t)
{
    return t->width < NARROW;
}

/* Of a column's first lines: those of a narrow terminal are as wide as they must. */
static void begin_columns(struct table *t, unsigned event)
{
    for (int i = 0; i < COLUMNS; i++)
        t->columns[i] = is_narrow(t) ? columns[i].narrow : columns[i].wide;
    if (t->width < TIGHT)
        t->columns[TIME] = SECONDS;
    /* In a file only the events decide: a replay writes what the recorded run wrote. */
    if (event && t->tty)
        t->columns[EVENT] = event < columns[EVENT].most ? event : columns[EVENT].most;
    if (t->columns[EVENT] < sizeof("EVENT") - 1)
        t->columns[EVENT] = sizeof("EVENT") - 1;
}

/* Puts at most max columns of the cell; what is cut ends with an ellipsis. Returns the columns. */
static unsigned put_cut(struct table *t, struct strbuf *out, unsigned max)
{
    unsigned cols;
    size_t n = fit(t->cell.data, t->cell.len, max, &cols);
    if (n < t->cell.len && max > 0)
        n = fit(t->cell.data, t->cell.len, max - 1, &cols);
    strbuf_put(out, t->cell.data, n);
    if (n < t->cell.len && max > 0) {
        strbuf_lit(out, "…");
        cols++;
    }
    return cols;
}

/* How wide the cell may be. The column grows with what it has to hold, to a limit. */
static unsigned cell_width(struct table *t, int column)
{
    unsigned most = columns[column].most, cols;
    if (column == ARGS)
        return t->left;
    if (column == COMM && is_narrow(t))
        most = columns[column].narrow;
    fit(t->cell.data, t->cell.len, most, &cols);
    if (cols > t->columns[column])
        t->columns[column] = cols;
    if (!t->tty)
        return t->left;
    return t->columns[column] < t->left ? t->columns[column] : t->left;
}

/* Puts the cell into the line, cut on a terminal, padded to the column's width. */
static void put_cell(struct table *t, struct strbuf *out, int column, const char *color)
{
    unsigned max = cell_width(t, column);
    if (color && t->color)
        strbuf_puts(out, color);
    unsigned cols = put_cut(t, out, max);
    if (color && t->color)
        strbuf_lit(out, COLOR_OFF);
    out->overflow |= t->cell.overflow;
    t->left -= cols;
    for (bool gap = true; column != ARGS && t->left && (gap || cols <= t->columns[column]);) {
        strbuf_putc(out, ' ');
        gap = false;
        cols++;
        t->left--;
    }
    strbuf_clear(&t->cell);
}

static int table_begin(struct sink *s, struct strbuf *out, struct error *err)
{
    (void)err;
    struct table *t = sink_state(s);
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    t->cell.limit = CELL_BYTES;
    t->tty = isatty(sink_fd(s));
    t->color = t->tty && !(no_color && *no_color) && !(term && !strcmp(term, "dumb"));
    t->width = UNLIMITED;
    read_width(s, t);
    begin_columns(t, sink_ctx(s)->event_width);
    t->left = t->width;
    for (int i = 0; i < COLUMNS; i++) {
        strbuf_puts(&t->cell, columns[i].head);
        put_cell(t, out, i, COLOR_HEAD);
    }
    strbuf_putc(out, '\n');
    return 0;
}

void sink_args_text(struct strbuf *out, const struct format *f, const struct event *ev,
                    const char *equals, const char *separator)
{
    bool first = true;
    for (unsigned i = event_next(ev, 0); i < ev->def->nfields; i = event_next(ev, i + 1)) {
        const struct field_def *def = &ev->def->fields[i];
        struct value v = event_value(ev, i);
        if (!first)
            strbuf_puts(out, separator);
        first = false;
        text_escape(out, def->name, strlen(def->name));
        strbuf_puts(out, equals);
        value_text(out, f, def, &v);
    }
}

/* The time of day: the date would be the same in every line. */
static void put_time(struct table *t, struct strbuf *out, const struct format *f, uint64_t time)
{
    time_text(&t->cell, f, time);
    size_t n = columns[TIME].wide, from = sizeof("2026-11-21T") - 1;
    if (is_narrow(t))
        n = t->width < TIGHT ? SECONDS : columns[TIME].narrow;
    if (t->cell.len >= from + n) {
        memmove(t->cell.data, t->cell.data + from, n);
        t->cell.len = n;
    }
    put_cell(t, out, TIME, NULL);
}

static void put_id(struct table *t, struct strbuf *out, int column, uint32_t id)
{
    strbuf_put_u64(&t->cell, id);
    put_cell(t, out, column, NULL);
}

/* Below its event, innermost function first. */
static void put_stack(struct table *t, struct strbuf *out, const struct event *ev)
{
    struct stack_frame f;
    size_t pos = 0;
    while (stack_next(ev, &pos, &f)) {
        strbuf_lit(&t->cell, "    ");
        stack_frame_text(&t->cell, &f);
        t->left = t->width;
        put_cell(t, out, ARGS, NULL);
        strbuf_putc(out, '\n');
    }
}

/* By name where that was asked for. */
static void put_user(struct table *t, struct strbuf *out, const struct event *ev)
{
    const struct text_view *user =
        ev->context && ev->context->task ? &ev->context->task->user : NULL;
    if (!user || !user->s) {
        put_id(t, out, UID, ev->rec->uid);
        return;
    }
    text_escape(&t->cell, user->s, user->len);
    put_cell(t, out, UID, NULL);
}

static void table_event(struct sink *s, struct strbuf *out, const struct event *ev)
{
    struct table *t = sink_state(s);
    struct format f = sink_format(s);
    const struct abi_record *r = ev->rec;
    if (out->len == 0)
        read_width(s, t);
    t->left = t->width;
    put_time(t, out, &f, r->time);
    put_user(t, out, ev);
    text_escape(&t->cell, r->comm, comm_length(r));
    put_cell(t, out, COMM, NULL);
    put_id(t, out, PID, r->pid);
    put_id(t, out, TID, r->tid);
    return_text(&t->cell, &f, ev);
    put_cell(t, out, RET, event_error(ev) ? COLOR_ERROR : NULL);
    text_escape(&t->cell, ev->def->name, strlen(ev->def->name));
    put_cell(t, out, EVENT, COLOR_EVENT);
    sink_args_text(&t->cell, &f, ev, ": ", ", ");
    put_cell(t, out, ARGS, NULL);
    strbuf_putc(out, '\n');
    put_stack(t, out, ev);
}

static void table_close(struct sink *s)
{
    struct table *t = sink_state(s);
    strbuf_free(&t->cell);
}

static size_t table_memory(void)
{
    return CELL_BYTES;
}

extern const struct sink_ops sink_table_text;
const struct sink_ops sink_table_text = {
    .name = "table",
    .meaning = "lines for people, as wide as the terminal, with colour on one",
    .size = sizeof(struct table),
    .memory = table_memory,
    .begin = table_begin,
    .event = table_event,
    .close = table_close,
};
