/* SPDX-License-Identifier: Apache-2.0 */
/* What libraries.c (the thread) and libraries_tell.c (the events) share. */
#ifndef RATEL_SOURCE_LIBRARIES_IMPL_H
#define RATEL_SOURCE_LIBRARIES_IMPL_H

#include "source/libraries.h"
#include "source/library_open.h"

enum { LIBRARY_LOADED, LIBRARY_COLLISION, LIBRARY_EVENTS };

/* Fields of the two, in the order of catalog/memory.def. */
enum { LOADED_PATH, LOADED_SYMBOLS, LOADED_SHA256, LOADED_DEV };
enum { COLLISION_LOADED, COLLISION_PATH, COLLISION_SYMBOLS, COLLISION_DEV };

/* A program that a process runs, and the libraries it has. */
struct library_process {
    uint32_t pid, count;
    uint64_t leader_start, program_start, used;
    struct library_ref libraries[LIBRARY_OBJECTS];
};

/* What became of the kernel's records, besides one event each. */
struct library_counts {
    uint64_t more;     /* events in addition to the first of a record */
    uint64_t filtered; /* records without any */
    uint64_t lost[LOSS_COUNT];
};

struct libraries {
    /* Of the thread alone, but for what is constant. */
    const struct inspect_wishes *wishes;
    const struct event_def *defs[LIBRARY_EVENTS];
    bool watches, compares;
    struct library_cache cache;
    struct library_process *processes; /* LIBRARY_PROCESSES */
    uint64_t clock;
    const char **common; /* symbols that two libraries share */
    unsigned common_room;
    char *current; /* the record that is being looked into */
    struct findings findings;
    pthread_t thread;
    bool running, abandoned;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    bool ending;
    char *queue;
    size_t used, read; /* bytes of the queue */
    unsigned queued;   /* records */
    struct library_counts counts[LIBRARY_EVENTS];
};

/* A library that was mapped. */
struct mapped {
    int event;
    const struct abi_record *record;
    struct library_place place;
    char path[ABI_STR_MAX];
};

/* How many events were made. */
unsigned libraries_tell_loaded(struct libraries *l, const struct mapped *m, struct library *lib);
unsigned libraries_tell_collisions(struct libraries *l, const struct mapped *m,
                                   struct library *lib);

#endif
