/* SPDX-License-Identifier: Apache-2.0 */
/* What the user asked for: events, tests of their values, and whose. Made from the command line. */
#ifndef RATEL_POLICY_SELECTION_H
#define RATEL_POLICY_SELECTION_H

#include "expr/filter.h"
#include "source/checks.h"
#include "source/scope.h"

struct selection {
    const struct catalog *catalog;
    bool *wanted;            /* by slot */
    struct filter **filters; /* by slot, NULL for none */
    unsigned count;          /* slots; the catalog may be gone when this is freed */
    struct scope_set scope;
    bool any; /* something was asked for by name; otherwise selection_finish takes the set "default"
               */
    bool named; /* of that, something by ratel itself: it may be all that is wanted */
};

#define SELECTION_DEFAULT_SET "default"

/* Borrows the catalog. Wants ratel's own events (loss …) and nothing else yet. 0 or -ENOMEM. */
int selection_init(struct selection *s, const struct catalog *catalog);
/*
 * One -e argument: names, sets (NAME or set=NAME) and wildcards joined by commas, from left to
 * right, each with an optional '-' to take it away again, its tests included; or one test, which
 * also asks for its event (openat.data.pathname=/etc/x,/etc/y: commas belong to the values), also
 * as the last item. A hook of the user's choice (source/chosen.h) is an argument of its own; the
 * catalog has its event already. A first item with '-' takes away from the default set. May be
 * called several times. 0, -EINVAL with err filled ("did you mean …"), -ENOMEM; then only items
 * left of the bad one count.
 */
int selection_events(struct selection *s, const char *argument, struct error *err);
/* The tests, for those who look for what they name. Borrows the selection. */
void selection_wishes(struct selection *s, struct inspect_wishes *out);
/* Applies the default set when nothing was named. 0, or -EINVAL when nothing is left. */
int selection_finish(struct selection *s, struct error *err);
/*
 * Whether the event, one of the selection's catalog, is wanted and passes its tests. ratel's own
 * events (loss …) are wanted always unless taken away.
 */
bool selection_match(const struct selection *s, const struct event *ev);
/*
 * The calls whose origin is looked at, as live_options has them: by slot of origins. What a test of
 * .syscall names, else the default ones that such tests let pass.
 */
void selection_origins(const struct selection *s, uint8_t *origins);
void selection_free(struct selection *s);

#endif
