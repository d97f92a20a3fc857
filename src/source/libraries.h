/* SPDX-License-Identifier: Apache-2.0 */
/*
 * symbols_loaded and symbols_collision: the kernel tells of a library that is mapped, a thread here
 * looks into the file and makes the event of it, or none. The events keep the time and the task of
 * the mapping, and come a little later than others of that time.
 */
#ifndef RATEL_SOURCE_LIBRARIES_H
#define RATEL_SOURCE_LIBRARIES_H

#include "source/checks.h"

struct libraries;

/*
 * sets: by slot, who wants the events; copied. wishes: which symbols; borrowed. Starts the thread.
 * *out is NULL when nobody wants any. 0 or -errno.
 */
int libraries_start(struct libraries **out, const uint64_t *sets,
                    const struct inspect_wishes *wishes);
/* Takes the records that are for it out of a list of n; how many are left. NULL takes none. */
unsigned libraries_divert(struct libraries *l, const struct abi_record **records, unsigned n);
/*
 * Looks into what is left and ends the thread; what it made can still be taken. A file system that
 * does not answer is waited for only so long.
 */
void libraries_end(struct libraries *l);
void libraries_free(struct libraries *l);

/* As findings_take; nothing of NULL. */
unsigned libraries_take(struct libraries *l, const struct abi_record **out, unsigned max);
/* Of the files that it knows, once it has ended; false: there are none. */
bool libraries_figures(const struct libraries *l, struct cache_figures *out);
/* Adds to what the kernel counted as seen: what became of it. */
void libraries_counts(struct libraries *l, unsigned slot, struct source_counts *out);
/* Whether the event is made here. */
bool libraries_make(const struct event_def *def);
size_t libraries_memory(void); /* bytes that it takes at most */

#endif
