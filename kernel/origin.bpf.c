// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Where chosen system calls are made from: the memory that the code is in, and the stack. Code that
 * came in through a hole is in memory that no file stands behind; a chain of return addresses that
 * was put somewhere else needs the stack pointer there.
 */
#include "hook.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define GO_HEAP     0xc000000000ull /* where Go's runtime puts its heap, with the stacks in it */
#define GO_HEAP_END 0x10000000000ull
#define ENOENT      2
#define TYPE_TEXT   32 /* a power of two: verifiers lose track of other products */

enum region_type {
    REGION_UNMAPPED,
    REGION_FILE,
    REGION_SPECIAL, /* of the kernel: vdso, uprobes */
    REGION_MAIN_STACK,
    REGION_THREAD_STACK,
    REGION_HEAP,
    REGION_GO,
    REGION_ANONYMOUS,
};

static const char region_types[8][TYPE_TEXT] = {
    "unmapped", "file backed",       "vdso",      "main stack", "thread stack",
    "heap",     "golang heap/stack", "anonymous",
};

struct region {
    __u64 start, end, flags;
    __u64 type; /* enum region_type */
};

struct origin_key {
    __u64 leader_start;
    __u64 region;
    __u32 pid;
    __u16 event;
    __u16 pad;
};

/* What suspicious_syscall_source has told of. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, ORIGINS_MAX);
    __type(key, struct origin_key);
    __type(value, __u8);
} origins_told SEC(".maps");

static __always_inline bool within(const struct region *r, __u64 address)
{
    return address >= r->start && address < r->end;
}

static __always_inline __u64 thread_variables(struct task_struct *task)
{
#ifdef __TARGET_ARCH_x86
    return BPF_CORE_READ(task, thread.fsbase);
#else
    return BPF_CORE_READ(task, thread.uw.tp_value);
#endif
}

/*
 * An address in the task's own stack, if it is not the main one. What clone was given is known of
 * tasks that were made under our eyes. Of others, and of threads that are not the first, the C
 * library keeps the thread's variables in the same region as its stack.
 */
static __always_inline __u64 task_stack(struct task_struct *task)
{
    struct task_state *s = bpf_task_storage_get(&task_states, task, NULL, 0);
    if (s && s->stack)
        return s->stack;
    if (task->pid != task->tgid || task->start_boottime < scope_config.start_time)
        return thread_variables(task);
    return 0;
}

static long region_seen(struct task_struct *task, struct vm_area_struct *vma, struct region *r)
{
    struct mm_struct *mm = task_plain(task)->mm;
    r->start = vma->vm_start;
    r->end = vma->vm_end;
    r->flags = vma->vm_flags;
    if (vma->vm_file)
        r->type = REGION_FILE;
    else if (vma->vm_ops)
        r->type = REGION_SPECIAL;
    else if (within(r, mm->start_stack))
        r->type = REGION_MAIN_STACK;
    else if (r->start < mm->brk && r->end > mm->start_brk)
        r->type = REGION_HEAP;
    else if (r->start >= GO_HEAP && r->end <= GO_HEAP_END)
        r->type = REGION_GO;
    else
        r->type = REGION_ANONYMOUS;
    return 0;
}

/* The region of an address of the current task. False where it can't be told. */
SUBPROGRAM int region_find(struct region *r, __u64 address)
{
    struct task_struct *task = bpf_get_current_task_btf();
    long err = bpf_find_vma(task, address, region_seen, r, 0);
    int found = !err || err == -ENOENT;
    if (err)
        r->type = REGION_UNMAPPED; /* Linux 6.1 believes that the callback always runs */
    else if (r->type == REGION_ANONYMOUS && within(r, task_stack(task)))
        r->type = REGION_THREAD_STACK;
    KEEP(found);
    return found;
}

static __always_inline int count_busy(enum event_slot slot)
{
    struct counters *counts = event_counters(slot);
    if (counts) {
        count(&counts->passed);
        count(&counts->lost[KLOSS_MEMORY_BUSY]);
    }
    return 0;
}

