/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine offers, as far as the loader needs to know. See also live.h. */
#ifndef RATEL_SOURCE_PROBE_H
#define RATEL_SOURCE_PROBE_H

#include <stdint.h>

/* 0: cgroup ids are of the unified hierarchy; otherwise 1 + index of the v1 controller to use. */
uint32_t probe_cgroup_subsys(void);
/* Where the unified hierarchy is mounted, "" for nowhere. Static, filled once. */
const char *probe_cgroup_mount(void);

/* The hierarchy that cgroup ids are of: the unified one, else that of a v1 controller. */
struct cgroup_root {
    char path[4096];    /* where it is mounted; "" for nowhere */
    uint32_t hierarchy; /* its id, as cgroup_mkdir tells it */
};
/* Static, filled once. */
const struct cgroup_root *probe_cgroup_root(void);

#endif
