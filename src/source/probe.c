/* SPDX-License-Identifier: Apache-2.0 */
#include "source/probe.h"

#include <bpf/btf.h>
#include <errno.h>
#include <limits.h>
#include <mntent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "source/kernel.h"
#include "source/live.h"
#include "source/privilege.h"

static pthread_once_t subsys_once = PTHREAD_ONCE_INIT;
static pthread_once_t mount_once = PTHREAD_ONCE_INIT;
static char cgroup_mount[PATH_MAX];
static uint32_t cgroup_subsys;
static const char *cgroup_controller = ""; /* whose subsys it is */
static pthread_once_t root_once = PTHREAD_ONCE_INIT;
static struct cgroup_root cgroup_root;

/* Without the unified hierarchy every task has the same id there: take another controller's. */
static void find_cgroup_subsys(void)
{
    static const char *const preferred[] = {"memory_cgrp_id", "pids_cgrp_id", "cpu_cgrp_id"};
    static const char *const controllers[] = {"memory", "pids", "cpu"};
    const struct btf *btf = *probe_cgroup_mount() ? NULL : kernel_btf();
    int id = btf ? btf__find_by_name_kind(btf, "cgroup_subsys_id", BTF_KIND_ENUM) : 0;
    if (id <= 0)
        return;
    const struct btf_type *t = btf__type_by_id(btf, (uint32_t)id);
    const struct btf_enum *e = btf_enum(t);
    for (size_t p = 0; p < sizeof(preferred) / sizeof(*preferred); p++) {
        for (int i = 0; i < btf_vlen(t); i++) {
            if (strcmp(btf__name_by_offset(btf, e[i].name_off), preferred[p]))
                continue;
            cgroup_subsys = 1 + (uint32_t)e[i].val;
            cgroup_controller = controllers[p];
            return;
        }
    }
}

/* Where the first file system of that type, and with that option, is mounted; "" for nowhere. */
static void find_mount(const char *type, const char *option, char *out, size_t cap)
{
    FILE *f = setmntent("/proc/self/mounts", "re");
    char buffer[MOUNT_LINE_MAX];
    struct mntent m;
    while (f && getmntent_r(f, &m, buffer, sizeof(buffer))) {
        if (strcmp(m.mnt_type, type) || (option && !hasmntopt(&m, option)))
            continue;
        snprintf(out, cap, "%s", m.mnt_dir);
        break;
    }
    if (f)
        endmntent(f);
}

static void find_cgroup_mount(void)
{
    find_mount("cgroup2", NULL, cgroup_mount, sizeof(cgroup_mount));
}

/* The id of a v1 controller's hierarchy, 0 where it has none. */
static uint32_t hierarchy_of(const char *controller)
{
    char line[256], name[64];
    unsigned id, found = 0;
    FILE *f = fopen("/proc/cgroups", "re");
    while (f && fgets(line, sizeof(line), f))
        if (sscanf(line, "%63s %u", name, &id) == 2 && !strcmp(name, controller))
            found = id;
    if (f)
        fclose(f);
    return found;
}

static void find_cgroup_root(void)
{
    const char *unified = probe_cgroup_mount();
    if (*unified || !probe_cgroup_subsys()) {
        snprintf(cgroup_root.path, sizeof(cgroup_root.path), "%s", unified);
        return;
    }
    find_mount("cgroup", cgroup_controller, cgroup_root.path, sizeof(cgroup_root.path));
    cgroup_root.hierarchy = hierarchy_of(cgroup_controller);
}

const struct cgroup_root *probe_cgroup_root(void)
{
    pthread_once(&root_once, find_cgroup_root);
    return &cgroup_root;
}

uint32_t probe_cgroup_subsys(void)
{
    pthread_once(&subsys_once, find_cgroup_subsys);
    return cgroup_subsys;
}

const char *probe_cgroup_mount(void)
{
    pthread_once(&mount_once, find_cgroup_mount);
    return cgroup_mount;
}

int live_check(struct error *err)
{
    struct utsname u;
    int major = 0, minor = 0;
    uname(&u);
    if (sscanf(u.release, "%d.%d", &major, &minor) != 2 || major < LIVE_KERNEL_MAJOR ||
        (major == LIVE_KERNEL_MAJOR && minor < LIVE_KERNEL_MINOR))
        return error_set(err, -EOPNOTSUPP, "Linux %s is too old: ratel needs %d.%d or later",
                         u.release, LIVE_KERNEL_MAJOR, LIVE_KERNEL_MINOR);
    if (!kernel_btf())
        return error_set(
            err, -EOPNOTSUPP,
            "this kernel has no types (BTF in /sys/kernel/btf/vmlinux: %s): it must be "
            "built with CONFIG_DEBUG_INFO_BTF=y; --btf takes them from elsewhere",
            strerror(errno));
    if (!privilege_traces())
        return error_set(err, -EPERM,
                         "tracing needs root, or the capabilities CAP_BPF and CAP_PERFMON");
    return 0;
}
