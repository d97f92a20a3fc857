/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where records come from: the kernel (live) or a recording (replay). Both give the same thing
 * through the same door, so nothing behind it can tell which it was.
 */
#ifndef RATEL_SOURCE_SOURCE_H
#define RATEL_SOURCE_SOURCE_H

#include "base/error.h"
#include "event/catalog.h"
#include "event/machine.h"

/* What became of the events of one catalog row. All count events. */
#define LOSS_CAUSES(X)                                                                             \
    X(ring_full, "no room in the ring")                                                            \
    X(scratch_busy, "the program was interrupted by itself")                                       \
    X(too_big, "record over the limit")                                                            \
    X(recursion, "the kernel skipped the program")                                                 \
    X(bad_record, "record not readable")                                                           \
    X(not_recorded, "the recording could not keep up")                                             \
    X(memory_busy, "the process was changing its memory map")                                      \
    X(unreadable, "the library's file could not be read")                                          \
    X(calls_full, "too many calls within each other")

enum loss_cause {
#define X(name, text) LOSS_##name,
    LOSS_CAUSES(X)
#undef X
        LOSS_COUNT
};

extern const char *const loss_names[LOSS_COUNT]; /* for programs */
extern const char *const loss_texts[LOSS_COUNT]; /* for people */

struct source_counts {
    uint64_t seen;     /* the hook ran for an event that was asked for */
    uint64_t scoped;   /* filtered: outside of every scope */
    uint64_t filtered; /* filtered: by tests of -e, when a recording was made */
    uint64_t lost[LOSS_COUNT];
};

struct source;

struct source_ops {
    const char *name;
    /*
     * Fills out with up to max records in order of time and returns how many. They stay valid until
     * the next read. 0: nothing now. -ENODATA: the end. Another -errno with err filled: broken.
     */
    int (*read)(struct source *s, const struct abi_record **out, unsigned max, struct error *err);
    /* Waits for records, at most until something else needs the thread. NULL: there is no waiting.
     */
    void (*wait)(struct source *s);
    /* Ends it: no more hooks. What is in the rings can still be read, until -ENODATA. */
    void (*stop)(struct source *s);
    /* Counts of the event with that slot of source->catalog, exact after stop and the last read. */
    void (*counts)(struct source *s, unsigned slot, struct source_counts *out);
    /*
     * Looks at a task now: an existing_task record with that time, valid until the next call. start
     * 0: whatever has the id. What can't be had is missing in it, with the reason; NULL: not even
     * that. NULL instead of a function: there is nothing to look at (replay).
     */
    const struct abi_record *(*look_up)(struct source *s, uint32_t pid, uint32_t tid,
                                        uint64_t start, uint64_t time);
    /* The same of a mount: mounts_look of source/mounts.h. NULL: there is no such entry. */
    const struct abi_record *(*look_mounts)(struct source *s, uint32_t pid, uint32_t another,
                                            uint32_t mnt_ns, uint32_t entry, uint64_t time);
    /* The same of the container that a cgroup belongs to, an existing_container record; NULL: to
     * none. What its runtime says may follow. */
    const struct abi_record *(*look_cgroup)(struct source *s, uint64_t cgroup, uint64_t time);
    /* Figures of its own for --stats. NULL: there are none. */
    void (*print)(struct source *s, FILE *out);
    void (*close)(struct source *s);
};

struct source {
    const struct source_ops *ops;
    const struct catalog *catalog; /* that its records are written in; owned by the source */
    struct machine machine;
    uint64_t world_sets; /* records with no other .sets than these are not for the user */
    uint64_t late;       /* records that came after a later one had been handed on */
    uint64_t bad;        /* what came in place of records and was none: of no known event */
};

#endif
