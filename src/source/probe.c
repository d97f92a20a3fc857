/* SPDX-License-Identifier: Apache-2.0 */
#include "source/probe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <fts.h>
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
#include "source/live.h"
#include "source/tables.h"

#define KERNEL_BTF     "/sys/kernel/btf/vmlinux"
#define CAP_SYS_ADMIN_ 21
#define CAP_PERFMON_   38
#define CAP_BPF_       39

static pthread_once_t hooks_once = PTHREAD_ONCE_INIT;
static bool hook_found[HOOK_COUNT];
static pthread_once_t mount_once = PTHREAD_ONCE_INIT;
static char cgroup_mount[PATH_MAX];
static uint32_t cgroup_subsys;

/* A tracepoint can be taken by a tp_btf program when the kernel's BTF has its prototype. */
static bool btf_has_tracepoint(const struct btf *btf, const char *target)
{
    char name[128];
    snprintf(name, sizeof(name), "btf_trace_%s", target);
    return btf__find_by_name_kind(btf, name, BTF_KIND_TYPEDEF) > 0;
}

/* Without the unified hierarchy every task has the same id there: take another controller's. */
static void find_cgroup_subsys(const struct btf *btf)
{
    static const char *const preferred[] = {"memory_cgrp_id", "pids_cgrp_id", "cpu_cgrp_id"};
    int id = btf__find_by_name_kind(btf, "cgroup_subsys_id", BTF_KIND_ENUM);
    if (id <= 0)
        return;
    const struct btf_type *t = btf__type_by_id(btf, (uint32_t)id);
    const struct btf_enum *e = btf_enum(t);
    for (size_t p = 0; p < sizeof(preferred) / sizeof(*preferred); p++) {
        for (int i = 0; i < btf_vlen(t); i++) {
            if (strcmp(btf__name_by_offset(btf, e[i].name_off), preferred[p]))
                continue;
            cgroup_subsys = 1 + (uint32_t)e[i].val;
            return;
        }
    }
}

static void find_cgroup_mount(void)
{
    FILE *f = setmntent("/proc/self/mounts", "re");
    char buffer[MOUNT_LINE_MAX];
    struct mntent m;
    while (f && getmntent_r(f, &m, buffer, sizeof(buffer))) {
        if (strcmp(m.mnt_type, "cgroup2"))
            continue;
        snprintf(cgroup_mount, sizeof(cgroup_mount), "%s", m.mnt_dir);
        break;
    }
    if (f)
        endmntent(f);
}

static void find_all(void)
{
    struct btf *btf = btf__load_vmlinux_btf();
    if (!btf)
        return;
    for (int h = 0; h < HOOK_COUNT; h++) {
        hook_found[h] =
            hook_defs[h].kind == ABI_HOOK_user || hook_defs[h].kind == ABI_HOOK_sys_exit ||
            (hook_defs[h].kind == ABI_HOOK_tp_btf && btf_has_tracepoint(btf, hook_defs[h].target));
    }
    if (!*probe_cgroup_mount())
        find_cgroup_subsys(btf);
    btf__free(btf);
}

uint32_t probe_cgroup_subsys(void)
{
    pthread_once(&hooks_once, find_all);
    return cgroup_subsys;
}

const char *probe_cgroup_mount(void)
{
    pthread_once(&mount_once, find_cgroup_mount);
    return cgroup_mount;
}

bool live_hook_available(enum hook hook)
{
    pthread_once(&hooks_once, find_all);
    return hook_found[hook];
}

static bool all_available(const struct via *via)
{
    for (unsigned i = 0; i < via->count; i++)
        if (!live_hook_available(via->hooks[i]))
            return false;
    return true;
}

int live_event_via(const struct event_def *def, const char **why)
{
    for (int i = 0; def->via[i].count; i++)
        if (all_available(&def->via[i]))
            return i;
    if (!def->via[0].count)
        *why = "no hook of this ratel sees it";
    else
        *why = "this kernel's BTF has none of its tracepoints";
    return -1;
}

static bool has_capabilities(void)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[256];
    unsigned long long caps = 0;
    while (f && fgets(line, sizeof(line), f))
        if (!strncmp(line, "CapEff:", 7))
            caps = strtoull(line + 7, NULL, 16);
    if (f)
        fclose(f);
    bool admin = caps >> CAP_SYS_ADMIN_ & 1;
    return admin || ((caps >> CAP_BPF_ & 1) && (caps >> CAP_PERFMON_ & 1));
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
    if (access(KERNEL_BTF, R_OK))
        return error_set(err, -EOPNOTSUPP,
                         "this kernel has no BTF (" KERNEL_BTF ": %s): it must be built with "
                         "CONFIG_DEBUG_INFO_BTF=y",
                         strerror(errno));
    if (!has_capabilities())
        return error_set(err, -EPERM,
                         "tracing needs root, or the capabilities CAP_BPF and CAP_PERFMON");
    return 0;
}

void probe_containers(int map_fd, unsigned max)
{
    char *const roots[] = {cgroup_mount, NULL};
    unsigned found = 0;
    if (!*probe_cgroup_mount())
        return;
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    for (FTSENT *e; fts && (e = fts_read(fts));) {
        uint64_t prefix;
        if (e->fts_info != FTS_D || !container_prefix(e->fts_path, &prefix))
            continue;
        uint64_t key = e->fts_statp->st_ino;
        struct container_id id = {.prefix = prefix};
        if (found++ == max || bpf_map_update_elem(map_fd, &key, &id, BPF_ANY)) {
            log_warn("more than %u containers: container= scopes miss the rest", found - 1);
            break;
        }
    }
    if (fts)
        fts_close(fts);
}
