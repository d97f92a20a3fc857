/* SPDX-License-Identifier: Apache-2.0 */
/* Which hooks of the catalog this kernel has, and where they are. */
#ifndef RATEL_SOURCE_HOOKS_H
#define RATEL_SOURCE_HOOKS_H

#include "event/catalog.h"

/* A hook on this kernel. */
struct hook_place {
    const char *why;    /* NULL: it can be had; otherwise why not. Never freed */
    const char *name;   /* which of the target's names this kernel has; NULL: none */
    uint32_t type_id;   /* of lsm, fentry, fexit, iter and tp_btf: what its program is loaded for */
    const uint64_t *at; /* of kprobe and kretprobe: addresses; 0 is one to be named instead */
    unsigned count;     /* how many */
};

/* Asks the kernel once for each hook. Never freed, safe from any thread. */
const struct hook_place *hook_place(enum hook hook);

/* Why a hook is not to be had; NULL: it is. */
static inline const char *hook_why(enum hook hook)
{
    return hook_place(hook)->why;
}

/* From now on the hook is not to be had, for this reason. */
void hook_refuse(enum hook hook, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
