/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that belong to sets of scopes from before the hooks see them. */
#ifndef RATEL_SOURCE_ADOPT_H
#define RATEL_SOURCE_ADOPT_H

#include "base/error.h"
#include "source/tables.h"

/*
 * Marks a process, and what will descend from it, as belonging to sets, in the map task_states.
 * Once the hooks are in place (attached) the kernel writes states too, and one that is there was
 * inherited by birth: it is left alone. 0 or -errno.
 */
int adopt_task(int map, uint32_t pid, uint64_t sets, uint64_t not_sets, bool attached);
/* The same of the trees, with the descendants that they have by now. */
int adopt_trees(int map, const struct tree *trees, unsigned ntrees, bool attached,
                struct error *err);

#endif
