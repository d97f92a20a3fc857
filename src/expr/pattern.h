/* SPDX-License-Identifier: Apache-2.0 */
/* Text with stars: x  x*  *x  *x*  a*b*c. A star stands for any bytes, none included. */
#ifndef RATEL_EXPR_PATTERN_H
#define RATEL_EXPR_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

enum pattern_kind {
    PATTERN_EXACT,
    PATTERN_PREFIX,
    PATTERN_SUFFIX,
    PATTERN_CONTAINS,
    PATTERN_ANY,
    PATTERN_PIECES,
};

struct pattern {
    enum pattern_kind kind;
    uint32_t count;   /* pieces: what stands between the stars, none of them empty */
    uint32_t len;     /* bytes of all pieces */
    bool head;        /* the first piece begins the text */
    bool tail;        /* the last piece ends it */
    uint32_t *lens;   /* owned; of each piece */
    const char *text; /* the pieces, one after the other, behind lens */
};

/*
 * Compiles what was written, with the escapes of base/clause.h. 0, -ENOMEM, -E2BIG over
 * PATTERN_MAX, -EINVAL for an escape that is none; *bad is then its offset.
 */
int pattern_compile(struct pattern *p, const char *s, size_t n, size_t *bad);
/*
 * whole: all of the value is there. Of a value that was cut off only what can't be undone by the
 * rest matches: a beginning, or something contained, never an end or the whole.
 */
bool pattern_match(const struct pattern *p, const char *s, size_t n, bool whole);
void pattern_free(struct pattern *p);
/* Whether what was written has a star that is not escaped. */
bool pattern_has_star(const char *s, size_t n);

#endif
