/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that user stacks lead through: where they are, and their functions. A thread reads
 * them; the pipeline only looks up what is there. All functions may be called by any thread.
 */
#ifndef RATEL_SOURCE_STACK_FILES_H
#define RATEL_SOURCE_STACK_FILES_H

#include <stdbool.h>

#include "event/stack.h"
#include "plan.h"

struct stack_files;

/* Starts the thread. 0 or -errno. */
int stack_files_start(struct stack_files **out);
void stack_files_free(struct stack_files *s); /* ends it; NULL is allowed */

/* A file in an event of that time; path may be NULL where it was not told. */
struct stack_sight {
    struct stack_file file;
    const char *path;
    size_t path_len;
    uint64_t time; /* of the event, boot-clock nanoseconds */
    uint32_t pid;  /* that has it mapped */
};

/*
 * Takes note, and has the file read where that was not done yet. False: the path is not known, and
 * has to be told again.
 */
bool stack_files_see(struct stack_files *s, const struct stack_sight *sight);
/*
 * Time of the earliest event whose file is being read, and has been for less than the bound;
 * UINT64_MAX for none.
 */
uint64_t stack_files_waiting(struct stack_files *s);

/*
 * Appends a frame with what is known: see stack_put. caller: the address is where a call returns
 * to, which may be behind the end of the function.
 */
size_t stack_files_put(struct stack_files *s, const struct abi_frame *f, uint32_t mnt_ns,
                       bool caller, char *memory, size_t room);

struct stack_files_counts {
    uint64_t files, bytes; /* now */
    uint64_t read, failed; /* so far */
    uint64_t hits, misses; /* addresses in files that were read; in others */
    uint64_t evicted;      /* for want of room */
    uint64_t busy;         /* not read because too many waited */
};
struct stack_files_counts stack_files_counts(struct stack_files *s);
size_t stack_files_memory(void); /* bytes that it takes at most */

#endif
