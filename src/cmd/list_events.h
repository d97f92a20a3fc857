/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RATEL_CMD_LIST_EVENTS_H
#define RATEL_CMD_LIST_EVENTS_H

#include "cmd/command.h"

/* Appends the events that the operands behind the first one name. An exit status. */
int list_events(const struct options *o, struct strbuf *out);

#endif
