/* SPDX-License-Identifier: Apache-2.0 */
#include "source/cgroup_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

/* A directory on the way from the root to where the walk is. */
struct open_cgroup {
    DIR *dir; /* NULL: nothing is in it, or it can't be read */
    uint64_t cgroup, ctime;
    size_t len; /* of the path that ends with it */
};

struct cgroup_walk {
    struct open_cgroup open[CGROUP_DEPTH];
    unsigned nopen;
    bool entered; /* the innermost was told of on the way down */
    dev_t dev;
    size_t root;             /* bytes of the path that are the hierarchy's root */
    char path[2 * PATH_MAX]; /* of the innermost */
};

/*
 * Kernels count a directory's links as file systems always have: two, and one for each directory in
 * it. Where they don't, that is one, and the directory is read.
 */
static bool is_leaf(const struct stat *st)
{
    return st->st_nlink == 2;
}

static void push(struct cgroup_walk *w, int parent, const char *name, const struct stat *st,
                 size_t len)
{
    int fd = is_leaf(st) ? -1
                         : openat(parent, name,
                                  O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !dir)
        close(fd);
    w->open[w->nopen++] = (struct open_cgroup){
        .dir = dir,
        .cgroup = st->st_ino,
        .ctime = (uint64_t)st->st_ctim.tv_sec * 1000000000u + (uint64_t)st->st_ctim.tv_nsec,
        .len = len,
    };
    w->entered = false;
}

static void pop(struct cgroup_walk *w)
{
    struct open_cgroup *o = &w->open[--w->nopen];
    if (o->dir)
        closedir(o->dir);
    w->entered = true;
}

int cgroup_walk_open(struct cgroup_walk **out, const char *root, const char *below)
{
    struct stat st;
    size_t n = strlen(root), m = strlen(below);
    struct cgroup_walk *w = *out = NULL;
    if (n + m >= sizeof(w->path) || n >= PATH_MAX)
        return -ENAMETOOLONG;
    w = calloc(1, sizeof(*w));
    if (!w)
        return -ENOMEM;
    memcpy(w->path, root, n);
    memcpy(w->path + n, below, m + 1);
    int rc = lstat(w->path, &st) ? -errno : S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
    if (rc) {
        free(w);
        return rc;
    }
    w->root = n;
    w->dev = st.st_dev;
    push(w, AT_FDCWD, w->path, &st, n + m);
    *out = w;
    return 0;
}

/* The next directory in the innermost one; false where there is none. */
static bool enter_next(struct cgroup_walk *w)
{
    struct open_cgroup *o = &w->open[w->nopen - 1];
    struct stat st;
    for (const struct dirent *e; o->dir && (e = readdir(o->dir));) {
        size_t n = strlen(e->d_name);
        bool may_be = e->d_type == DT_DIR || e->d_type == DT_UNKNOWN;
        if (!may_be || !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
            w->nopen == CGROUP_DEPTH || o->len + n + 2 > sizeof(w->path))
            continue;
        if (fstatat(dirfd(o->dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode) ||
            st.st_dev != w->dev)
            continue; /* gone, or another file system */
        w->path[o->len] = '/';
        memcpy(w->path + o->len + 1, e->d_name, n);
        push(w, dirfd(o->dir), e->d_name, &st, o->len + 1 + n);
        return true;
    }
    return false;
}

bool cgroup_walk_next(struct cgroup_walk *w, struct cgroup_step *out)
{
    if (!w->nopen)
        return false;
    out->leaves = w->entered && !enter_next(w);
    const struct open_cgroup *o = &w->open[w->nopen - 1];
    w->path[o->len] = '\0';
    out->path = w->path + w->root;
    out->len = o->len - w->root;
    out->cgroup = o->cgroup;
    out->ctime = o->ctime;
    out->level = w->nopen - 1;
    w->entered = true;
    if (out->leaves)
        pop(w);
    return true;
}

void cgroup_walk_close(struct cgroup_walk *w)
{
    while (w && w->nopen)
        pop(w);
    free(w);
}
