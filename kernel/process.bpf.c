// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Life of tasks: fork, exec, exit, names, the scheduler. */
#include "hook.bpf.h"
#include "path.bpf.h"
#include "stash.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define AT_BASE 7 /* of the auxiliary vector: where the ELF interpreter was mapped */

/* What a child has from its parent by birth: the sets of trees, and of what is followed. */
SUBPROGRAM int inherit_scope(struct task_struct *parent, struct task_struct *child)
{
    struct task_state *p, *c;
    __u64 mask;
    if (!parent || !child || !(scope_config.tree | scope_config.not_tree | scope_config.follow))
        return 0;
    mask = task_scope(parent);
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

/* Both ids of a task, as the host and as itself sees it. */
static __always_inline void put_task_ids(struct build *b, __u16 index, struct task_struct *task)
{
    struct task_struct *leader = task->group_leader;
    bool host = task->thread_pid->level == 0;
    put_int(b, index, task->pid);
    put_int(b, index + 1, host ? task->pid : pid_number(task->thread_pid, NULL));
    put_int(b, index + 2, task->tgid);
    put_int(b, index + 3, host ? task->tgid : pid_number(leader->thread_pid, NULL));
    put_int(b, index + 4, task->start_boottime);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_sched_process_fork, struct task_struct *parent, struct task_struct *child)
{
    struct hook_run h;
    inherit_scope(parent, child);
    if (!hook_begin(&h, SLOT_sched_process_fork, true, NULL))
        return 0;
    put_task_ids(h.b, 0, parent);
    put_task_ids(h.b, 5, child);
    hook_end(&h, EVENT_sched_process_fork);
    return 0;
}

/* The file that maps an address of the task: field indexes of path, device, inode, ctime. */
struct mapped {
    struct build *b;
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
    struct mapped m = {.b = b};
    struct file *f;
    struct inode *inode;
    __u64 base = 0;
    if (!task)
        return 0;
    for (int i = 0; i < 22; i++) {
        unsigned long aux[2] = {};
        struct mm_struct *mm = task->mm;
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
        for (__u16 i = 7; i <= 10; i++)
            put_missing(b, i, base ? ABI_WHY_UNSUPPORTED : ABI_WHY_NULL);
        return 0;
    }
    inode = BPF_CORE_READ(f, f_inode);
    put_file_path(b, 7, f);
    put_int(b, 8, inode_dev(inode));
    put_int(b, 9, BPF_CORE_READ(inode, i_ino));
    put_int(b, 10, inode_ctime(inode));
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
    put_kernel_str(b, 0, bprm->filename);
    put_file_path(b, 1, f);
    put_int(b, 2, inode_dev(inode));
    put_int(b, 3, inode->i_ino);
    put_int(b, 4, inode_ctime(inode));
    put_int(b, 5, inode->i_mode);
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
    fs = task->fs;
    put_path(b, index, BPF_CORE_READ(fs, pwd.dentry), BPF_CORE_READ(fs, pwd.mnt));
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

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_sched_process_exec, struct task_struct *task, int old_pid,
             struct linux_binprm *bprm)
{
    struct hook_run h;
    struct mm_struct *mm;
    forget_executable(task);
    if (!hook_begin(&h, SLOT_sched_process_exec, true, NULL))
        return 0;
    mm = h.task->mm;
    put_binary(h.b, bprm);
    put_kernel_str(h.b, 6 + 6, bprm->interp);
    put_interpreter(h.b, h.task);
    put_user_area(h.b, 11, mm->arg_start, mm->arg_end);
    put_stdin(h.b, h.task, 13);
    put_int(h.b, 15, !!(h.task->real_parent->flags & PF_KTHREAD));
    put_prev_comm(h.b, 16, h.task);
    if (exec_env)
        put_user_area(h.b, 17, mm->env_start, mm->env_end);
    put_pwd(h.b, 18, h.task);
    hook_end(&h, EVENT_sched_process_exec);
    return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_sched_process_exit, struct task_struct *task)
{
    struct hook_run h;
    struct task_state *s = bpf_task_storage_get(&task_states, task, NULL, 0);
    if (s)
        stash_free(s);
    if (!hook_begin(&h, SLOT_sched_process_exit, true, NULL))
        return 0;
    put_int(h.b, 0, (task->exit_code >> 8) & 0xff);
    put_int(h.b, 1, task->exit_code & 0x7f);
    put_int(h.b, 2, task->signal->live.counter == 0);
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
    put_kernel_str(h.b, 0, task->comm);
    put_kernel_str(h.b, 1, comm);
    hook_end(&h, EVENT_task_rename);
    return 0;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_sched_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_sched_switch, false, next))
        return 0;
    put_int(h.b, 0, bpf_get_smp_processor_id());
    put_int(h.b, 1, prev->pid);
    put_kernel_str(h.b, 2, prev->comm);
    put_int(h.b, 3, next->pid);
    put_kernel_str(h.b, 4, next->comm);
    hook_end(&h, EVENT_sched_switch);
    return 0;
}
