/* SPDX-License-Identifier: Apache-2.0 */
/* The running kernel as a source: what to load, and whose events. */
#ifndef RATEL_SOURCE_LIVE_H
#define RATEL_SOURCE_LIVE_H

#include "source/checks.h"
#include "source/chosen.h"
#include "source/runtimes.h"
#include "source/scope.h"
#include "source/source.h"

/* The oldest kernel that is promised. */
#define LIVE_KERNEL_MAJOR 6
#define LIVE_KERNEL_MINOR 1

struct live_options {
    const uint64_t *sets;           /* by slot: which scope sets want the event, 0 for nobody */
    const struct scope_set *scopes; /* set i is bit i; none: one set that every task is in;
                                       borrowed until the first read */
    unsigned nscopes;
    size_t ring_bytes;           /* of one CPU's ring, a power of two of pages */
    size_t lifecycle_ring_bytes; /* the same for the ring of lifecycle events */
    const uint8_t *origins;      /* by slot of a system call: 1 << enum origin_check; NULL: none */
    bool fd_paths;               /* descriptors come with the path they stand for */
    bool user_stacks;            /* events come with the user stack of their task */
    bool task_paths;             /* paths begin at the task's root, not its mount namespace's */
    bool env;                    /* sched_process_exec comes with the environment */
    uint64_t stats_ns;           /* a stats event every so often; 0: none */
    uint64_t inspect_ns; /* the kernel is looked at every so often; 0: only when modules change */
    const struct inspect_wishes *wishes; /* what to look for; borrowed until the close */
    const uint8_t *forced; /* by slot: the kind (enum abi_hook_kind) of hook to use, 0: any;
                              NULL: none is forced */
    uint64_t world_sets;   /* of .scopes, those that the user does not want events for */
    uint64_t machine_sets; /* of these, those of the whole machine also when there is a command */
    const struct runtime_sockets *runtimes; /* borrowed until the close */
    const char *state; /* folder for what is kept across a restart; borrowed; NULL, "": nothing */
    const struct chosen_list *chosen; /* hooks of the user's choice, borrowed until the close */
    char *const
        *command; /* borrowed; run this, trace it and its descendants, end with it; or NULL */
};

/*
 * Loads what is needed, and nothing else; the first read attaches it and starts the command. 0 or
 * -errno with err filled: -EPERM (a missing privilege, with the remedy), -EOPNOTSUPP (the kernel
 * lacks something).
 */
int live_open(struct source **out, const struct live_options *options, struct error *err);

/* Checks what every live source needs (kernel version, BTF, privileges), without loading anything.
 */
int live_check(struct error *err);

/* Rings of bulk events that there will be: one for each CPU that may come up. */
unsigned live_rings(void);
/*
 * Bytes that tracing takes at most besides its rings; wanted: by slot, the events to be seen;
 * world: whether the world is told of.
 */
size_t live_memory(const bool *wanted, unsigned parts);

#endif
