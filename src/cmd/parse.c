/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line. A parser of its own instead of getopt_long: that one takes unique beginnings
 * of names for the names, so that a new option breaks old scripts, and keeps its state in globals.
 */
#include <errno.h>
#include <string.h>

#include "cmd/command.h"
#include "event/catalog.h"

struct words {
    char **argv;
    int argc;
    int next;
};

static unsigned mask_of(const struct options *o)
{
    return command_bit(o->command);
}

static int by_letter(unsigned mask, char c)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if ((option_defs[i].commands & mask) && option_defs[i].letter == c)
            return (int)i;
    return -1;
}

/* "; did you mean --x?" or, when another command has it, which. */
static int unknown_option(const struct options *o, const char *word, size_t len, struct error *err)
{
    const char *names[OPTION_COUNT];
    unsigned n = 0;
    struct strbuf hint = STRBUF_INIT(512);

    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (option_defs[i].commands & mask_of(o))
            names[n++] = option_defs[i].name;
    int other = option_by_name(EVERY, word, len);
    if (other >= 0) {
        strbuf_printf(&hint, "; only these have it:");
        for (unsigned i = 0; i < COMMAND_COUNT; i++)
            if (option_defs[other].commands & (1u << i))
                strbuf_printf(&hint, " ratel %s", commands[i].name);
    } else {
        const char *near[1];
        if (suggest_names(names, n, word, len, near, 1))
            strbuf_printf(&hint, "; did you mean --%s?", near[0]);
    }
    error_set(err, -EINVAL, "ratel %s has no option --%.*s%s", o->command->name,
              (int)(len < 100 ? len : 100), word, strbuf_cstr(&hint));
    strbuf_free(&hint);
    return -EINVAL;
}

/* Stores a value; the message of a mistake gets the option's name before it. */
static int take_value(struct options *o, int id, char *value, struct error *err)
{
    const struct option_def *def = &option_defs[id];
    struct option_text where = {.text = value};
    struct error inner = {0};

    if (o->origin[id] == ORIGIN_COMMAND_LINE && def->type != OPTION_TYPE_LIST)
        return error_set(err, -EINVAL, "--%s is given twice", def->name);
    int rc = option_set(o, (enum option)id, &where, ORIGIN_COMMAND_LINE, &inner);
    if (rc == -EINVAL)
        error_set(err, rc, "--%s: %s", def->name, inner.message);
    return rc;
}

/* "--name", "--name=value", "--name value". */
static int take_long(struct options *o, struct words *w, char *word, struct error *err)
{
    char *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    int id = option_by_name(mask_of(o), name, len);
    static char yes[] = "true";

    if (id < 0)
        return unknown_option(o, name, len, err);
    if (equals)
        return take_value(o, id, equals + 1, err);
    if (!*option_defs[id].argument)
        return take_value(o, id, yes, err);
    if (w->next == w->argc)
        return error_set(err, -EINVAL, "--%s needs a value: --%s %s", option_defs[id].name,
                         option_defs[id].name, option_defs[id].argument);
    return take_value(o, id, w->argv[w->next++], err);
}

/* "-x", "-xyz" for flags, "-x value", "-xvalue". */
static int take_letters(struct options *o, struct words *w, char *word, struct error *err)
{
    static char yes[] = "true";

    for (char *p = word + 1; *p; p++) {
        int id = by_letter(mask_of(o), *p);
        if (id < 0)
            return error_set(err, -EINVAL, "ratel %s has no option -%c%s", o->command->name, *p,
                             p == word + 1 && p[1] ? "; long names begin with --" : "");
        if (*option_defs[id].argument) {
            if (p[1])
                return take_value(o, id, p + 1, err);
            if (w->next == w->argc)
                return error_set(err, -EINVAL, "-%c needs a value: -%c %s", *p, *p,
                                 option_defs[id].argument);
            return take_value(o, id, w->argv[w->next++], err);
        }
        int rc = take_value(o, id, yes, err);
        if (rc)
            return rc;
    }
    return 0;
}

/* `ratel help --events` asks about an option, it does not give one. */
static bool is_subject(const struct options *o, const char *word)
{
    return (mask_of(o) & ON(help)) && !strncmp(word, "--", 2) && strncmp(word, "--help", 6);
}

int options_parse(struct options *o, int argc, char **argv, struct error *err)
{
    struct words w = {.argv = argv, .argc = argc, .next = 1};
    bool runs = mask_of(o) & LIVE;
    int rc = 0;

    o->operands = argv + 1;
    while (!rc && w.next < argc) {
        char *word = argv[w.next++];
        if (!strcmp(word, "--")) {
            if (runs) {
                o->argv = argv + w.next;
                break;
            }
            while (w.next < argc)
                argv[1 + o->noperands++] = argv[w.next++];
        } else if (is_subject(o, word)) {
            argv[1 + o->noperands++] = word;
        } else if (word[0] == '-' && word[1] == '-') {
            rc = take_long(o, &w, word, err);
        } else if (word[0] == '-' && word[1]) {
            rc = take_letters(o, &w, word, err);
        } else {
            argv[1 + o->noperands++] = word;
        }
    }
    if (!rc && runs && o->argv && !*o->argv)
        return error_set(err, -EINVAL, "there is no command after --");
    return rc;
}
