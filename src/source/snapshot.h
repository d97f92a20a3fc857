/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks as the kernel tells them one after the other: what an iterator's program says of each. */
#ifndef RATEL_SOURCE_SNAPSHOT_H
#define RATEL_SOURCE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "snapshot_plan.h"

struct snapshot {
    struct snapshot_task *tasks; /* TASK_SCAN, owned: those that were read last */
    int program;                 /* borrowed; < 0: there is none */
    int fd;                      /* of what is being read; < 0: nothing is */
};

/* 0 or -ENOMEM. */
int snapshot_init(struct snapshot *s, int program);
/* One that is all zero, or was freed, may be freed too. */
void snapshot_free(struct snapshot *s);
size_t snapshot_memory(void);
/* Begins with the threads of a process, or of all with pid 0. 0 or -errno. */
int snapshot_begin(struct snapshot *s, uint32_t pid);
/*
 * The next tasks, at most max, looked at in this call; in .tasks until the next one. How many, 0 at
 * the end, or -errno.
 */
int snapshot_next(struct snapshot *s, unsigned max);
/* One thread as it is now, into out: 1, 0 where there is none, or -errno. */
int snapshot_one(const struct snapshot *s, uint32_t tid, struct snapshot_task *out);

#endif
