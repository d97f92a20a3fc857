// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Run once by ratel itself, before anything is attached: the kernel's own word for which process
 * ratel is, and for the namespaces of the machine's first process, whatever namespaces ratel runs
 * in and whatever it may read of /proc/1.
 */
#include "task.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define ANCESTORS 256

SEC("raw_tp")
int find_self(void *ctx)
{
    struct task_struct *init = bpf_get_current_task_btf();
    struct nsproxy *n;
    self_tgid = (int)(bpf_get_current_pid_tgid() >> 32);
    for (int i = 0; i < ANCESTORS && init->real_parent->pid; i++)
        init = init->real_parent; /* the first process is the one whose parent is the idle task */
    n = init->nsproxy;
    init_namespaces.cgroup = n->cgroup_ns->ns.inum;
    init_namespaces.ipc = n->ipc_ns->ns.inum;
    init_namespaces.mnt = n->mnt_ns->ns.inum;
    init_namespaces.net = n->net_ns->ns.inum;
    init_namespaces.pid = INIT_PID_NS;
    init_namespaces.pid_for_children = n->pid_ns_for_children->ns.inum;
    init_namespaces.time = n->time_ns->ns.inum;
    init_namespaces.time_for_children = n->time_ns_for_children->ns.inum;
    init_namespaces.user = init->cred->user_ns->ns.inum;
    init_namespaces.uts = n->uts_ns->ns.inum;
    return 0;
}
