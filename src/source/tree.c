/* SPDX-License-Identifier: Apache-2.0 */
#include "source/tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* The parent's pid stands behind the name, which is in brackets and may itself have brackets. */
static bool read_parent(const char *pid, uint32_t *parent)
{
    char path[64], line[512];
    snprintf(path, sizeof(path), "/proc/%.20s/stat", pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    size_t n = fread(line, 1, sizeof(line) - 1, f);
    fclose(f);
    line[n] = '\0';
    const char *bracket = strrchr(line, ')');
    return bracket && sscanf(bracket, ") %*c %u", parent) == 1;
}

static int add_member(struct tree_member **members, unsigned *count, unsigned *cap,
                      struct tree_member m)
{
    if (*count == TREE_MEMBERS_MAX)
        return -E2BIG;
    if (*count == *cap) {
        unsigned bigger = *cap ? *cap * 2 : 256;
        struct tree_member *p = reallocarray(*members, bigger, sizeof(*p));
        if (!p)
            return -ENOMEM;
        *members = p;
        *cap = bigger;
    }
    (*members)[(*count)++] = m;
    return 0;
}

static int read_processes(struct tree_member **members, unsigned *count)
{
    unsigned cap = 0;
    int rc = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return -errno;
    for (struct dirent *d; !rc && (d = readdir(proc));) {
        struct tree_member m = {.pid = (uint32_t)strtoul(d->d_name, NULL, 10)};
        if (m.pid && read_parent(d->d_name, &m.parent))
            rc = add_member(members, count, &cap, m);
    }
    closedir(proc);
    return rc;
}

static int by_pid(const void *a, const void *b)
{
    const struct tree_member *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

static struct tree_member *find(struct tree_member *members, unsigned count, uint32_t pid)
{
    const struct tree_member key = {.pid = pid};
    return bsearch(&key, members, count, sizeof(key), by_pid);
}

/* Hands membership down until nothing changes: as often as the deepest chain is long. */
static void spread(struct tree_member *members, unsigned count)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned i = 0; i < count; i++) {
            struct tree_member *m = &members[i], *p = find(members, count, m->parent);
            if (!p || (!(p->sets & ~m->sets) && !(p->not_sets & ~m->not_sets)))
                continue;
            m->sets |= p->sets;
            m->not_sets |= p->not_sets;
            changed = true;
        }
    }
}

int tree_find(const struct tree *trees, unsigned ntrees, struct tree_member **members,
              unsigned *count)
{
    *members = NULL;
    *count = 0;
    int rc = read_processes(members, count);
    if (rc) {
        free(*members);
        *members = NULL;
        return rc;
    }
    qsort(*members, *count, sizeof(**members), by_pid);
    for (unsigned i = 0; i < ntrees; i++) {
        struct tree_member *m = find(*members, *count, trees[i].pid);
        if (!m)
            continue;
        m->sets |= trees[i].sets;
        m->not_sets |= trees[i].not_sets;
    }
    spread(*members, *count);
    unsigned kept = 0;
    for (unsigned i = 0; i < *count; i++)
        if ((*members)[i].sets | (*members)[i].not_sets)
            (*members)[kept++] = (*members)[i];
    *count = kept;
    return 0;
}
