/* SPDX-License-Identifier: Apache-2.0 */
/* ratel list: what the tables hold. */
#include <string.h>

#include "cmd/command.h"
#include "cmd/json.h"
#include "cmd/list_containers.h"
#include "cmd/list_events.h"
#include "cmd/list_limits.h"
#include "cmd/run.h"
#include "cmd/text.h"
#include "expr/filter.h"
#include "sink/sink.h"
#include "source/scope.h"

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

/* As scope_parse takes them. */
static const char *scope_operators(enum scope_kind kind)
{
    static const char *const operators[] = {[SCOPE_VALUE_number] = "= != < > <= >=",
                                            [SCOPE_VALUE_text] = "= !=",
                                            [SCOPE_VALUE_flag] = "alone, =true, =false"};

    if (kind == SCOPE_tree)
        return "= !=";
    return kind == SCOPE_container ? "alone, = !=" : operators[scope_defs[kind].value];
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
        json_scope(&j, scope_defs[i].name, scope_operators(i), scope_defs[i].meaning, "--scope");
    for (unsigned i = 0; i < NFILTER_SCOPES; i++)
        json_scope(&j, filter_scopes[i].name, NULL, filter_scopes[i].meaning, "EVENT.scope");
    json_close(&j, ']');
    strbuf_putc(out, '\n');
    return EXIT_OK;
}

static int list_scopes(const struct options *o, struct strbuf *out)
{
    unsigned width = text_width(TEXT_UNWRAPPED);

    if (o->json)
        return list_scopes_json(out);
    strbuf_lit(out, "--scope RULE, decided in the kernel before anything is built:\n\n");
    for (unsigned i = 0; i < SCOPE_COUNT; i++) {
        strbuf_printf(out, "  %-12s%-22s", scope_defs[i].name, scope_operators(i));
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
            text_row(out, strbuf_cstr(&name), 20, s->meaning, text_width(TEXT_UNWRAPPED));
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
#define LISTING(name) {#name, list_##name},
#include "cmd/listings.def"
#undef LISTING
};

static const char listing_names[] =
#define LISTING(name) " " #name
#include "cmd/listings.def"
#undef LISTING
    ;

#define NLISTINGS (sizeof(listings) / sizeof(listings[0]))

static int unknown_listing(const struct options *o, const char *word)
{
    const char *names[NLISTINGS];
    struct strbuf hint = STRBUF_INIT(256);

    for (unsigned i = 0; i < NLISTINGS; i++)
        names[i] = listings[i].name;
    usage_suggest(&hint, names, NLISTINGS, word, strlen(word));
    int status =
        usage_say(o, "ratel list shows%s, not '%.100s'%s", listing_names, word, strbuf_cstr(&hint));
    strbuf_free(&hint);
    return status;
}

int cmd_list(const struct options *o)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);

    if (!o->noperands)
        return usage_say(o, "list what?%s", listing_names);
    int failed = run_use_btf(o);
    if (failed)
        return failed;
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
