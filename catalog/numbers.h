/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The catalog's numbers as constants, for kernel/ and src/ alike: EVENT_name is the stable id,
 * SLOT_name the row (of counters, of tables), FIELD(event, field) the place of a field.
 */
#ifndef RATEL_NUMBERS_H
#define RATEL_NUMBERS_H

enum event_id {
#define SYSCALL(name, id, ...) EVENT_##name = id,
#define EVENT(name, id, ...)   EVENT_##name = id,
#include "events.def"
#undef SYSCALL
#undef EVENT
};

enum event_slot {
#define SYSCALL(name, ...) SLOT_##name,
#define EVENT(name, ...)   SLOT_##name,
#include "events.def"
#undef SYSCALL
#undef EVENT
    SLOT_COUNT
};

/*
 * Each event is a struct of bytes named as its fields, so that a field's offset is its place and
 * FIELD(event, field) fails to compile for a name that is none.
 */
#define F(type, name, meaning)             char at_##name;
#define FLAGS(type, table, name, meaning)  char at_##name;
#define DOTTED(type, group, name, meaning) char at_##group##_##name;
#define SYSCALL(...)
#define EVENT(name, id, class, sets, hooks, meaning, fields)                                       \
    struct fields_##name {                                                                         \
        fields                                                                                     \
    };
#include "events.def"
#undef SYSCALL
#undef EVENT
#undef F
#undef FLAGS
#undef DOTTED

#define FIELD(event, field) __builtin_offsetof(struct fields_##event, at_##field)

#endif
