/* SPDX-License-Identifier: Apache-2.0 */
/* Who descends from whom, read from /proc: for trees that are there before the hooks are. */
#ifndef RATEL_SOURCE_TREE_H
#define RATEL_SOURCE_TREE_H

#include "source/tables.h"

struct tree_member {
    uint32_t pid;
    uint32_t parent;
    uint64_t sets; /* trees that it belongs to */
    uint64_t not_sets;
};

/*
 * Every process that belongs to one of the trees by now, their roots included. *members is to be
 * freed. 0 or -errno.
 */
int tree_find(const struct tree *trees, unsigned ntrees, struct tree_member **members,
              unsigned *count);

#endif
