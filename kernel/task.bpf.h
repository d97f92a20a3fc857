/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What a record says of a task, and which scope sets the task is in. */
#ifndef RATEL_TASK_BPF_H
#define RATEL_TASK_BPF_H

#include "maps.bpf.h"

#define INIT_PID_NS 0xEFFFFFFCu /* inode number of the first pid namespace (PROC_PID_INIT_INO) */
#define PF_KTHREAD  0x00200000u
#define PF_IO_WORKER                                                                               \
    0x00000010u /* a thread of io_uring: of a process, but without calls of its own */

/*
 * The task, to be looked into and for nothing else. From a pointer that the verifier vouches for,
 * it searches all of the kernel's types four times for each pointer that is followed, a
 * millisecond; not from this one. Costs nothing when it runs (see casts.c), but what is read
 * through it costs a nanosecond more: numbers are read from the task itself.
 */
static __always_inline struct task_struct *task_plain(const struct task_struct *task)
{
    struct task_struct *(*cast)(const void *, __u32) = (void *)CAST_HELPER;
    return cast(task, task_struct_type);
}

/* Only the flags of the 32-bit entry tell which table a number is of. */
static __always_inline bool task_in_compat(const struct task_struct *task)
{
#ifdef __TARGET_ARCH_x86
    return task->thread_info.status & 2; /* TS_COMPAT */
#else
    return task->thread_info.flags & (1 << 22); /* TIF_32BIT */
#endif
}

static __always_inline int regs_syscall(const struct pt_regs *regs)
{
#ifdef __TARGET_ARCH_x86
    return (int)regs->orig_ax;
#else
    return regs->syscallno;
#endif
}

/* The mask stands last, where verifiers before 6.4 still know it when the place is computed. */
static __always_inline const struct plan *plan_of(__u32 nr, bool compat)
{
    __u64 i = (nr & (PLAN_SYSCALLS - 1)) | (compat ? PLAN_SYSCALLS : 0);
    KEEP(i);
    return &plans[i & (2 * PLAN_SYSCALLS - 1)];
}

static __always_inline void regs_args(const struct pt_regs *regs, bool compat, __u64 *args)
{
#ifdef __TARGET_ARCH_x86
    if (compat) {
        args[0] = (__u32)regs->bx;
        args[1] = (__u32)regs->cx;
        args[2] = (__u32)regs->dx;
        args[3] = (__u32)regs->si;
        args[4] = (__u32)regs->di;
        args[5] = (__u32)regs->bp;
        return;
    }
    args[0] = regs->di;
    args[1] = regs->si;
    args[2] = regs->dx;
    args[3] = regs->r10;
    args[4] = regs->r8;
    args[5] = regs->r9;
#else
    args[0] = regs->orig_x0;
    args[1] = regs->regs[1];
    args[2] = regs->regs[2];
    args[3] = regs->regs[3];
    args[4] = regs->regs[4];
    args[5] = regs->regs[5];
#endif
}

/* Number of the call that the current task is in, -1 for none. */
static __always_inline int current_syscall(struct task_struct *task)
{
    if (task->flags & (PF_KTHREAD | PF_IO_WORKER))
        return -1;
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
    return regs_syscall(regs);
}

static __always_inline struct counters *event_counters(__u32 slot)
{
    __u32 cpu = bpf_get_smp_processor_id();
    struct cpu_counters *c = bpf_map_lookup_elem(&counters, &cpu);
    if (!c || slot >= PLAN_SLOTS)
        return NULL;
    KEEP(c); /* or the place is computed before the test, which the verifier refuses */
    return &c->slots[slot];
}

static __always_inline __u64 cgroup_id(const struct cgroup *cgrp)
{
    return cgrp->kn->id;
}

