/* SPDX-License-Identifier: Apache-2.0 */
#include "source/choice.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define SAID_ONE_BY_ONE 3

/* The names of events, as many as fit. */
struct names {
    char text[160];
    size_t len;
    unsigned count;
};

static void add_name(struct names *n, const char *name)
{
    size_t len = strlen(name);
    n->count++;
    if (n->len + len + 3 > sizeof(n->text))
        return;
    n->len += (size_t)snprintf(n->text + n->len, sizeof(n->text) - n->len, "%s%s",
                               n->len ? ", " : "", name);
}

static bool has_hook(const struct via *way, enum hook h)
{
    for (unsigned i = 0; i < way->count; i++)
        if (way->hooks[i] == h)
            return true;
    return false;
}

/* Which of several events a missed run would have made is not known: the hook's own has it. */
static void take_rows(struct choice *c, const struct event_def *def)
{
    const struct via *way = &def->via[c->via[def->slot]];
    for (unsigned i = 0; i < way->count; i++) {
        if (c->row[way->hooks[i]] == PLAN_SLOTS)
            c->row[way->hooks[i]] = def->slot;
    }
}

int choice_make(struct choice *c, const uint64_t *sets, const uint8_t *forced,
                hook_refusal_fn refusal, struct error *err)
{
    const struct catalog *catalog = catalog_builtin();
    memset(c, 0, sizeof(*c));
    c->forced = forced;
    for (int h = 0; h < HOOK_COUNT; h++) {
        const char *name = hook_defs[h].name;
        const struct event_def *own = catalog_by_name(catalog, name, strlen(name));
        c->row[h] = own ? own->slot : PLAN_SLOTS;
    }
    for (unsigned slot = 0; slot < catalog->count && slot < PLAN_SLOTS; slot++) {
        const struct event_def *def = &catalog->events[slot];
        enum abi_hook_kind kind = forced ? forced[slot] : ABI_HOOK_none;
        c->via[slot] = -1;
        c->wanted[slot] = sets[slot];
        if (!sets[slot])
            continue;
        c->via[slot] = (int8_t)way_choose(def, kind, refusal, &c->why[slot]);
        if (c->via[slot] < 0 && kind)
            return error_set(err, -EOPNOTSUPP, "%s by %s is not to be had here: %s", def->name,
                             hook_kind_names[kind], c->why[slot]);
        if (c->via[slot] >= 0)
            take_rows(c, def);
    }
    return 0;
}

void choice_warn(const struct choice *c)
{
    const struct catalog *catalog = catalog_builtin();
    struct names missing = {0};
    for (unsigned slot = 0; slot < catalog->count; slot++)
        if (c->wanted[slot] && c->via[slot] < 0)
            add_name(&missing, catalog->events[slot].name);
    for (unsigned slot = 0; slot < catalog->count; slot++) {
        const char *name = catalog->events[slot].name;
        if (!c->wanted[slot] || !c->why[slot])
            continue;
        if (c->via[slot] >= 0)
            log_debug("%s is not seen the best way: %s", name, c->why[slot]);
        else if (missing.count <= SAID_ONE_BY_ONE)
            log_warn("%s is not to be had here: %s", name, c->why[slot]);
        else
            log_debug("%s is not to be had here: %s", name, c->why[slot]);
    }
    if (missing.count > SAID_ONE_BY_ONE)
        log_warn("%u of the events asked for are not to be had here (%s%s): `ratel doctor` tells "
                 "why",
                 missing.count, missing.text, missing.count > SAID_ONE_BY_ONE ? ", ..." : "");
}

bool choice_has_other(const struct choice *c, enum hook hook, hook_refusal_fn refusal)
{
    const struct catalog *catalog = catalog_builtin();
    for (unsigned slot = 0; slot < catalog->count; slot++) {
        const struct event_def *def = &catalog->events[slot];
        const char *why;
        if (c->wanted[slot] && c->via[slot] >= 0 && has_hook(&def->via[c->via[slot]], hook) &&
            way_choose(def, c->forced ? c->forced[slot] : ABI_HOOK_none, refusal, &why) >= 0)
            return true;
    }
    return false;
}

unsigned choice_give_up(struct choice *c, enum hook hook, const char *why)
{
    const struct catalog *catalog = catalog_builtin();
    struct names lost = {0};
    unsigned left = 0;
    for (unsigned slot = 0; slot < catalog->count; slot++) {
        const struct event_def *def = &catalog->events[slot];
        if (!c->wanted[slot] || c->via[slot] < 0)
            continue;
        if (has_hook(&def->via[c->via[slot]], hook)) {
            c->via[slot] = -1;
            c->why[slot] = why;
            add_name(&lost, def->name);
        } else {
            left++;
        }
    }
    if (lost.count)
        log_warn("%u event%s not to be had here (%s%s): %s", lost.count,
                 lost.count == 1 ? " is" : "s are", lost.text,
                 lost.count > SAID_ONE_BY_ONE ? ", ..." : "", why);
    return left;
}
