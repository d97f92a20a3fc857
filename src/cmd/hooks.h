/* SPDX-License-Identifier: Apache-2.0 */
/* By which hooks events are seen on this machine, and by which the user wants them to be. */
#ifndef RATEL_CMD_HOOKS_H
#define RATEL_CMD_HOOKS_H

#include "base/error.h"
#include "event/catalog.h"

/*
 * The hooks that would be used here; NULL for none. *why is the reason why not the best way, NULL
 * where it is taken; never freed. Needs no privileges.
 */
const struct via *hooks_way(const struct event_def *def, const char **why);

/*
 * Reads "EVENT=KIND", the value of --hook, into forced (by slot the kind, enum abi_hook_kind). 0 or
 * -EINVAL with err filled: not written so, no such event, none of its ways is of that kind.
 */
int hooks_force(uint8_t *forced, const char *text, struct error *err);

#endif
