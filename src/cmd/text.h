/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people: wrapped to the terminal's width. */
#ifndef RATEL_CMD_TEXT_H
#define RATEL_CMD_TEXT_H

#include "base/strbuf.h"

#define TEXT_WIDTH     80      /* of help, and in files */
#define TEXT_UNWRAPPED 1000000 /* a width at which nothing is broken: for pipes */

/* Columns of standard output's terminal (at least 40); otherwise when it is none. */
unsigned text_width(unsigned otherwise);
/* Appends n spaces. */
void text_pad(struct strbuf *out, unsigned n);
/*
 * Cuts the line that begins at from, valid UTF-8, to width columns, a character each; "…" is the
 * last one then.
 */
void text_cut(struct strbuf *out, size_t from, unsigned width);
/*
 * Appends text, broken between words so that no line passes width. The first line starts at column
 * at; the others are indented. A word longer than a line stands on one of its own. No newline
 * follows.
 */
void text_wrap(struct strbuf *out, const char *text, unsigned at, unsigned indent, unsigned width);
/* A line of two columns: a name, padded to names columns, and a text wrapped beside it. */
void text_row(struct strbuf *out, const char *name, unsigned names, const char *text,
              unsigned width);

#endif
