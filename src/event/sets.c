/* SPDX-License-Identifier: Apache-2.0 */
/* The sets that the built-in catalog's rows name. */
#include <pthread.h>
#include <string.h>

#include "base/limits.h"
#include "event/catalog.h"

static const char *sets[SETS_MAX];
static char text[SETS_TEXT];
static unsigned nsets;
static size_t used;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Adds the name where it belongs, unless it is there. test_catalog checks that all had room. */
static void add_set(const char *name, size_t len)
{
    unsigned at = 0;

    for (; at < nsets; at++) {
        int order = strncmp(sets[at], name, len);

        if (order == 0 && sets[at][len] == '\0')
            return;
        if (order >= 0)
            break;
    }
    if (nsets == SETS_MAX || len + 1 > SETS_TEXT - used)
        return;
    memmove(&sets[at + 1], &sets[at], (nsets - at) * sizeof(sets[0]));
    memcpy(text + used, name, len);
    sets[at] = text + used;
    used += len + 1;
    nsets++;
}

static void make_sets(void)
{
    const struct catalog *c = catalog_builtin();

    for (unsigned i = 0; i < c->count; i++) {
        const char *s = c->events[i].sets;

        while (*s) {
            size_t n = strcspn(s, ",");

            add_set(s, n);
            s += n + (s[n] == ',');
        }
    }
}

const char *const *catalog_sets(unsigned *count)
{
    pthread_once(&once, make_sets);
    *count = nsets;
    return sets;
}
