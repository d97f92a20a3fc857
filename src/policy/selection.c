/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clause.h"
#include "base/limits.h"
#include "expr/pattern.h"
#include "source/chosen.h"
#include "source/origins.h"

/* One item of a list: [-][set=]NAME. */
struct item {
    const char *name;
    size_t len;
    size_t at; /* offset of the name in the argument */
    bool away; /* '-' */
    bool set;  /* set= */
};

/* Told without being asked for: that events were lost, and what --stats-interval makes. */
static bool is_always(const struct event_def *def)
{
    return event_def_in_set(def, "always", 6);
}

int selection_init(struct selection *s, const struct catalog *catalog)
{
    *s = (struct selection){.catalog = catalog, .count = catalog->count};
    s->wanted = calloc(catalog->count + 1, sizeof(*s->wanted));
    s->filters = calloc(catalog->count + 1, sizeof(*s->filters));
    if (!s->wanted || !s->filters) {
        selection_free(s);
        return -ENOMEM;
    }
    for (unsigned i = 0; i < catalog->count; i++)
        s->wanted[i] = is_always(&catalog->events[i]);
    return 0;
}

static void take(struct selection *s, const struct event_def *def, bool away)
{
    s->wanted[def->slot] = !away;
    if (!away) {
        s->named |= event_def_is_own(def);
        return;
    }
    filter_free(s->filters[def->slot]);
    s->filters[def->slot] = NULL;
}

/* Taken because everything was: that neither asks for ratel's own events nor takes them away. */
static void take_with_all(struct selection *s, const struct event_def *def, bool away)
{
    if (!event_def_is_own(def))
        take(s, def, away);
    else if (!away)
        s->wanted[def->slot] = true;
}

/* Takes all events of a set; false when there are none. */
static bool take_set(struct selection *s, const char *set, size_t len, bool away)
{
    bool found = false, all = len == 3 && memcmp(set, "all", 3) == 0;
    for (unsigned i = 0; i < s->catalog->count; i++) {
        const struct event_def *def = &s->catalog->events[i];
        if (!event_def_in_set(def, set, len))
            continue;
        found = true;
        if (all)
            take_with_all(s, def, away);
        else
            take(s, def, away);
    }
    return found;
}

static int no_such_name(const struct selection *s, const char *argument, const struct item *item,
                        struct error *err, const char *what)
{
    const char *near[2 * SUGGEST_MAX];
    char hint[HINT_MAX] = "";
    unsigned nsets, n = 0;
    const char *const *sets = catalog_sets(&nsets);
    if (!item->set)
        n = catalog_suggest(s->catalog, item->name, item->len, near, SUGGEST_MAX);
    n += suggest_names(sets, nsets, item->name, item->len, near + n, SUGGEST_MAX);
    size_t used = 0;
    for (unsigned i = 0; i < n && used < sizeof(hint); i++) {
        const char *join = !i ? "; did you mean " : i + 1 < n ? ", " : " or ";
        int wrote = snprintf(hint + used, sizeof(hint) - used, "%s%s%s", join, near[i],
                             i + 1 < n ? "" : "?");
        used += wrote > 0 ? (size_t)wrote : 0;
    }
    if (!n)
        snprintf(hint, sizeof(hint), "; see `ratel list %s`", item->set ? "sets" : "events");
    return clause_fail(err, argument, item->at, "unknown %s `%.*s`%s", what, (int)item->len,
                       item->name, hint);
}

static int take_wildcard(struct selection *s, const char *argument, const struct item *item,
                         struct error *err)
{
    struct pattern p;
    size_t bad = 0;
    int rc = pattern_compile(&p, item->name, item->len, &bad);
    if (rc == -ENOMEM)
        return error_set(err, rc, "out of memory");
    if (rc)
        return clause_fail(err, argument, item->at + bad, "not a wildcard");
    bool found = false;
    for (unsigned i = 0; i < s->catalog->count; i++) {
        const struct event_def *def = &s->catalog->events[i];
        if (!pattern_match(&p, def->name, strlen(def->name), true))
            continue;
        found = true;
        if (p.kind == PATTERN_ANY) /* a lone star is "all" */
            take_with_all(s, def, item->away);
        else
            take(s, def, item->away);
    }
    pattern_free(&p);
    return found ? 0
                 : clause_fail(err, argument, item->at, "no event is called like `%.*s`",
                               (int)item->len, item->name);
}

static int take_item(struct selection *s, const char *argument, const struct item *item,
                     struct error *err)
{
    if (!item->len)
        return clause_fail(err, argument, item->at, "a name is missing");
    size_t op = strcspn(item->name, "=!<>");
    if (op < item->len)
        return clause_fail(err, argument, item->at + op,
                           "a test is written EVENT.data.FIELD=…, EVENT.retval=… or "
                           "EVENT.scope.FIELD=…");
    /* what is taken away first is taken away from something */
    if (item->away && !s->any)
        take_set(s, SELECTION_DEFAULT_SET, strlen(SELECTION_DEFAULT_SET), false);
    const struct event_def *def =
        item->set ? NULL : catalog_by_name(s->catalog, item->name, item->len);
    if (def)
        take(s, def, item->away);
    else if (!item->set && memchr(item->name, '*', item->len))
        return take_wildcard(s, argument, item, err);
    else if (!take_set(s, item->name, item->len, item->away))
        return no_such_name(s, argument, item, err, item->set ? "set" : "event or set");
    return 0;
}

