/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The kernel's types of BPF programs, of their links and of what these hang on; see types.bpf.h. */
#ifndef RATEL_BPF_TYPES_BPF_H
#define RATEL_BPF_TYPES_BPF_H

#include "types.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* uapi/linux/bpf.h */
enum bpf_prog_type {
    BPF_PROG_TYPE_CGROUP_DEVICE = 15,
};
enum bpf_attach_type {
    BPF_CGROUP_DEVICE = 6,
    BPF_TRACE_FENTRY = 24,
    BPF_TRACE_FEXIT = 25,
    BPF_MODIFY_RETURN = 26,
    BPF_LSM_MAC = 27,
};
enum bpf_link_type {
    BPF_LINK_TYPE_RAW_TRACEPOINT = 1,
    BPF_LINK_TYPE_TRACING = 2,
    BPF_LINK_TYPE_CGROUP = 3,
    BPF_LINK_TYPE_ITER = 4,
    BPF_LINK_TYPE_XDP = 6,
    BPF_LINK_TYPE_PERF_EVENT = 7,
    BPF_LINK_TYPE_KPROBE_MULTI = 8,
    BPF_LINK_TYPE_UPROBE_MULTI = 12,
};

enum {
    BPF_MAP_CREATE = 0,
    BPF_PROG_LOAD = 5,
    BPF_OBJ_GET = 7,
    BPF_PROG_ATTACH = 8,
    BPF_PROG_DETACH = 9,
    BPF_PROG_TEST_RUN = 10,
    BPF_PROG_GET_FD_BY_ID = 13,
    BPF_MAP_GET_FD_BY_ID = 14,
    BPF_RAW_TRACEPOINT_OPEN = 17,
    BPF_LINK_CREATE = 28,
};

/* Values of the tables bpf_attach and cgroup_device. */
enum {
#define FLAG_TABLE(name, kind, meaning, names) names
#define VALUE(name, value)                     name = value,
#define BIT(name, value)
#define GROUP(name, value, mask)
#include "attach.def"
#undef FLAG_TABLE
#undef VALUE
#undef BIT
#undef GROUP
};

typedef struct {
    __s64 counter;
} atomic64_t;

struct bpf_prog_aux {
    atomic64_t refcnt;
    __u32 id;
    const char *attach_func_name;
    char name[16];
};
struct bpf_insn {
    __u8 code;
    __s16 off;
    __s32 imm;
};
struct bpf_prog {
    enum bpf_prog_type type;
    enum bpf_attach_type expected_attach_type;
    __u32 len;
    struct bpf_prog_aux *aux;
    struct bpf_insn insnsi[0];
};
struct bpf_map {
    __u32 id;
    char name[16];
};
struct bpf_link {
    enum bpf_link_type type;
    struct bpf_prog *prog;
    __u32 flags; /* from 6.17 on; before, of some kinds of links */
};
struct tracepoint {
    const char *name;
};
struct bpf_raw_event_map {
    struct tracepoint *tp;
};
struct bpf_raw_tp_link {
    struct bpf_link link;
    struct bpf_raw_event_map *btp;
};
struct bpf_tramp_link {
    struct bpf_link link;
};
struct trampoline_func {
    void *addr;
};
struct bpf_trampoline {
    struct trampoline_func func;
};
struct bpf_tracing_link {
    struct bpf_tramp_link link;
    struct bpf_trampoline *trampoline;
};
struct bpf_cgroup_link {
    struct bpf_link link;
    struct cgroup *cgroup;
};
struct net_device {
    char name[16];
};
struct bpf_xdp_link {
    struct bpf_link link;
    struct net_device *dev;
};
struct bpf_kprobe_multi_link {
    struct bpf_link link;
    unsigned long *addrs;
    __u32 cnt;
    __u32 flags;
};
struct bpf_uprobe {
    __s64 offset;
};
struct bpf_uprobe_multi_link {
    struct path path;
    struct bpf_link link;
    __u32 cnt;
    __u32 flags;
    struct bpf_uprobe *uprobes;
};
struct bpf_perf_link {
    struct bpf_link link;
    struct file *perf_file;
};

struct trace_event_call {
    const char *name;
    struct tracepoint *tp;
    void *filter; /* until 6.12; without it the flags are one bit lower */
    int flags;
};
struct trace_probe_event {
    struct trace_event_call call;
    struct list_head probes;
};
struct trace_probe {
    struct list_head list;
};
struct kretprobe {
    struct kprobe kp;
    void *handler;
};
struct trace_kprobe {
    struct kretprobe rp;
    const char *symbol;
    struct trace_probe tp;
};
struct uprobe_consumer {
    void *ret_handler;
};
struct trace_uprobe {
    struct uprobe_consumer consumer;
    const char *filename;
    unsigned long offset;
    struct trace_probe tp;
};
struct perf_event {
    struct trace_event_call *tp_event;
};

struct kernfs_open_file {
    struct file *file;
};

#pragma clang attribute pop

#endif
