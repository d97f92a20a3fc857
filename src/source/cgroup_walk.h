/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All cgroups of a hierarchy, one by one. A cgroup's directory is full of files that nobody wants:
 * only those are read that have cgroups in them, and of files nothing is asked.
 */
#ifndef RATEL_SOURCE_CGROUP_WALK_H
#define RATEL_SOURCE_CGROUP_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgroup_walk;

struct cgroup_step {
    const char *path; /* below the hierarchy's root, "" for itself; until the next step */
    size_t len;
    uint64_t cgroup; /* its id */
    uint64_t ctime;  /* of the directory, nanoseconds since the epoch */
    unsigned level;  /* 0: where the walk began */
    bool leaves;     /* false: what is in it follows; true: that is over */
};

/* Of the cgroup below root, "" for all. 0 or -errno. */
int cgroup_walk_open(struct cgroup_walk **out, const char *root, const char *below);
/* Every cgroup twice: on the way down and on the way up. False at the end. */
bool cgroup_walk_next(struct cgroup_walk *w, struct cgroup_step *out);
void cgroup_walk_close(struct cgroup_walk *w);

#endif
