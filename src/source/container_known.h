/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups that were told of as containers: what must be known to tell of their end. */
#ifndef RATEL_SOURCE_CONTAINER_KNOWN_H
#define RATEL_SOURCE_CONTAINER_KNOWN_H

#include <stdint.h>

#include "event/cgroup_path.h"

struct known_container {
    uint64_t cgroup; /* 0: a free row */
    enum runtime runtime;
};

struct known_containers {
    struct known_container *rows; /* by hash, at most half of them in use; grows */
    uint32_t count, capacity;
    uint64_t refused; /* there was no room */
};

/* Adds it, or changes what is known. 0; -ENOSPC over CONTAINERS_KNOWN; -ENOMEM; -EINVAL for 0. */
int known_add(struct known_containers *k, uint64_t cgroup, enum runtime runtime);
/* NULL for none. Until the next change. */
const struct known_container *known_find(const struct known_containers *k, uint64_t cgroup);
void known_remove(struct known_containers *k, uint64_t cgroup);
void known_free(struct known_containers *k);
size_t known_memory(void); /* bytes that it takes at most */

#endif
