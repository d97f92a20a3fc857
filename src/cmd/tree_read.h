/* SPDX-License-Identifier: Apache-2.0 */
/* What the tree is of: this machine now, or a range of time of a recording. */
#ifndef RATEL_CMD_TREE_READ_H
#define RATEL_CMD_TREE_READ_H

#include "base/error.h"
#include "cmd/options.h"
#include "event/machine.h"
#include "source/runtimes.h"
#include "world/world.h"

struct tree_past {
    struct world *world; /* the caller's */
    struct machine machine;
    uint64_t since, at; /* boot-clock ns of that machine: who lived in between, as of at */
    uint64_t first;     /* the earliest that was told of */
    bool goes_on;       /* the recording does, behind that time */
    bool tasks;         /* it was told of tasks as such, not only by what they did */
    bool hashes;        /* and of programs' hashes */
    bool mounts;        /* and of what is mounted */
};

/* Everything that /proc tells; of that process (0: none) the hash of its program. */
int tree_read_machine(struct tree_past *t, uint32_t pid, struct error *err);
/* Its containers, as far as their runtimes answer. */
int tree_read_containers(struct tree_past *t, const struct runtime_sockets *sockets,
                         struct error *err);
/* Everything that a recording tells until the end of the range that the options choose. */
int tree_read_recording(struct tree_past *t, const struct options *o, struct error *err);

#endif
