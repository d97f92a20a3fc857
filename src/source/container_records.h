/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a container, as records. */
#ifndef RATEL_SOURCE_CONTAINER_RECORDS_H
#define RATEL_SOURCE_CONTAINER_RECORDS_H

#include "event/record.h"
#include "source/container_scan.h"
#include "source/facts.h"

/* The fields of container_create and existing_container, behind the header that was begun. */
void container_record_fill(struct record_builder *b, const struct event_def *def,
                           const struct container_place *place, const struct facts *facts);
/* The same of one that was kept, with the cgroups that are below its own by now. */
void container_record_again(struct record_builder *b, const struct event_def *def,
                            const struct container_place *place, const struct abi_record *kept);
/* Those of container_remove. */
void container_record_gone(struct record_builder *b, const struct event_def *def,
                           enum runtime runtime, const char *id, uint64_t cgroup);

/* The runtime that a whole record names. */
enum runtime container_record_runtime(const struct abi_record *r);

#endif
