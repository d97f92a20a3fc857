/* SPDX-License-Identifier: Apache-2.0 */
/* ratel list: what the tables hold. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/hooks.h"
#include "cmd/json.h"
#include "cmd/show.h"
#include "cmd/text.h"
#include "expr/filter.h"
#include "sink/sink.h"
#include "source/scope.h"

/* A two-column line: a name, and a text wrapped beside it. */
static void add_row(struct strbuf *out, const char *name, unsigned names, const char *text,
                    unsigned width)
{
    strbuf_printf(out, "%-*s  ", (int)names, name);
    text_wrap(out, text, names + 2, names + 2, width);
    strbuf_putc(out, '\n');
}

/* For a terminal its width; lines to a pipe are for grep, one a row. */
static unsigned list_width(void)
{
    return text_width(TEXT_UNWRAPPED);
}

static int unknown_event(const struct options *o, const char *name)
{
    const char *near[3];
    struct strbuf hint = STRBUF_INIT(512);
    unsigned n = catalog_suggest(catalog_builtin(), name, strlen(name), near, 3);

    for (unsigned i = 0; i < n; i++)
        strbuf_printf(&hint, "%s%s", i ? ", " : "; did you mean ", near[i]);
    int status =
        usage_say(o, "there is no event '%.100s'%s%s", name, strbuf_cstr(&hint), n ? "?" : "");
    strbuf_free(&hint);
    return status;
}

static int unknown_set(const struct options *o, const char *name)
{
    struct strbuf hint = STRBUF_INIT(512);
    unsigned count;
    const char *const *sets = catalog_sets(&count);

    usage_suggest(&hint, sets, count, name, strlen(name));
    int status = usage_say(o, "there is no set '%.100s'%s", name, strbuf_cstr(&hint));
    strbuf_free(&hint);
    return status;
}

static bool pattern_matches(const char *pattern, const struct event_def *def)
{
    if (!strncmp(pattern, "set=", 4))
        return event_def_in_set(def, pattern + 4, strlen(pattern + 4));
    return !fnmatch(pattern, def->name, 0);
}

/* Marks the events that the operands name; with none, all. *exact: each was named in full. */
static int choose_events(const struct options *o, bool *chosen, bool *exact)
{
    const struct catalog *c = catalog_builtin();
    unsigned patterns = o->noperands - 1;

    *exact = patterns > 0;
    for (unsigned i = 0; i < c->count; i++)
        chosen[i] = !patterns;
    for (unsigned p = 0; p < patterns; p++) {
        const char *pattern = o->operands[1 + p];
        bool any = false;
        for (unsigned i = 0; i < c->count; i++) {
            bool hit = pattern_matches(pattern, &c->events[i]);
            any |= hit;
            chosen[i] |= hit;
        }
        if (!any)
            return strncmp(pattern, "set=", 4) ? unknown_event(o, pattern)
                                               : unknown_set(o, pattern + 4);
        if (!catalog_by_name(c, pattern, strlen(pattern)))
            *exact = false;
    }
    return EXIT_OK;
}

/* "meaning [set, set] (not here: why)" */
static void event_summary(struct strbuf *out, const struct event_def *def)
{
    const char *why;

    strbuf_clear(out);
    strbuf_puts(out, def->meaning);
    if (*def->sets) {
        strbuf_lit(out, " [");
        for (const char *s = def->sets; *s; s++) {
            strbuf_putc(out, *s);
            if (*s == ',')
                strbuf_putc(out, ' ');
        }
        strbuf_putc(out, ']');
    }
    if (!hooks_way(def, &why))
        strbuf_printf(out, " (not here: %s)", why);
}

static void events_table(struct strbuf *out, const struct catalog *c, const bool *chosen)
{
    struct strbuf line = STRBUF_INIT(4096);
    unsigned width = list_width(), names = 0;

    for (unsigned i = 0; i < c->count; i++) {
        unsigned n = (unsigned)strlen(c->events[i].name);
        names = chosen[i] && n > names ? n : names;
    }
    for (unsigned i = 0; i < c->count; i++) {
        if (!chosen[i])
            continue;
        event_summary(&line, &c->events[i]);
        add_row(out, c->events[i].name, names, strbuf_cstr(&line), width);
    }
    strbuf_free(&line);
}

