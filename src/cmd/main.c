/* SPDX-License-Identifier: Apache-2.0 */
/* ratel [COMMAND] [OPTION...]: finds the command, reads the options, hands over. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cmd/command.h"
#include "cmd/config.h"
#include "cmd/help.h"

/* The command that the first word names; trace when it is an option or there is none. */
static const struct command *choose(struct options *o, int *argc, char ***argv)
{
    const struct command *c;

    if (*argc < 2 || (*argv)[1][0] == '-')
        return &commands[COMMAND_trace];
    c = command_find((*argv)[1]);
    if (c) {
        o->named = true;
        --*argc;
        ++*argv;
    }
    return c;
}

static int unknown_command(const struct options *o, const char *word)
{
    const char *names[COMMAND_COUNT];
    unsigned n = 0;
    struct strbuf hint = STRBUF_INIT(512);

    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        if (commands[i].listed)
            names[n++] = commands[i].name;
    usage_suggest(&hint, names, n, word, strlen(word));
    int status = usage_say(o, "there is no command '%.100s'%s", word, strbuf_cstr(&hint));
    strbuf_free(&hint);
    return status;
}

/* Adds what --config says. */
static int read_config(struct options *o)
{
    struct options file;
    struct error_list errors = {0};
    int rc = options_init(&file);

    if (!rc) {
        rc = config_load(o->config.text, &file, &errors);
        error_list_print(&errors, stderr);
    }
    if (!rc)
        options_merge(o, &file);
    error_list_free(&errors);
    options_free(&file);
    if (rc == -EINVAL)
        return EXIT_USAGE;
    return rc ? EXIT_FAILED : EXIT_OK;
}

/* Only the commands that take operands may get any. */
static int check_operands(const struct options *o)
{
    if (!o->noperands)
        return EXIT_OK;
    bool runs = command_bit(o->command) & LIVE;
    if (*o->command->operands && !runs)
        return EXIT_OK;
    const char *word = o->operands[0];
    if (runs && command_find(word))
        return usage_say(o, "the command comes first: ratel %s [OPTION...]", word);
    if (runs)
        return usage_say(
            o, "'%.100s' is not an option; to run a command and trace it: ratel %s -- %.100s", word,
            o->command->name, word);
    return usage_say(o, "ratel %s takes no operand, but got '%.100s'", o->command->name, word);
}

static int run(struct options *o, int argc, char **argv)
{
    struct error err = {0};
    const char *first = argc > 1 ? argv[1] : "";

    o->command = choose(o, &argc, &argv);
    if (!o->command)
        return unknown_command(o, first);
    int rc = options_parse(o, argc, argv, &err);
    if (rc == -EINVAL)
        return usage_error(o, &err);
    if (rc) {
        log_error("%s", strerror(-rc));
        return EXIT_FAILED;
    }
    if (o->help)
        return o->named ? help_command(o->command) : help_overview();
    if (o->version)
        return cmd_version(o);
    int status = check_operands(o);
    if (!status && o->config.text)
        status = read_config(o);
    if (status)
        return status;
    log_level = (enum log_level)o->log;
    return o->command->run(o);
}

/*
 * Descriptors 0 to 2 that the caller left closed must not become a ring's or a recording's, or what
 * is meant for standard output goes there. What holds their place can neither be read nor written,
 * and the traced command finds them closed.
 */
static bool hold_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/", O_PATH | O_CLOEXEC);
    while (fd >= 0 && fd <= STDERR_FILENO);
    return fd >= 0 && close(fd) == 0;
}

int main(int argc, char **argv)
{
    struct options o;
    int status = EXIT_FAILED;

    if (!hold_standard_descriptors())
        log_error("the root folder can't be opened: %s", strerror(errno));
    if (options_init(&o))
        log_error("out of memory");
    else
        status = run(&o, argc, argv);
    options_free(&o);
    return status;
}
