/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hooks.h"

#include "source/hooks.h"
#include "source/ways.h"

/* On x86-64 a call that only 32-bit programs have is seen when one makes it. */
static bool has_number(const struct event_def *def)
{
#if defined(__aarch64__)
    return def->nr_arm64 != NR_NONE;
#else
    return def->nr_x86_64 != NR_NONE || def->nr_ia32 != NR_NONE;
#endif
}

const struct via *hooks_way(const struct event_def *def, const char **why)
{
    if (def->is_syscall && !has_number(def)) {
        *why = "no such system call on this architecture";
        return NULL;
    }
    int via = way_choose(def, ABI_HOOK_none, hook_why, why);
    return via < 0 ? NULL : &def->via[via];
}
