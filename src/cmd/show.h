/* SPDX-License-Identifier: Apache-2.0 */
/* An event's catalog row, for people and for programs. */
#ifndef RATEL_CMD_SHOW_H
#define RATEL_CMD_SHOW_H

#include "cmd/json.h"
#include "event/catalog.h"

/* Everything about the event. Lines are broken at width. */
void show_event(struct strbuf *out, const struct event_def *def, unsigned width);
void show_event_json(struct json *j, const struct event_def *def);
/* `ratel help EVENT`: the same, with the names of its flags and an example. An exit status. */
int show_help_event(const struct event_def *def);
/* How a return value is listed: none, int, fd, … */
const char *show_returns(const struct event_def *def);
/* Appends the hooks of a way, joined by " + ". */
void show_way(struct strbuf *out, const struct via *via);

#endif
