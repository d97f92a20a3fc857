/* SPDX-License-Identifier: Apache-2.0 */
/* The commands: one row each in commands.def, one file each in this folder. */
#ifndef RATEL_CMD_COMMAND_H
#define RATEL_CMD_COMMAND_H

#include <stdbool.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "cmd/options.h"

/* Exit statuses. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct command {
    const char *name;
    const char *operands;
    const char *summary;
    bool listed;
    int (*run)(const struct options *o); /* returns an exit status */
};

extern const struct command commands[COMMAND_COUNT];

#define COMMAND(name, listed, operands, summary) int cmd_##name(const struct options *o);
#include "cmd/commands.def"
#undef COMMAND

/* The command called so, or NULL. */
const struct command *command_find(const char *name);
/* Its bit in the masks of the option table. */
unsigned command_bit(const struct command *c);

/* Prints a usage error and where help is; returns EXIT_USAGE. err may lack a place. */
int usage_error(const struct options *o, const struct error *err);
/* The same for one sentence. */
int usage_say(const struct options *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends "; did you mean A or B?" for the names nearest to what was written, or nothing. */
void usage_suggest(struct strbuf *out, const char *const *names, unsigned count,
                   const char *written, size_t len);

/* The same for names that were already found. */
void usage_near(struct strbuf *out, const char *const *near, unsigned count);

/*
 * Writes out to standard output and frees it. EXIT_OK, or EXIT_FAILED after saying what went
 * wrong: text that was cut at its limit is never passed off as whole.
 */
int output_flush(struct strbuf *out);

#endif
