/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers: a thread of its own finds those that are there, asks their runtimes about them and
 * about those that are made, and keeps what it has learned for the next ratel. What it knows are
 * records (existing_container, container_create, container_remove), which the live source hands out
 * among the others. Nothing that reads records waits for it.
 */
#ifndef RATEL_SOURCE_CONTAINERS_H
#define RATEL_SOURCE_CONTAINERS_H

#include "source/container_scan.h"
#include "source/probe.h"
#include "source/runtimes.h"
#include "source/source.h"

struct containers_setup {
    const uint64_t *sets; /* by slot: who wants the three events; copied */
    struct runtime_sockets sockets;
    const char *state; /* folder for what is kept across a restart; NULL, "": nothing is */
    const struct cgroup_root *root; /* where cgroups are looked for; copied */
    int64_t realtime_offset;        /* wall clock minus boot clock, nanoseconds */
    uint64_t refresh_ns;            /* all are asked again that often, whether one was renamed */
};

struct containers;

/* Whether the event is made here. */
bool containers_makes(const struct event_def *def);
/*
 * Starts the thread, and waits for what is there to be known, for CONTAINERS_START_NS at most. *out
 * is NULL when nothing that is wanted is made here. 0 or -errno.
 */
int containers_start(struct containers **out, const struct containers_setup *setup);
/* Ends the thread; what it knows by then can still be taken. NULL is allowed, here and below. */
void containers_end(struct containers *c);
void containers_free(struct containers *c);

/* A record of cgroup_mkdir or cgroup_rmdir came by; of other events nothing is taken. */
void containers_saw(struct containers *c, const struct abi_record *r);
/*
 * The container that a cgroup belongs to, as far as its path tells: an existing_container record
 * for the world, valid until the next call; what its runtime tells follows. NULL: to none.
 */
const struct abi_record *containers_look(struct containers *c, uint64_t cgroup, uint64_t time);
/* As findings_take and findings_counts. */
unsigned containers_take(struct containers *c, const struct abi_record **out, unsigned max,
                         uint64_t before);
void containers_counts(struct containers *c, unsigned slot, struct source_counts *out);
/* What became of questions to the i-th runtime; false past the last. */
bool containers_runtime(struct containers *c, unsigned i, struct runtime_counts *out);
size_t containers_memory(void); /* bytes that it takes at most */

/*
 * Those that are there now, looked up one by one, without a thread and without any tracing. After
 * CONTAINERS_LIST_NS no runtime is asked any more: the rest is unknown, the runtime silent.
 */
int containers_list(const struct runtime_sockets *sockets,
                    void (*each)(void *ctx, const struct container_place *place,
                                 const struct facts *facts),
                    void *ctx);
/* The same as existing_container records of that time, each valid during its call. */
int containers_tell(const struct runtime_sockets *sockets, uint64_t time,
                    void (*each)(void *ctx, const struct abi_record *r), void *ctx);

#endif
