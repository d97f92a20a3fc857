/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": names near to what was written, best first. */
#include <ctype.h>
#include <string.h>

#include "event/catalog.h"

#define NAME_MAX_LEN 64 /* longer ones are not compared by distance */
#define FAR          1000

struct nearest {
    const char **names;
    unsigned scores[16];
    unsigned count, max;
};

static char lower(char c)
{
    return (char)tolower((unsigned char)c);
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

/* Insertions, removals, changes and swaps of neighbours that lead from a to b. */
static unsigned distance(const char *a, size_t alen, const char *b, size_t blen)
{
    unsigned rows[3][NAME_MAX_LEN + 1];
    unsigned *before = rows[0], *last = rows[1], *now = rows[2];

    for (size_t j = 0; j <= blen; j++)
        last[j] = (unsigned)j;
    memset(before, 0, sizeof(rows[0]));
    for (size_t i = 1; i <= alen; i++) {
        unsigned *spare = before;

        now[0] = (unsigned)i;
        for (size_t j = 1; j <= blen; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);

            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]) && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        before = last;
        last = now;
        now = spare;
    }
    return last[blen];
}

static bool contains(const char *text, size_t len, const char *part, size_t n)
{
    for (size_t i = 0; i + n <= len; i++)
        if (strncasecmp(text + i, part, n) == 0)
            return true;
    return false;
}

/* Smaller is nearer; FAR is not near at all. */
static unsigned score(const char *name, const char *wanted, size_t len)
{
    size_t n = strlen(name);
    unsigned allowed = len <= 3 ? 1 : 2;
    unsigned d = FAR;

    if (len == 0)
        return FAR;
    if (n <= NAME_MAX_LEN && len <= NAME_MAX_LEN && (n > len ? n - len : len - n) <= allowed)
        d = distance(name, n, wanted, len);
    if (d <= allowed)
        return d * 10;
    if (len >= 3 && n > len && strncasecmp(name, wanted, len) == 0)
        return 100 + (unsigned)(n - len);
    if (len >= 3 && contains(name, n, wanted, len))
        return 300 + (unsigned)(n - len);
    return FAR;
}

static void consider(struct nearest *near, const char *name, const char *wanted, size_t len)
{
    unsigned s = score(name, wanted, len);
    unsigned at = near->count;

    if (s >= FAR)
        return;
    while (at > 0 && near->scores[at - 1] > s)
        at--;
    if (at == near->max)
        return;
    if (near->count < near->max)
        near->count++;
    for (unsigned i = near->count - 1; i > at; i--) {
        near->scores[i] = near->scores[i - 1];
        near->names[i] = near->names[i - 1];
    }
    near->scores[at] = s;
    near->names[at] = name;
}

static struct nearest nearest_begin(const char **out, unsigned max)
{
    struct nearest near = {.names = out};
    const unsigned most = sizeof(near.scores) / sizeof(near.scores[0]);

    near.max = max < most ? max : most;
    return near;
}

unsigned catalog_suggest(const struct catalog *c, const char *name, size_t len, const char **out,
                         unsigned max)
{
    struct nearest near = nearest_begin(out, max);

    for (unsigned i = 0; i < c->count; i++)
        consider(&near, c->events[i].name, name, len);
    return near.count;
}

unsigned suggest_names(const char *const *names, unsigned count, const char *name, size_t len,
                       const char **out, unsigned max)
{
    struct nearest near = nearest_begin(out, max);

    for (unsigned i = 0; i < count; i++)
        consider(&near, names[i], name, len);
    return near.count;
}
