/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Arguments kept between the beginning of a call and its return, in a small pool of buffers. */
#ifndef RATEL_STASH_BPF_H
#define RATEL_STASH_BPF_H

#include "build.bpf.h"
#include "scope.bpf.h"

#define STASH_FULL 0xffffffffu /* the task found no buffer free: no slot has that number */

static __always_inline struct build *stash_of(struct task_state *s)
{
    __u32 slot;
    if (!s || !s->stash)
        return NULL;
    slot = s->stash - 1;
    return bpf_map_lookup_elem(&stashes, &slot);
}

static __always_inline void stash_free(struct task_state *s)
{
    struct build *b = stash_of(s);
    if (b)
        b->busy = 0;
    if (s)
        s->stash = 0;
}

/* A free stash for the task. Starts to look at a place of its own, so that CPUs do not meet. */
SUBPROGRAM struct build *stash_take(struct task_state *s, __u32 tid)
{
    for (__u32 i = 0; i < STASH_SLOTS; i++) {
        __u32 slot = (tid + i) % STASH_SLOTS;
        struct build *b = bpf_map_lookup_elem(&stashes, &slot);
        if (!b || __sync_val_compare_and_swap(&b->busy, 0, tid))
            continue;
        s->stash = slot + 1;
        return b;
    }
    return NULL;
}

#endif
