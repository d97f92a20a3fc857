/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Arguments kept between the beginning of a call and its return, in a small pool of buffers. */
#ifndef RATEL_STASH_BPF_H
#define RATEL_STASH_BPF_H

#include "build.bpf.h"
#include "scope.bpf.h"

#define STASH_FULL 0xffffffffu /* the task found no buffer free: no slot has that number */

static __always_inline struct build *stash_at(__u32 place)
{
    __u32 slot = place - 1;
    return place ? bpf_map_lookup_elem(&stashes, &slot) : NULL;
}

static __always_inline struct build *stash_of(struct task_state *s)
{
    return s ? stash_at(s->stash) : NULL;
}

/* What the kernel's own view of an exec was kept in; see exec.bpf.c. */
static __always_inline void view_free(struct task_state *s)
{
    struct build *b = stash_at(s->view);
    if (b)
        b->busy = 0;
    s->view = 0;
}

static __always_inline void stash_free(struct task_state *s)
{
    struct build *b = stash_of(s);
    if (b)
        b->busy = 0;
    if (s)
        s->stash = 0;
}

/*
 * A free stash for the task, remembered in its place (of struct task_state). Starts to look at a
 * place of its own, so that CPUs do not meet.
 */
SUBPROGRAM struct build *stash_take(__u32 *place, __u32 tid)
{
    for (__u32 i = 0; i < STASH_SLOTS; i++) {
        __u32 slot = (tid + i) % STASH_SLOTS;
        struct build *b = bpf_map_lookup_elem(&stashes, &slot);
        if (!b || __sync_val_compare_and_swap(&b->busy, 0, tid))
            continue;
        *place = slot + 1;
        return b;
    }
    return NULL;
}

#endif
