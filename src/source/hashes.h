/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 of the programs that tasks run, by a thread, as executable_hash records: one for each
 * file, and again when it has changed.
 */
#ifndef RATEL_SOURCE_HASHES_H
#define RATEL_SOURCE_HASHES_H

#include "base/figures.h"
#include "source/source.h"

#define HASH_RECORD 256 /* bytes of an executable_hash */

struct hashes_thread;

/* sets: who wants executable_hash; *out is NULL where that is nobody. 0 or -errno. */
int hashes_start(struct hashes_thread **out, uint64_t sets);
void hashes_stop(struct hashes_thread *h); /* ends the thread and frees; NULL is allowed */

/*
 * Has the program hashed that a sched_process_exec or existing_task speaks of. An exec waits for
 * it, within a bound: hashes_waiting. NULL is allowed here and below.
 */
void hashes_see(struct hashes_thread *h, const struct abi_record *r);
/* Time of the earliest exec that waits; UINT64_MAX for none. */
uint64_t hashes_waiting(struct hashes_thread *h);
/*
 * Up to max records, valid until the next call: of the time of the exec that waited, or of newest,
 * whichever is later.
 */
unsigned hashes_take(struct hashes_thread *h, const struct abi_record **out, unsigned max,
                     uint64_t newest);
/*
 * The same of one program, on the spot and without a thread: a record in memory of HASH_RECORD
 * bytes, 8-byte aligned. NULL where the record of the task does not tell of a program.
 */
const struct abi_record *hashes_look(void *memory, const struct abi_record *task);
void hashes_counts(struct hashes_thread *h, unsigned slot, struct source_counts *out);
bool hashes_known(struct hashes_thread *h, struct cache_figures *out); /* false: there are none */
size_t hashes_thread_memory(void); /* bytes that it takes at most */

#endif
