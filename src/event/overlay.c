/* SPDX-License-Identifier: Apache-2.0 */
/* A recording's own catalog, laid over the built-in one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/catalog_index.h"
#include "event/flags.h"
#include "event/ids.h"

/*
 * An overlay is one block of memory, so that it is made or not made. The index comes first:
 * catalog.c finds it through .own.
 */
struct overlay {
    struct catalog_index index;
    struct catalog catalog;
    const struct event_def *by_id[CATALOG_IDS];
    uint32_t nevents, nfields;
    size_t nchars;
    struct event_def *events;
    struct field_def *fields;
    char *chars;
    uint16_t *names;
    bool taken[CATALOG_IDS]; /* ids that an entry has */
};

static enum return_type return_called(const char *name)
{
    for (unsigned i = 0; i < RETURN_COUNT; i++)
        if (strcmp(return_names[i], name) == 0)
            return (enum return_type)i;
    return RETURN_int;
}

/* A type that this ratel doesn't know is bytes: any payload is. */
static enum field_type type_called(const char *name)
{
    for (unsigned i = 0; i < TYPE_COUNT; i++)
        if (strcmp(type_defs[i].name, name) == 0)
            return (enum field_type)i;
    return TYPE_bytes;
}

static const char *keep(struct overlay *o, const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = o->chars + o->nchars;

    memcpy(copy, s, n);
    o->nchars += n;
    return copy;
}

static const struct event_def *builtin_of(const struct catalog_entry *e)
{
    const struct event_def *def = catalog_by_id(catalog_builtin(), e->id);

    return def && strcmp(def->name, e->name) == 0 ? def : NULL;
}

/* Room that the entries need; false where one of them can't be. */
static bool measure(const struct catalog_entry *entries, unsigned count, size_t *fields,
                    size_t *chars)
{
    for (unsigned i = 0; i < count; i++) {
        const struct catalog_entry *e = &entries[i];

        if (e->id >= CATALOG_IDS || e->nfields > ABI_FIELDS_MAX || !e->name[0])
            return false;
        *fields += e->nfields;
        *chars += strlen(e->name) + 1;
        for (unsigned f = 0; f < e->nfields; f++)
            *chars += strlen(e->fields[f].name) + 1;
    }
    return true;
}

/* Nothing that the built-in row of the event says about a field of another name is kept. */
static void fill_field(struct overlay *o, struct field_def *out, const struct event_def *known,
                       const struct catalog_entry *e, unsigned i)
{
    int same = known ? event_def_field(known, e->fields[i].name, strlen(e->fields[i].name)) : -1;

    *out = (struct field_def){
        .name = keep(o, e->fields[i].name),
        .meaning = same >= 0 ? known->fields[same].meaning : "",
        .flags = e->fields[i].flags[0] ? flag_table_find(e->fields[i].flags) : NULL,
        .type = type_called(e->fields[i].type),
    };
}

static void add_entry(struct overlay *o, const struct catalog_entry *e)
{
    const struct event_def *known = builtin_of(e);
    struct event_def *def = &o->events[o->nevents];

    if (known)
        *def = *known;
    else
        *def = (struct event_def){
            .name = keep(o, e->name),
            .sets = "",
            .meaning = "",
            .id = e->id,
            .class = CLASS_bulk,
            .nr_x86_64 = NR_NONE,
            .nr_ia32 = NR_NONE,
            .nr_arm64 = NR_NONE,
        };
    def->returns = return_called(e->returns);
    def->slot = (uint16_t)o->nevents;
    def->fields = o->fields + o->nfields;
    def->nfields = e->nfields;
    for (unsigned i = 0; i < e->nfields; i++)
        fill_field(o, &o->fields[o->nfields + i], known, e, i);
    o->nfields += e->nfields;
    o->nevents++;
}

