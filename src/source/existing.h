/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was there before ratel: tasks, users, groups, as records that the live source hands out
 * among the others. Told by the kernel's iterator, or read from /proc, and read from /etc, a part
 * at each call, so that events never wait long.
 */
#ifndef RATEL_SOURCE_EXISTING_H
#define RATEL_SOURCE_EXISTING_H

#include "plan.h"
#include "source/look.h"
#include "source/names.h"
#include "source/source.h"
#include "source/tree.h"

struct existing {
    struct look look;
    struct snapshot snapshot; /* .program < 0: /proc is read */
    char *made;               /* TASK_BYTES: records that were handed out last */
    uint32_t *pids;           /* processes that are still to be told of, owned */
    unsigned count, next, room;
    struct account_names *names; /* NULL: nobody wants them */
    uint64_t seen[3], lost;      /* by row of world.def; tasks that there was no room for */
    bool tasks;                  /* somebody wants them */
};

/* sets: by slot, who wants the events. tick: of /proc's times, ns. 0 or -ENOMEM. */
int existing_init(struct existing *e, const uint64_t *sets, uint64_t tick);
void existing_free(struct existing *e);
/*
 * Which processes are told of: of a command (0: none) ratel and it with their ancestors, else those
 * of the trees that scopes name and their ancestors, else all. iterator: the program of the
 * kernel's iterator of tasks, -ENOENT to read /proc. Nothing is told before. 0 or -errno.
 */
int existing_begin(struct existing *e, int iterator, uint32_t command, const struct tree *trees,
                   unsigned ntrees);
/* Up to max records with that time; valid until the next call, of existing_look too. */
unsigned existing_take(struct existing *e, const struct abi_record **out, unsigned max,
                       uint64_t time);
/* Whether tasks are still to be told of. */
bool existing_pending(const struct existing *e);
/* source_ops.look_up */
const struct abi_record *existing_look(struct existing *e, const struct look_at *at, uint64_t time);
void existing_counts(const struct existing *e, unsigned slot, struct source_counts *out);
size_t existing_memory(void);

#endif
