/* SPDX-License-Identifier: Apache-2.0 */
#include "source/ways.h"

#include <stddef.h>

const char *way_refusal(const struct via *way, hook_refusal_fn refusal)
{
    const char *why = NULL;
    for (unsigned i = 0; i < way->count && !why; i++)
        why = refusal(way->hooks[i]);
    return why;
}

int way_choose(const struct event_def *def, enum abi_hook_kind forced, hook_refusal_fn refusal,
               const char **why)
{
    *why = NULL;
    for (int i = 0; def->via[i].count; i++) {
        if (forced && via_kind(&def->via[i]) != forced)
            continue;
        const char *refused = way_refusal(&def->via[i], refusal);
        if (!refused)
            return i;
        if (!*why)
            *why = refused;
    }
    if (!*why)
        *why = forced ? "no hook of this kind sees it" : "no hook of this ratel sees it";
    return -1;
}

int way_of_kind(const struct event_def *def, enum abi_hook_kind kind)
{
    for (int i = 0; def->via[i].count; i++)
        if (via_kind(&def->via[i]) == kind)
            return i;
    return -1;
}
