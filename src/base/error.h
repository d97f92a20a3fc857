/* SPDX-License-Identifier: Apache-2.0 */
/* What a user must read when something is wrong: a sentence, and the place it is about. */
#ifndef RATEL_BASE_ERROR_H
#define RATEL_BASE_ERROR_H

#include <stdio.h>

#include "base/limits.h"

/*
 * One mistake. .text points at the source line for the caret (borrowed, may be NULL) and must
 * outlive the error. Line and column count from 1; 0 means that there is none.
 */
struct error {
    char message[ERROR_MESSAGE_MAX];
    const char *file; /* borrowed; NULL for the command line */
    const char *text; /* the line itself, NUL or newline terminated */
    int line;
    int column;
};

/* Fills .message (keeps a place already set). Returns code, so that `return error_set(…)` reads
 * well. */
int error_set(struct error *err, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets the place: column counts bytes from 1 in text. */
void error_place(struct error *err, const char *file, int line, int column, const char *text);

/* Prints "file:line:column: message", the source line and a caret. Control characters are escaped.
 */
void error_print(const struct error *err, FILE *out);

#endif
