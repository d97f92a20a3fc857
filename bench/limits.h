/* SPDX-License-Identifier: Apache-2.0 */
/* What limits.c and limits.bpf.c agree on. */
#ifndef RATEL_LIMITS_H
#define RATEL_LIMITS_H

/* One mechanism of a tracer, added to an otherwise empty program. */
enum limits_mode {
    MODE_PASS,
    MODE_CLOCK,
    MODE_BOOT_CLOCK,
    MODE_JIFFIES,
    MODE_CGROUP_ID,
    MODE_UID_GID,
    MODE_COMM,
    MODE_COUNT,
    MODE_BITMAP,
    MODE_PARENT,
    MODE_ANCESTORS,
    MODE_STRING,
    MODE_STRING_HASH,
    MODE_STRING_PREFIX,
    MODE_TAIL_CALL,
    MODE_STORAGE,
    MODE_HASH,
    MODE_LRU,
    MODE_CPU_HASH,
    MODE_HASH_UPDATE,
    MODE_HASH_INSERT,
    MODE_ARRAY,
    MODE_CPU_ARRAY,
    MODE_RING, /* from here on: events, which somebody has to read */
    MODE_RING_WATERMARK,
    MODE_RING_OUTPUT,
    MODE_RING_DYNPTR,
    MODE_RING_CPU,
    MODE_PERF,
};

/* Counters of one CPU, on cache lines of their own. */
struct limits_count {
    unsigned long long done, lost, sink, pad[13];
};

#endif
