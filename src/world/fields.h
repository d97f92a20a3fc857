/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of a record by name, whatever catalog it was made with: where the built-in one has the
 * field is tried first. Only for src/world/.
 */
#ifndef RATEL_WORLD_FIELDS_H
#define RATEL_WORLD_FIELDS_H

#include <stddef.h>
#include <string.h>

#include "event/event.h"
#include "event/ids.h"

/* ABI_FIELDS_MAX, which is missing from every record, where there is none of that name. */
static inline int event_field_at(const struct event *ev, unsigned likely, const char *name)
{
    if (likely < ev->def->nfields && !strcmp(ev->def->fields[likely].name, name))
        return (int)likely;
    int i = event_def_field(ev->def, name, strlen(name));
    return i < 0 ? ABI_FIELDS_MAX : i;
}

/* The same without a guess. */
static inline int event_field(const struct event *ev, const char *name)
{
    return event_field_at(ev, ABI_FIELDS_MAX, name);
}

#define EVENT_FIELD(ev, event, field) event_field_at((ev), (unsigned)FIELD(event, field), #field)

/* False, and *out as it was, where there is no such number. */
static inline bool number_at(const struct event *ev, int field, uint64_t *out)
{
    struct value v = event_value(ev, (unsigned)field);
    if (v.status != ABI_PRESENT || v.encoding != ABI_ENC_INT)
        return false;
    *out = v.number;
    return true;
}

static inline bool field_number(const struct event *ev, const char *name, uint64_t *out)
{
    return number_at(ev, event_field(ev, name), out);
}

/* The program as the caller named it, where the kernel went on to an interpreter. */
static inline int script_field(const struct event *ev)
{
    int named = EVENT_FIELD(ev, sched_process_exec, cmdpath);
    struct value script = event_value(ev, (unsigned)named);
    struct value interp = event_value(ev, (unsigned)EVENT_FIELD(ev, sched_process_exec, interp));
    bool differ = script.data && interp.data &&
                  (script.len != interp.len || memcmp(script.data, interp.data, script.len) != 0);
    return differ ? named : ABI_FIELDS_MAX;
}

#define IMAGE_SOURCE(ev_, event)                                                                   \
    {                                                                                              \
        .ev = (ev_), .path = EVENT_FIELD((ev_), event, pathname),                                  \
        .argv = EVENT_FIELD((ev_), event, argv), .script = script_field(ev_),                      \
        .pwd = EVENT_FIELD((ev_), event, pwd), .tty = EVENT_FIELD((ev_), event, tty),              \
        .dev = EVENT_FIELD((ev_), event, dev), .inode = EVENT_FIELD((ev_), event, inode),          \
        .ctime = EVENT_FIELD((ev_), event, ctime), .mode = EVENT_FIELD((ev_), event, inode_mode),  \
    }

#endif
