/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What a BPF program was attached to. */
#ifndef RATEL_BPF_ATTACH_BPF_H
#define RATEL_BPF_ATTACH_BPF_H

#include "bpf_load.bpf.h"
#include "path.bpf.h"

struct attached {
    struct bpf_prog *prog;
    const char *name;       /* of the kernel, or NULL */
    struct path_place path; /* or this */
    __u64 address;
    __u64 count;
    __u32 kind;
    __u32 by_address; /* the name is that of the address */
};

static const char symbol_format[] = "%ps";

/* The function that is at an address. */
static __always_inline void put_function(struct build *b, __u16 index, __u64 address)
{
    __u32 at = 0;
    char *to = put_room(b, &at);
    long n;
    if (!to)
        return;
    n = bpf_snprintf(to, 256, symbol_format, &address, sizeof(address));
    if (n <= 1 || n > 256)
        put_missing(b, index, ABI_WHY_UNSUPPORTED);
    else
        put_done(b, index, at, (__u32)n - 1, 0);
}

SUBPROGRAM int put_attached(struct build *b, const struct attached *a)
{
    struct bpf_prog *prog = a->prog;
    __u32 id = BPF_CORE_READ(prog, aux, id);
    put_int(b, FIELD(bpf_attach, prog_type), BPF_CORE_READ(prog, type));
    put_kernel_str(b, FIELD(bpf_attach, prog_name), prog_name(prog));
    put_int(b, FIELD(bpf_attach, prog_id), id);
    put_helpers(b, FIELD(bpf_attach, prog_helpers), id);
    if (a->path.dentry)
        put_path(b, FIELD(bpf_attach, symbol_name), a->path.dentry, a->path.mnt);
    else if (a->by_address)
        put_function(b, FIELD(bpf_attach, symbol_name), a->address);
    else
        put_kernel_str(b, FIELD(bpf_attach, symbol_name), a->name);
    put_int(b, FIELD(bpf_attach, symbol_addr), a->address);
    put_int(b, FIELD(bpf_attach, attach_type), a->kind);
    put_int(b, FIELD(bpf_attach, count), a->count);
    return DONE;
}

static __always_inline void emit_attached(const struct attached *a)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_bpf_attach, false, NULL))
        return;
    CALL(put_attached(h.b, a));
    hook_end(&h, EVENT_bpf_attach);
}

static __always_inline __u32 tracing_kind(enum bpf_attach_type type)
{
    switch (type) {
    case BPF_TRACE_FENTRY:
        return BPF_ATTACH_FENTRY;
    case BPF_TRACE_FEXIT:
        return BPF_ATTACH_FEXIT;
    case BPF_MODIFY_RETURN:
        return BPF_ATTACH_MODIFY_RETURN;
    case BPF_LSM_MAC:
        return BPF_ATTACH_LSM;
    default:
        break;
    }
    return BPF_ATTACH_OTHER;
}

static __always_inline void describe_tracing(struct attached *a, struct bpf_link *link)
{
    struct bpf_tracing_link *t = (void *)link; /* the link comes first */
    struct bpf_prog *prog = a->prog;
    a->kind = tracing_kind(BPF_CORE_READ(prog, expected_attach_type));
    a->name = BPF_CORE_READ(prog, aux, attach_func_name);
    a->address = (__u64)BPF_CORE_READ(t, trampoline, func.addr);
}

/* Whether a link of many places is about returns: the lowest flag of both kinds. */
#define LINK_RETURNS(of, link)                                                                     \
    (1 & (bpf_core_field_exists((link)->flags) ? BPF_CORE_READ(link, flags)                        \
                                               : BPF_CORE_READ(of, flags)))

static __always_inline void describe_kprobe_multi(struct attached *a, struct bpf_link *link)
{
    struct bpf_kprobe_multi_link *k = (void *)link;
    unsigned long *addrs = BPF_CORE_READ(k, addrs);
    a->kind = LINK_RETURNS(k, link) ? BPF_ATTACH_KRETPROBE : BPF_ATTACH_KPROBE;
    bpf_probe_read_kernel(&a->address, sizeof(a->address), addrs);
    a->by_address = 1;
    a->count = BPF_CORE_READ(k, cnt);
}

static __always_inline void describe_uprobe_multi(struct attached *a, struct bpf_link *link)
{
    struct bpf_uprobe_multi_link *u =
        (void *)link - bpf_core_field_offset(struct bpf_uprobe_multi_link, link);
    a->kind = LINK_RETURNS(u, link) ? BPF_ATTACH_URETPROBE : BPF_ATTACH_UPROBE;
    bpf_core_read(&a->path, sizeof(a->path), &u->path);
    a->address = BPF_CORE_READ(u, uprobes, offset);
    a->count = BPF_CORE_READ(u, cnt);
}

