// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Cgroups: made, removed, moved to. Which of them are containers is found out here, at birth. */
#include "hook.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define ID_DIGITS     64 /* of a container's id, hexadecimal */
#define PREFIX_DIGITS 12
#define CONMON        0x636f6e6d6f6e2dull /* "conmon-": the monitor of a container, not in it */
#define CONMON_MASK   0x00ffffffffffffffull

static __always_inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

struct scan_loop {
    struct build *b;
};

/* One byte of the path in b->data; a run of digits counts when it ends, also at the path's NUL. */
static long scan_step(__u32 i, struct scan_loop *loop)
{
    struct build *b = loop->b;
    struct id_scan *s = &b->scan;
    char c = b->data[i & (ABI_STR_MAX - 1)];
    int digit = hex_digit(c);
    if (digit >= 0) {
        if (!s->run) {
            s->before = s->last;
            s->prefix = 0;
        }
        if (s->run < PREFIX_DIGITS)
            s->prefix = s->prefix << 4 | (__u64)digit;
        s->run++;
    } else {
        if (s->run == ID_DIGITS) {
            s->is_id = (s->before & CONMON_MASK) != CONMON;
            s->found = s->prefix;
        }
        s->run = 0;
    }
    s->last = s->last << 8 | (__u8)c;
    return !c;
}

/*
 * Who makes it. A cgroup that is made from inside of a container is that one's part: it is as far
 * as that one is. Otherwise its own program is the first one in it that does not run in the mount
 * namespace of its maker, which the runtime's preparations do.
 */
static __always_inline void container_maker(struct container_id *id)
{
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 cgroup = task_cgroup(task);
    struct container_id *around = bpf_map_lookup_elem(&containers, &cgroup);
    id->maker_ns = task->nsproxy->mnt_ns->ns.inum;
    id->state = CONTAINER_NEW;
    if (around && around->prefix == id->prefix)
        id->state = around->state;
}

/* Remembers the cgroup when its path, or that of one above it, has a container's id in it. */
SUBPROGRAM int container_learn(struct cgroup *cgrp, const char *path)
{
    struct container_id id = {};
    struct scan_loop loop;
    struct build *b;
    __u64 key;
    if (!cgrp)
        return 0;
    b = build_begin(NULL);
    if (!b)
        return 0;
    loop.b = b;
    __builtin_memset(&b->scan, 0, sizeof(b->scan));
    if (bpf_probe_read_kernel_str(b->data, ABI_STR_MAX, path) > 0)
        bpf_loop(ABI_STR_MAX, scan_step, &loop, 0);
    key = cgroup_id(cgrp);
    id.prefix = b->scan.found;
    container_maker(&id);
    if (b->scan.is_id)
        bpf_map_update_elem(&containers, &key, &id, BPF_ANY);
    build_end(b);
    return 0;
}

/* The fields that cgroup_mkdir and cgroup_rmdir share. */
static __always_inline void put_cgroup(struct build *b, struct cgroup *cgrp, const char *path)
{
    put_int(b, FIELD(cgroup_mkdir, cgroup_id), cgroup_id(cgrp));
    put_kernel_str(b, FIELD(cgroup_mkdir, cgroup_path), path);
    put_int(b, FIELD(cgroup_mkdir, hierarchy_id), cgrp->root->hierarchy_id);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgrp, const char *path)
{
    struct hook_run h;
    if (scope_uses(SCOPE_KEY_CONTAINER))
        container_learn(cgrp, path);
    if (!hook_begin(&h, SLOT_cgroup_mkdir, true, NULL))
        return 0;
    put_cgroup(h.b, cgrp, path);
    hook_end(&h, EVENT_cgroup_mkdir);
    return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgrp, const char *path)
{
    struct hook_run h;
    __u64 id = cgroup_id(cgrp);
    if (scope_uses(SCOPE_KEY_CONTAINER))
        bpf_map_delete_elem(&containers, &id);
    if (!hook_begin(&h, SLOT_cgroup_rmdir, true, NULL))
        return 0;
    put_cgroup(h.b, cgrp, path);
    hook_end(&h, EVENT_cgroup_rmdir);
    return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_attach_task, struct cgroup *cgrp, const char *path, struct task_struct *task,
             bool threadgroup)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_cgroup_attach_task, true, task))
        return 0;
    put_kernel_str(h.b, FIELD(cgroup_attach_task, cgroup_path), path);
    put_kernel_str(h.b, FIELD(cgroup_attach_task, comm), task->comm);
    put_int(h.b, FIELD(cgroup_attach_task, pid), task->pid);
    hook_end(&h, EVENT_cgroup_attach_task);
    return 0;
}
