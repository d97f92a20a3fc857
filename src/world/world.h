/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is true at the time of each event: tasks with their history, users, groups, containers.
 *
 * The world is a function of the records that it is fed with, in the order of the pipeline, and of
 * nothing else: a replay makes the same one. One thread feeds and asks it. Times are boot-clock
 * nanoseconds. What it hands out is copied into an arena of the caller.
 */
#ifndef RATEL_WORLD_WORLD_H
#define RATEL_WORLD_WORLD_H

#include <stdio.h>

#include "base/arena.h"
#include "base/figures.h"
#include "event/context.h"
#include "event/event.h"

struct world;

/* How long what has ended is kept. */
#define WORLD_KEEP_NS UINT64_C(60000000000)

/* For these tasks must be known. */
#define WORLD_TASK_PARTS                                                                           \
    (CONTEXT_PROCESS | CONTEXT_ANCESTORS | CONTEXT_CONTAINER | CONTEXT_HASH | CONTEXT_MOUNTS)

struct world_options {
    unsigned parts;           /* enum context_part: what will be asked for */
    uint64_t keep_ns;         /* how long what has ended is kept; 0: as long as there is room */
    bool heals;               /* world_ask will be answered */
    uint64_t container_bytes; /* that containers may take; 0: as the option's default says */
};

/* Takes all of its memory at once. 0 or -ENOMEM. */
int world_new(struct world **out, const struct world_options *o);
void world_free(struct world *w);
/* Bytes that a world for these parts takes, besides what containers may. */
size_t world_memory(unsigned parts);

/*
 * Whether records of this event say something that the parts need (fork, exec, existing_task, …):
 * the source makes them though nobody asked, and they are fed and recorded. What other events'
 * headers say of their task is taken as well.
 */
bool world_uses(const struct event_def *def, unsigned parts);

/* The parts that such an event is made for; 0: it says nothing but what its header does. */
unsigned world_parts_of(const struct event_def *def);

/* Whether it says that something was mounted or unmounted: anybody may do that for all. */
bool world_changes_mounts(const struct event_def *def);

/* Takes in one record. Nothing in it is believed but that the kernel, or the source, sent it. */
void world_update(struct world *w, const struct event *ev);

/*
 * What the world would like to know and a record does not tell. Asked for before world_update (the
 * event's own task is unknown) and behind it (an end gave its children another parent): false when
 * there is nothing. The answer is an existing_task record, in any case: fields that can't be had
 * say why.
 */
struct world_question {
    uint64_t cgroup; /* whose container is not known: an existing_container record, or none. 0: */
    uint32_t pid, tid;
    uint64_t start; /* 0: whatever has that id now */
    /*
     * True: the entry-th mount, from 1 on, of the mount namespace mnt_ns (0: the host's), which
     * that process is in, or else another one (0: none). The answer is an existing_mount record.
     */
    bool mounts;
    uint32_t another, mnt_ns, entry;
};
bool world_ask(struct world *w, const struct event *before, struct world_question *q);
/*
 * The same before an event that is shown, of what is mounted for its task. For what is not shown it
 * would be read in vain: whoever makes a container mounts dozens of times.
 */
bool world_ask_mounts(struct world *w, const struct event *before, struct world_question *q);

/*
 * What the world knows of the event, as of its time, for the parts of world_options. NULL without
 * memory, and for events that it can say nothing of.
 */
const struct event_context *world_context(struct world *w, const struct event *ev,
                                          struct arena *arena);

/* Whether the thread that started then is known. */
bool world_knows(struct world *w, uint32_t tid, uint64_t start);

/*
 * The thread (of a process: tid = pid) that had this id at that time; start 0: the newest that had.
 * NULL: not known. All views live in the arena; .ppid and the rest are as of the time.
 */
const struct task_view *world_task(struct world *w, uint32_t tid, uint64_t start, uint64_t at,
                                   struct arena *arena);
/*
 * Its ancestors as of the time, the parent first, at most max; returns how many. *why: why there
 * are no more, ABI_WHY_NONE when the last one has no parent.
 */
unsigned world_ancestors(struct world *w, uint32_t tid, uint64_t start, uint64_t at,
                         const struct task_view **out, unsigned max, uint8_t *why,
                         struct arena *arena);
/*
 * Processes whose parent it was at that time, in order of start and id. How many, or -ENOMEM; *out
 * is in the arena.
 */
int world_children(struct world *w, uint32_t pid, uint64_t start, uint64_t at,
                   const struct task_view ***out, struct arena *arena);
/* Its threads, itself among them, the same way. */
int world_threads(struct world *w, uint32_t pid, uint64_t start, uint64_t at,
                  const struct task_view ***out, struct arena *arena);
/* Every process that lived at the time, or at one from since on, the same way. */
int world_processes(struct world *w, uint64_t since, uint64_t at, const struct task_view ***out,
                    struct arena *arena);
/* The latest time that it was told of. */
uint64_t world_time(const struct world *w);

/* The container that a cgroup belonged to at that time; NULL: to none that is known. */
const struct container_view *world_container(struct world *w, uint64_t cgroup, uint64_t at,
                                             struct arena *arena);

/* What is mounted. All live in the arena. */
struct mount_view {
    struct text_view root, mountpoint, type, source;
    uint32_t dev;
    int id, parent;
};

/* The mount that a path of that mount namespace leads into, at that time; NULL: not known. */
const struct mount_view *world_mount(struct world *w, uint32_t mnt_ns, const struct text_view *path,
                                     uint64_t at, struct arena *arena);
/* Whether the mounts of that namespace are known. */
bool world_knows_mounts(struct world *w, uint32_t mnt_ns);

/* Names as of now; unknown: .why. Borrowed until the next update. */
struct text_view world_user(struct world *w, uint32_t uid);
struct text_view world_group(struct world *w, uint32_t gid);

/* The i-th of its tables; false past the last. */
bool world_figures(const struct world *w, unsigned i, struct cache_figures *out);
void world_print(const struct world *w, FILE *out);

#endif
