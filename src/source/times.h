/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit of the live source, by name. */
#ifndef RATEL_SOURCE_LIMITS_H
#define RATEL_SOURCE_LIMITS_H

#define LIVE_RING_BYTES      (4u << 20) /* a CPU's ring of bulk events */
#define LIVE_LIFECYCLE_BYTES (1u << 20)
#define LIVE_WINDOW_NS       2000000ull /* records younger than that wait for slower CPUs */
#define LIVE_WAIT_MIN_NS     1000000l   /* shortest and longest sleep between looks at the rings */
#define LIVE_WAIT_MAX_NS     20000000l
#define LIVE_LOSS_NS         1000000000ull /* loss is reported as an event at most this often */
#define RING_PENDING         4096          /* records of one ring that are looked ahead at */
#define LIVE_CGROUPS_MAX     16384 /* containers known at the start; the kernel's map is as big */

#endif
