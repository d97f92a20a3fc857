/* SPDX-License-Identifier: Apache-2.0 */
/* Help from the tables: commands, options. */
#ifndef RATEL_CMD_HELP_H
#define RATEL_CMD_HELP_H

#include "cmd/command.h"

/* Print to standard output; return an exit status. */
int help_overview(void);
int help_command(const struct command *c);

/* Append the same text. Never wider than width. */
void help_overview_text(struct strbuf *out, unsigned width);
void help_command_text(struct strbuf *out, const struct command *c, unsigned width);
/* The sentences about an option: its help, its choices, its default. */
void help_option_sentences(struct strbuf *out, const struct option_def *def);

#endif
