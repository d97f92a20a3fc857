// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Hooks that the user chooses: a program for each kind, attached to any number of places, each with
 * a cookie that says which one it is.
 */
#include "call.bpf.h"
#include "chosen_plan.h"
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* as many as were chosen */
    __type(key, __u32);
    __type(value, struct chosen_hook);
} chosen_hooks SEC(".maps");

/* Calls of chosen hooks among those of probe.bpf.h: behind the numbers of the catalog's hooks. */
#define CHOSEN_CALL AFTER_MAX

/* What a field's value is taken from: registers, or a tracepoint's record. */
struct chosen_values {
    unsigned long long regs[CHOSEN_ARGS];
    unsigned long long result;
    __u64 record;
    enum abi_reason unkept; /* why the arguments are not known, 0: they are */
};

static __always_inline struct chosen_hook *chosen_hook(void *ctx)
{
    __u32 i = (__u32)bpf_get_attach_cookie(ctx);
    return bpf_map_lookup_elem(&chosen_hooks, &i);
}

static __always_inline __u64 chosen_value(const struct chosen_field *f,
                                          const struct chosen_values *v)
{
    __u32 from = f->from;
    if (v->record) {
        __u64 n = 0;
        __u32 size = f->size;
        bpf_probe_read_kernel(&n, sizeof(n), (void *)(v->record + f->at));
        if (size < sizeof(n))
            n &= (1ull << (8 * size)) - 1;
        if (f->how == PLAN_S32 && size < 4) /* the rest is widened by arg_number */
            n = (__u64)((__s64)(n << (64 - 8 * size)) >> (64 - 8 * size));
        return n;
    }
    if (from == CHOSEN_RESULT)
        return v->result;
    KEEP(from);
    /* the list is short, and a computed place on the stack is not for every verifier */
    switch (from) {
    case 0:
        return v->regs[0];
    case 1:
        return v->regs[1];
    case 2:
        return v->regs[2];
    case 3:
        return v->regs[3];
    case 4:
        return v->regs[4];
    default:
        return v->regs[5];
    }
}

static __always_inline void put_file_or_null(struct build *b, __u16 index, struct file *f)
{
    if (f)
        put_file_path(b, index, f);
    else
        put_missing(b, index, ABI_WHY_NULL);
}

SUBPROGRAM int put_kernel_path(struct build *b, __u16 index, struct path *path)
{
    if (path)
        put_path(b, index, BPF_CORE_READ(path, dentry), BPF_CORE_READ(path, mnt));
    else
        put_missing(b, index, ABI_WHY_NULL);
    return 0;
}

/* A socket address of the kernel's memory; its family says how long it is. */
SUBPROGRAM int put_kernel_sockaddr(struct build *b, __u16 index, __u64 at)
{
    __u16 family = 0;
    __u32 len;
    if (!at) {
        put_missing(b, index, ABI_WHY_NULL);
        return 0;
    }
    bpf_probe_read_kernel(&family, sizeof(family), (void *)at);
    len = family == 2 ? 16 : family == 10 ? 28 : family == 1 ? 110 : 2; /* INET, INET6, UNIX */
    put_kernel_bytes(b, index, (void *)at, len);
    return 0;
}

/* One field of a number, a text or a path. */
GLOBAL int put_chosen(struct build *b, __u16 index, __u8 how, __u64 v, bool user)
{
    if (!b)
        return 0;
    switch (how) {
    case CHOSEN_STRING:
        put_str(b, index, v, user);
        return 0;
    case CHOSEN_USER_STRING:
        put_user_str(b, index, v);
        return 0;
    case CHOSEN_FILENAME:
        if (v)
            put_kernel_str(b, index, BPF_CORE_READ((struct filename *)v, name));
        else
            put_missing(b, index, ABI_WHY_NULL);
        return 0;
    case CHOSEN_FILE:
        put_file_or_null(b, index, (struct file *)v);
        return 0;
    case CHOSEN_PATH:
        put_kernel_path(b, index, (struct path *)v);
        return 0;
    case CHOSEN_DENTRY:
        put_dentry_path(b, index, (struct dentry *)v);
        return 0;
    case CHOSEN_SOCKADDR:
        put_kernel_sockaddr(b, index, v);
        return 0;
    default:
        put_int(b, index, arg_number(how, v, 0, false));
        return 0;
    }
}

/* Text in a tracepoint's record: an array, or where the low half of a number says. */
static __always_inline __u64 record_text(const struct chosen_field *f,
                                         const struct chosen_values *v)
{
    return v->record + (f->how == CHOSEN_LOCATION ? chosen_value(f, v) & 0xffff : f->at);
}

