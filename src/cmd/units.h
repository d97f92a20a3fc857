/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes, durations and times as people write them. */
#ifndef RATEL_CMD_UNITS_H
#define RATEL_CMD_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* A decimal number of 64 bits, nothing else. */
bool units_number(const char *text, uint64_t *out);
/* Bytes: a number, and K, M, G or T (powers of 1024, either case). */
bool units_size(const char *text, uint64_t *out);
/* Nanoseconds: a number with at most 9 digits after a point, and ms, s, m, h or d; seconds without.
 */
bool units_duration(const char *text, uint64_t *out);
/* Nanoseconds since the epoch: 2026-11-21[T05:06[:07[.123]][Z]] in UTC, or @SECONDS[.123]. */
bool units_time(const char *text, int64_t *out);

#endif
