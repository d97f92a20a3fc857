/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose events are wanted: rules that the kernel decides. Up to 64 sets of rules at once, each a
 * bit of the mask in a record's header. Within a set: different kinds are ANDed; values of one
 * kind joined by = are ORed; each != value must not be; ranges (< > <= >=) are ANDed.
 */
#ifndef RATEL_SOURCE_SCOPE_H
#define RATEL_SOURCE_SCOPE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/limits.h"
#include "plan.h"

enum scope_kind {
#define SCOPE(name, value, meaning) SCOPE_##name,
#include "scopes.def"
#undef SCOPE
    SCOPE_COUNT
};

enum scope_value { SCOPE_VALUE_number, SCOPE_VALUE_text, SCOPE_VALUE_flag };

struct scope_def {
    const char *name;
    const char *meaning;
    enum scope_value value;
};

extern const struct scope_def scope_defs[SCOPE_COUNT];

enum scope_op { SCOPE_EQ, SCOPE_NE, SCOPE_LT, SCOPE_GT, SCOPE_LE, SCOPE_GE, SCOPE_NEW };

#define SCOPE_SETS 64

/*
 * What a rule holds, by kind:
 *   uid pid tid mntns pidns tree cgroup   .number; pid=new has .op SCOPE_NEW and no number
 *   comm executable uts                   .text
 *   container   .text "" and .number one of enum scope_container, .op SCOPE_EQ; or .text what
 *               src/source/scope_containers.h makes rules of, .op SCOPE_EQ or SCOPE_NE
 *   follow      .number 1, .op SCOPE_EQ (follow=false makes no rule)
 * Only uid, pid, tid, mntns, pidns and cgroup have SCOPE_LT … SCOPE_GE.
 */

enum scope_container {
    SCOPE_CONTAINER_NOT,
    SCOPE_CONTAINER_IN,
    SCOPE_CONTAINER_NEW,     /* in one that was made while ratel looks */
    SCOPE_CONTAINER_STARTED, /* in one whose own program runs */
};

struct scope_rule {
    enum scope_kind kind;
    enum scope_op op; /* SCOPE_NEW: pid=new */
    uint64_t number;
    char text[SCOPE_KEY_TEXT];
};

/* One set: what one policy, or the command line, asks for. No rules: every task. */
struct scope_set {
    struct scope_rule *rules; /* owned */
    unsigned count;
};

/*
 * Adds what one --scope argument says: KIND=V1,V2 · KIND!=V · KIND<N … · follow · container. Names
 * of users and paths of cgroups are looked up here. Adds all of it or nothing: 0, -EINVAL with err
 * filled (column in the argument), -ENOMEM.
 */
int scope_parse(struct scope_set *set, const char *argument, struct error *err);
void scope_free(struct scope_set *set);

#endif
