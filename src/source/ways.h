/* SPDX-License-Identifier: Apache-2.0 */
/* Which of an event's ways is taken. Pure: needs no kernel. */
#ifndef RATEL_SOURCE_WAYS_H
#define RATEL_SOURCE_WAYS_H

#include "event/catalog.h"

/* Why a hook can't be had; NULL: it can. */
typedef const char *(*hook_refusal_fn)(enum hook hook);

/* Why a way can't be had: the reason of its first hook that can't; NULL: it can. */
const char *way_refusal(const struct via *way, hook_refusal_fn refusal);

/*
 * The first of the event's ways whose hooks are all to be had: its index, or -1. *why is then the
 * reason of the best way that is not taken, NULL when the best is. A forced kind (ABI_HOOK_none:
 * any) leaves the other ways out.
 */
int way_choose(const struct event_def *def, enum abi_hook_kind forced, hook_refusal_fn refusal,
               const char **why);

/* The event's way of that kind, -1 when it has none. */
int way_of_kind(const struct event_def *def, enum abi_hook_kind kind);

#endif
