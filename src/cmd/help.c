/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/help.h"

#include <string.h>

#include "cmd/show.h"
#include "cmd/text.h"

#define HELP_COLUMN 28 /* where the sentences about an option begin */

static const struct {
    const char *name, *meaning;
} enrich_defs[ENRICH_COUNT] = {
#define ENRICH(id, name, parts, meaning) [ENRICH_##id] = {name, meaning},
#include "cmd/enrich.def"
#undef ENRICH
};

static void add_choices(struct strbuf *out, const struct option_def *def)
{
    const char *c;
    size_t n;

    strbuf_lit(out, " One of: ");
    for (unsigned i = 0; (c = option_choice(def->choices, i, &n)); i++) {
        if (i)
            strbuf_lit(out, ", ");
        strbuf_put(out, c, n);
    }
    strbuf_putc(out, '.');
}

void help_option_sentences(struct strbuf *out, const struct option_def *def)
{
    strbuf_puts(out, def->help);
    if (def->type == OPTION_TYPE_CHOICE)
        add_choices(out, def);
    if (def == &option_defs[OPTION_enrich])
        for (unsigned i = 0; i < ENRICH_COUNT; i++)
            strbuf_printf(out, " %s: %s.", enrich_defs[i].name, enrich_defs[i].meaning);
    if (*def->initial && def->type != OPTION_TYPE_FLAG)
        strbuf_printf(out, " Default: %s.", def->initial);
}

/* "  -e, --events EVENTS"; returns its width. */
static unsigned add_spelling(struct strbuf *out, const struct option_def *def)
{
    size_t before = out->len;

    if (def->letter)
        strbuf_printf(out, "  -%c, ", def->letter);
    else
        strbuf_lit(out, "      ");
    strbuf_printf(out, "--%s", def->name);
    if (*def->argument)
        strbuf_printf(out, " %s", def->argument);
    return (unsigned)(out->len - before);
}

static void add_option(struct strbuf *out, const struct option_def *def, unsigned width)
{
    struct strbuf sentences = STRBUF_INIT(4096);
    unsigned at = add_spelling(out, def);

    if (at + 2 > HELP_COLUMN) {
        strbuf_putc(out, '\n');
        at = 0;
    }
    text_pad(out, HELP_COLUMN - at);
    help_option_sentences(&sentences, def);
    text_wrap(out, strbuf_cstr(&sentences), HELP_COLUMN, HELP_COLUMN, width);
    strbuf_putc(out, '\n');
    strbuf_free(&sentences);
}

static void add_options(struct strbuf *out, unsigned mask, unsigned width)
{
    for (unsigned g = 0; g < OPTION_GROUP_COUNT; g++) {
        bool titled = false;
        for (unsigned i = 0; i < OPTION_COUNT; i++) {
            const struct option_def *def = &option_defs[i];
            if (def->group != g || !(def->commands & mask))
                continue;
            if (!titled)
                strbuf_printf(out, "\n%s:\n", option_group_titles[g]);
            titled = true;
            add_option(out, def, width);
        }
    }
}

void help_command_text(struct strbuf *out, const struct command *c, unsigned width)
{
    strbuf_printf(out, "ratel %s - %s\n\nUsage: ratel %s [OPTION...]%s%s\n", c->name, c->summary,
                  c->name, *c->operands ? " " : "", c->operands);
    add_options(out, command_bit(c), width);
}

void help_overview_text(struct strbuf *out, unsigned width)
{
    strbuf_lit(out,
               "ratel watches a Linux machine from inside the kernel and tells who did what.\n\n"
               "Usage: ratel [COMMAND] [OPTION...]\n\nCommands:\n");
    for (unsigned i = 0; i < COMMAND_COUNT; i++) {
        if (!commands[i].listed)
            continue;
        strbuf_printf(out, "  %-12s", commands[i].name);
        text_wrap(out, commands[i].summary, 14, 14, width);
        strbuf_putc(out, '\n');
    }
    strbuf_lit(
        out, "\nWithout a command: trace. 'ratel COMMAND --help' lists a command's options;\n"
             "'ratel help EVENT' explains an event, 'ratel help --OPTION' an option.\n"
             "\nExamples:\n"
             "  ratel                                  watch the default events of the machine\n"
             "  ratel -e execve,openat,connect -o json three system calls, as JSON\n"
             "  ratel -e sched_process_exec -- make    what a command and its children run\n"
             "  ratel record -o day.ratel              keep it; 'ratel replay day.ratel' shows it\n"
             "  ratel doctor                           what works on this machine, and why not\n");
}

int help_overview(void)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);

    help_overview_text(&out, TEXT_WIDTH);
    return output_flush(&out);
}

int help_command(const struct command *c)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);

    help_command_text(&out, c, TEXT_WIDTH);
    return output_flush(&out);
}

/* Every row of that name: record's --output is not trace's. */
static int help_option(const struct options *o, const char *name)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
    const char *names[OPTION_COUNT];
    unsigned n = 0;

    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option_def *def = &option_defs[i];
        if (option_by_name(EVERY, def->name, strlen(def->name)) == (int)i)
            names[n++] = def->name;
        if (strcmp(def->name, name))
            continue;
        add_option(&out, def, TEXT_WIDTH);
        text_pad(&out, HELP_COLUMN);
        strbuf_lit(&out, "Of:");
        for (unsigned c = 0; c < COMMAND_COUNT; c++)
            if (commands[c].listed && (def->commands & (1u << c)))
                strbuf_printf(&out, " %s", commands[c].name);
        strbuf_puts(&out, def->commands & KEY ? "; a key of the configuration file\n" : "\n");
    }
    if (out.len)
        return output_flush(&out);
    usage_suggest(&out, names, n, name, strlen(name));
    int status = usage_say(o, "no command has the option --%.100s%s", name, strbuf_cstr(&out));
    strbuf_free(&out);
    return status;
}

static int help_unknown(const struct options *o, const char *subject)
{
    const struct catalog *catalog = catalog_builtin();
    const char *near[3];
    struct strbuf hint = STRBUF_INIT(512);
    unsigned n = catalog_suggest(catalog, subject, strlen(subject), near, 3);

    usage_near(&hint, near, n);
    int status =
        usage_say(o, "there is no command and no event '%.100s'%s", subject, strbuf_cstr(&hint));
    strbuf_free(&hint);
    return status;
}

int cmd_help(const struct options *o)
{
    if (!o->noperands)
        return help_overview();
    if (o->noperands > 1)
        return usage_say(o, "help explains one thing at a time");
    const char *subject = o->operands[0];
    if (!strncmp(subject, "--", 2))
        return help_option(o, subject + 2);
    const struct command *c = command_find(subject);
    if (c)
        return help_command(c);
    const struct event_def *def = catalog_by_name(catalog_builtin(), subject, strlen(subject));
    return def ? show_help_event(def) : help_unknown(o, subject);
}
