// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * BPF, as others use it: commands, maps, programs, what they are attached to. Each can be seen
 * inside the kernel or, less exactly, when bpf(2) returns. The bodies stand by topic in
 * bpf_load.bpf.h, bpf_attach.bpf.h and bpf_device.bpf.h.
 */
#include "after.bpf.h"
#include "bpf_attach.bpf.h"
#include "bpf_device.bpf.h"
#include "probe.bpf.h"
#include "userfault.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PERF_EVENT_IOC_SET_BPF 0x40042408
#define ANON_NAME_LEN          8
#define NAME_MAP               0x70616d2d667062ull   /* "bpf-map" */
#define NAME_PROG              0x676f72702d667062ull /* "bpf-prog" */

enum { E2BIG = 7, EFAULT = 14 };

SEC("fentry/bpf_check")
int fentry_bpf_check(unsigned long long *ctx)
{
    check_prog((struct bpf_prog **)number_of(ctx, 0));
    return 0;
}

SEC("kprobe/bpf_check")
int BPF_KPROBE(kprobe_bpf_check, struct bpf_prog **place)
{
    check_prog(place);
    return 0;
}

SECURITY_PROGS(bpf, "bpf", bpf_command(cmd), int cmd)

SECURITY_PROGS(bpf_map, "bpf_map", bpf_map_used(map), struct bpf_map *map)

SECURITY_PROGS(bpf_prog, "bpf_prog", bpf_prog_checked(prog), struct bpf_prog *prog)

RETURN_PROGS(perf_set_bpf, "__perf_event_set_bpf_prog", perf_attached(event, prog, (int)ret),
             struct perf_event *event, struct bpf_prog *prog)

RETURN_PROGS(device_rule, "devcgroup_access_write", device_rule(of, rule, ret),
             struct kernfs_open_file *of, const char *rule)

RETURN_PROGS(cgroup_attach, "__cgroup_bpf_attach",
             cgroup_attached(cgrp, prog, link, (__u32)type, (int)ret), struct cgroup *cgrp,
             struct bpf_prog *prog, struct bpf_prog *replaced, struct bpf_link *link, __u32 type)

RETURN_PROGS(cgroup_detach, "__cgroup_bpf_detach",
             cgroup_detached(cgrp, prog, link, (__u32)type, (int)ret), struct cgroup *cgrp,
             struct bpf_prog *prog, struct bpf_link *link, __u32 type)

static __always_inline void *fd_private(struct task_struct *task, int fd)
{
    struct file *f = fd_file(task, fd);
    return f ? BPF_CORE_READ(f, private_data) : NULL;
}

/* Where links come from, whoever calls: a system call or a BPF program. */
SUBPROGRAM int link_returned(int cmd, long ret)
{
    struct bpf_link *link;
    if (ret < 0 || (cmd != BPF_RAW_TRACEPOINT_OPEN && cmd != BPF_LINK_CREATE))
        return 0;
    link = fd_private(bpf_get_current_task_btf(), (int)ret);
    return link ? link_made(link) : 0;
}

RETURN_PROGS(sys_bpf, "__sys_bpf", link_returned(cmd, (int)ret), int cmd)

/* The first letters of an anonymous file's name. */
static __always_inline __u64 fd_name(struct task_struct *task, int fd)
{
    struct file *f = fd_file(task, fd);
    __u64 name = 0;
    if (f)
        bpf_probe_read_kernel(&name, ANON_NAME_LEN, BPF_CORE_READ(f, f_path.dentry, d_name.name));
    return name;
}

static __always_inline void exit_map(struct task_struct *task, int cmd, int fd)
{
    struct bpf_map *map;
    if (cmd != BPF_MAP_CREATE && cmd != BPF_MAP_GET_FD_BY_ID &&
        (cmd != BPF_OBJ_GET || fd_name(task, fd) != NAME_MAP))
        return;
    map = fd_private(task, fd);
    if (map)
        bpf_map_used(map);
}

/* As the call was given it: where the instructions are. */
static __always_inline void exit_load(__u64 attr)
{
    struct {
        __u32 type;
        __u32 count;
        __u64 insns;
    } a = {};
    if (!bpf_probe_read_user(&a, sizeof(a), (const void *)attr))
        load_begin(a.insns, a.count, true);
}

