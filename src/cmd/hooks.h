/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an event can be seen on this machine, and by what. Needs no privileges. */
#ifndef RATEL_CMD_HOOKS_H
#define RATEL_CMD_HOOKS_H

#include "event/catalog.h"

/*
 * The hooks that would be used here; NULL for none. *why is the reason why not the best way, NULL
 * where it is taken; never freed.
 */
const struct via *hooks_way(const struct event_def *def, const char **why);

#endif
