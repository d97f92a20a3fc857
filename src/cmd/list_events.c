/* SPDX-License-Identifier: Apache-2.0 */
/* ratel list events: the catalog, or the part of it that the user names. */
#include "cmd/list_events.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/hooks.h"
#include "cmd/json.h"
#include "cmd/show.h"
#include "cmd/text.h"

static int unknown_event(const struct options *o, const char *name)
{
    const char *near[3];
    struct strbuf hint = STRBUF_INIT(512);
    unsigned n = catalog_suggest(catalog_builtin(), name, strlen(name), near, 3);

    usage_near(&hint, near, n);
    int status = usage_say(o, "there is no event '%.100s'%s", name, strbuf_cstr(&hint));
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
    unsigned width = text_width(TEXT_UNWRAPPED), names = 0;

    for (unsigned i = 0; i < c->count; i++) {
        unsigned n = (unsigned)strlen(c->events[i].name);
        names = chosen[i] && n > names ? n : names;
    }
    for (unsigned i = 0; i < c->count; i++) {
        if (!chosen[i])
            continue;
        event_summary(&line, &c->events[i]);
        text_row(out, c->events[i].name, names, strbuf_cstr(&line), width);
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
        show_event(out, &c->events[i], text_width(TEXT_UNWRAPPED));
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

int list_events(const struct options *o, struct strbuf *out)
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