static void events_long(struct strbuf *out, const struct catalog *c, const bool *chosen)
{
    for (unsigned i = 0; i < c->count; i++) {
        if (!chosen[i])
            continue;
        if (out->len)
            strbuf_putc(out, '\n');
        show_event(out, &c->events[i], list_width());
    }
}

static void events_json(struct strbuf *out, const struct catalog *c, const bool *chosen)
{
    struct json j = {.out = out};

    json_open(&j, '[');
    for (unsigned i = 0; i < c->count; i++) {
        if (!chosen[i])
            continue;
        json_newline(&j);
        show_event_json(&j, &c->events[i]);
    }
    json_close(&j, ']');
    strbuf_putc(out, '\n');
}

static int list_events(const struct options *o, struct strbuf *out)
{
    const struct catalog *c = catalog_builtin();
    bool *chosen = calloc(c->count, sizeof(*chosen)), exact;

    if (!chosen) {
        out->overflow = true;
        return EXIT_OK; /* output_flush says it */
    }
    int status = choose_events(o, chosen, &exact);
    if (!status) {
        if (o->json)
            events_json(out, c, chosen);
        else if (o->details || exact)
            events_long(out, c, chosen);
        else
            events_table(out, c, chosen);
    }
    free(chosen);
    return status;
}

static unsigned set_size(const char *set)
{
    const struct catalog *c = catalog_builtin();
    unsigned n = 0;

    for (unsigned i = 0; i < c->count; i++)
        n += event_def_in_set(&c->events[i], set, strlen(set));
    return n;
}

static void json_set(struct json *j, const char *set)
{
    const struct catalog *c = catalog_builtin();

    json_newline(j);
    json_open(j, '{');
    json_key(j, "name");
    json_text(j, set);
    json_key(j, "events");
    json_open(j, '[');
    for (unsigned i = 0; i < c->count; i++)
        if (event_def_in_set(&c->events[i], set, strlen(set)))
            json_text(j, c->events[i].name);
    json_close(j, ']');
    json_close(j, '}');
}

static int list_sets(const struct options *o, struct strbuf *out)
{
    unsigned count;
    const char *const *sets = catalog_sets(&count);
    struct json j = {.out = out};

    if (o->json)
        json_open(&j, '[');
    for (unsigned i = 0; i < count; i++) {
        if (o->json)
            json_set(&j, sets[i]);
        else
            strbuf_printf(out, "%-24s %4u event%s\n", sets[i], set_size(sets[i]),
                          set_size(sets[i]) == 1 ? "" : "s");
    }
    if (o->json) {
        json_close(&j, ']');
        strbuf_putc(out, '\n');
    } else {
        strbuf_lit(out, "\n'ratel list events set=NAME' shows the events of one.\n");
    }
    return EXIT_OK;
}

static const char *scope_operators(enum scope_value v)
{
    static const char *const operators[] = {[SCOPE_VALUE_number] = "= != < > <= >=",
                                            [SCOPE_VALUE_text] = "= !=",
                                            [SCOPE_VALUE_flag] = "alone, =true, =false"};

    return operators[v];
}

static const struct {
    const char *name, *meaning;
} filter_scopes[] = {
#define X(name, text) {#name, text},
    FILTER_SCOPES(X)
#undef X
};

#define NFILTER_SCOPES (sizeof(filter_scopes) / sizeof(filter_scopes[0]))

static void json_scope(struct json *j, const char *name, const char *operators, const char *meaning,
                       const char *use)
{
    json_newline(j);
    json_open(j, '{');
    json_key(j, "name");
    json_text(j, name);
    json_key(j, "use");
    json_text(j, use);
    json_key(j, "operators");
    json_text(j, operators);
    json_key(j, "meaning");
    json_text(j, meaning);
    json_close(j, '}');
}

