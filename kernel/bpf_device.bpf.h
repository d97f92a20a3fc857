/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Who may use which devices: rules of a hierarchy of version 1, programs of version 2. */
#ifndef RATEL_BPF_DEVICE_BPF_H
#define RATEL_BPF_DEVICE_BPF_H

#include "bpf_load.bpf.h"
#include "path.bpf.h"

static __always_inline bool device_begin(struct hook_run *h, __u32 what)
{
    if (!hook_begin(h, SLOT_cgroup_device_change, false, NULL))
        return false;
    put_int(h->b, FIELD(cgroup_device_change, operation), what);
    return true;
}

/* The file is devices.allow or devices.deny. */
SUBPROGRAM int device_rule(struct kernfs_open_file *of, const char *rule, long ret)
{
    struct hook_run h;
    struct file *file = BPF_CORE_READ(of, file);
    char name[16] = {};
    if (ret < 0)
        return 0;
    bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
    if (!device_begin(&h, name[8] == 'a' ? CGROUP_DEVICE_ALLOW : CGROUP_DEVICE_DENY))
        return 0;
    put_file_path(h.b, FIELD(cgroup_device_change, pathname), file);
    put_kernel_str(h.b, FIELD(cgroup_device_change, rule), rule);
    for (__u16 i = FIELD(cgroup_device_change, cgroup_id);
         i <= FIELD(cgroup_device_change, prog_name); i++)
        put_missing(h.b, i, ABI_WHY_ABSENT);
    hook_end(&h, EVENT_cgroup_device_change);
    return 0;
}

SUBPROGRAM int device_prog(__u64 cgroup, struct bpf_prog *prog, __u32 what)
{
    struct hook_run h;
    if (!device_begin(&h, what))
        return 0;
    put_missing(h.b, FIELD(cgroup_device_change, pathname), ABI_WHY_ABSENT);
    put_missing(h.b, FIELD(cgroup_device_change, rule), ABI_WHY_ABSENT);
    put_int(h.b, FIELD(cgroup_device_change, cgroup_id), cgroup);
    if (prog) {
        put_int(h.b, FIELD(cgroup_device_change, prog_id), BPF_CORE_READ(prog, aux, id));
        put_kernel_str(h.b, FIELD(cgroup_device_change, prog_name), prog_name(prog));
    } else { /* whichever was attached */
        put_missing(h.b, FIELD(cgroup_device_change, prog_id), ABI_WHY_UNSUPPORTED);
        put_missing(h.b, FIELD(cgroup_device_change, prog_name), ABI_WHY_UNSUPPORTED);
    }
    hook_end(&h, EVENT_cgroup_device_change);
    return 0;
}

SUBPROGRAM int cgroup_attached(struct cgroup *cgrp, struct bpf_prog *prog, struct bpf_link *link,
                               __u32 type, long ret)
{
    if (type != BPF_CGROUP_DEVICE || ret)
        return 0;
    if (!prog && link)
        prog = BPF_CORE_READ(link, prog);
    return device_prog(BPF_CORE_READ(cgrp, kn, id), prog, CGROUP_DEVICE_ATTACH);
}

SUBPROGRAM int cgroup_detached(struct cgroup *cgrp, struct bpf_prog *prog, struct bpf_link *link,
                               __u32 type, long ret)
{
    if (type != BPF_CGROUP_DEVICE || ret)
        return 0;
    if (!prog && link)
        prog = BPF_CORE_READ(link, prog);
    return device_prog(BPF_CORE_READ(cgrp, kn, id), prog, CGROUP_DEVICE_DETACH);
}

#endif
