/* SPDX-License-Identifier: Apache-2.0 */
/* What a loader is: for the loader_*.c only. */
#ifndef RATEL_SOURCE_LOADER_IMPL_H
#define RATEL_SOURCE_LOADER_IMPL_H

#include "source/choice.h"
#include "source/loader.h"

struct ratel_bpf;

struct loader {
    struct ratel_bpf *skel;
    struct program_plan plan;
    struct choice choice;
    struct hook_set needed;  /* hooks without which the rules would not be kept */
    struct hook_set without; /* hooks that the plan goes without: some values will be missing */
    struct links *links;
    const struct chosen_list *chosen; /* borrowed; NULL for none */
    struct chosen_links *chosen_links;
    int *ring_fds; /* by CPU */
    unsigned ncpu;
    size_t ring_bytes, lifecycle_bytes;
    struct cpu_counters *counters; /* of all CPUs, mapped */
    size_t counters_bytes;
    struct tree trees[SCOPE_RULES_MAX];
    unsigned ntrees;
    bool attached;
};

/* Chooses hooks and loads their programs, again where the kernel refuses one. */
int loader_load(struct loader *l, const struct live_options *o, const struct scope_tables *t,
                struct error *err);

#endif
