/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read as a stream of events, not as a document: no tree is built, nothing nests in ratel's own
 * stack, and anchors and aliases, which could multiply a small file, are refused where they stand.
 */
#include "cmd/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "cmd/command.h"
#include "cmd/yaml.h"
#include "event/format.h"

enum state {
    STATE_ROOT, /* the mapping is to come */
    STATE_KEY,
    STATE_VALUE, /* of .id, -1 for a key that is unknown */
    STATE_ITEMS, /* in a list */
    STATE_END,
};

struct config {
    const char *text;
    size_t len;
    size_t at, line_start; /* where line_at was last, and the beginning of that line */
    const char *file;
    struct options *o;
    struct error_list *errors;
    enum state state;
    struct option_text key; /* where the last key stands */
    int id;                 /* the option whose value comes; -1: skip it */
    unsigned items;         /* seen in the list */
    unsigned skip;          /* depth of collections that are not read */
    int seen[OPTION_COUNT]; /* line of the key, 0 for not seen */
    bool out_of_memory;
};

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

/* A value that is not there has no place: the key's then. */
static struct option_text text_at(struct config *c, const struct fy_mark *mark)
{
    struct option_text t = {.file = c->file};

    if (!mark)
        return c->key;
    t.line = mark->line + 1;
    t.source = line_at(c, mark->input_pos, &t.column);
    return t;
}

