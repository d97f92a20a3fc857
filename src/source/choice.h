/* SPDX-License-Identifier: Apache-2.0 */
/* Which way every event is seen, and what is said of those that can't be. */
#ifndef RATEL_SOURCE_CHOICE_H
#define RATEL_SOURCE_CHOICE_H

#include "base/error.h"
#include "plan.h"
#include "source/ways.h"

struct choice {
    const uint8_t *forced;       /* by slot; borrowed from choice_make */
    bool wanted[PLAN_SLOTS];     /* by slot: somebody asked for it */
    int8_t via[PLAN_SLOTS];      /* by slot: index into the event's ways, -1: none */
    const char *why[PLAN_SLOTS]; /* why not the best way, NULL where it is taken */
    uint16_t row[HOOK_COUNT];    /* the slot whose row counts what a hook's program missed */
};

/*
 * forced: by slot the kind (enum abi_hook_kind) that the way must be of, 0 for any; NULL for none.
 * 0, or -EOPNOTSUPP with err filled: a forced way is not to be had.
 */
int choice_make(struct choice *c, const uint64_t *sets, const uint8_t *forced,
                hook_refusal_fn refusal, struct error *err);
/* Warns of the events that were asked for and can't be seen. */
void choice_warn(const struct choice *c);
/* Whether an event that was asked for takes this hook and has another way. */
bool choice_has_other(const struct choice *c, enum hook hook, hook_refusal_fn refusal);
/*
 * A hook that was chosen can't be used after all: its events are given up, and said. Returns how
 * many events that were asked for are left.
 */
unsigned choice_give_up(struct choice *c, enum hook hook, const char *why);

#endif
