/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers that are known, in a file, so that the next ratel knows them though their runtime may
 * be gone: the records that told of them, one behind the other, each with a checksum. What a killed
 * ratel wrote half is left out; a file of another boot, or of another making, counts as empty.
 */
#ifndef RATEL_SOURCE_CONTAINER_CACHE_H
#define RATEL_SOURCE_CONTAINER_CACHE_H

#include <stdint.h>

#include "abi.h"

struct container_cache;

/*
 * Reads the file in the folder, which is made where it is not there; only one ratel at a time has
 * it. *out is NULL where there is to be none, or can be none: that is said in a warning.
 */
void container_cache_open(struct container_cache **out, const char *folder);
/* What was told of that cgroup's container, and is kept further; NULL for nothing. Aligned. */
const struct abi_record *container_cache_find(struct container_cache *c, uint64_t cgroup,
                                              const char *id);
/*
 * All have been asked for that are there: what was kept or added until now takes the place of what
 * was there, in one step, and what was read is forgotten.
 */
void container_cache_settle(struct container_cache *c);
/* Keeps an existing_container record of that cgroup; or forgets the cgroup. */
void container_cache_add(struct container_cache *c, const struct abi_record *r, uint64_t cgroup);
void container_cache_remove(struct container_cache *c, uint64_t cgroup);
void container_cache_close(struct container_cache *c);

#endif
