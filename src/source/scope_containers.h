/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container=ID: what the kernel compares with when a cgroup is made, and the same for those that
 * are there.
 */
#ifndef RATEL_SOURCE_SCOPE_CONTAINERS_H
#define RATEL_SOURCE_SCOPE_CONTAINERS_H

#include "source/tables.h"

#define CONTAINER_RULES_EACH 2 /* that one value makes at most */
#define CONTAINER_DIGITS_MIN 4 /* fewer are no beginning of an id, but a name */

/* Adds what the text means, as scope_lookup_container has let it through. There is room. */
void scope_containers_add(struct scope_tables *t, const char *text, enum scope_op op, uint64_t bit);
/* Whether the kernel takes the cgroup of that path for a container; what it then knows of it. */
bool scope_containers_match(const struct scope_tables *t, const char *path,
                            struct container_id *out);
/*
 * Puts the cgroups that are containers by now into the map, at most max. Warns where they are more,
 * and where the beginning of an id means several.
 */
void scope_containers_probe(const struct scope_tables *t, int map_fd, unsigned max);

#endif
