/* SPDX-License-Identifier: Apache-2.0 */
#include "source/origins.h"

#include <string.h>

const char *const origin_events[ORIGIN_CHECKS] = {
    [ORIGIN_CODE] = "suspicious_syscall_source",
    [ORIGIN_STACK] = "stack_pivot",
};

static const char *const defaults[] = {
#define ORIGIN(call) #call,
#include "origins.def"
#undef ORIGIN
};

bool origin_default(const struct event_def *call)
{
    for (unsigned i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
        if (!strcmp(call->name, defaults[i]))
            return true;
    return false;
}