static __always_inline void exit_prog(struct task_struct *task, int cmd, int fd, __u64 attr)
{
    struct bpf_prog *prog;
    if (cmd != BPF_PROG_LOAD && cmd != BPF_PROG_GET_FD_BY_ID &&
        (cmd != BPF_OBJ_GET || fd_name(task, fd) != NAME_PROG))
        return;
    prog = fd_private(task, fd);
    if (!prog)
        return;
    if (cmd == BPF_PROG_LOAD)
        exit_load(attr);
    if (on_return(SLOT_security_bpf_prog))
        bpf_prog_used(prog, cmd == BPF_PROG_LOAD);
    else if (cmd == BPF_PROG_LOAD)
        load_end(BPF_CORE_READ(prog, aux, id));
}

static __always_inline void exit_link(struct task_struct *task, int fd)
{
    struct bpf_link *link = fd_private(task, fd);
    struct perf_event *event;
    struct file *file;
    if (!link)
        return;
    if (BPF_CORE_READ(link, type) != BPF_LINK_TYPE_PERF_EVENT) {
        link_made(link);
        return;
    }
    file = BPF_CORE_READ((struct bpf_perf_link *)link, perf_file);
    event = BPF_CORE_READ(file, private_data);
    perf_attached(event, BPF_CORE_READ(link, prog), 0);
}

/* What bpf(2) was given, as far as all ways to attach to a cgroup have it in common. */
static __always_inline void exit_device(struct task_struct *task, int cmd, __u64 attr)
{
    struct {
        __u32 fds[2]; /* cgroup and program; the other way round for a link */
        __u32 type;
    } a = {};
    bool link = cmd == BPF_LINK_CREATE;
    struct file *cgroup;
    if (bpf_probe_read_user(&a, sizeof(a), (const void *)attr) || a.type != BPF_CGROUP_DEVICE)
        return;
    cgroup = fd_file(task, link ? (int)a.fds[1] : (int)a.fds[0]);
    if (cgroup)
        device_prog(BPF_CORE_READ(cgroup, f_inode, i_ino),
                    fd_private(task, link ? (int)a.fds[0] : (int)a.fds[1]),
                    cmd == BPF_PROG_DETACH ? CGROUP_DEVICE_DETACH : CGROUP_DEVICE_ATTACH);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_bpf, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 args[6];
    int cmd;
    regs_args(regs, task_in_compat(task), args);
    cmd = (int)args[0];
    if (task->tgid == self_tgid)
        return 0;
    /* Such results come before the check, too. */
    if (on_return(SLOT_security_bpf) && ret != -E2BIG && ret != -EFAULT)
        bpf_command(cmd);
    if (ret < 0)
        return 0;
    if (on_return(SLOT_security_bpf_map))
        exit_map(task, cmd, (int)ret);
    if (on_return(SLOT_security_bpf_prog) || on_return(SLOT_bpf_attach))
        exit_prog(task, cmd, (int)ret, args[1]);
    if (on_return(SLOT_bpf_attach) && (cmd == BPF_RAW_TRACEPOINT_OPEN || cmd == BPF_LINK_CREATE))
        exit_link(task, (int)ret);
    if (on_return(SLOT_cgroup_device_change) &&
        (cmd == BPF_PROG_ATTACH || cmd == BPF_PROG_DETACH || cmd == BPF_LINK_CREATE))
        exit_device(task, cmd, args[1]);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_ioctl, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct perf_event *event;
    __u64 args[6];
    regs_args(regs, task_in_compat(task), args);
    if ((__u32)args[1] == UFFDIO_REGISTER)
        CALL(userfault_registered(args, ret));
    if ((__u32)args[1] != PERF_EVENT_IOC_SET_BPF || ret ||
        !seen_by(SLOT_bpf_attach, ABI_HOOK_sys_exit))
        return 0;
    event = fd_private(task, (int)args[0]);
    if (event)
        perf_attached(event, fd_private(task, (int)args[2]), 0);
    return 0;
}
