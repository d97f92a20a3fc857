/* SPDX-License-Identifier: Apache-2.0 */
/* A recording as a source. */
#ifndef RATEL_SOURCE_REPLAY_H
#define RATEL_SOURCE_REPLAY_H

#include "source/source.h"

/* Opens a recording; "-" is standard input, which may be a pipe. 0 or -errno with err filled. */
int replay_open(struct source **out, const char *path, struct error *err);
/*
 * Before the first read: only records since that time and before until (UINT64_MAX: without end),
 * boot-clock nanoseconds of the recording's machine. What lies outside counts as not seen.
 */
void replay_range(struct source *s, uint64_t since, uint64_t until);

#endif
