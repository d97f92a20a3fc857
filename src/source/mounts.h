/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is mounted in the mount namespaces of tasks, from /proc/PID/mountinfo, as existing_mount
 * records.
 */
#ifndef RATEL_SOURCE_MOUNTS_H
#define RATEL_SOURCE_MOUNTS_H

#include "source/source.h"

struct mounts;

/*
 * sets: who wants existing_mount; *out is NULL where that is nobody. host_ns: the mount namespace
 * of the machine's first process, 0 where only /proc can tell. 0 or -ENOMEM.
 */
int mounts_open(struct mounts **out, uint64_t sets, uint32_t host_ns);
void mounts_close(struct mounts *m); /* NULL is allowed, here and below */
size_t mounts_memory(void);          /* bytes that it takes at most */
/*
 * The entry-th mount, from 1 on, of the namespace of a process: the first one reads all of them,
 * the others follow in order. another: is tried where the process is gone; 0: nobody. mnt_ns: which
 * namespace it must be; 0: the host's, that of the first process, or ratel's own where it may not
 * even ask which that is. Valid until the next call; a record of no entries where it could not be
 * read; NULL: there is no such entry.
 */
const struct abi_record *mounts_look(struct mounts *m, uint32_t pid, uint32_t another,
                                     uint32_t mnt_ns, uint32_t entry, uint64_t time);
void mounts_counts(const struct mounts *m, unsigned slot, struct source_counts *out);

#endif
