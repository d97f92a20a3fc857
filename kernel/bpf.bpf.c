// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * BPF, as others use it: commands, maps, programs and which helpers they call, what they are
 * attached to. Each can be seen inside the kernel or, less exactly, when bpf(2) returns.
 */
#include "bpf_types.bpf.h"
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#ifdef __TARGET_ARCH_x86
#define NR_BPF        321
#define NR_BPF_COMPAT 357
#else
#define NR_BPF        280
#define NR_BPF_COMPAT 386
#endif

#define PERF_EVENT_IOC_SET_BPF 0x40042408
#define HELPER_WORDS           4 /* of 64 bits: more than there are helpers */
#define INSTRUCTIONS_MAX       (1 << 20)
#define HELPERS_KEPT           4096 /* programs */
#define ANON_NAME_LEN          8
#define NAME_MAP               0x70616d2d667062ull   /* "bpf-map" */
#define NAME_PROG              0x676f72702d667062ull /* "bpf-prog" */
#define CALL_HELPER            0x85                  /* BPF_JMP | BPF_CALL, source register 0 */

enum { E2BIG = 7, EFAULT = 14 };

/* uapi/linux/bpf.h */
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

struct helper_set {
    __u64 words[HELPER_WORDS];
};

/* The program that a task is loading: which helpers its instructions call. */
struct prog_load {
    __u64 from; /* address of the instructions */
    __u32 user; /* of the task's memory */
    __u32 known;
    struct helper_set helpers;
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct prog_load);
} prog_loads SEC(".maps");

/* By id of the program. */
struct {
    __uint(type, 9); /* BPF_MAP_TYPE_LRU_HASH */
    __uint(max_entries, HELPERS_KEPT);
    __type(key, __u32);
    __type(value, struct helper_set);
} prog_helpers SEC(".maps");

struct load_loop {
    struct prog_load *load;
};

static long load_step(__u32 i, struct load_loop *loop)
{
    struct prog_load *l = loop->load;
    struct {
        __u8 code;
        __u8 registers; /* source in the upper half */
        __s16 offset;
        __u32 number;
    } insn = {};
    const void *at = (const void *)(l->from + (__u64)i * sizeof(insn));
    long err = l->user ? bpf_probe_read_user(&insn, sizeof(insn), at)
                       : bpf_probe_read_kernel(&insn, sizeof(insn), at);
    if (err) {
        l->known = 0;
        return 1;
    }
    if (insn.code == CALL_HELPER && !(insn.registers >> 4) && insn.number < 64 * HELPER_WORDS)
        l->helpers.words[insn.number / 64 & (HELPER_WORDS - 1)] |= 1ull << (insn.number & 63);
    return 0;
}

/* Kernels replace or inline the calls when they have checked a program: looked at before. */
SUBPROGRAM struct prog_load *load_begin(__u64 from, __u32 count, bool user)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct prog_load *l =
        bpf_task_storage_get(&prog_loads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    struct load_loop loop = {.load = l};
    if (!l)
        return NULL;
    __builtin_memset(l, 0, sizeof(*l));
    l->from = from;
    l->user = user;
    l->known = 1;
    bpf_loop(count < INSTRUCTIONS_MAX ? count : INSTRUCTIONS_MAX, load_step, &loop, 0);
    return l;
}

SUBPROGRAM int load_end(__u32 id)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct prog_load *l = bpf_task_storage_get(&prog_loads, task, NULL, 0);
    if (!l || !l->known)
        return 0;
    l->known = 0;
    bpf_map_update_elem(&prog_helpers, &id, &l->helpers, BPF_ANY);
    return 0;
}

static __always_inline void put_helpers(struct build *b, __u16 index, __u32 id)
{
    struct helper_set *set = bpf_map_lookup_elem(&prog_helpers, &id);
    __u32 at = 0;
    __u64 *to = (__u64 *)put_room(b, &at);
    if (!to)
        return;
    if (!set) {
        put_missing(b, index, ABI_WHY_NOT_CAUGHT);
        return;
    }
    for (int i = 0; i < HELPER_WORDS; i++)
        to[i] = set->words[i];
    put_done(b, index, at, sizeof(*set), 0);
}

/* Checked programs are told of by other hooks, in the same task. */
SUBPROGRAM int check_prog(struct bpf_prog **place)
{
    struct bpf_prog *prog = NULL;
    bpf_probe_read_kernel(&prog, sizeof(prog), place);
    if (prog)
        load_begin((__u64)prog + bpf_core_field_offset(struct bpf_prog, insnsi),
                   BPF_CORE_READ(prog, len), false);
    return 0;
}

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

SUBPROGRAM int bpf_command(int cmd)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_bpf, false, NULL))
        return 0;
    put_int(h.b, FIELD(security_bpf, cmd), (__s64)cmd);
    hook_end(&h, EVENT_security_bpf);
    return 0;
}

SECURITY_PROGS(bpf, "bpf", bpf_command(cmd), int cmd)

SUBPROGRAM int bpf_map_used(struct bpf_map *map)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_bpf_map, false, NULL))
        return 0;
    put_int(h.b, FIELD(security_bpf_map, map_id), BPF_CORE_READ(map, id));
    put_kernel_str(h.b, FIELD(security_bpf_map, map_name),
                   (void *)map + bpf_core_field_offset(struct bpf_map, name));
    hook_end(&h, EVENT_security_bpf_map);
    return 0;
}

