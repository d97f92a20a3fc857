// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Credentials, capabilities and namespaces of tasks. */
#include "credential.bpf.h"
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define CAP_OPT_NOAUDIT 2 /* asked to find out, not because something is to be done */

/* Bits of the namespaces, as in clone(2). */
#define NEW_TIME   0x00000080u
#define NEW_MNT    0x00020000u
#define NEW_CGROUP 0x02000000u
#define NEW_UTS    0x04000000u
#define NEW_IPC    0x08000000u
#define NEW_USER   0x10000000u
#define NEW_PID    0x20000000u
#define NEW_NET    0x40000000u

SUBPROGRAM int creds_differ(const struct cred *a, const struct cred *b)
{
    struct abi_cred first = {}, second = {};
    const __u64 *x = (const __u64 *)&first, *y = (const __u64 *)&second;
    __u64 bits = 0;
    CALL(cred_read(&first, a));
    CALL(cred_read(&second, b));
    for (unsigned i = 0; i < sizeof(first) / sizeof(*x); i++)
        bits |= x[i] ^ y[i];
    return !!bits;
}

/* The kernel replaces credentials also by equal ones: at most execs, for instance. */
SUBPROGRAM int commit_creds(const struct cred *new)
{
    const struct cred *before = task_plain(bpf_get_current_task_btf())->cred;
    struct hook_run h;
    if (!creds_differ(before, new) || !hook_begin(&h, SLOT_commit_creds, true, NULL))
        return 0;
    put_cred(h.b, FIELD(commit_creds, old_cred), before);
    put_cred(h.b, FIELD(commit_creds, new_cred), new);
    hook_end(&h, EVENT_commit_creds);
    return 0;
}

ENTRY_PROGS(commit_creds, "commit_creds", commit_creds(new), struct cred *new)

/* setfsuid and setfsgid return the id before, and change nothing where they are given -1. */
static __always_inline bool set_ids(__u16 event, __u64 id, long ret)
{
    switch (event) {
    case EVENT_setfsuid:
    case EVENT_setfsgid:
        return (__u32)id != (__u32)-1 && ret != (__u32)id;
    case EVENT_setfsuid16:
    case EVENT_setfsgid16:
        return (__u16)id != (__u16)-1 && ret != (__u16)id;
    default:
        return !ret;
    }
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_setid, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = task_in_compat(task);
    __u64 args[6];
    regs_args(regs, compat, args);
    if (set_ids(plan_of((__u32)regs_syscall(regs), compat)->event, args[0], ret))
        returned_creds();
    return 0;
}

#define NS(field) FIELD(switch_task_ns, field)

#define PUT_NS(field, bit, member)                                                                 \
    if (which & (bit))                                                                             \
        put_int(h.b, NS(field), BPF_CORE_READ(now, member, ns.inum));                              \
    else                                                                                           \
        put_missing(h.b, NS(field), ABI_WHY_ABSENT);

/* Which of the namespaces of now the task has entered. */
SUBPROGRAM int switch_ns(struct task_struct *task, struct nsproxy *now, __u32 which)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_switch_task_ns, true, NULL))
        return 0;
    put_int(h.b, NS(pid), (__s64)BPF_CORE_READ(task, pid));
    PUT_NS(new_mnt, NEW_MNT, mnt_ns)
    PUT_NS(new_pid, NEW_PID, pid_ns_for_children)
    PUT_NS(new_uts, NEW_UTS, uts_ns)
    PUT_NS(new_ipc, NEW_IPC, ipc_ns)
    PUT_NS(new_net, NEW_NET, net_ns)
    PUT_NS(new_cgroup, NEW_CGROUP, cgroup_ns)
    PUT_NS(new_time, NEW_TIME, time_ns_for_children)
    hook_end(&h, EVENT_switch_task_ns);
    return 0;
}

#define COMPARE_NS(bit, member)                                                                    \
    if (BPF_CORE_READ(old, member) != BPF_CORE_READ(now, member))                                  \
        which |= (bit);

/* A task that ends gives its namespaces up, for none. */
SUBPROGRAM int switch_namespaces(struct task_struct *task, struct nsproxy *now)
{
    struct nsproxy *old = BPF_CORE_READ(task, nsproxy);
    __u32 which = 0;
    if (!now || !old)
        return 0;
    COMPARE_NS(NEW_MNT, mnt_ns)
    COMPARE_NS(NEW_PID, pid_ns_for_children)
    COMPARE_NS(NEW_UTS, uts_ns)
    COMPARE_NS(NEW_IPC, ipc_ns)
    COMPARE_NS(NEW_NET, net_ns)
    COMPARE_NS(NEW_CGROUP, cgroup_ns)
    COMPARE_NS(NEW_TIME, time_ns_for_children)
    if (which)
        switch_ns(task, now, which);
    return 0;
}

ENTRY_PROGS(switch_task_namespaces, "switch_task_namespaces", switch_namespaces(p, new),
            struct task_struct *p, struct nsproxy *new)

/* What kind of namespace a descriptor is. */
static __always_inline __u32 fd_ns_type(struct task_struct *task, int fd)
{
    struct file *f = fd_file(task, fd);
    struct ns_common *ns;
    struct ns_common___type *typed;
    struct proc_ns_operations___type *ops;
    if (!f || BPF_CORE_READ(f, f_inode, i_sb, s_magic) != NSFS_MAGIC)
        return 0;
    ns = BPF_CORE_READ(f, f_inode, i_private);
    typed = (void *)ns;
    if (bpf_core_field_exists(typed->ns_type))
        return BPF_CORE_READ(typed, ns_type);
    ops = (void *)BPF_CORE_READ(ns, ops);
    return (__u32)BPF_CORE_READ(ops, type);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_setns, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = task_in_compat(task);
    __u64 args[6];
    __u32 which;
    if (ret)
        return 0;
    regs_args(regs, compat, args);
    which = (__u32)args[0];
    if (plan_of((__u32)regs_syscall(regs), compat)->event == EVENT_setns)
        which = (__u32)args[1] ? (__u32)args[1] : fd_ns_type(task, (int)args[0]);
    if (which & NEW_USER && on_return(SLOT_commit_creds))
        returned_creds();
    which &= NEW_MNT | NEW_PID | NEW_UTS | NEW_IPC | NEW_NET | NEW_CGROUP | NEW_TIME;
    if (which && on_return(SLOT_switch_task_ns))
        switch_ns(task, task_plain(task)->nsproxy, which);
    return 0;
}

/* The kernel tests capabilities many times a second. */
SUBPROGRAM int capable(int cap, __u32 options)
{
    struct hook_run h;
    if (options & CAP_OPT_NOAUDIT || !hook_begin(&h, SLOT_cap_capable, false, NULL))
        return 0;
    put_int(h.b, FIELD(cap_capable, cap), (__s64)cap);
    hook_end(&h, EVENT_cap_capable);
    return 0;
}

ENTRY_PROGS(cap_capable, "cap_capable", capable(cap, opts), const struct cred *cred,
            struct user_namespace *ns, int cap, unsigned int opts)
