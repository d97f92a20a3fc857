/* SPDX-License-Identifier: Apache-2.0 */
/* Of which system calls it is looked at where they are made from. */
#ifndef RATEL_SOURCE_ORIGINS_H
#define RATEL_SOURCE_ORIGINS_H

#include "event/catalog.h"

/* What is looked at: the code that makes the call, the stack that it has. */
enum origin_check { ORIGIN_CODE, ORIGIN_STACK, ORIGIN_CHECKS };

#define ORIGIN_FIELD_SYSCALL 0 /* place of the call among the fields of both */

/* The event of each; which calls are looked at, its tests of .syscall say. */
extern const char *const origin_events[ORIGIN_CHECKS];

/* Whether a call is looked at unless others are named: catalog/origins.def. */
bool origin_default(const struct event_def *call);

#endif
