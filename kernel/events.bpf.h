/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The numbers of the catalog, and of its hooks: HOOK_name. */
#ifndef RATEL_EVENTS_BPF_H
#define RATEL_EVENTS_BPF_H

#include "numbers.h"

enum hook_number {
#define HOOK(name, ...) HOOK_##name,
#include "hooks.def"
#undef HOOK
};

#endif