SUBPROGRAM int chosen_event(struct chosen_hook *c, const struct chosen_values *v, bool has_result)
{
    struct hook_run h;
    __u32 slot;
    if (!c)
        return DONE;
    slot = c->slot;
    KEEP(slot);
    if (slot >= PLAN_SLOTS || !hook_begin(&h, slot, false, NULL))
        return DONE;
    for (__u32 i = 0; i < CHOSEN_FIELDS && i < c->nfields; i++) {
        const struct chosen_field *f = &c->fields[i];
        if (v->unkept && f->from != CHOSEN_RESULT)
            put_missing(h.b, (__u16)i, v->unkept);
        else if (f->how == CHOSEN_ARRAY || f->how == CHOSEN_LOCATION)
            put_kernel_str(h.b, (__u16)i, (void *)record_text(f, v));
        else
            put_chosen(h.b, (__u16)i, f->how, chosen_value(f, v), c->user);
    }
    if (has_result)
        hook_end_ret(&h, c->event, (long)v->result);
    else
        hook_end(&h, c->event);
    return DONE;
}

static __always_inline void chosen_registers(struct chosen_values *v, struct pt_regs *regs)
{
    v->regs[0] = PT_REGS_PARM1(regs);
    v->regs[1] = PT_REGS_PARM2(regs);
    v->regs[2] = PT_REGS_PARM3(regs);
    v->regs[3] = PT_REGS_PARM4(regs);
    v->regs[4] = PT_REGS_PARM5(regs);
#ifdef __TARGET_ARCH_x86
    v->regs[5] = regs->r9;
#else
    v->regs[5] = ((const struct user_pt_regs *)regs)->regs[5];
#endif
}

static __always_inline int chosen_begun(struct pt_regs *regs)
{
    struct chosen_values v = {};
    chosen_registers(&v, regs);
    CALL(chosen_event(chosen_hook(regs), &v, false));
    return 0;
}

/* The arguments were kept when the function began, where a field of the hook wants one. */
static __always_inline int chosen_returned(struct pt_regs *regs)
{
    struct chosen_values v = {};
    struct probe_call *c = probe_end(regs, CHOSEN_CALL + bpf_get_attach_cookie(regs));
    if (c)
        __builtin_memcpy(v.regs, c->values, sizeof(c->values));
    else
        v.unkept = probe_full() ? ABI_WHY_NO_ROOM : ABI_WHY_NOT_CAUGHT;
    v.result = PT_REGS_RC(regs);
    CALL(chosen_event(chosen_hook(regs), &v, true));
    return 0;
}

/* With arguments and result: they are kept from the beginning. */
static __always_inline int chosen_keep(struct pt_regs *regs)
{
    if (bpf_get_current_task_btf()->tgid != self_tgid && current_scope())
        probe_keep(regs, CHOSEN_CALL + bpf_get_attach_cookie(regs));
    return 0;
}

SEC("kprobe")
int chosen_kprobe(struct pt_regs *regs)
{
    return chosen_begun(regs);
}

SEC("kprobe")
int chosen_kprobe_keep(struct pt_regs *regs)
{
    return chosen_keep(regs);
}

SEC("kretprobe")
int chosen_kretprobe(struct pt_regs *regs)
{
    return chosen_returned(regs);
}

SEC("kprobe.multi")
int chosen_multi(struct pt_regs *regs)
{
    return chosen_begun(regs);
}

SEC("kprobe.multi")
int chosen_multi_keep(struct pt_regs *regs)
{
    return chosen_keep(regs);
}

SEC("kretprobe.multi")
int chosen_multi_return(struct pt_regs *regs)
{
    return chosen_returned(regs);
}

/* By the answer that the task's last event found: one that may wait can't look for a new one. */
static __always_inline bool out_of_scope(const struct chosen_hook *c)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct task_state *s = bpf_task_storage_get(&task_states, task, NULL, 0);
    __u32 slot = c->slot;
    KEEP(slot);
    return scope_config.used && s && s->generation && slot < PLAN_SLOTS &&
           !(s->mask & event_sets[slot]);
}

/*
 * A program's text may not be in memory yet. A program of this kind may wait for it, but may not
 * look at tasks as the others do: it goes before them and fetches. Of what is attached to one
 * instruction Linux runs first what came last (consumer_add in kernel/events/uprobes.c puts it
 * at the head of the list); where it would not, the text would be missing, as not readable.
 */
SEC("uprobe.s")
int chosen_uprobe_fetch(struct pt_regs *regs)
{
    struct chosen_hook *c = chosen_hook(regs);
    struct chosen_values v = {};
    char first;
    if (!c || out_of_scope(c))
        return 0;
    chosen_registers(&v, regs);
    for (__u32 i = 0; i < CHOSEN_FIELDS && i < c->nfields; i++) {
        __u8 how = c->fields[i].how;
        if (how == CHOSEN_STRING || how == CHOSEN_USER_STRING)
            bpf_copy_from_user(&first, 1, (void *)chosen_value(&c->fields[i], &v));
    }
    return 0;
}

SEC("uprobe")
int chosen_uprobe(struct pt_regs *regs)
{
    return chosen_begun(regs);
}

SEC("uprobe")
int chosen_uprobe_keep(struct pt_regs *regs)
{
    return chosen_keep(regs);
}

SEC("uretprobe")
int chosen_uretprobe(struct pt_regs *regs)
{
    return chosen_returned(regs);
}

SEC("tracepoint")
int chosen_tracepoint(void *record)
{
    struct chosen_values v = {.record = (__u64)record};
    CALL(chosen_event(chosen_hook(record), &v, false));
    return 0;
}
