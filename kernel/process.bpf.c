// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Life of tasks: fork, exec, exit, names, the scheduler. */
#include "call.bpf.h"
#include "hook.bpf.h"
#include "stash.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define EXEC(field) FIELD(sched_process_exec, field)

#define AT_BASE 7 /* of the auxiliary vector: where the ELF interpreter was mapped */

/* What a child has from its parent by birth: the sets of trees, and of what is followed. */
SUBPROGRAM int inherit_scope(struct task_struct *parent, struct task_struct *child)
{
    struct task_state *p, *c;
    __u64 mask;
    if (!parent || !child || !(scope_config.tree | scope_config.not_tree | scope_config.follow))
        return 0;
    mask = current_scope(); /* it is the parent that runs */
    p = task_state_get(parent);
    if (!p)
        return 0;
    if (!(p->tree | p->not_tree | (mask & scope_config.follow)))
        return 0;
    c = task_state_get(child);
    if (!c)
        return 0;
    c->tree = p->tree;
    c->not_tree = p->not_tree;
    c->followed = mask & scope_config.follow;
    return 0;
}

/* A task's ids, as the host and as itself sees them, and its start: five fields from index on. */
static __always_inline void put_task_ids(struct build *b, __u16 index, struct task_struct *task)
{
    struct task_struct *plain = task_plain(task), *leader = plain->group_leader;
    bool host = plain->thread_pid->level == 0;
    put_int(b, index, task->pid);
    put_int(b, index + 1, host ? task->pid : task_ns_number(task, NULL));
    put_int(b, index + 2, task->tgid);
    put_int(b, index + 3, host ? task->tgid : task_ns_number(leader, NULL));
    put_int(b, index + 4, task->start_boottime);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
    struct hook_run h;
    inherit_scope(parent, child);
    if (!hook_begin(&h, SLOT_sched_process_fork, true, NULL))
        return 0;
    put_task_ids(h.b, FIELD(sched_process_fork, parent_tid), parent);
    put_task_ids(h.b, FIELD(sched_process_fork, child_tid), child);
    hook_end(&h, EVENT_sched_process_fork);
    return 0;
}

/* The file that an address of the task is mapped from. */
struct mapped {
    __u64 file;
};

static long mapped_file(struct task_struct *task, struct vm_area_struct *vma, struct mapped *m)
{
    m->file = (__u64)vma->vm_file;
    return 0;
}

/* The ELF interpreter, by the address that the kernel told the program it is at. */
SUBPROGRAM int put_interpreter(struct build *b, struct task_struct *task)
{
    struct mapped m = {};
    struct mm_struct *mm;
    struct file *f;
    struct inode *inode;
    __u64 base = 0;
    if (!task)
        return 0;
    mm = task_plain(task)->mm;
    for (int i = 0; i < 22; i++) {
        unsigned long aux[2] = {};
        bpf_probe_read_kernel(aux, sizeof(aux),
                              (void *)mm + bpf_core_field_offset(struct mm_struct, saved_auxv) +
                                  i * sizeof(aux));
        if (!aux[0])
            break;
        if (aux[0] == AT_BASE)
            base = aux[1];
    }
    if (base)
        bpf_find_vma(task, base, mapped_file, &m, 0);
    f = (struct file *)m.file;
    if (!f) {
        for (__u16 i = EXEC(interpreter_pathname); i <= EXEC(interpreter_ctime); i++)
            put_missing(b, i, base ? ABI_WHY_UNSUPPORTED : ABI_WHY_ABSENT);
        return 0;
    }
    inode = BPF_CORE_READ(f, f_inode);
    put_file_path(b, EXEC(interpreter_pathname), f);
    put_int(b, EXEC(interpreter_dev), inode_dev(inode));
    put_int(b, EXEC(interpreter_inode), BPF_CORE_READ(inode, i_ino));
    put_int(b, EXEC(interpreter_ctime), inode_ctime(inode));
    return 0;
}

