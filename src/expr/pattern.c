/* SPDX-License-Identifier: Apache-2.0 */
#include "expr/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clause.h"

bool pattern_has_star(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '*')
            return true;
        if (s[i] == '\\')
            i++;
    }
    return false;
}

static enum pattern_kind kind_of(const struct pattern *p)
{
    if (!p->count)
        return p->head ? PATTERN_EXACT : PATTERN_ANY;
    if (p->count > 1)
        return PATTERN_PIECES;
    if (p->head)
        return p->tail ? PATTERN_EXACT : PATTERN_PREFIX;
    return p->tail ? PATTERN_SUFFIX : PATTERN_CONTAINS;
}

int pattern_compile(struct pattern *p, const char *s, size_t n, size_t *bad)
{
    *p = (struct pattern){0};
    if (n > PATTERN_MAX)
        return -E2BIG;
    /* At most a piece for every two bytes, and one more; no byte becomes two. */
    size_t pieces = n / 2 + 1;
    uint32_t *lens = calloc(1, pieces * sizeof(*lens) + n + 1);
    if (!lens)
        return -ENOMEM;
    char *text = (char *)(lens + pieces);
    bool open = false; /* the last piece can grow */
    p->lens = lens;
    p->text = text;
    p->head = p->tail = true;
    for (const char *at = s, *end = s + n; at < end;) {
        const char *from = at;
        int c = clause_char(&at, end);
        if (c == CLAUSE_BAD_ESCAPE) {
            *bad = (size_t)(from - s);
            pattern_free(p);
            return -EINVAL;
        }
        if (c == CLAUSE_STAR) {
            p->head = p->head && from != s;
            p->tail = at != end;
            open = false;
            continue;
        }
        if (!open)
            p->count++;
        open = true;
        lens[p->count - 1]++;
        text[p->len++] = (char)c;
    }
    p->kind = kind_of(p);
    return 0;
}

void pattern_free(struct pattern *p)
{
    free(p->lens);
    *p = (struct pattern){0};
}

#define SHORT_MAX                                                                                  \
    256 /* bytes; up to here a search by steps is cheaper than memmem's preparation                \
         */

/* As memmem, for a piece that is not empty. */
static const char *find(const char *s, size_t n, const char *piece, size_t len)
{
    if (n > SHORT_MAX)
        return memmem(s, n, piece, len);
    while (n >= len) {
        const char *hit = memchr(s, piece[0], n - len + 1);
        if (!hit || memcmp(hit, piece, len) == 0)
            return hit;
        n -= (size_t)(hit + 1 - s);
        s = hit + 1;
    }
    return NULL;
}

/* Leftmost first: a piece found earlier never leaves less room for those behind it. */
static bool match_pieces(const struct pattern *p, const char *s, size_t n, bool whole)
{
    const char *piece = p->text;
    uint32_t first = 0, last = p->count;
    if (n < p->len || (p->tail && !whole))
        return false;
    if (p->head) {
        if (memcmp(s, piece, p->lens[0]) != 0)
            return false;
        s += p->lens[0];
        n -= p->lens[0];
        piece += p->lens[0];
        first = 1;
    }
    if (p->tail) {
        last--;
        n -= p->lens[last];
        if (memcmp(s + n, p->text + p->len - p->lens[last], p->lens[last]) != 0)
            return false;
    }
    for (uint32_t i = first; i < last; i++) {
        const char *hit = find(s, n, piece, p->lens[i]);
        if (!hit)
            return false;
        n -= (size_t)(hit - s) + p->lens[i];
        s = hit + p->lens[i];
        piece += p->lens[i];
    }
    return true;
}

bool pattern_match(const struct pattern *p, const char *s, size_t n, bool whole)
{
    switch (p->kind) {
    case PATTERN_EXACT:
        return whole && n == p->len && (!n || memcmp(s, p->text, n) == 0);
    case PATTERN_PREFIX:
        return n >= p->len && memcmp(s, p->text, p->len) == 0;
    case PATTERN_SUFFIX:
        return whole && n >= p->len && memcmp(s + n - p->len, p->text, p->len) == 0;
    case PATTERN_CONTAINS:
        return find(s, n, p->text, p->len) != NULL;
    case PATTERN_ANY:
        return true;
    case PATTERN_PIECES:
        return match_pieces(p, s, n, whole);
    }
    return false;
}
