/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a record by name, whatever catalog it was made with. Only for src/world/. */
#ifndef RATEL_WORLD_FIELDS_H
#define RATEL_WORLD_FIELDS_H

#include <string.h>

#include "event/event.h"

/* ABI_FIELDS_MAX, which is missing from every record, where there is none of that name. */
static inline int event_field(const struct event *ev, const char *name)
{
    int i = event_def_field(ev->def, name, strlen(name));
    return i < 0 ? ABI_FIELDS_MAX : i;
}

/* False, and *out as it was, where there is no such number. */
static inline bool field_number(const struct event *ev, const char *name, uint64_t *out)
{
    struct value v = event_value(ev, (unsigned)event_field(ev, name));
    if (v.status != ABI_PRESENT || v.encoding != ABI_ENC_INT)
        return false;
    *out = v.number;
    return true;
}

/* The program as the caller named it, where the kernel went on to an interpreter. */
static inline int script_field(const struct event *ev)
{
    int named = event_field(ev, "cmdpath");
    struct value script = event_value(ev, (unsigned)named);
    struct value interp = event_value(ev, (unsigned)event_field(ev, "interp"));
    bool differ = script.data && interp.data &&
                  (script.len != interp.len || memcmp(script.data, interp.data, script.len) != 0);
    return differ ? named : ABI_FIELDS_MAX;
}

#define IMAGE_SOURCE(event)                                                                        \
    {                                                                                              \
        .ev = (event), .path = event_field((event), "pathname"),                                   \
        .argv = event_field((event), "argv"), .script = script_field(event),                       \
        .pwd = event_field((event), "pwd"), .tty = event_field((event), "tty"),                    \
        .dev = event_field((event), "dev"), .inode = event_field((event), "inode"),                \
        .ctime = event_field((event), "ctime"), .mode = event_field((event), "inode_mode"),        \
    }

#endif
