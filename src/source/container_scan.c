/* SPDX-License-Identifier: Apache-2.0 */
#include "source/container_scan.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ID_DIGITS 64
#define NESTED    8 /* containers in each other whose cgroups are kept apart */

struct open_container {
    struct container_place place;
    int level; /* of fts */
};

struct scan {
    struct open_container open[NESTED];
    unsigned nopen;
    bool (*found)(void *ctx, const struct container_place *p);
    void *ctx;
    size_t root_len;
};

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

static uint64_t changed(const struct stat *st)
{
    return (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec;
}

/* A directory on the way down. */
static void enter(struct scan *s, const FTSENT *e)
{
    struct container_place p;
    size_t len = e->fts_pathlen - s->root_len;
    struct open_container *inner = s->nopen ? &s->open[s->nopen - 1] : NULL;
    bool is = container_place_read(e->fts_path + s->root_len, len, &p);
    if (is && !p.is.inside && s->nopen < NESTED) {
        p.cgroup = e->fts_statp->st_ino;
        p.ctime = changed(e->fts_statp);
        s->open[s->nopen++] = (struct open_container){.place = p, .level = e->fts_level};
    } else if (inner && inner->place.nbelow < CONTAINER_BELOW_MAX) {
        inner->place.below[inner->place.nbelow++] = e->fts_statp->st_ino;
    }
}

/* The same on the way up: all that is below has been seen. */
static bool leave(struct scan *s, const FTSENT *e)
{
    if (!s->nopen || s->open[s->nopen - 1].level != e->fts_level)
        return true;
    return s->found(s->ctx, &s->open[--s->nopen].place);
}

int container_scan(const char *root, bool (*found)(void *ctx, const struct container_place *p),
                   void *ctx)
{
    char *const roots[] = {(char *)(uintptr_t)root, NULL};
    struct scan s = {.found = found, .ctx = ctx, .root_len = strlen(root)};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    bool go_on = fts;
    int rc = fts ? 0 : -errno;
    for (FTSENT *e; go_on && (e = fts_read(fts));) {
        if (e->fts_info == FTS_D)
            enter(&s, e);
        if (e->fts_info == FTS_DP)
            go_on = leave(&s, e);
    }
    if (fts)
        fts_close(fts);
    return rc;
}
