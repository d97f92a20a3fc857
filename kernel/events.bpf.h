/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The catalog's numbers: EVENT_name is the stable id, SLOT_name the row of the counters. */
#ifndef RATEL_EVENTS_BPF_H
#define RATEL_EVENTS_BPF_H

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

#endif