SUBPROGRAM int put_binary(struct build *b, struct linux_binprm *bprm)
{
    struct file *f;
    struct inode *inode;
    if (!bprm)
        return 0;
    f = bprm->file;
    inode = f->f_inode;
    put_kernel_str(b, EXEC(cmdpath), bprm->filename);
    put_file_path(b, EXEC(pathname), f);
    put_int(b, EXEC(dev), inode_dev(inode));
    put_int(b, EXEC(inode), inode->i_ino);
    put_int(b, EXEC(ctime), inode_ctime(inode));
    put_int(b, EXEC(inode_mode), inode->i_mode);
    return 0;
}

SUBPROGRAM int put_prev_comm(struct build *b, __u16 index, struct task_struct *task)
{
    struct task_state *s = task ? task_state_get(task) : NULL;
    if (s && s->prev_comm[0])
        put_kernel_str(b, index, s->prev_comm);
    else
        put_missing(b, index, ABI_WHY_NOT_CAUGHT);
    return 0;
}

SUBPROGRAM int put_pwd(struct build *b, __u16 index, struct task_struct *task)
{
    struct fs_struct *fs;
    if (!task)
        return 0;
    fs = task_plain(task)->fs;
    put_path(b, index, BPF_CORE_READ(fs, pwd.dentry), BPF_CORE_READ(fs, pwd.mnt));
    return 0;
}

SUBPROGRAM int put_session(struct build *b, struct task_struct *task)
{
    struct signal_struct *signal;
    struct tty_struct *tty;
    struct pid *session;
    if (!task)
        return 0;
    signal = task->signal;
    session = BPF_CORE_READ(signal, pids[PIDTYPE_SID]);
    tty = BPF_CORE_READ(signal, tty);
    put_int(b, EXEC(session), (__s64)BPF_CORE_READ(session, numbers[0].nr));
    if (tty)
        put_kernel_str(b, EXEC(tty), &tty->name);
    else
        put_missing(b, EXEC(tty), ABI_WHY_ABSENT);
    return 0;
}

/* The program changed: what was found out about the old one no longer holds. */
static __always_inline void forget_executable(struct task_struct *task)
{
    struct task_state *s;
    if (!scope_uses(SCOPE_KEY_EXECUTABLE))
        return;
    s = task_state_get(task);
    if (!s)
        return;
    s->executable_known = 0;
    s->generation = 0;
}

SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(on_sched_prepare_exec, struct task_struct *task, struct linux_binprm *bprm)
{
    stash_again();
    return 0;
}

/*
 * The same where the kernel has no hook before the change: from the new program, whose arguments
 * are those that were passed, unless a script's interpreter came before them.
 */
SUBPROGRAM int stash_from_new(struct task_struct *task, struct linux_binprm *bprm)
{
    struct build *b;
    struct mm_struct *mm;
    if (!task || !bprm)
        return 0;
    b = stash_of(bpf_task_storage_get(&task_states, task, NULL, 0));
    if (!b || !b->faults || bprm->interp != bprm->filename ||
        plan_of((__u32)b->syscall, b->compat)->event != EVENT_execve)
        return 0;
    mm = task_plain(task)->mm;
    build_reset(b);
    put_kernel_str(b, 0, bprm->filename);
    put_user_area(b, 1, mm->arg_start, mm->arg_end);
    put_user_area(b, 2, mm->env_start, mm->env_end);
    return 0;
}

/* A program begins in a container: the first that is the container's own starts it. */
static __always_inline void start_container(struct task_struct *task)
{
    __u64 cgroup = task_cgroup(task);
    struct container_id *c;
    struct task_state *s;
    if (!scope_config.started_container)
        return;
    c = bpf_map_lookup_elem(&containers, &cgroup);
    if (!c || (c->state & CONTAINER_STARTED) || c->maker_ns == task->nsproxy->mnt_ns->ns.inum)
        return;
    c->state |= CONTAINER_STARTED;
    s = task_state_get(task);
    if (s)
        s->generation = 0; /* what was decided before holds no more */
}