static __always_inline __u64 task_cgroup(struct task_struct *task)
{
    if (!scope_config.cgroup_subsys)
        return cgroup_id(task->cgroups->dfl_cgrp);
    __u32 i = scope_config.cgroup_subsys - 1;
    struct cgroup_subsys_state *css = NULL;
    bpf_core_read(&css, sizeof(css), &task->cgroups->subsys[i & 7]);
    return BPF_CORE_READ(css, cgroup, kn, id);
}

/*
 * The task's id in its own, innermost namespace, and that namespace. The pid is taken as a number,
 * not as a typed pointer, which verifiers before 6.4 would not let be moved by a computed distance.
 */
static __always_inline int task_ns_number(struct task_struct *task, __u32 *ns)
{
    int nr = 0;
    struct pid *pid = BPF_CORE_READ(task, thread_pid);
    __u32 level = BPF_CORE_READ(pid, level) & 31;
    __u64 at = (__u64)pid + bpf_core_field_offset(struct pid, numbers) +
               (__u64)level * bpf_core_type_size(struct upid);
    bpf_core_read(&nr, sizeof(nr), &((struct upid *)at)->nr);
    if (ns)
        *ns = BPF_CORE_READ((struct upid *)at, ns, ns.inum);
    return nr;
}

/* The other task's id as this task sees it; 0 when it is not in this task's namespace. */
static __always_inline int task_number_seen_by(struct task_struct *other, struct task_struct *task)
{
    struct pid *own = BPF_CORE_READ(task, thread_pid), *pid = BPF_CORE_READ(other, thread_pid);
    __u32 level = BPF_CORE_READ(own, level) & 31;
    __u64 distance =
        bpf_core_field_offset(struct pid, numbers) + (__u64)level * bpf_core_type_size(struct upid);
    struct upid *at = (void *)((__u64)pid + distance), *mine = (void *)((__u64)own + distance);
    if (BPF_CORE_READ(pid, level) < level || BPF_CORE_READ(at, ns) != BPF_CORE_READ(mine, ns))
        return 0;
    return BPF_CORE_READ(at, nr);
}

/* What the header says of a task. */
static __always_inline void record_of(struct abi_record *r, struct task_struct *task)
{
    struct task_struct *plain = task_plain(task);
    struct task_struct *leader = plain->group_leader;
    struct task_struct *parent = plain->real_parent;
    const struct cred *cred = plain->cred;
    struct nsproxy *nsproxy = plain->nsproxy;

    r->cgroup = task_cgroup(plain);
    r->task_start = task->start_boottime;
    r->leader_start = leader->start_boottime;
    r->parent_start = parent->group_leader->start_boottime;
    r->pid = task->tgid;
    r->tid = task->pid;
    r->ppid = parent->tgid;
    r->uid = cred->uid.val;
    r->gid = cred->gid.val;
    r->user_ns = cred->user_ns->ns.inum;
    r->mnt_ns = nsproxy->mnt_ns->ns.inum;
    r->net_ns = nsproxy->net_ns->ns.inum;
    if (plain->thread_pid->level == 0) {
        r->ns_pid = r->pid;
        r->ns_tid = r->tid;
        r->ns_ppid = r->ppid;
        r->pid_ns = INIT_PID_NS;
    } else {
        r->ns_tid = task_ns_number(task, &r->pid_ns);
        r->ns_pid = task_ns_number(leader, NULL);
        r->ns_ppid = task_number_seen_by(parent->group_leader, task);
    }
    ((__u64 *)r->comm)[0] = ((__u64 *)task->comm)[0];
    ((__u64 *)r->comm)[1] = ((__u64 *)task->comm)[1];
}

/* Everything of the header but .len, .event, .flags, .ret, .sets, .nfields, for the current task.
 */
static __always_inline void record_current(struct abi_record *r)
{
    r->time = bpf_ktime_get_boot_ns();
    r->cpu = (__u16)bpf_get_smp_processor_id();
    record_of(r, bpf_get_current_task_btf());
}

/* The same where a call more does not matter: verified once. */
int record_task(struct abi_record *r);

#endif
