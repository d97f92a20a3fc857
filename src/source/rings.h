/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's ring buffers, read in place and merged by time. Records stay in their ring, and are
 * handed out as pointers into it, until the next call of rings_read gives their room back.
 */
#ifndef RATEL_SOURCE_RINGS_H
#define RATEL_SOURCE_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

struct rings;

/* 0 or -ENOMEM. */
int rings_new(struct rings **out, unsigned max);
/* Maps a BPF ring buffer of that many bytes. 0 or -errno. */
int rings_add(struct rings *r, int map_fd, size_t bytes);
/* The same over memory laid out like a ring: consumer and producer position, data. For tests. */
int rings_add_memory(struct rings *r, uint64_t *consumer, const uint64_t *producer,
                     const char *data, size_t bytes);
/* Calls see for every record, in the order of its ring, as soon as it is found there. */
void rings_watch(struct rings *r, void (*see)(void *ctx, const struct abi_record *record),
                 void *ctx);
/* Looks for new records, without handing any out. *bad as below. */
void rings_scan(struct rings *r, uint64_t *bad);
/*
 * Up to max records not younger than until (boot-clock nanoseconds), oldest first. What is younger
 * waits: a slower CPU may still bring something older. *late counts those that came too late.
 * *bad counts what could not be a record.
 */
unsigned rings_read(struct rings *r, const struct abi_record **out, unsigned max, uint64_t until,
                    uint64_t *late, uint64_t *bad);
/* Time of the latest record that was handed out. */
uint64_t rings_newest(const struct rings *r);
/* The fullest ring's share in use, in percent. */
unsigned rings_fill(const struct rings *r);
/* Bytes waiting in all rings. */
uint64_t rings_used(const struct rings *r);
/* Bytes that a ring takes at most besides its own memory. */
size_t rings_memory(void);
void rings_free(struct rings *r);

#endif
