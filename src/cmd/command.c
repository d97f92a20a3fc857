/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "event/catalog.h"

const struct command commands[COMMAND_COUNT] = {
#define COMMAND(name_, listed_, operands_, summary_)                                               \
    [COMMAND_##name_] = {.name = #name_,                                                           \
                         .operands = operands_,                                                    \
                         .summary = summary_,                                                      \
                         .listed = listed_,                                                        \
                         .run = cmd_##name_},
#include "cmd/commands.def"
#undef COMMAND
};

const struct command *command_find(const char *name)
{
    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

unsigned command_bit(const struct command *c)
{
    return 1u << (c - commands);
}

int usage_error(const struct options *o, const struct error *err)
{
    error_print(err, stderr);
    if (o->command && o->named)
        fprintf(stderr, "Try 'ratel %s --help'.\n", o->command->name);
    else
        fputs("Try 'ratel --help'.\n", stderr);
    return EXIT_USAGE;
}

int usage_say(const struct options *o, const char *format, ...)
{
    struct error err = {0};
    va_list ap;

    va_start(ap, format);
    vsnprintf(err.message, sizeof(err.message), format, ap);
    va_end(ap);
    return usage_error(o, &err);
}

void usage_near(struct strbuf *out, const char *const *near, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        strbuf_printf(out, "%s%s",
                      i == 0          ? "; did you mean "
                      : i + 1 < count ? ", "
                                      : " or ",
                      near[i]);
    if (count)
        strbuf_putc(out, '?');
}

void usage_suggest(struct strbuf *out, const char *const *names, unsigned count,
                   const char *written, size_t len)
{
    const char *near[3];

    usage_near(out, near, suggest_names(names, count, written, len, near, 3));
}

int output_flush(struct strbuf *out)
{
    int status = EXIT_OK;
    struct error err = {0};

    if (out->overflow) {
        error_set(&err, 0, "out of memory for the output");
        error_print(&err, stderr);
        status = EXIT_FAILED;
    } else if (fwrite(out->data ? out->data : "", 1, out->len, stdout) != out->len ||
               fflush(stdout)) {
        error_set(&err, 0, "can't write to standard output: %s", strerror(errno));
        error_print(&err, stderr);
        status = EXIT_FAILED;
    }
    strbuf_free(out);
    return status;
}
