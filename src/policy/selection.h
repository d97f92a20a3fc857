/* SPDX-License-Identifier: Apache-2.0 */
/* What the user asked for: events, tests of their values, and whose. Made from the command line. */
#ifndef RATEL_POLICY_SELECTION_H
#define RATEL_POLICY_SELECTION_H

#include "expr/filter.h"
#include "source/scope.h"

struct selection {
    const struct catalog *catalog;
    bool *wanted;            /* by slot */
    struct filter **filters; /* by slot, NULL for none */
    struct scope_set scope;
    bool any; /* something was asked for by name; otherwise selection_finish takes the set "default" */
};

int selection_init(struct selection *s, const struct catalog *catalog);
/*
 * One -e argument: names, sets and wildcards joined by commas, each with an optional '-' to take
 * it away again, or one test (openat.data.pathname=/etc/x,/etc/y: commas belong to the values).
 * 0 or -EINVAL with err filled ("did you mean …").
 */
int selection_events(struct selection *s, const char *argument, struct error *err);
/* Applies the default set when nothing was named. 0, or -EINVAL when nothing is left. */
int selection_finish(struct selection *s, struct error *err);
/* Whether the event is wanted and passes its tests. ratel's own events (loss …) are wanted always unless taken away. */
bool selection_match(const struct selection *s, const struct event *ev);
void selection_free(struct selection *s);

#endif
