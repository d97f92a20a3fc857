/* SPDX-License-Identifier: Apache-2.0 */
/* From what is asked for to the tables of kernel/plan.h. Pure: needs no kernel. */
#ifndef RATEL_SOURCE_TABLES_H
#define RATEL_SOURCE_TABLES_H

#include "plan.h"

#include "event/catalog.h"
#include "source/origins.h"
#include "source/scope.h"

struct program_plan {
    struct plan plans[2 * PLAN_SYSCALLS];
    uint8_t exit_wanted[PLAN_SYSCALLS / 8];
    uint8_t enter_wanted[PLAN_SYSCALLS / 8];
    uint64_t event_sets[PLAN_SLOTS];
    uint8_t event_via[PLAN_SLOTS];
    struct hook_set hooks; /* whose programs are needed */
    bool stash;            /* some call's arguments are kept from its beginning */
};

struct plan_request {
    const uint64_t *sets;   /* by slot */
    const uint8_t *origins; /* as in live_options */
    bool fd_paths;
    bool user_stacks;            /* no record fits on the stack of a program */
    struct hook_set extra_hooks; /* that scopes need besides */
};

/* via[slot] tells which of the event's ways to take; -1 leaves the event out. */
void plan_make(struct program_plan *p, const struct plan_request *r, const int8_t *via);

/* One rule of a map. */
struct scope_number_row {
    struct scope_number_key key;
    struct scope_match match;
};
struct scope_text_row {
    struct scope_text_key key;
    struct scope_match match;
};

/* A process whose descendants belong to sets, by tree= and tree!=. */
struct tree {
    uint32_t pid;
    uint64_t sets;
    uint64_t not_sets;
};

#define SCOPE_ROWS_MAX (SCOPE_SETS * SCOPE_RULES_MAX)

/* Scope rules as the maps want them. Large: allocate it. */
struct scope_tables {
    struct scope_config config;
    struct scope_number_row *numbers;
    struct scope_text_row *texts;
    struct container_rule *containers;
    unsigned nnumbers, ntexts, ncontainers;
    struct scope_range ranges[SCOPE_KEY_NUMBERS * SCOPE_RANGES];
    /* Trees to be seeded: processes whose descendants belong to sets. */
    struct tree trees[SCOPE_RULES_MAX];
    unsigned ntrees;
};

/* 0, -ENOMEM, or -E2BIG with err filled. Free with scope_tables_free. */
int scope_tables_make(struct scope_tables *t, const struct scope_set *scopes, unsigned nscopes,
                      struct error *err);
void scope_tables_free(struct scope_tables *t);

#endif
