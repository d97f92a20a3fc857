/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One task as an existing_task record: what /proc tells of it, or what the kernel's iterator does
 * and, of a process, /proc besides: arguments and paths.
 */
#ifndef RATEL_SOURCE_LOOK_H
#define RATEL_SOURCE_LOOK_H

#include "event/record.h"
#include "source/snapshot.h"

struct look {
    char *memory;     /* TASK_RECORD bytes, for the record */
    char *text;       /* the same, for a file */
    uint64_t tick;    /* ns: resolution of /proc's times */
    uint64_t sets;    /* of the records */
    char cgroup[512]; /* path of the cgroup that .cgroup_id is the id of */
    uint64_t cgroup_id;
};

/* A task that is to be looked at. */
struct look_at {
    uint32_t pid, tid;
    uint64_t start;        /* 0: whatever has that id */
    uint64_t leader_start; /* these two: 0 to be read */
    uint64_t parent_start;
};

/* tick: of /proc's times, ns. 0 or -ENOMEM. */
int look_init(struct look *l, uint64_t tick, uint64_t sets);
void look_free(struct look *l);
size_t look_memory(void);
/*
 * The record, valid until the next call. Where there is no such task (any more) all fields are
 * missing: GONE; a zombie is gone.
 */
const struct abi_record *look_task(struct look *l, const struct look_at *at, uint64_t time);
/* The same of what the iterator told just now; NULL where it is gone since. */
const struct abi_record *look_told(struct look *l, const struct snapshot_task *t, uint64_t time);
/* The record of a task that is not there. */
const struct abi_record *look_gone(struct look *l, const struct look_at *at, uint64_t time);

#endif
