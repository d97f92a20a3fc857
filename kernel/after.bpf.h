/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Programs that on_sys_exit goes on to where a call returns. */
#ifndef RATEL_AFTER_BPF_H
#define RATEL_AFTER_BPF_H

#include "hook.bpf.h"

/*
 * Whether an event that can be had in several ways is wanted, and made where the call returns. One
 * program makes all events of its calls, so it asks for each.
 */
static __always_inline bool on_return(enum event_slot slot)
{
    return event_sets[slot] && seen_by(slot, ABI_HOOK_sys_exit);
}

#endif
