/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that records are from: this one, or the one of a recording. */
#ifndef RATEL_EVENT_MACHINE_H
#define RATEL_EVENT_MACHINE_H

#include <stdint.h>

struct machine {
    char hostname[65];
    char kernel[65]; /* uname -r */
    char arch[65];   /* uname -m */
    char boot_id[40];
    int64_t realtime_offset; /* wall clock minus boot clock at the start, nanoseconds */
    uint64_t boot_time;      /* wall clock when the machine booted, nanoseconds since the epoch */
    uint32_t ncpu;
    uint32_t clock_ticks; /* of /proc, per second */
};

/* Fills it with this machine's facts. 0 or -errno. */
int machine_read(struct machine *m);

#endif
