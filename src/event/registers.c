/* SPDX-License-Identifier: Apache-2.0 */
/* Where a system call finds its arguments: mostly in the order of the fields. */
#include "event/catalog.h"
#include "event/ids.h"
#include "plan.h"

#define ELSEWHERE (-1) /* in memory, or not passed at all */

/* The calls that differ, from the kernel's own entry points. */
static const struct {
    unsigned arch_mask; /* 1 << enum arch */
    uint16_t id;
    int8_t registers[PLAN_ARGS];
} odd[] = {
    /* CONFIG_CLONE_BACKWARDS: the thread-local storage comes before the child's word */
    {1 << ARCH_ia32 | 1 << ARCH_arm64, EVENT_clone, {0, 1, 2, 4, 3}},
    /* CONFIG_OLD_SIGSUSPEND3: the mask is the third argument */
    {1 << ARCH_ia32, EVENT_sigsuspend, {2}},
    /* one register points to all arguments */
    {1 << ARCH_ia32, EVENT_mmap, {-1, -1, -1, -1, -1, -1}},
    {1 << ARCH_ia32, EVENT_old_select, {-1, -1, -1, -1, -1}},
    /* the C library has flags that the system call has not */
    {1 << ARCH_x86_64 | 1 << ARCH_ia32 | 1 << ARCH_arm64, EVENT_fchmodat, {0, 1, 2, -1}},
    {1 << ARCH_x86_64 | 1 << ARCH_ia32 | 1 << ARCH_arm64, EVENT_faccessat, {0, 1, 2, -1}},
    {1 << ARCH_x86_64 | 1 << ARCH_ia32, EVENT_eventfd, {0, -1}},
};

int syscall_register(const struct event_def *def, unsigned field, enum arch arch)
{
    unsigned reg = 0;

    if (!def->is_syscall || field >= def->nfields)
        return ELSEWHERE;
    for (unsigned i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        if (odd[i].id == def->id && odd[i].arch_mask & (1u << arch))
            return field < PLAN_ARGS ? odd[i].registers[field] : ELSEWHERE;
    for (unsigned i = 0; i < field; i++)
        reg += arch == ARCH_ia32 ? type_defs[def->fields[i].type].wide : 1;
    return reg < PLAN_ARGS ? (int)reg : ELSEWHERE;
}
