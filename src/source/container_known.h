/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups that are containers, or may be: what was told of them, and whether one is asked about. */
#ifndef RATEL_SOURCE_CONTAINER_KNOWN_H
#define RATEL_SOURCE_CONTAINER_KNOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "event/cgroup_path.h"

struct known_container {
    uint64_t cgroup;   /* 0: a free row */
    uint64_t facts;    /* hash of what was told last */
    uint16_t lookup;   /* 1 + the place of its look-up; 0: there is none */
    uint8_t runtime;   /* enum runtime */
    bool told : 1;     /* its end has to be told, too */
    bool answered : 1; /* by its runtime */
};

struct known_containers {
    struct known_container *rows; /* by hash, at most half of them in use; grows */
    uint32_t count, capacity;
    uint64_t refused; /* there was no room */
};

/* Its row, a new one where there is none. NULL: over CONTAINERS_KNOWN, no memory, cgroup 0. */
struct known_container *known_add(struct known_containers *k, uint64_t cgroup);
/* NULL for none. A row is there until the next one is added or removed. */
struct known_container *known_find(const struct known_containers *k, uint64_t cgroup);
void known_remove(struct known_containers *k, uint64_t cgroup);
void known_free(struct known_containers *k);
size_t known_memory(void); /* bytes that it takes at most */

#endif