SUBPROGRAM int put_effective(struct build *b, struct task_struct *task)
{
    const struct cred *cred;
    if (!task)
        return 0;
    cred = task_plain(task)->cred;
    put_int(b, EXEC(euid), cred->euid.val);
    put_int(b, EXEC(egid), cred->egid.val);
    return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_sched_process_exec, struct task_struct *task, int old_pid,
             struct linux_binprm *bprm)
{
    struct hook_run h;
    struct mm_struct *mm;
    forget_executable(task);
    start_container(task);
    stash_from_new(task, bprm);
    if (!hook_begin(&h, SLOT_sched_process_exec, true, NULL))
        return 0;
    mm = task_plain(h.task)->mm;
    put_binary(h.b, bprm);
    put_interpreter(h.b, h.task);
    put_user_area(h.b, EXEC(argv), mm->arg_start, mm->arg_end);
    put_kernel_str(h.b, EXEC(interp), bprm->interp);
    put_stdin(h.b, h.task, EXEC(stdin_type));
    put_int(h.b, EXEC(invoked_from_kernel),
            !!(task_plain(h.task)->real_parent->flags & PF_KTHREAD));
    put_prev_comm(h.b, EXEC(prev_comm), h.task);
    if (exec_env)
        put_user_area(h.b, EXEC(env), mm->env_start, mm->env_end);
    put_pwd(h.b, EXEC(pwd), h.task);
    put_session(h.b, h.task);
    put_effective(h.b, h.task);
    hook_end(&h, EVENT_sched_process_exec);
    return 0;
}

/* In the leader, which stays until the last of its threads has gone: 1 when the end was told. */
struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, __u32);
} ended_groups SEC(".maps");

/*
 * Threads that end at the same time can all find that none is alive any more: the first one to set
 * the mark tells, though it may not be the last. Of two that make the mark at the same time, one is
 * refused, and finds it then.
 */
static __always_inline bool ends_first(struct task_struct *leader)
{
    __u32 *told = NULL;
    for (int tries = 0; tries < 4 && !told; tries++)
        told = bpf_task_storage_get(&ended_groups, leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    return !told || !__sync_val_compare_and_swap(told, 0, 1);
}

/* Whether the process ends with this task. Since 6.16 the tracepoint says so, after the task. */
static __always_inline bool ends_group(unsigned long long *ctx, struct task_struct *task)
{
    if (bpf_core_field_exists(((struct trace_event_raw_sched_process_exit *)0)->group_dead))
        return (bool)ctx[1];
    return !task_plain(task)->signal->live.counter && ends_first(task->group_leader);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_sched_process_exit, struct task_struct *task)
{
    struct hook_run h;
    struct task_state *s = bpf_task_storage_get(&task_states, task, NULL, 0);
    if (s) {
        stash_free(s);
        view_free(s);
    }
    if (!hook_begin(&h, SLOT_sched_process_exit, true, NULL))
        return 0;
    put_int(h.b, FIELD(sched_process_exit, exit_code), (task->exit_code >> 8) & 0xff);
    put_int(h.b, FIELD(sched_process_exit, signal_code), task->exit_code & 0x7f);
    put_int(h.b, FIELD(sched_process_exit, process_group_exit), ends_group(ctx, task));
    hook_end(&h, EVENT_sched_process_exit);
    return 0;
}

SEC("tp_btf/task_rename")
int BPF_PROG(on_task_rename, struct task_struct *task, const char *comm)
{
    struct hook_run h;
    struct task_state *s = task_state_get(task);
    if (s)
        bpf_core_read_str(s->prev_comm, sizeof(s->prev_comm), &task->comm);
    if (!hook_begin(&h, SLOT_task_rename, false, task))
        return 0;
    put_kernel_str(h.b, FIELD(task_rename, old_name), task->comm);
    put_kernel_str(h.b, FIELD(task_rename, new_name), comm);
    hook_end(&h, EVENT_task_rename);
    return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_sched_switch, false, next))
        return 0;
    put_int(h.b, FIELD(sched_switch, cpu), bpf_get_smp_processor_id());
    put_int(h.b, FIELD(sched_switch, prev_tid), prev->pid);
    put_kernel_str(h.b, FIELD(sched_switch, prev_comm), prev->comm);
    put_int(h.b, FIELD(sched_switch, next_tid), next->pid);
    put_kernel_str(h.b, FIELD(sched_switch, next_comm), next->comm);
    hook_end(&h, EVENT_sched_switch);
    return 0;
}
