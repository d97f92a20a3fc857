/* SPDX-License-Identifier: Apache-2.0 */
/* What a run needs of the world, from its options; and what the world needs of the source. */
#ifndef RATEL_CMD_RUN_WORLD_H
#define RATEL_CMD_RUN_WORLD_H

#include "cmd/options.h"
#include "policy/selection.h"
#include "source/source.h"
#include "world/world.h"

/* Sets of events: what the user asks for, and what the world needs besides. */
#define USER_SET  UINT64_C(1)
#define WORLD_SET UINT64_C(2)
#define MACHINE_SET                                                                                \
    UINT64_C(4) /* of every task, whatever the user's scope: cgroups of containers, mounts */
#define SETS_COUNT 3

/* What of the world the user asks for, enum context_part. */
unsigned run_world_parts(const struct options *o, const struct selection *s);
/* Whether containers are looked for: the cgroups of the whole machine count then. */
bool run_world_containers(const struct selection *s, unsigned parts);
/*
 * Which events the source is asked for: by slot, to be freed. What only tells of the world is not
 * made where nothing needs it. NULL without memory.
 */
uint64_t *run_world_sets(const struct selection *s, unsigned parts);
/*
 * Whose events the world needs: everybody's, or, as the user's, those of some trees. The rules are
 * to be freed, what they point to is the user's. 0 or -ENOMEM.
 */
int run_world_scope(struct scope_set *out, const struct scope_set *user);
/* The world for the parts, NULL for none. 0 or -ENOMEM. */
int run_world_open(struct world **out, const struct source *s, unsigned parts,
                   uint64_t container_bytes);

#endif
