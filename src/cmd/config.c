/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read as a stream of events, not as a document: no tree is built, nothing nests in ratel's own
 * stack, and anchors and aliases, which could multiply a small file, are refused where they stand.
 */
#include "cmd/config_impl.h"

#include <errno.h>
#include <string.h>

#include "event/format.h"

/*
 * Line of the file that holds byte pos, and the byte's column in it, from 1. Goes on from where it
 * was last: looking back for the line's beginning each time would take forever on one long line.
 */
static const char *line_at(struct config *c, size_t pos, int *column)
{
    if (pos > c->len)
        pos = c->len;
    if (pos < c->at)
        c->at = c->line_start = 0;
    for (; c->at < pos; c->at++)
        if (c->text[c->at] == '\n')
            c->line_start = c->at + 1;
    *column = (int)(pos - c->line_start) + 1;
    return c->text + c->line_start;
}

struct option_text config_place(struct config *c, const struct fy_mark *mark)
{
    struct option_text t = {.file = c->file};

    if (!mark)
        return c->key;
    t.line = mark->line + 1;
    t.source = line_at(c, mark->input_pos, &t.column);
    return t;
}

void config_mistake(struct config *c, const struct fy_mark *mark, const char *format, ...)
{
    struct error err = {0};
    struct option_text t = config_place(c, mark);
    va_list ap;

    va_start(ap, format);
    vsnprintf(err.message, sizeof(err.message), format, ap);
    va_end(ap);
    option_text_place(&t, &err);
    error_list_add(c->errors, &err);
}

/* The file's line of that number; NULL past the end. */
static const char *line_numbered(const struct config *c, int number)
{
    const char *line = c->text;

    for (int i = 1; i < number && line; i++) {
        line = strchr(line, '\n');
        if (line)
            line++;
    }
    return line;
}

static void say_complaint(struct config *c, const struct yaml *y)
{
    struct error err = {.file = c->file};
    int line, column;

    error_set(&err, 0, "not YAML: %s", yaml_complaint(y, &line, &column));
    if (line)
        error_place(&err, c->file, line, column, line_numbered(c, line));
    error_list_add(c->errors, &err);
}

static void read_events(struct config *c, struct yaml *y)
{
    bool more = true;

    while (more && !c->out_of_memory) {
        struct fy_event *e = fy_parser_parse(y->parser);
        if (!e) {
            if (fy_parser_get_stream_error(y->parser))
                say_complaint(c, y);
            return;
        }
        more = config_take(c, e) && e->type != FYET_STREAM_END;
        fy_parser_event_free(y->parser, e);
    }
}

/* The YAML library goes round in circles over a directive that is not UTF-8. */
static bool check_utf8(struct config *c)
{
    struct error err = {.file = c->file};
    size_t at = 0;
    uint32_t code;

    for (unsigned n; at < c->len; at += n) {
        n = utf8_next(c->text + at, c->len - at, &code);
        if (n == 0)
            break;
    }
    if (at == c->len)
        return true;
    int column;
    const char *line = line_at(c, at, &column);
    int number = 1;
    for (const char *p = c->text; p < line; p++)
        number += *p == '\n';
    error_set(&err, 0, "not UTF-8");
    error_place(&err, c->file, number, column, line);
    error_list_add(c->errors, &err);
    return false;
}

/*
 * libfyaml reads ahead as far as brackets are open, and keeps all of it: some hundred bytes for one
 * of input. No honest file opens so many more brackets than it closes, quoted ones included.
 */
static bool is_too_open(struct config *c)
{
    long open = 0;

    for (size_t i = 0; i < c->len; i++) {
        open += (c->text[i] == '[' || c->text[i] == '{') - (c->text[i] == ']' || c->text[i] == '}');
        if (open <= CONFIG_OPEN_MAX)
            continue;
        struct fy_mark mark = {.input_pos = i, .line = 0};
        for (size_t k = 0; k < i; k++)
            mark.line += c->text[k] == '\n';
        config_mistake(c, &mark, "more than %d brackets are open", CONFIG_OPEN_MAX);
        return true;
    }
    return false;
}

int config_parse(const char *text, size_t len, const char *file, struct options *o,
                 struct error_list *errors)
{
    struct config c = {.text = text,
                       .len = len,
                       .file = file,
                       .o = o,
                       .errors = errors,
                       .key = {.file = file, .source = text, .line = 1, .column = 1}};
    unsigned before = error_list_total(errors);
    struct yaml y;

    if (len > CONFIG_SIZE_MAX) {
        struct error err = {.file = file};
        error_set(&err, 0, "larger than %u bytes, the limit of a configuration", CONFIG_SIZE_MAX);
        error_list_add(errors, &err);
        return -EINVAL;
    }
    if (!len)
        return 0;
    if (!check_utf8(&c))
        return -EINVAL;
    if (is_too_open(&c))
        return -EINVAL;
    if (yaml_open(&y, text, len))
        c.out_of_memory = true;
    else
        read_events(&c, &y);
    yaml_close(&y);
    if (c.out_of_memory)
        return -ENOMEM;
    return error_list_total(errors) > before ? -EINVAL : 0;
}
