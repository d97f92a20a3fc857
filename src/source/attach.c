/* SPDX-License-Identifier: Apache-2.0 */
#include "source/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RETURNS 1 /* bit of perf_event_attr.config, format/retprobe of both event sources */

int attach_tracing(int program)
{
    int fd = bpf_raw_tracepoint_open(NULL, program);
    return fd < 0 ? -errno : fd;
}

/* The number of a kind of perf events; -ENOENT where the kernel has none. */
static int source_type(const char *name)
{
    char path[128];
    int type = 0;
    snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", name);
    FILE *f = fopen(path, "re");
    if (!f)
        return -errno;
    if (fscanf(f, "%d", &type) != 1)
        type = -EIO;
    fclose(f);
    return type;
}

static int attach_perf(struct perf_event_attr *attr, int program)
{
    attr->size = sizeof(*attr);
    /* Of any task: an event of a CPU stands for all of them, as the kernel runs BPF programs. */
    int fd = (int)syscall(SYS_perf_event_open, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return -errno;
    if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0)) {
        int rc = -errno;
        close(fd);
        return rc;
    }
    return fd;
}

int attach_kprobe(int program, const char *name, uint64_t at, bool returns)
{
    struct perf_event_attr attr = {.config = returns ? RETURNS : 0};
    int type = source_type("kprobe");
    if (type < 0)
        return type;
    attr.type = (uint32_t)type;
    if (at)
        attr.kprobe_addr = at;
    else
        attr.kprobe_func = (uintptr_t)name;
    return attach_perf(&attr, program);
}

int attach_kprobes(int program, const uint64_t *at, unsigned count, bool returns)
{
    LIBBPF_OPTS(bpf_link_create_opts, o);
    o.kprobe_multi.addrs = at;
    o.kprobe_multi.cnt = count;
    o.kprobe_multi.flags = returns ? BPF_F_KPROBE_MULTI_RETURN : 0;
    int fd = bpf_link_create(program, 0, BPF_TRACE_KPROBE_MULTI, &o);
    return fd < 0 ? -errno : fd;
}

int attach_uprobe(int program, const char *file, uint64_t offset, bool returns)
{
    struct perf_event_attr attr = {.config = returns ? RETURNS : 0};
    int type = source_type("uprobe");
    if (type < 0)
        return type;
    attr.type = (uint32_t)type;
    attr.uprobe_path = (uintptr_t)file;
    attr.probe_offset = offset;
    return attach_perf(&attr, program);
}

int attach_tracepoint(int program, uint64_t id)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .config = id};
    return attach_perf(&attr, program);
}

int attach_task_iterator(int program, uint32_t pid, uint32_t tid)
{
    union bpf_iter_link_info which = {.task = {.pid = pid, .tid = tid}};
    LIBBPF_OPTS(bpf_link_create_opts, o);
    if (pid || tid) {
        o.iter_info = &which;
        o.iter_info_len = sizeof(which);
    }
    int link = bpf_link_create(program, 0, BPF_TRACE_ITER, &o);
    if (link < 0)
        return -errno;
    int fd = bpf_iter_create(link); /* keeps the link */
    int rc = fd < 0 ? -errno : fd;
    close(link);
    return rc;
}