static void mistake(struct config *c, const struct fy_mark *mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void mistake(struct config *c, const struct fy_mark *mark, const char *format, ...)
{
    struct error err = {0};
    struct option_text t = text_at(c, mark);
    va_list ap;

    va_start(ap, format);
    vsnprintf(err.message, sizeof(err.message), format, ap);
    va_end(ap);
    option_text_place(&t, &err);
    error_list_add(c->errors, &err);
}

static void unknown_key(struct config *c, const struct fy_mark *mark, const char *key, size_t len)
{
    const char *names[OPTION_COUNT];
    unsigned n = 0;
    struct strbuf hint = STRBUF_INIT(512);

    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (option_defs[i].commands & KEY)
            names[n++] = option_defs[i].name;
    if (option_by_name(EVERY, key, len) >= 0)
        strbuf_lit(&hint, "; it can only be given on the command line");
    else
        usage_suggest(&hint, names, n, key, len);
    mistake(c, mark, "unknown key '%.*s'%s", (int)(len < 100 ? len : 100), key, strbuf_cstr(&hint));
    strbuf_free(&hint);
}

static void take_key(struct config *c, struct fy_event *e)
{
    const struct fy_mark *mark = fy_event_start_mark(e);
    size_t len;
    const char *key = fy_token_get_text(e->scalar.value, &len);

    c->state = STATE_VALUE;
    c->key = text_at(c, mark);
    c->id = key ? option_by_name(KEY, key, len) : -1;
    if (c->id < 0) {
        unknown_key(c, mark, key ? key : "", key ? len : 0);
    } else if (c->seen[c->id]) {
        mistake(c, mark, "'%s' stands here again; it was given in line %d", option_defs[c->id].name,
                c->seen[c->id]);
        c->id = -1;
    } else {
        c->seen[c->id] = c->key.line;
    }
}

/* One scalar for option .id. */
static void take_scalar(struct config *c, struct fy_event *e)
{
    const struct fy_mark *mark = fy_event_start_mark(e);
    struct option_text where = text_at(c, mark);
    struct error err = {0};
    size_t len = 0;
    const char *value = fy_token_get_text(e->scalar.value, &len);

    if (value && memchr(value, 0, len)) {
        mistake(c, mark, "%s: the value holds a NUL byte", option_defs[c->id].name);
        return;
    }
    where.text = strndup(value ? value : "", value ? len : 0);
    int rc = where.text ? option_set(c->o, (enum option)c->id, &where, ORIGIN_FILE, &err) : -ENOMEM;
    free(where.text);
    if (rc == -EINVAL) {
        char message[sizeof(err.message)];
        memcpy(message, err.message, sizeof(message));
        error_set(&err, rc, "%s: %.900s", option_defs[c->id].name, message);
        option_text_place(&where, &err);
        error_list_add(c->errors, &err);
    } else if (rc) {
        c->out_of_memory = true;
    }
}

static void take_list(struct config *c, struct fy_event *e)
{
    c->items = 0;
    if (c->id >= 0 && option_defs[c->id].type != OPTION_TYPE_LIST &&
        option_defs[c->id].type != OPTION_TYPE_NAMES) {
        mistake(c, fy_event_start_mark(e), "%s: takes one value, not a list",
                option_defs[c->id].name);
        c->id = -1;
    }
    c->state = STATE_ITEMS;
}

/* An item of a NAMES list adds to the others; as a value of its own it would replace them. */
static void take_item(struct config *c, struct fy_event *e)
{
    c->items++;
    if (c->id < 0)
        return;
    const struct option_def *def = &option_defs[c->id];
    if (def->type != OPTION_TYPE_NAMES) {
        take_scalar(c, e);
        return;
    }
    uint64_t *mask = (uint64_t *)(void *)((char *)c->o + def->offset);
    uint64_t before = c->items > 1 ? *mask : 0;
    take_scalar(c, e);
    *mask |= before;
}

static void end_list(struct config *c, struct fy_event *e)
{
    if (c->id >= 0 && !c->items)
        mistake(c, fy_event_start_mark(e), "%s: the list is empty; leave the key out",
                option_defs[c->id].name);
    c->state = STATE_KEY;
}

/* A collection where none belongs: said once, then skipped to its end. */
static bool refuse_nested(struct config *c, struct fy_event *e)
{
    const struct fy_mark *mark = fy_event_start_mark(e);

    if (c->state == STATE_KEY) {
        mistake(c, mark, "a key is one word");
        return false;
    }
    if (c->state == STATE_ROOT)
        mistake(c, mark, "the file must be a list of 'option: value' lines");
    else if (c->id >= 0)
        mistake(c, mark, "%s: takes %s, not a mapping or a list in a list", option_defs[c->id].name,
                option_defs[c->id].type == OPTION_TYPE_LIST ? "values" : "one value");
    c->skip = 1;
    return c->state != STATE_ROOT;
}

static void take_outer(struct config *c, struct fy_event *e)
{
    switch (e->type) {
    case FYET_SCALAR:
        if (c->state == STATE_KEY) {
            take_key(c, e);
        } else if (c->state == STATE_ITEMS) {
            take_item(c, e);
        } else if (c->state == STATE_VALUE) {
            if (c->id >= 0)
                take_scalar(c, e);
            c->state = STATE_KEY;
        }
        break;
    case FYET_SEQUENCE_END:
        end_list(c, e);
        break;
    case FYET_MAPPING_END:
        c->state = STATE_END;
        break;
    default:
        break;
    }
}

/* Whether the stream goes on being read after this event. */
static bool take_start(struct config *c, struct fy_event *e)
{
    bool list = e->type == FYET_SEQUENCE_START;

    if (c->skip)
        return ++c->skip <= CONFIG_DEPTH_MAX;
    if (c->state == STATE_ROOT && !list) {
        c->state = STATE_KEY;
        return true;
    }
    if (c->state == STATE_VALUE && list) {
        take_list(c, e);
        return true;
    }
    return refuse_nested(c, e);
}

static bool has_anchor_or_tag(struct fy_event *e)
{
    switch (e->type) {
    case FYET_SCALAR:
        return e->scalar.anchor || e->scalar.tag;
    case FYET_SEQUENCE_START:
        return e->sequence_start.anchor || e->sequence_start.tag;
    case FYET_MAPPING_START:
        return e->mapping_start.anchor || e->mapping_start.tag;
    default:
        return e->type == FYET_ALIAS;
    }
}

static bool take_event(struct config *c, struct fy_event *e)
{
    if (has_anchor_or_tag(e)) {
        mistake(c, fy_event_start_mark(e),
                "anchors (&), aliases (*) and tags (!) are not allowed; "
                "write such a value in quotes");
        return false;
    }
    switch (e->type) {
    case FYET_DOCUMENT_START:
        if (c->state == STATE_END) {
            mistake(c, fy_event_start_mark(e), "a second document begins; there can be only one");
            return false;
        }
        return true;
    case FYET_SEQUENCE_START:
    case FYET_MAPPING_START:
        return take_start(c, e);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END:
        if (c->skip) {
            c->skip--;
            if (!c->skip && c->state == STATE_VALUE)
                c->state = STATE_KEY;
            return true;
        }
        break;
    case FYET_SCALAR:
        if (c->skip)
            return true;
        if (c->state == STATE_ROOT) {
            size_t len = 0;
            const char *s = fy_token_get_text(e->scalar.value, &len);
            if (s && len)
                mistake(c, fy_event_start_mark(e),
                        "the file must be a list of 'option: value' lines");
            c->state = STATE_END;
            return true;
        }
        break;
    default:
        return true;
    }
    take_outer(c, e);
    return true;
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
        more = take_event(c, e) && e->type != FYET_STREAM_END;
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
        mistake(c, &mark, "more than %d brackets are open", CONFIG_OPEN_MAX);
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