SECURITY_PROGS(bpf_map, "bpf_map", bpf_map_used(map), struct bpf_map *map)

static __always_inline const char *prog_name(struct bpf_prog *prog)
{
    return (void *)BPF_CORE_READ(prog, aux) + bpf_core_field_offset(struct bpf_prog_aux, name);
}

SUBPROGRAM int bpf_prog_used(struct bpf_prog *prog, bool load)
{
    struct hook_run h;
    __u32 id = BPF_CORE_READ(prog, aux, id);
    if (load)
        load_end(id);
    if (!hook_begin(&h, SLOT_security_bpf_prog, false, NULL))
        return 0;
    put_int(h.b, FIELD(security_bpf_prog, type), BPF_CORE_READ(prog, type));
    put_kernel_str(h.b, FIELD(security_bpf_prog, name), prog_name(prog));
    put_helpers(h.b, FIELD(security_bpf_prog, helpers), id);
    put_int(h.b, FIELD(security_bpf_prog, id), id);
    put_int(h.b, FIELD(security_bpf_prog, load), load);
    hook_end(&h, EVENT_security_bpf_prog);
    return 0;
}

/*
 * Whether it is being loaded now. A program may also be loaded by a BPF program that bpf(2) runs:
 * then nobody else has it yet.
 */
static __always_inline bool prog_is_new(struct bpf_prog *prog)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = task_in_compat(task);
    __u64 args[6] = {};
    if (current_syscall(task) == (compat ? NR_BPF_COMPAT : NR_BPF)) {
        regs_args((struct pt_regs *)bpf_task_pt_regs(task), compat, args);
        if ((int)args[0] != BPF_PROG_TEST_RUN)
            return (int)args[0] == BPF_PROG_LOAD;
    }
    return BPF_CORE_READ(prog, aux, refcnt.counter) == 1;
}

SUBPROGRAM int bpf_prog_checked(struct bpf_prog *prog)
{
    return bpf_prog_used(prog, prog_is_new(prog));
}

SECURITY_PROGS(bpf_prog, "bpf_prog", bpf_prog_checked(prog), struct bpf_prog *prog)

/* What a program was attached to. */
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

RETURN_PROGS(perf_set_bpf, "__perf_event_set_bpf_prog", perf_attached(event, prog, (int)ret),
             struct perf_event *event, struct bpf_prog *prog)

/* Who may use which devices: rules of a hierarchy of version 1, programs of version 2. */
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

RETURN_PROGS(device_rule, "devcgroup_access_write", device_rule(of, rule, ret),
             struct kernfs_open_file *of, const char *rule)

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

RETURN_PROGS(cgroup_attach, "__cgroup_bpf_attach",
             cgroup_attached(cgrp, prog, link, (__u32)type, (int)ret), struct cgroup *cgrp,
             struct bpf_prog *prog, struct bpf_prog *replaced, struct bpf_link *link, __u32 type)

SUBPROGRAM int cgroup_detached(struct cgroup *cgrp, struct bpf_prog *prog, struct bpf_link *link,
                               __u32 type, long ret)
{
    if (type != BPF_CGROUP_DEVICE || ret)
        return 0;
    if (!prog && link)
        prog = BPF_CORE_READ(link, prog);
    return device_prog(BPF_CORE_READ(cgrp, kn, id), prog, CGROUP_DEVICE_DETACH);
}

RETURN_PROGS(cgroup_detach, "__cgroup_bpf_detach",
             cgroup_detached(cgrp, prog, link, (__u32)type, (int)ret), struct cgroup *cgrp,
             struct bpf_prog *prog, struct bpf_link *link, __u32 type)

static __always_inline bool by_exit(enum event_slot slot)
{
    return event_sets[slot] && event_via[slot] == ABI_HOOK_sys_exit;
}

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
    if (by_exit(SLOT_security_bpf_prog))
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
    if (by_exit(SLOT_security_bpf) && ret != -E2BIG && ret != -EFAULT)
        bpf_command(cmd);
    if (ret < 0)
        return 0;
    if (by_exit(SLOT_security_bpf_map))
        exit_map(task, cmd, (int)ret);
    if (by_exit(SLOT_security_bpf_prog) || by_exit(SLOT_bpf_attach))
        exit_prog(task, cmd, (int)ret, args[1]);
    if (by_exit(SLOT_bpf_attach) && (cmd == BPF_RAW_TRACEPOINT_OPEN || cmd == BPF_LINK_CREATE))
        exit_link(task, (int)ret);
    if (by_exit(SLOT_cgroup_device_change) &&
        (cmd == BPF_PROG_ATTACH || cmd == BPF_PROG_DETACH || cmd == BPF_LINK_CREATE))
        exit_device(task, cmd, args[1]);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_perf_ioctl, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct perf_event *event;
    __u64 args[6];
    regs_args(regs, task_in_compat(task), args);
    if ((__u32)args[1] != PERF_EVENT_IOC_SET_BPF || ret)
        return 0;
    event = fd_private(task, (int)args[0]);
    if (event)
        perf_attached(event, fd_private(task, (int)args[2]), 0);
    return 0;
}
