/* SPDX-License-Identifier: Apache-2.0 */
#include "source/container_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "source/cgroup_walk.h"

#define ID_DIGITS 64
#define NESTED    8 /* containers in each other whose cgroups are kept apart */

static bool ends(const char *s, size_t n, const char *with)
{
    size_t m = strlen(with);
    return n >= m && !memcmp(s + n - m, with, m);
}

/* Whose names systemd gives: no container of containerd is called so. */
static bool is_unit(const char *s, size_t n)
{
    static const char *const kinds[] = {".slice", ".service", ".scope",
                                        ".mount", ".socket",  ".swap"};
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (ends(s, n, kinds[i]))
            return true;
    return false;
}

/* What containerd takes for the name of a namespace or a container. */
static bool is_name(const char *s, size_t n)
{
    static const char marks[] = "._-";
    if (!n || n >= ID_DIGITS) /* those are told by their path */
        return false;
    for (size_t i = 0; i < n; i++) {
        bool letter = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
                      (s[i] >= '0' && s[i] <= '9');
        if (!letter && !memchr(marks, s[i], sizeof(marks) - 1))
            return false;
    }
    return !is_unit(s, n);
}

/* /SPACE/NAME: what ctr makes. */
static bool read_plain(const char *path, size_t len, struct container_place *out)
{
    const char *end = path + len, *space = path + 1;
    const char *slash = len > 1 && *path == '/' ? memchr(space, '/', len - 1) : NULL;
    if (!slash || !is_name(space, (size_t)(slash - space)) ||
        !is_name(slash + 1, (size_t)(end - slash - 1)))
        return false;
    memcpy(out->space, space, (size_t)(slash - space));
    memcpy(out->is.id, slash + 1, (size_t)(end - slash - 1));
    out->is.runtime = RUNTIME_containerd;
    return true;
}

bool container_place_read(const char *path, size_t len, struct container_place *out)
{
    memset(out, 0, sizeof(*out));
    if (cgroup_identify(path, len, &out->is))
        return true;
    memset(&out->is, 0, sizeof(out->is));
    return read_plain(path, len, out);
}

struct open_container {
    struct container_place place;
    unsigned level;
};

struct container_walk {
    struct cgroup_walk *cgroups;
    struct open_container open[NESTED];
    unsigned nopen;
};

int container_walk_open(struct container_walk **out, const char *root, const char *below)
{
    struct container_walk *w = *out = calloc(1, sizeof(*w));
    int rc = w ? cgroup_walk_open(&w->cgroups, root, below) : -ENOMEM;
    if (rc) {
        free(w);
        *out = NULL;
    }
    return rc;
}

static void enter(struct container_walk *w, const struct cgroup_step *s)
{
    struct container_place p;
    struct container_place *inner = w->nopen ? &w->open[w->nopen - 1].place : NULL;
    bool is = container_place_read(s->path, s->len, &p);
    if (is && !p.is.inside && w->nopen < NESTED) {
        p.cgroup = s->cgroup;
        p.ctime = s->ctime;
        w->open[w->nopen++] = (struct open_container){.place = p, .level = s->level};
    } else if (inner && inner->nbelow < CONTAINER_BELOW_MAX) {
        inner->below[inner->nbelow++] = s->cgroup;
    }
}

/* A container is whole when all that is below has been seen. */
const struct container_place *container_walk_next(struct container_walk *w)
{
    for (struct cgroup_step s; cgroup_walk_next(w->cgroups, &s);) {
        if (!s.leaves)
            enter(w, &s);
        else if (w->nopen && w->open[w->nopen - 1].level == s.level)
            return &w->open[--w->nopen].place;
    }
    return NULL;
}

void container_walk_close(struct container_walk *w)
{
    if (w)
        cgroup_walk_close(w->cgroups);
    free(w);
}
