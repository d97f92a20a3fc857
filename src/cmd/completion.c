/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ratel completion bash|zsh: a script made of the tables. Names of events are asked of ratel when
 * they are needed, so that the script of one version serves the next.
 */
#include <string.h>

#include "cmd/command.h"
#include "sink/sink.h"
#include "source/scope.h"

/* How a value is completed, by what help calls it. */
enum completer {
    COMPLETE_NOTHING,
    COMPLETE_FILE,
    COMPLETE_EVENTS,
    COMPLETE_SCOPES,
    COMPLETE_OUTPUTS,
    COMPLETE_CHOICES
};

static enum completer completer_of(const struct option_def *def)
{
    static const struct {
        const char *argument;
        enum completer how;
    } rows[] = {
        {"FILE", COMPLETE_FILE},
        {"EVENTS", COMPLETE_EVENTS},
        {"RULE", COMPLETE_SCOPES},
        {"FORMAT[:FILE]", COMPLETE_OUTPUTS},
    };

    if (*def->choices)
        return COMPLETE_CHOICES;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (!strcmp(rows[i].argument, def->argument))
            return rows[i].how;
    return COMPLETE_NOTHING;
}

static void add_choices(struct strbuf *out, const struct option_def *def)
{
    const char *c;
    size_t n;

    for (unsigned i = 0; (c = option_choice(def->choices, i, &n)); i++) {
        strbuf_puts(out, i ? " " : "");
        strbuf_put(out, c, n);
    }
}

/* The words that can follow an option, separated by spaces. */
static void add_words(struct strbuf *out, const struct option_def *def)
{
    switch (completer_of(def)) {
    case COMPLETE_CHOICES:
        add_choices(out, def);
        break;
    case COMPLETE_EVENTS:
        strbuf_lit(out, "$(ratel generate events 2>/dev/null)");
        break;
    case COMPLETE_SCOPES:
        for (unsigned i = 0; i < SCOPE_COUNT; i++)
            strbuf_printf(out, "%s%s%s", i ? " " : "", scope_defs[i].name,
                          scope_defs[i].value == SCOPE_VALUE_flag ? "" : "=");
        break;
    case COMPLETE_OUTPUTS:
        for (unsigned i = 0; sink_table[i]; i++)
            strbuf_printf(out, "%s%s%s", i ? " " : "", sink_table[i]->name,
                          sink_table[i]->needs_argument ? "=" : "");
        break;
    case COMPLETE_FILE:
    case COMPLETE_NOTHING:
        break;
    }
}

static void add_command_names(struct strbuf *out)
{
    bool more = false;

    for (unsigned i = 0; i < COMMAND_COUNT; i++) {
        if (!commands[i].listed)
            continue;
        strbuf_printf(out, "%s%s", more ? " " : "", commands[i].name);
        more = true;
    }
}

/* What can stand beside a command's options. */
static void add_operand_words(struct strbuf *out, enum command_id id)
{
    switch (id) {
    case COMMAND_list:
#define LISTING(name) strbuf_lit(out, #name " ");
#include "cmd/listings.def"
#undef LISTING
        break;
    case COMMAND_completion:
        strbuf_lit(out, "bash zsh");
        break;
    case COMMAND_help:
        add_command_names(out);
        strbuf_lit(out, " $(ratel generate events 2>/dev/null)");
        break;
    default:
        break;
    }
}

static void bash_values(struct strbuf *out, unsigned command)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option_def *def = &option_defs[i];
        if (!(def->commands & (1u << command)) || !*def->argument)
            continue;
        strbuf_printf(out, "    %s,--%s", commands[command].name, def->name);
        if (def->letter)
            strbuf_printf(out, "|%s,-%c", commands[command].name, def->letter);
        if (completer_of(def) == COMPLETE_FILE) {
            strbuf_lit(out, ") _ratel_files ;;\n");
            continue;
        }
        strbuf_lit(out, ") _ratel_words \"");
        add_words(out, def);
        strbuf_lit(out, "\" ;;\n");
    }
}

static void bash_options(struct strbuf *out, unsigned command)
{
    strbuf_printf(out, "    %s) words=\"", commands[command].name);
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (option_defs[i].commands & (1u << command))
            strbuf_printf(out, "--%s ", option_defs[i].name);
    strbuf_lit(out, "\" operands=\"");
    add_operand_words(out, (enum command_id)command);
    strbuf_lit(out, "\" ;;\n");
}

static void bash_script(struct strbuf *out)
{
    strbuf_lit(
        out,
        "# bash completion for ratel, made by 'ratel completion bash'\n"
        "_ratel_files() { compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); true; }\n"
        "# Values may be joined by commas: the last one is completed.\n"
        "_ratel_words() {\n"
        "    local before=\n"
        "    case $cur in *,*) before=${cur%,*}, ;; esac\n"
        "    COMPREPLY=($(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\"))\n"
        "    case ${COMPREPLY[0]} in *=) compopt -o nospace ;; esac\n"
        "    true\n"
        "}\n"
        "_ratel() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local command=trace commands words operands i\n"
        "    commands=\"");
    add_command_names(out);
    strbuf_lit(
        out, "\"\n"
             "    COMPREPLY=()\n"
             "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
             "        [[ ${COMP_WORDS[i]} == -- ]] && { COMPREPLY=($(compgen -c -f -- \"$cur\")); "
             "return; }\n"
             "    done\n"
             "    if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then\n"
             "        command=${COMP_WORDS[1]}\n"
             "    fi\n"
             "    case $command,$previous in\n");
    for (unsigned c = 0; c < COMMAND_COUNT; c++)
        if (commands[c].listed)
            bash_values(out, c);
    strbuf_lit(out, "    *) false ;;\n    esac && return\n    case $command in\n");
    for (unsigned c = 0; c < COMMAND_COUNT; c++)
        if (commands[c].listed)
            bash_options(out, c);
    strbuf_lit(out, "    esac\n"
                    "    if [[ $cur == -* ]]; then\n"
                    "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                    "    elif ((COMP_CWORD == 1)); then\n"
                    "        COMPREPLY=($(compgen -W \"$commands\" -- \"$cur\"))\n"
                    "    elif [[ $command == replay ]]; then\n"
                    "        _ratel_files\n"
                    "    else\n"
                    "        COMPREPLY=($(compgen -W \"$operands\" -- \"$cur\"))\n"
                    "    fi\n"
                    "}\n"
                    "complete -F _ratel ratel\n");
}