/* Bytes of the event's name before a test; a chosen hook's name may have dots itself. */
static size_t tested_name_len(const struct selection *s, const char *text)
{
    for (unsigned i = 0; i < s->catalog->count; i++) {
        const char *name = s->catalog->events[i].name;
        size_t len = strlen(name);
        if (strchr(name, ':') && !strncmp(text, name, len) && text[len] == '.')
            return len;
    }
    return strcspn(text, ".");
}

/* A test: EVENT.what, from offset at to the argument's end. */
static int take_test(struct selection *s, const char *argument, size_t at, struct error *err)
{
    const char *text = argument + at;
    struct item event = {.name = text, .len = tested_name_len(s, text), .at = at};
    if (event.len && text[0] == '-')
        return clause_fail(err, argument, at, "a test can't be taken away: take its event away");
    if (memchr(text, '*', event.len))
        return clause_fail(err, argument, at, "a test is of one event, not of a wildcard");
    const struct event_def *def = catalog_by_name(s->catalog, text, event.len);
    if (!def)
        return no_such_name(s, argument, &event, err, "event");
    size_t rest = at + event.len + 1;
    int rc = filter_add(&s->filters[def->slot], def, argument + rest, err);
    if (rc) {
        if (err && err->column)
            err->column += (int)rest;
        if (err)
            err->text = argument;
        return rc;
    }
    take(s, def, false);
    return 0;
}

/* Reads the item at argument + at, up to its comma; spaces around it don't count. */
static struct item item_read(const char *argument, size_t at, size_t *next)
{
    size_t end = at + strcspn(argument + at, ",");
    *next = argument[end] ? end + 1 : end;
    while (end > at && argument[end - 1] == ' ')
        end--;
    struct item item = {.away = argument[at] == '-'};
    at += item.away;
    item.set = end - at >= 4 && memcmp(argument + at, "set=", 4) == 0;
    at += item.set ? 4 : 0;
    item.name = argument + at;
    item.len = end - at;
    item.at = at;
    return item;
}

/* A hook of the user's choice: its event is called like it, up to the list of fields. */
static int take_chosen(struct selection *s, const char *argument, struct error *err)
{
    struct item item = {.name = argument, .len = chosen_name_len(argument)};
    const struct event_def *def = catalog_by_name(s->catalog, item.name, item.len);
    if (!def)
        return no_such_name(s, argument, &item, err, "event");
    take(s, def, false);
    s->any = true;
    return 0;
}

int selection_events(struct selection *s, const char *argument, struct error *err)
{
    if (chosen_is(argument))
        return take_chosen(s, argument, err);
    size_t at = 0, next;
    int rc;
    do {
        at += strspn(argument + at, " ");
        /* a dot before any comma or operator: what an event's or a set's name never has */
        bool test = argument[at + strcspn(argument + at, ".,=!<>")] == '.';
        struct item item = item_read(argument, at, &next);
        rc = test ? take_test(s, argument, at, err) : take_item(s, argument, &item, err);
        if (rc)
            return rc;
        s->any = true;
        at = next;
        if (test)
            return 0;
    } while (argument[at] || (at && argument[at - 1] == ','));
    return 0;
}

int selection_finish(struct selection *s, struct error *err)
{
    if (!s->any)
        take_set(s, SELECTION_DEFAULT_SET, strlen(SELECTION_DEFAULT_SET), false);
    for (unsigned i = 0; i < s->catalog->count; i++)
        if (s->wanted[i] && (s->named || !event_def_is_own(&s->catalog->events[i])))
            return 0;
    return error_set(err, -EINVAL,
                     s->any ? "no event is left: all were taken away"
                            : "no event is in the set " SELECTION_DEFAULT_SET);
}

bool selection_match(const struct selection *s, const struct event *ev)
{
    unsigned slot = ev->def->slot;
    return s->wanted[slot] && (!s->filters[slot] || filter_match(s->filters[slot], ev));
}

void selection_origins(const struct selection *s, uint8_t *origins)
{
    const struct catalog *c = s->catalog;
    for (unsigned check = 0; check < ORIGIN_CHECKS; check++) {
        const char *name = origin_events[check];
        const struct event_def *def = catalog_by_name(c, name, strlen(name));
        for (unsigned slot = 0; def && slot < c->count; slot++) {
            const struct event_def *call = &c->events[slot];
            bool named;
            bool passes =
                filter_admits(s->filters[def->slot], ORIGIN_FIELD_SYSCALL, call->id, &named);
            if (call->is_syscall && passes && (named || origin_default(call)))
                origins[slot] |= (uint8_t)(1u << check);
        }
    }
}

void selection_free(struct selection *s)
{
    for (unsigned i = 0; s->filters && i < s->count; i++)
        filter_free(s->filters[i]);
    free(s->filters);
    free(s->wanted);
    scope_free(&s->scope);
    *s = (struct selection){0};
}
