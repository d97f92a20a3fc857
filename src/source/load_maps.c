/* SPDX-License-Identifier: Apache-2.0 */
#include "source/load_maps.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "ratel.skel.h"
#include "source/casts.h"
#include "source/programs.h"

/* As many entries as there will be; none is not a size. */
static int size_map(struct bpf_map *map, unsigned entries)
{
    return bpf_map__set_max_entries(map, entries ? entries : 1);
}

static int size_scopes(struct ratel_bpf *skel, const struct scope_tables *t)
{
    int rc = size_map(skel->maps.scope_numbers, t->nnumbers);
    rc = rc ? rc : size_map(skel->maps.scope_comms, t->ntexts);
    rc = rc ? rc : size_map(skel->maps.container_rules, t->ncontainers);
    rc = rc ? rc
            : size_map(skel->maps.containers,
                       t->config.used & 1u << SCOPE_KEY_CONTAINER ? CONTAINERS_MAX : 1);
    return rc ? rc : size_map(skel->maps.scope_texts, t->ntexts);
}

/* What the verifier must know, and the sizes that depend on the machine. */
int load_maps_configure(struct ratel_bpf *skel, const struct program_plan *plan,
                        const struct scope_tables *t, const struct live_options *o, unsigned ncpu,
                        size_t lifecycle_bytes)
{
    struct ratel_bpf__rodata *ro = skel->rodata;
    const uint32_t by_exec =
        1u << SCOPE_KEY_COMM | 1u << SCOPE_KEY_EXECUTABLE | 1u << SCOPE_KEY_UID;
    memcpy((void *)&ro->scope_config, &t->config, sizeof(t->config));
    memcpy((void *)ro->event_sets, plan->event_sets, sizeof(plan->event_sets));
    for (unsigned i = 0; o->chosen && i < o->chosen->count; i++) {
        unsigned slot = o->chosen->items[i].hook.slot;
        ((uint64_t *)ro->event_sets)[slot] = o->sets[slot];
    }
    memcpy((void *)ro->event_via, plan->event_via, sizeof(plan->event_via));
    memcpy((void *)ro->sys_exit_wanted, plan->exit_wanted, sizeof(plan->exit_wanted));
    memcpy((void *)ro->sys_enter_wanted, plan->enter_wanted, sizeof(plan->enter_wanted));
    ro->task_struct_type = casts_task_type();
    ro->exec_env = o->env;
    ro->paths_of_task = o->task_paths;
    ro->fd_paths = o->fd_paths;
    ro->user_stacks = o->user_stacks;
    ro->stash_always = t->config.used & by_exec;
    int rc = bpf_map__set_max_entries(skel->maps.scratches, ncpu * SCRATCHES);
    rc = rc ? rc : bpf_map__set_max_entries(skel->maps.counters, ncpu);
    rc = rc ? rc : bpf_map__set_max_entries(skel->maps.bulk_rings, ncpu);
    rc = rc ? rc : size_map(skel->maps.stashes, plan->stash ? STASH_SLOTS : 1);
    rc = rc ? rc : size_map(skel->maps.stack_files, o->user_stacks ? STACK_FILES : 1);
    rc = rc ? rc : size_scopes(skel, t);
    return rc ? rc : bpf_map__set_max_entries(skel->maps.lifecycle_ring, (uint32_t)lifecycle_bytes);
}

static int fill_scopes(struct ratel_bpf *skel, const struct scope_tables *t)
{
    int numbers = bpf_map__fd(skel->maps.scope_numbers);
    int texts = bpf_map__fd(skel->maps.scope_texts);
    int comms = bpf_map__fd(skel->maps.scope_comms);
    int ranges = bpf_map__fd(skel->maps.scope_ranges);
    int rules = bpf_map__fd(skel->maps.container_rules);
    for (unsigned i = 0; i < t->nnumbers; i++)
        if (bpf_map_update_elem(numbers, &t->numbers[i].key, &t->numbers[i].match, BPF_ANY))
            return -errno;
    for (unsigned i = 0; i < t->ntexts; i++) {
        const struct scope_text_row *row = &t->texts[i];
        bool comm = row->key.kind == SCOPE_KEY_COMM; /* short enough for a map of their own */
        if (bpf_map_update_elem(comm ? comms : texts, comm ? (void *)row->key.text : &row->key,
                                &row->match, BPF_ANY))
            return -errno;
    }
    for (uint32_t i = 0; i < t->ncontainers; i++)
        if (bpf_map_update_elem(rules, &i, &t->containers[i], BPF_ANY))
            return -errno;
    for (uint32_t kind = 0; kind < SCOPE_KEY_NUMBERS; kind++) {
        for (uint32_t i = kind * SCOPE_RANGES;
             t->config.ranged[kind] && i < (kind + 1) * SCOPE_RANGES; i++)
            if (bpf_map_update_elem(ranges, &i, &t->ranges[i], BPF_ANY))
                return -errno;
    }
    return 0;
}

/* The programs that those of system calls go on to. */
static int fill_after(struct ratel_bpf *skel, const struct program_plan *plan)
{
    for (uint32_t h = 0; h < HOOK_COUNT; h++) {
        if (!hook_follows(h) || !hook_set_has(&plan->hooks, h))
            continue;
        struct bpf_map *map = hook_defs[h].kind == ABI_HOOK_sys_enter ? skel->maps.before_programs
                                                                      : skel->maps.after_programs;
        int fd = bpf_program__fd(programs_find(skel->obj, h));
        if (bpf_map_update_elem(bpf_map__fd(map), &h, &fd, BPF_ANY))
            return -errno;
    }
    return 0;
}

int load_maps_fill(struct ratel_bpf *skel, const struct program_plan *plan,
                   const struct scope_tables *scopes)
{
    memcpy(skel->bss->plans, plan->plans, sizeof(plan->plans));
    int rc = fill_scopes(skel, scopes);
    return rc ? rc : fill_after(skel, plan);
}