/* Six fields from index on, which both events have. */
SUBPROGRAM int put_origin(struct build *b, const struct region *r, __u16 event, __u64 address)
{
    __u64 text = r->type * TYPE_TEXT;
    KEEP(text);
    text &= sizeof(region_types) - TYPE_TEXT;
    put_int(b, FIELD(stack_pivot, syscall), event);
    put_int(b, FIELD(stack_pivot, sp), address);
    put_kernel_str(b, FIELD(stack_pivot, vma_type), (const char *)region_types + text);
    if (r->type == REGION_UNMAPPED) {
        put_missing(b, FIELD(stack_pivot, vma_start), ABI_WHY_ABSENT);
        put_missing(b, FIELD(stack_pivot, vma_size), ABI_WHY_ABSENT);
        put_missing(b, FIELD(stack_pivot, vma_flags), ABI_WHY_ABSENT);
        return DONE;
    }
    put_int(b, FIELD(stack_pivot, vma_start), r->start);
    put_int(b, FIELD(stack_pivot, vma_size), r->end - r->start);
    put_int(b, FIELD(stack_pivot, vma_flags), r->flags);
    return DONE;
}

/* Whether this process has not been told of with that call and region yet. */
SUBPROGRAM int first_time(const struct region *r, __u16 event)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct origin_key key = {.region = r->start, .pid = task->tgid, .event = event};
    __u8 one = 1;
    int first;
    key.leader_start = task_plain(task)->group_leader->start_boottime;
    first = !bpf_map_update_elem(&origins_told, &key, &one, BPF_NOEXIST);
    KEEP(first);
    return first;
}

/* The instruction pointer is behind the call already, which may have been its region's last. */
SUBPROGRAM int check_code(__u64 ip, __u16 event)
{
    struct region r = {};
    struct hook_run h;
    if (!region_find(&r, ip - 1))
        return count_busy(SLOT_suspicious_syscall_source);
    if (r.type <= REGION_SPECIAL || !first_time(&r, event) ||
        !hook_begin(&h, SLOT_suspicious_syscall_source, false, NULL))
        return 0;
    CALL(put_origin(h.b, &r, event, ip));
    hook_end(&h, EVENT_suspicious_syscall_source);
    return 0;
}

/* A handler of signals may have a stack of its own, which the kernel switched to. */
static __always_inline bool on_signal_stack(struct task_struct *task, __u64 sp)
{
    __u64 start = BPF_CORE_READ(task, sas_ss_sp), size = BPF_CORE_READ(task, sas_ss_size);
    return size && sp - start <= size;
}

SUBPROGRAM int check_stack(__u64 sp, __u16 event)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct region r = {};
    struct hook_run h;
    if (on_signal_stack(task, sp))
        return 0;
    if (!region_find(&r, sp))
        return count_busy(SLOT_stack_pivot);
    if (r.type == REGION_MAIN_STACK || r.type == REGION_THREAD_STACK || r.type == REGION_GO)
        return 0;
    if (r.type != REGION_UNMAPPED && within(&r, task_stack(task)))
        return 0; /* a stack in the heap, or in a file's mapping */
    if (!hook_begin(&h, SLOT_stack_pivot, false, NULL))
        return 0;
    CALL(put_origin(h.b, &r, event, sp));
    hook_end(&h, EVENT_stack_pivot);
    return 0;
}

static __always_inline void regs_place(struct pt_regs *regs, __u64 *ip, __u64 *sp)
{
#ifdef __TARGET_ARCH_x86
    *ip = regs->ip;
    *sp = regs->sp;
#else
    struct user_pt_regs *user = (struct user_pt_regs *)regs;
    *ip = user->pc;
    *sp = user->sp;
#endif
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_call_origin, struct pt_regs *regs, long id)
{
    struct task_struct *task = bpf_get_current_task_btf();
    const struct plan *plan = plan_of((__u32)id, task_in_compat(task));
    __u64 mask = task_scope(task), ip, sp;
    regs_place(regs, &ip, &sp);
    if (plan->flags & PLAN_CODE && mask & event_sets[SLOT_suspicious_syscall_source])
        check_code(ip, plan->event);
    if (plan->flags & PLAN_STACK && mask & event_sets[SLOT_stack_pivot])
        check_stack(sp, plan->event);
    if (plan->before)
        bpf_tail_call(ctx, &before_programs, plan->before);
    return 0;
}

/* A child that was given no stack goes on with its parent's. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_origin_fork, struct task_struct *parent, struct task_struct *child)
{
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(parent);
    struct pt_regs *born = (struct pt_regs *)bpf_task_pt_regs(child);
    struct task_state *s;
    __u64 ip, sp, own;
    if (parent->flags & PF_KTHREAD)
        return 0;
    regs_place(regs, &ip, &sp);
    regs_place(born, &ip, &own);
    own = own == sp ? task_stack(parent) : own - 1;
    s = own ? task_state_get(child) : NULL;
    if (s)
        s->stack = own;
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_origin_exec, struct task_struct *task)
{
    struct task_state *s = bpf_task_storage_get(&task_states, task, NULL, 0);
    if (s)
        s->stack = 0;
    return 0;
}
