/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/manual.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/checks.h"
#include "cmd/command.h"
#include "cmd/help.h"
#include "cmd/show.h"
#include "event/catalog.h"
#include "expr/filter.h"
#include "sink/sink.h"
#include "source/scope.h"

/* Our own words, with what has a meaning to scdoc escaped. */
static void add_escaped(struct strbuf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\*_<>#[]|", *text))
            strbuf_putc(out, '\\');
        strbuf_putc(out, *text);
    }
}

/* A term and, indented below it, its text. */
static void add_term(struct strbuf *out, const char *term, const char *text)
{
    strbuf_putc(out, '*');
    add_escaped(out, term);
    strbuf_lit(out, "*\n\t");
    add_escaped(out, text);
    strbuf_lit(out, "\n\n");
}

static void add_option(struct strbuf *out, const struct option_def *def, bool key)
{
    struct strbuf text = STRBUF_INIT(4096);

    if (key) {
        strbuf_printf(out, "*%s:*", def->name);
    } else {
        if (def->letter)
            strbuf_printf(out, "*-%c*, ", def->letter);
        strbuf_printf(out, "*--%s*", def->name);
    }
    if (*def->argument) {
        strbuf_lit(out, " _");
        add_escaped(out, def->argument);
        strbuf_putc(out, '_');
    } else if (key) {
        strbuf_lit(out, " _true|false_");
    }
    strbuf_lit(out, "\n\t");
    help_option_sentences(&text, def);
    add_escaped(out, strbuf_cstr(&text));
    strbuf_lit(out, "\n\n");
    strbuf_free(&text);
}

static void add_options(struct strbuf *out, unsigned mask, bool keys)
{
    for (unsigned g = 0; g < OPTION_GROUP_COUNT; g++)
        for (unsigned i = 0; i < OPTION_COUNT; i++)
            if (option_defs[i].group == g && (option_defs[i].commands & mask))
                add_option(out, &option_defs[i], keys);
}

static int table_options(struct strbuf *out, const char *name)
{
    const struct command *c = command_find(name);

    if (!c)
        return -EINVAL;
    add_options(out, command_bit(c), false);
    return 0;
}

static int table_usage(struct strbuf *out, const char *name)
{
    const struct command *c = command_find(name);

    if (!c)
        return -EINVAL;
    strbuf_printf(out, "*ratel %s* [_OPTION_...] ", c->name);
    add_escaped(out, c->operands);
    strbuf_putc(out, '\n');
    return 0;
}

static int table_summary(struct strbuf *out, const char *name)
{
    const struct command *c = command_find(name);

    if (!c)
        return -EINVAL;
    strbuf_printf(out, "ratel-%s - %s\n", c->name, c->summary);
    return 0;
}

static int table_keys(struct strbuf *out, const char *name)
{
    (void)name;
    add_options(out, KEY, true);
    return 0;
}

static int table_commands(struct strbuf *out, const char *name)
{
    (void)name;
    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].listed)
            add_term(out, commands[i].name, commands[i].summary);
    return 0;
}

static int table_scopes(struct strbuf *out, const char *name)
{
    (void)name;
    for (unsigned i = 0; i < SCOPE_COUNT; i++)
        add_term(out, scope_defs[i].name, scope_defs[i].meaning);
    return 0;
}

static int table_scope_fields(struct strbuf *out, const char *name)
{
    (void)name;
#define X(field, text) add_term(out, #field, text);
    FILTER_SCOPES(X)
#undef X
    return 0;
}

static int table_outputs(struct strbuf *out, const char *name)
{
    (void)name;
    for (unsigned i = 0; sink_table[i]; i++)
        add_term(out, sink_table[i]->name, sink_table[i]->meaning);
    return 0;
}

static int table_sets(struct strbuf *out, const char *name)
{
    unsigned count;
    const char *const *sets = catalog_sets(&count);

    (void)name;
    for (unsigned i = 0; i < count; i++)
        strbuf_printf(out, "%s%s", i ? ", " : "", sets[i]);
    strbuf_lit(out, ".\n");
    return 0;
}

static int table_types(struct strbuf *out, const char *name)
{
    (void)name;
    for (unsigned i = 0; i < TYPE_COUNT; i++)
        add_term(out, type_defs[i].name, type_defs[i].meaning);
    return 0;
}

static int table_checks(struct strbuf *out, const char *name)
{
    static const char *const weights[] = {"needed", "useful", "fact"};

    (void)name;
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        struct strbuf text = STRBUF_INIT(512);
        strbuf_printf(&text, "%s (%s)", checks[i].title, weights[checks[i].weight]);
        add_term(out, checks[i].name, strbuf_cstr(&text));
        strbuf_free(&text);
    }
    return 0;
}

static void add_event(struct strbuf *out, const struct event_def *def)
{
    strbuf_lit(out, "*");
    add_escaped(out, def->name);
    strbuf_lit(out, "* (");
    for (unsigned i = 0; i < def->nfields; i++) {
        strbuf_puts(out, i ? ", " : "");
        add_escaped(out, type_defs[def->fields[i].type].name);
        strbuf_lit(out, " _");
        add_escaped(out, def->fields[i].name);
        strbuf_lit(out, "_");
    }
    strbuf_lit(out, ")");
    if (def->returns != RETURN_none)
        strbuf_printf(out, " = %s", show_returns(def));
    strbuf_lit(out, "\n\t");
    add_escaped(out, def->meaning);
    strbuf_lit(out, "\n\n");
}

static int table_events(struct strbuf *out, const char *name)
{
    const struct catalog *c = catalog_builtin();

    if (*name && strcmp(name, "syscalls") && strcmp(name, "others"))
        return -EINVAL;
    for (unsigned i = 0; i < c->count; i++)
        if (!*name || c->events[i].is_syscall == !strcmp(name, "syscalls"))
            add_event(out, &c->events[i]);
    return 0;
}

static const struct {
    const char *name;
    int (*fill)(struct strbuf *out, const char *name);
} tables[] = {
    {"options", table_options},
    {"usage", table_usage},
    {"summary", table_summary},
    {"keys", table_keys},
    {"commands", table_commands},
    {"scopes", table_scopes},
    {"scope-fields", table_scope_fields},
    {"outputs", table_outputs},
    {"sets", table_sets},
    {"types", table_types},
    {"checks", table_checks},
    {"events", table_events},
};

/* "@TABLE@" or "@TABLE NAME@" of n bytes. */
static int fill_table(struct strbuf *out, const char *line, size_t n)
{
    char table[32] = "", name[32] = "";
    char copy[80];

    if (n >= sizeof(copy))
        return -EINVAL;
    memcpy(copy, line, n);
    copy[n] = 0;
    if (sscanf(copy, "@%31[a-z-] %31[a-z-]@", table, name) < 1)
        return -EINVAL;
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        if (!strcmp(tables[i].name, table))
            return tables[i].fill(out, name);
    return -EINVAL;
}

int manual_fill(struct strbuf *out, const char *text, struct error *err)
{
    for (int number = 1; *text; number++) {
        size_t n = strcspn(text, "\n");
        if (n > 2 && text[0] == '@' && text[n - 1] == '@') {
            if (fill_table(out, text, n)) {
                error_place(err, err->file, number, 1, text);
                return error_set(err, -EINVAL, "there is no such table");
            }
        } else {
            strbuf_put(out, text, n);
            strbuf_putc(out, '\n');
        }
        text += n;
        text += *text == '\n';
    }
    return 0;
}
