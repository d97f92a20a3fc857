/* SPDX-License-Identifier: Apache-2.0 */
/* Ids and slots of the built-in catalog as constants: EVENT_<name>, SLOT_<name>. */
#ifndef RATEL_EVENT_IDS_H
#define RATEL_EVENT_IDS_H

#define SYSCALL(name, id, x86_64, ia32, arm64, how, returns, sets, meaning, fields)                \
    EVENT_##name = id,
#define EVENT(name, id, class, sets, hooks, meaning, fields) EVENT_##name = id,
enum event_id {
#include "events.def"
};
#undef SYSCALL
#undef EVENT

#define SYSCALL(name, id, x86_64, ia32, arm64, how, returns, sets, meaning, fields) SLOT_##name,
#define EVENT(name, id, class, sets, hooks, meaning, fields)                        SLOT_##name,
enum event_slot {
#include "events.def"
    SLOT_COUNT
};
#undef SYSCALL
#undef EVENT

#endif
