/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel programs are told: constants before they are loaded, maps behind. */
#ifndef RATEL_SOURCE_LOAD_MAPS_H
#define RATEL_SOURCE_LOAD_MAPS_H

#include "source/live.h"
#include "source/tables.h"

struct ratel_bpf;

/* What the verifier must know, and the sizes that depend on the machine. 0 or -errno. */
int load_maps_configure(struct ratel_bpf *skel, const struct program_plan *plan,
                        const struct scope_tables *scopes, const struct live_options *options,
                        unsigned ncpu, size_t lifecycle_bytes);
/* Fills what belongs to plan and scopes. 0 or -errno. */
int load_maps_fill(struct ratel_bpf *skel, const struct program_plan *plan,
                   const struct scope_tables *scopes);

#endif