static int list_scopes_json(struct strbuf *out)
{
    struct json j = {.out = out};

    json_open(&j, '[');
    for (unsigned i = 0; i < SCOPE_COUNT; i++)
        json_scope(&j, scope_defs[i].name, scope_operators(scope_defs[i].value),
                   scope_defs[i].meaning, "--scope");
    for (unsigned i = 0; i < NFILTER_SCOPES; i++)
        json_scope(&j, filter_scopes[i].name, scope_operators(SCOPE_VALUE_number),
                   filter_scopes[i].meaning, "EVENT.scope");
    json_close(&j, ']');
    strbuf_putc(out, '\n');
    return EXIT_OK;
}

static int list_scopes(const struct options *o, struct strbuf *out)
{
    unsigned width = list_width();

    if (o->json)
        return list_scopes_json(out);
    strbuf_lit(out, "--scope RULE, decided in the kernel before anything is built:\n\n");
    for (unsigned i = 0; i < SCOPE_COUNT; i++) {
        strbuf_printf(out, "  %-12s%-22s", scope_defs[i].name,
                      scope_operators(scope_defs[i].value));
        text_wrap(out, scope_defs[i].meaning, 36, 36, width);
        strbuf_putc(out, '\n');
    }
    strbuf_lit(out, "\n-e EVENT.scope.FIELD, decided for one event, with = != < > <= >=:\n\n");
    for (unsigned i = 0; i < NFILTER_SCOPES; i++)
        strbuf_printf(out, "  %-12s%s\n", filter_scopes[i].name, filter_scopes[i].meaning);
    return EXIT_OK;
}

static int list_outputs(const struct options *o, struct strbuf *out)
{
    struct json j = {.out = out};

    if (o->json)
        json_open(&j, '[');
    for (unsigned i = 0; sink_table[i]; i++) {
        const struct sink_ops *s = sink_table[i];
        if (!o->json) {
            struct strbuf name = STRBUF_INIT(128);
            strbuf_printf(&name, "%s%s", s->name, s->needs_argument ? "=ARGUMENT" : "");
            add_row(out, strbuf_cstr(&name), 20, s->meaning, list_width());
            strbuf_free(&name);
            continue;
        }
        json_newline(&j);
        json_open(&j, '{');
        json_key(&j, "name");
        json_text(&j, s->name);
        json_key(&j, "meaning");
        json_text(&j, s->meaning);
        json_key(&j, "binary");
        json_bool(&j, s->binary);
        json_key(&j, "needs_argument");
        json_bool(&j, s->needs_argument);
        json_close(&j, '}');
    }
    if (o->json) {
        json_close(&j, ']');
        strbuf_putc(out, '\n');
    }
    return EXIT_OK;
}

static const struct {
    const char *name;
    int (*run)(const struct options *o, struct strbuf *out);
} listings[] = {
    {"events", list_events},
    {"sets", list_sets},
    {"scopes", list_scopes},
    {"outputs", list_outputs},
};

#define NLISTINGS (sizeof(listings) / sizeof(listings[0]))

static int unknown_listing(const struct options *o, const char *word)
{
    const char *names[NLISTINGS];
    struct strbuf hint = STRBUF_INIT(256);

    for (unsigned i = 0; i < NLISTINGS; i++)
        names[i] = listings[i].name;
    usage_suggest(&hint, names, NLISTINGS, word, strlen(word));
    int status = usage_say(o, "ratel list shows events, sets, scopes or outputs, not '%.100s'%s",
                           word, strbuf_cstr(&hint));
    strbuf_free(&hint);
    return status;
}

int cmd_list(const struct options *o)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);

    if (!o->noperands)
        return usage_say(o, "list what? events, sets, scopes or outputs");
    for (unsigned i = 0; i < NLISTINGS; i++) {
        if (strcmp(listings[i].name, o->operands[0]))
            continue;
        if (o->noperands > 1 && listings[i].run != list_events)
            return usage_say(o, "only 'ratel list events' takes names");
        int status = listings[i].run(o, &out);
        if (!status)
            return output_flush(&out);
        strbuf_free(&out);
        return status;
    }
    return unknown_listing(o, o->operands[0]);
}
