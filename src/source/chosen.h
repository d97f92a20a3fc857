/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks that the user chooses, and the events that they make:
 *
 *   kprobe:FUNCTION(field:type, …)       a function of the kernel; the fields are its arguments
 *   uprobe:FILE:SYMBOL(field:type, …)    a function of a program or library
 *   tracepoint:CATEGORY:NAME(field, …)   a tracepoint; without a list all of its fields
 *
 * The field `ret` is the result: with it the event comes when the function returns. `_` skips an
 * argument. The event is called as the hook, without the list. Types: catalog/chosen.def.
 */
#ifndef RATEL_SOURCE_CHOSEN_H
#define RATEL_SOURCE_CHOSEN_H

#include <stdbool.h>

#include "base/error.h"
#include "chosen_plan.h"
#include "event/catalog.h"

enum chosen_kind { CHOSEN_KIND_kprobe, CHOSEN_KIND_uprobe, CHOSEN_KIND_tracepoint };

struct chosen {
    enum chosen_kind kind;
    bool returns;       /* the event comes when the function returns */
    bool keeps;         /* and has arguments too */
    char *name;         /* of the event, as the user wrote it: owned */
    char *group;        /* file of a uprobe, category of a tracepoint; NULL for a kprobe: owned */
    char *target;       /* function, symbol (name, name+offset or 0xoffset), tracepoint: owned */
    const char *result; /* name of the type of the result, "none" */
    struct chosen_hook hook; /* .slot is filled by chosen_finish */
    struct {
        char *name; /* owned */
        const char *type;
    } fields[CHOSEN_FIELDS];
};

struct chosen_list {
    struct chosen *items;
    unsigned count;
    struct catalog *overlay; /* the built-in catalog and theirs; NULL where there are none */
};

/* Whether the text is to name such a hook: a kind, a colon, and no test behind it. */
bool chosen_is(const char *text);
/* Bytes of the event's name in such a text. */
size_t chosen_name_len(const char *text);
/*
 * Adds a hook. 0, -ENOMEM, or -EINVAL with err filled (its place in text): not written as above, no
 * such type, too many, twice.
 */
int chosen_add(struct chosen_list *l, const char *text, struct error *err);
/* Makes their catalog, once all are there. 0 or -errno. */
int chosen_finish(struct chosen_list *l);
/* The built-in catalog with their events. l may be NULL. */
static inline const struct catalog *chosen_catalog(const struct chosen_list *l)
{
    return l && l->overlay ? l->overlay : catalog_builtin();
}
void chosen_free(struct chosen_list *l);

/* The types of fields: name and meaning, NULL at the end. For help. */
struct chosen_type {
    const char *name;
    const char *type; /* field type of the catalog */
    uint8_t how;
    const char *meaning;
};
extern const struct chosen_type chosen_types[];

#endif
