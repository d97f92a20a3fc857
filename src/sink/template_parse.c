/* SPDX-License-Identifier: Apache-2.0 */
/* A template's text to a list of what is to be done. */
#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "sink/template.h"

struct parser {
    struct template *t;
    const char *file;
    const char *end; /* of the source */
    const struct catalog *catalog;
    struct error *err;
    unsigned open[TEMPLATE_DEPTH_MAX]; /* ops of the sections that are open */
    unsigned depth;
};

static const char *const names[] = {
#define X(id, name) name,
    TEMPLATE_NAMES(X)
#undef X
#define CONTEXT_VALUE(id, name, part, shape, owner, member) name,
#define CONTEXT_OTHER(id, name, part)                       name,
#include "event/context.def"
#undef CONTEXT_VALUE
#undef CONTEXT_OTHER
};

#define NAMES ((unsigned)T_NAMES + CONTEXT_VALUE_COUNT)

/* Places the error at p. */
static void place(struct parser *ps, const char *p)
{
    const char *line = ps->t->source;
    int n = 1;
    for (const char *q = line; q < p; q++) {
        if (*q == '\n') {
            line = q + 1;
            n++;
        }
    }
    error_place(ps->err, ps->file, n, (int)(p - line) + 1, line);
}

#define FAIL(ps, at, ...) (place((ps), (at)), error_set((ps)->err, -EINVAL, __VA_ARGS__))

static struct template_op *add_op(struct parser *ps, enum template_what what, const char *text,
                                  size_t len)
{
    struct template *t = ps->t;
    if (t->count == TEMPLATE_OPS)
        return NULL;
    struct template_op *op = &t->ops[t->count++];
    *op = (struct template_op){.text = text, .len = len, .what = what};
    return op;
}

static int too_long(struct parser *ps, const char *at)
{
    return FAIL(ps, at, "template has more than %d parts", TEMPLATE_OPS);
}

/* Whether the innermost loop over data is open. */
static bool in_loop(const struct parser *ps)
{
    for (unsigned i = 0; i < ps->depth; i++)
        if (ps->t->ops[ps->open[i]].what == T_loop)
            return true;
    return false;
}

static int unknown(struct parser *ps, const char *s, size_t len, const char *const *list,
                   unsigned count, const char *what)
{
    const char *near = NULL;
    if (suggest_names(list, count, s, len, &near, 1))
        return FAIL(ps, s, "unknown %s '%.*s'; did you mean '%s'?", what, (int)len, s, near);
    return FAIL(ps, s, "unknown %s '%.*s'", what, (int)len, s);
}

static bool field_exists(const struct catalog *c, const char *s, size_t len)
{
    for (unsigned i = 0; i < c->count; i++)
        if (event_def_field(&c->events[i], s, len) >= 0)
            return true;
    return false;
}

static int unknown_field(struct parser *ps, const char *s, size_t len)
{
    const char **list = calloc(TEMPLATE_NAMES_MAX, sizeof(*list));
    unsigned n = 0;
    if (!list)
        return error_set(ps->err, -ENOMEM, "no memory for the template");
    for (unsigned i = 0; i < ps->catalog->count; i++)
        for (unsigned k = 0; k < ps->catalog->events[i].nfields && n < TEMPLATE_NAMES_MAX; k++)
            list[n++] = ps->catalog->events[i].fields[k].name;
    int rc = unknown(ps, s, len, list, n, "field");
    free(list);
    return rc;
}

static int parse_section(struct parser *ps, const char *s, size_t len)
{
    static const char *const sections[] = {"data", "more", "error"};
    static const enum template_what whats[] = {T_loop, T_more, T_failed};
    for (unsigned i = 0; i < 3; i++) {
        if (strlen(sections[i]) != len || memcmp(sections[i], s, len))
            continue;
        if (whats[i] == T_loop && in_loop(ps))
            return FAIL(ps, s, "{{#data}} inside of {{#data}}");
        if (whats[i] == T_more && !in_loop(ps))
            return FAIL(ps, s, "{{#more}} is only known inside of {{#data}}");
        if (ps->depth == TEMPLATE_DEPTH_MAX)
            return FAIL(ps, s, "sections nested deeper than %d", TEMPLATE_DEPTH_MAX);
        ps->open[ps->depth++] = ps->t->count;
        return add_op(ps, whats[i], s, len) ? 0 : too_long(ps, s);
    }
    return unknown(ps, s, len, sections, 3, "section");
}

