/* SPDX-License-Identifier: Apache-2.0 */
/* The containers that are there, by looking at the cgroups. */
#ifndef RATEL_SOURCE_CONTAINER_SCAN_H
#define RATEL_SOURCE_CONTAINER_SCAN_H

#include "base/limits.h"
#include "event/cgroup_path.h"

#include <stdint.h>

struct container_place {
    uint64_t cgroup; /* its id */
    uint64_t ctime;  /* of the directory, nanoseconds since the epoch */
    struct cgroup_identity is;
    /* /SPACE/NAME, which containerd may know; .is has the name. "" for what the path tells. */
    char space[CONTAINER_ID_TEXT];
    uint64_t below[CONTAINER_BELOW_MAX]; /* ids of the cgroups in it */
    unsigned nbelow;
};

/*
 * What a cgroup's path, from its hierarchy's root, says: false for one that is no container and can
 * be none of containerd's. Fills .is and .space.
 */
bool container_place_read(const char *path, size_t len, struct container_place *out);

/*
 * Every container in the cgroup below root ("" for all), those inside of others before them. 0 or
 * -errno.
 */
struct container_walk;
int container_walk_open(struct container_walk **out, const char *root, const char *below);
/* NULL at the end; what is handed out is there until the next call. */
const struct container_place *container_walk_next(struct container_walk *w);
void container_walk_close(struct container_walk *w);

/*
 * The container that a cgroup, by its id, belongs to; the cgroup is in .below where it is not the
 * container's own. 0; -ENOENT: it is no container's; or -errno.
 */
int container_place_find(const char *root, uint64_t cgroup, struct container_place *out);

#endif
