/* SPDX-License-Identifier: Apache-2.0 */
/* The world's containers: who a cgroup is. Only for src/world/. */
#ifndef RATEL_WORLD_CONTAINERS_H
#define RATEL_WORLD_CONTAINERS_H

#include "world/world.h"

struct containers_table;

/* Takes that many bytes at most; as far as they are never used, not even these. 0 or -ENOMEM. */
int containers_new(struct containers_table **out, uint64_t bytes);
void containers_free_table(struct containers_table *t);
/* Forgets those that have been gone for long enough. */
void containers_age(struct containers_table *t, uint64_t now);
/* What an event says of containers; of cgroup_mkdir, cgroup_rmdir and the three that tell of one.
 * Whether anything changed. */
bool containers_feed(struct containers_table *t, const struct event *ev);
/* A program was executed by a task of that cgroup. Whether that began the container's own. */
bool containers_exec(struct containers_table *t, const struct abi_record *r);
/*
 * The container of a cgroup as of the time, NULL for none. views: the same number and arena, the
 * same view. serials: the last one that was given out.
 */
const struct container_view *containers_view(struct containers_table *t, uint64_t cgroup,
                                             uint64_t at, uint64_t views, uint64_t *serials,
                                             struct arena *arena);
/* Whether the cgroup is known to be of a container. */
bool containers_has(struct containers_table *t, uint64_t cgroup);
/* Whether nothing is known of the cgroup, not even that it is none; from now on that is. */
bool containers_unknown(struct containers_table *t, uint64_t cgroup);
void containers_figures(const struct containers_table *t, struct cache_figures *out);

#endif
