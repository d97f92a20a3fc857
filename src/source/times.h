/* SPDX-License-Identifier: Apache-2.0 */
/* Times of the live source. */
#ifndef RATEL_SOURCE_TIMES_H
#define RATEL_SOURCE_TIMES_H

#define LIVE_WINDOW_NS   2000000ull /* records younger than that wait for slower CPUs */
#define LIVE_WAIT_MIN_NS 1000000l   /* shortest and longest sleep between looks at the rings */
#define LIVE_WAIT_MAX_NS 30000000l
#define LIVE_WATCH_NS    5000000ull    /* between looks whether the command has ended */
#define LIVE_LOSS_NS     1000000000ull /* loss is reported as an event at most this often */

#define NAMES_WATCH_NS 2000000000ull /* between looks whether users or groups changed */
#define HASH_HOLD_NS   500000000ull  /* an exec waits at most so long for the hash of its file */
#define STACK_HOLD_NS  500000000ull  /* events wait at most so long for the functions of a file */

#define INSPECT_WATCH_NS  500000000ull /* between looks whether modules came or went */
#define INSPECT_SETTLE_NS 300000000l   /* until what differed must have settled */

#define RUNTIME_TIMEOUT_NS    2000000000ull /* for all that one runtime is asked about a container */
#define RUNTIME_SPARE_MIN_NS  1000000000ull /* it is left alone after it did not answer; doubles */
#define RUNTIME_SPARE_MAX_NS  60000000000ull
#define RUNTIME_HOLD_NS       2000000000ull  /* container_create waits for the runtime to know it */
#define RUNTIME_AGAIN_NS      100000000ull   /* between asking again */
#define RUNTIME_LEAST_NS      500000000ull   /* for a question that begins when that is over */
#define RUNTIME_LATE_NS       1000000000ull  /* an answer may be late, where the machine is busy */
#define RUNTIME_REFRESH_NS    60000000000ull /* how often all are asked again */
#define RUNTIME_STEP_NS       50000000ull    /* between two of them: many take longer */
#define LIBRARIES_END_SECONDS 5              /* at the end, for a library's file system to answer */
#define CONTAINERS_START_NS   1000000000ull  /* the start waits for the containers that are there */
#define CONTAINERS_LIST_NS    5000000000ull  /* who lists them asks runtimes at most so long */
#define CONTAINERS_PAUSE_NS   5000000l /* until there is room for what is found at the start */

#endif
