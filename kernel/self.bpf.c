// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Run once by ratel itself, before anything is attached: the kernel's own word for which process
 * ratel is, and for the namespaces of the machine's first process, whatever namespaces ratel runs
 * in and whatever it may read of /proc/1.
 */
#include "task.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define ANCESTORS 256

#define NAMESPACE(proxy, member) BPF_CORE_READ(proxy, member, ns.inum)

/* Read by address, not by typed pointers: the verifier is slow to follow those, 256 times over. */
SEC("raw_tp")
int find_self(void *ctx)
{
    struct task_struct *init = (void *)bpf_get_current_task(), *parent;
    struct nsproxy *n;
    self_tgid = (int)(bpf_get_current_pid_tgid() >> 32);
    for (int i = 0; i < ANCESTORS; i++) {
        parent = BPF_CORE_READ(init, real_parent);
        if (!BPF_CORE_READ(parent, pid))
            break; /* the first process is the one whose parent is the idle task */
        init = parent;
    }
    n = BPF_CORE_READ(init, nsproxy);
    init_namespaces.cgroup = NAMESPACE(n, cgroup_ns);
    init_namespaces.ipc = NAMESPACE(n, ipc_ns);
    init_namespaces.mnt = NAMESPACE(n, mnt_ns);
    init_namespaces.net = NAMESPACE(n, net_ns);
    init_namespaces.pid = INIT_PID_NS;
    init_namespaces.pid_for_children = NAMESPACE(n, pid_ns_for_children);
    init_namespaces.time = NAMESPACE(n, time_ns);
    init_namespaces.time_for_children = NAMESPACE(n, time_ns_for_children);
    init_namespaces.user = BPF_CORE_READ(init, cred, user_ns, ns.inum);
    init_namespaces.uts = NAMESPACE(n, uts_ns);
    return 0;
}

/* The large tables of maps.bpf.h. What every family brings for itself stays in the object as often.
 */
const volatile __u64 event_sets[PLAN_SLOTS] = {};
const volatile __u8 event_via[PLAN_SLOTS] = {};
struct plan plans[2 * PLAN_SYSCALLS] = {};