static int parse_end(struct parser *ps, const char *s, size_t len)
{
    if (ps->depth == 0)
        return FAIL(ps, s, "{{/%.*s}} without its beginning", (int)len, s);
    unsigned at = ps->open[ps->depth - 1];
    struct template_op *open = &ps->t->ops[at];
    if (open->len != len || memcmp(open->text, s, len))
        return FAIL(ps, s, "{{/%.*s}} where {{/%.*s}} is needed first", (int)len, s, (int)open->len,
                    open->text);
    ps->depth--;
    if (open->what == T_loop) {
        struct template_op *next = add_op(ps, T_next, s, len);
        if (!next)
            return too_long(ps, s);
        next->jump = at + 1;
    }
    open->jump = ps->t->count;
    return 0;
}

static int parse_value(struct parser *ps, const char *s, size_t len, bool json)
{
    static const char data[] = "data.";
    struct template_op *op = NULL;
    if (len > sizeof(data) - 1 && !memcmp(s, data, sizeof(data) - 1)) {
        const char *field = s + sizeof(data) - 1;
        size_t n = len - (sizeof(data) - 1);
        if (!field_exists(ps->catalog, field, n))
            return unknown_field(ps, field, n);
        op = add_op(ps, T_field, field, n);
    } else {
        unsigned i = 0;
        while (i < NAMES && (strlen(names[i]) != len || memcmp(names[i], s, len)))
            i++;
        if (i == NAMES)
            return unknown(ps, s, len, names, NAMES, "placeholder");
        if (i >= T_name && i < T_NAMES && !in_loop(ps))
            return FAIL(ps, s, "{{%s}} is only known inside of {{#data}}", names[i]);
        op = add_op(ps, i < T_NAMES ? (enum template_what)i : T_context, s, len);
        if (op && i >= T_NAMES)
            op->value = (enum context_value)(i - T_NAMES);
    }
    if (!op)
        return too_long(ps, s);
    op->json = json;
    return 0;
}

static void trim(const char **s, size_t *len)
{
    while (*len && (**s == ' ' || **s == '\t')) {
        (*s)++;
        (*len)--;
    }
    while (*len && ((*s)[*len - 1] == ' ' || (*s)[*len - 1] == '\t'))
        (*len)--;
}

/* What stands between {{ and }}. */
static int parse_tag(struct parser *ps, const char *s, size_t len)
{
    static const char *const filters[] = {"json", "text"};
    const char *at = s;
    trim(&s, &len);
    if (len == 0)
        return FAIL(ps, at, "empty placeholder");
    if (*s == '!')
        return 0;
    if (*s == '#' || *s == '/') {
        const char *name = s + 1;
        size_t n = len - 1;
        trim(&name, &n);
        return *s == '#' ? parse_section(ps, name, n) : parse_end(ps, name, n);
    }
    const char *bar = memchr(s, '|', len);
    if (!bar)
        return parse_value(ps, s, len, false);
    const char *filter = bar + 1;
    size_t n = (size_t)(s + len - filter);
    trim(&filter, &n);
    len = (size_t)(bar - s);
    trim(&s, &len);
    bool json = n == 4 && !memcmp(filter, "json", 4);
    if (!json && !(n == 4 && !memcmp(filter, "text", 4)))
        return unknown(ps, filter, n, filters, 2, "filter");
    return parse_value(ps, s, len, json);
}

static int parse(struct parser *ps)
{
    const char *p = ps->t->source;
    while (p < ps->end) {
        const char *tag = memmem(p, (size_t)(ps->end - p), "{{", 2);
        const char *stop = tag ? tag : ps->end;
        if (stop > p && !add_op(ps, T_literal, p, (size_t)(stop - p)))
            return too_long(ps, p);
        if (!tag)
            break;
        const char *close = memmem(tag + 2, (size_t)(ps->end - tag - 2), "}}", 2);
        if (!close)
            return FAIL(ps, tag, "{{ without }}");
        int rc = parse_tag(ps, tag + 2, (size_t)(close - tag - 2));
        if (rc)
            return rc;
        p = close + 2;
    }
    if (ps->depth) {
        const struct template_op *open = &ps->t->ops[ps->open[ps->depth - 1]];
        return FAIL(ps, open->text, "{{#%.*s}} without {{/%.*s}}", (int)open->len, open->text,
                    (int)open->len, open->text);
    }
    return 0;
}

int template_parse_take(struct template *t, char *source, size_t len, const char *file,
                        const struct catalog *catalog, struct error *err)
{
    *t = (struct template){.source = source, .ops = calloc(TEMPLATE_OPS, sizeof(*t->ops))};
    struct parser ps = {.t = t, .file = file, .end = source + len, .catalog = catalog, .err = err};
    if (!t->ops)
        return error_set(err, -ENOMEM, "no memory for the template");
    return parse(&ps);
}

void template_free(struct template *t)
{
    free(t->ops);
    free(t->source);
    *t = (struct template){0};
}