static int compare_entries(const void *a, const void *b)
{
    const struct catalog_entry *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

/* The entries in order of name; the first of two equal ones tells. */
static bool names_differ(const struct catalog_entry **sorted, unsigned count)
{
    for (unsigned i = 1; i < count; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            return false;
    return true;
}

static bool name_among(const struct catalog_entry **sorted, unsigned count, const char *name)
{
    const struct catalog_entry key = {.name = name}, *wanted = &key;

    return count &&
           bsearch(&wanted, sorted, count, sizeof(const struct catalog_entry *), compare_entries);
}

/*
 * Built-in rows keep their order, so that slots stay where nothing differs; what only the entries
 * have comes after. A built-in row whose id or name an entry has otherwise is left out.
 */
static int fill(struct overlay *o, const struct catalog_entry *entries, unsigned count,
                const struct catalog_entry **sorted)
{
    const struct catalog *c = catalog_builtin();
    const struct catalog_entry *of_slot[SLOT_COUNT] = {NULL};

    for (unsigned i = 0; i < count; i++) {
        const struct event_def *known = builtin_of(&entries[i]);

        if (o->taken[entries[i].id])
            return -EINVAL;
        o->taken[entries[i].id] = true;
        sorted[i] = &entries[i];
        if (known)
            of_slot[known->slot] = &entries[i];
    }
    qsort(sorted, count, sizeof(*sorted), compare_entries);
    if (!names_differ(sorted, count))
        return -EINVAL;
    for (unsigned i = 0; i < c->count; i++) {
        if (of_slot[i]) {
            add_entry(o, of_slot[i]);
        } else if (!o->taken[c->events[i].id] && !name_among(sorted, count, c->events[i].name)) {
            o->events[o->nevents] = c->events[i];
            o->events[o->nevents].slot = (uint16_t)o->nevents;
            o->nevents++;
        }
    }
    for (unsigned i = 0; i < count; i++)
        if (!builtin_of(&entries[i]))
            add_entry(o, &entries[i]);
    return 0;
}

static void finish(struct overlay *o)
{
    for (unsigned i = 0; i < o->nevents; i++)
        o->by_id[o->events[i].id] = &o->events[i];
    catalog_index_fill(&o->index, o->events, o->nevents);
    o->catalog = (struct catalog){
        .events = o->events,
        .count = o->nevents,
        .by_id = o->by_id,
        .own = o,
    };
}

/* The overlay with room for all; its parts lie behind it, the most aligned first. */
static struct overlay *overlay_new(unsigned nevents, size_t nfields, size_t nchars)
{
    uint32_t nnames = NAME_SLOTS_MIN(nevents);
    size_t events = nevents * sizeof(struct event_def);
    size_t fields = nfields * sizeof(struct field_def);
    size_t names = nnames * sizeof(uint16_t);
    struct overlay *o = calloc(1, sizeof(*o) + events + fields + names + nchars);
    char *at;

    if (!o)
        return NULL;
    at = (char *)o + sizeof(*o);
    o->events = (void *)at;
    o->fields = (void *)(at + events);
    o->names = (void *)(at + events + fields);
    o->chars = at + events + fields + names;
    o->index.names = o->names;
    o->index.nnames = nnames;
    return o;
}

int catalog_overlay(const struct catalog_entry *entries, unsigned count, struct catalog **out)
{
    const struct catalog_entry **sorted = NULL;
    struct overlay *o = NULL;
    size_t nfields = 0, nchars = 0;
    int err = -EINVAL;

    if (count > CATALOG_IDS || !measure(entries, count, &nfields, &nchars))
        return -EINVAL;
    sorted = calloc(count + 1, sizeof(const struct catalog_entry *));
    o = overlay_new(catalog_builtin()->count + count, nfields, nchars);
    if (!sorted || !o) {
        err = -ENOMEM;
        goto out;
    }
    err = fill(o, entries, count, sorted);
    if (err)
        goto out;
    finish(o);
    *out = &o->catalog;
    o = NULL;
out:
    free(sorted);
    free(o);
    return err;
}

void catalog_free(struct catalog *c)
{
    if (c)
        free(c->own);
}
