/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks in one unit: nanoseconds. */
#ifndef RATEL_BASE_CLOCK_H
#define RATEL_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NSEC_PER_SEC UINT64_C(1000000000)

static inline uint64_t clock_now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Since the machine started, sleep included: the clock of records. */
static inline uint64_t clock_boot(void)
{
    return clock_now(CLOCK_BOOTTIME);
}

/* For how long something took, and until when it may. */
static inline uint64_t clock_monotonic(void)
{
    return clock_now(CLOCK_MONOTONIC);
}

#endif
