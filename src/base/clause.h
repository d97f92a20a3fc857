/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form that every test on the command line has: KEY OPERATOR VALUE,VALUE…
 *
 * Operators: = != < > <= >=. After a first '=' another operator is the one that is meant
 * (retval=<0), because shells and YAML make people write it so. In values a backslash makes the
 * next byte plain (\* \, \\ \= \! \< \>) or stands for one that can't be typed (\n \r \t \xNN).
 */
#ifndef RATEL_BASE_CLAUSE_H
#define RATEL_BASE_CLAUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum clause_op {
    CLAUSE_EQ,
    CLAUSE_NE,
    CLAUSE_LT,
    CLAUSE_GT,
    CLAUSE_LE,
    CLAUSE_GE,
    CLAUSE_NONE, /* the key stands alone */
};

/* As the operator is written; "" for CLAUSE_NONE. */
extern const char *const clause_op_text[];

struct clause {
    const char *text; /* all of it, borrowed */
    size_t key_len;   /* the key is its beginning */
    enum clause_op op;
    size_t op_at;  /* offset of the operator */
    size_t values; /* offset of the first value */
};

/* One value as written, escapes and all. */
struct clause_value {
    const char *s;
    size_t len;
    size_t at; /* offset in the text */
};

/* Splits text. 0, or -EINVAL with err filled: no key, half an operator, nothing after the operator.
 */
int clause_parse(struct clause *c, const char *text, struct error *err);
/* The next value; *pos starts at 0. 1, 0 at the end, -EINVAL with err filled for an empty value. */
int clause_next(const struct clause *c, size_t *pos, struct clause_value *v, struct error *err);

#define CLAUSE_STAR       256 /* a '*' that is not escaped */
#define CLAUSE_BAD_ESCAPE (-1)
/* Takes one byte, or one escape, from *s, which must be before end: the byte, or one of the above.
 */
int clause_char(const char **s, const char *end);

/*
 * Reads a whole number: decimal, 0x…, 0… (octal), with a sign; base is what digits without a prefix
 * are in. *out is in two's complement. 0, -EINVAL: not a number, -ERANGE: not in lo … hi.
 */
int clause_number(const char *s, size_t n, unsigned base, int64_t lo, uint64_t hi, uint64_t *out);

/* Sets the place to offset at of text (shown under the message) and the message; returns -EINVAL.
 */
int clause_fail(struct error *err, const char *text, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