/* False for those that another hook tells more of. */
static __always_inline bool describe_link(struct attached *a, struct bpf_link *link)
{
    switch (BPF_CORE_READ(link, type)) {
    case BPF_LINK_TYPE_RAW_TRACEPOINT:
        a->kind = BPF_ATTACH_RAW_TRACEPOINT;
        a->name = BPF_CORE_READ((struct bpf_raw_tp_link *)link, btp, tp, name);
        break;
    case BPF_LINK_TYPE_TRACING:
        describe_tracing(a, link);
        break;
    case BPF_LINK_TYPE_CGROUP:
        a->kind = BPF_ATTACH_CGROUP;
        break;
    case BPF_LINK_TYPE_ITER:
        a->kind = BPF_ATTACH_ITERATOR;
        a->name = BPF_CORE_READ(link, prog, aux, attach_func_name);
        break;
    case BPF_LINK_TYPE_XDP:
        a->kind = BPF_ATTACH_XDP;
        a->name = (const char *)BPF_CORE_READ((struct bpf_xdp_link *)link, dev) +
                  bpf_core_field_offset(struct net_device, name);
        break;
    case BPF_LINK_TYPE_PERF_EVENT:
        return false;
    case BPF_LINK_TYPE_KPROBE_MULTI:
        if (bpf_core_type_exists(struct bpf_kprobe_multi_link))
            describe_kprobe_multi(a, link);
        break;
    case BPF_LINK_TYPE_UPROBE_MULTI:
        if (bpf_core_type_exists(struct bpf_uprobe_multi_link))
            describe_uprobe_multi(a, link);
        break;
    default:
        a->kind = BPF_ATTACH_OTHER;
    }
    return true;
}

SUBPROGRAM int link_made(struct bpf_link *link)
{
    struct attached a = {.count = 1};
    a.prog = BPF_CORE_READ(link, prog);
    if (a.prog && describe_link(&a, link))
        emit_attached(&a);
    return 0;
}

static __always_inline void *probe_of(struct trace_event_call *call, __u32 offset)
{
    struct trace_probe_event *e =
        (void *)call - bpf_core_field_offset(struct trace_probe_event, call);
    struct list_head *first = BPF_CORE_READ(e, probes.next);
    return (void *)first - bpf_core_field_offset(struct trace_probe, list) - offset;
}

static __always_inline void describe_kprobe(struct attached *a, struct trace_event_call *call)
{
    struct trace_kprobe *k = probe_of(call, bpf_core_field_offset(struct trace_kprobe, tp));
    a->kind = BPF_CORE_READ(k, rp.handler) ? BPF_ATTACH_KRETPROBE : BPF_ATTACH_KPROBE;
    a->name = BPF_CORE_READ(k, symbol);
    a->address = (__u64)BPF_CORE_READ(k, rp.kp.addr);
    if (a->name)
        return;
    a->name = BPF_CORE_READ(k, rp.kp.symbol_name);
    a->by_address = !a->name;
}

static __always_inline void describe_uprobe(struct attached *a, struct trace_event_call *call)
{
    struct trace_uprobe *u = probe_of(call, bpf_core_field_offset(struct trace_uprobe, tp));
    a->kind = BPF_CORE_READ(u, consumer.ret_handler) ? BPF_ATTACH_URETPROBE : BPF_ATTACH_UPROBE;
    a->name = BPF_CORE_READ(u, filename);
    a->address = BPF_CORE_READ(u, offset);
}

/* Bits of trace_event_call's flags, which had one more below them while it had a filter. */
#define CALL_TRACEPOINT 8
#define CALL_KPROBE     32
#define CALL_UPROBE     64

static __always_inline void describe_perf(struct attached *a, struct perf_event *event)
{
    struct trace_event_call *call = BPF_CORE_READ(event, tp_event);
    int flags;
    a->kind = BPF_ATTACH_PERF_EVENT;
    if (!call)
        return;
    flags = BPF_CORE_READ(call, flags);
    if (bpf_core_field_exists(call->filter))
        flags >>= 1;
    if (flags & CALL_KPROBE) {
        if (bpf_core_type_exists(struct trace_kprobe))
            describe_kprobe(a, call);
    } else if (flags & CALL_UPROBE) {
        if (bpf_core_type_exists(struct trace_uprobe))
            describe_uprobe(a, call);
    } else {
        a->kind = BPF_ATTACH_TRACEPOINT;
        a->name =
            flags & CALL_TRACEPOINT ? BPF_CORE_READ(call, tp, name) : BPF_CORE_READ(call, name);
    }
}

SUBPROGRAM int perf_attached(struct perf_event *event, struct bpf_prog *prog, long ret)
{
    struct attached a = {.count = 1, .prog = prog};
    if (ret || !prog)
        return 0;
    describe_perf(&a, event);
    emit_attached(&a);
    return 0;
}

#endif