/* Text for the inside of a single-quoted zsh specification: what has a meaning there is escaped. */
static void zsh_quote(struct strbuf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\'')
            strbuf_lit(out, "'\\''");
        else if (strchr("[]:\\", text[i]))
            strbuf_printf(out, "\\%c", text[i]);
        else
            strbuf_putc(out, text[i]);
    }
}

static void zsh_action(struct strbuf *out, const struct option_def *def)
{
    strbuf_putc(out, ':');
    zsh_quote(out, def->argument, strlen(def->argument));
    strbuf_putc(out, ':');
    if (completer_of(def) == COMPLETE_FILE) {
        strbuf_lit(out, "_files");
        return;
    }
    if (completer_of(def) == COMPLETE_NOTHING) {
        strbuf_putc(out, ' ');
        return;
    }
    strbuf_lit(out, "_sequence -s , compadd -S \"\" - ");
    add_words(out, def);
}

/* One _arguments specification; help is cut after its first sentence. */
static void zsh_option(struct strbuf *out, const struct option_def *def)
{
    size_t sentence = strcspn(def->help, ".;:");

    strbuf_lit(out, "            ");
    if (def->type == OPTION_TYPE_LIST)
        strbuf_lit(out, "'*'");
    else if (def->letter)
        strbuf_printf(out, "'(-%c --%s)'", def->letter, def->name);
    if (def->letter)
        strbuf_printf(out, "{-%c,--%s%s}", def->letter, def->name, *def->argument ? "=" : "");
    else
        strbuf_printf(out, "--%s%s", def->name, *def->argument ? "=" : "");
    strbuf_lit(out, "'[");
    zsh_quote(out, def->help, sentence);
    strbuf_putc(out, ']');
    if (*def->argument)
        zsh_action(out, def);
    strbuf_lit(out, "' \\\n");
}

static void zsh_command(struct strbuf *out, unsigned command)
{
    strbuf_printf(out, "    %s)\n        _arguments -s \\\n", commands[command].name);
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (option_defs[i].commands & (1u << command))
            zsh_option(out, &option_defs[i]);
    switch (command) {
    case COMMAND_trace:
    case COMMAND_record:
        strbuf_lit(out, "            '*::command:_normal'\n");
        break;
    case COMMAND_replay:
        strbuf_lit(out, "            ':recording:_files'\n");
        break;
    default:
        strbuf_lit(out, "            '*:what:compadd - ");
        add_operand_words(out, (enum command_id)command);
        strbuf_lit(out, "'\n");
        break;
    }
    strbuf_lit(out, "        ;;\n");
}

static void zsh_script(struct strbuf *out)
{
    strbuf_lit(out, "#compdef ratel\n# zsh completion for ratel, made by 'ratel completion zsh'\n"
                    "_ratel() {\n"
                    "    local command=trace\n"
                    "    if ((CURRENT == 2)) && [[ ${words[2]} != -* ]]; then\n"
                    "        local -a commands=(\n");
    for (unsigned i = 0; i < COMMAND_COUNT; i++) {
        if (!commands[i].listed)
            continue;
        strbuf_printf(out, "            '%s:", commands[i].name);
        zsh_quote(out, commands[i].summary, strlen(commands[i].summary));
        strbuf_lit(out, "'\n");
    }
    strbuf_lit(out, "        )\n"
                    "        _describe command commands\n"
                    "        return\n"
                    "    fi\n"
                    "    if [[ ${words[2]} != -* ]]; then\n"
                    "        command=${words[2]}\n"
                    "        shift words\n"
                    "        ((CURRENT--))\n"
                    "    fi\n"
                    "    case $command in\n");
    for (unsigned c = 0; c < COMMAND_COUNT; c++)
        if (commands[c].listed)
            zsh_command(out, c);
    strbuf_lit(out, "    esac\n}\n"
                    "if [[ $funcstack[1] == _ratel ]]; then\n    _ratel \"$@\"\nelse\n"
                    "    compdef _ratel ratel\nfi\n");
}

int cmd_completion(const struct options *o)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
    const char *shell = o->noperands ? o->operands[0] : "";

    if (o->noperands != 1 || (strcmp(shell, "bash") && strcmp(shell, "zsh")))
        return usage_say(o, "for which shell? ratel completion bash, or ratel completion zsh");
    if (!strcmp(shell, "bash"))
        bash_script(&out);
    else
        zsh_script(&out);
    return output_flush(&out);
}
