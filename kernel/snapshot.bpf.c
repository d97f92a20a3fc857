// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Tasks that are there before the hooks are: run by the kernel for each of them as user space reads
 * the iterator. What it tells is what an event's header would say of the task.
 */
#include "credential.bpf.h"
#include "snapshot_plan.h"

char LICENSE[] SEC("license") = "GPL";

#define PF_EXITING 0x00000004u

/* Arguments of the program, which the kernel hands over by place. */
struct snapshot_args {
    struct bpf_iter_meta *meta;
    struct task_struct *task;
};

/* Of a process the end is that of its last thread, whatever became of the first one. */
static __always_inline bool has_ended(struct task_struct *task, struct task_struct *plain)
{
    if (task->pid == task->tgid)
        return !plain->signal->live.counter;
    return task->flags & PF_EXITING;
}

SUBPROGRAM int tell_file(struct snapshot_task *t, struct inode *inode)
{
    t->inode = BPF_CORE_READ(inode, i_ino);
    t->mode = BPF_CORE_READ(inode, i_mode);
    t->dev = inode_dev(inode);
    t->ctime = inode_ctime(inode);
    t->flags |= SNAPSHOT_FILE;
    return DONE;
}

SUBPROGRAM int tell_session(struct snapshot_task *t, struct signal_struct *signal)
{
    struct tty_struct *tty = BPF_CORE_READ(signal, tty);
    t->session = BPF_CORE_READ(signal, pids[PIDTYPE_SID], numbers[0].nr);
    t->group = BPF_CORE_READ(signal, pids[PIDTYPE_PGID], numbers[0].nr);
    if (tty)
        bpf_core_read_str(t->tty, sizeof(t->tty), &tty->name);
    return DONE;
}

SEC("iter/task")
int tell_task(struct snapshot_args *args)
{
    struct task_struct *task = args->task, *plain;
    struct seq_file *seq = args->meta->seq;
    struct snapshot_task t = {};
    struct inode *inode;
    if (!task)
        return 0;
    plain = task_plain(task);
    if (has_ended(task, plain))
        return 0;
    record_of(&t.r, task);
    t.r.time = bpf_ktime_get_boot_ns();
    CALL(cred_read(&t.cred, plain->cred));
    CALL(tell_session(&t, plain->signal));
    if (task->flags & PF_KTHREAD) {
        t.flags |= SNAPSHOT_KERNEL;
    } else {
        inode = BPF_CORE_READ(plain, mm, exe_file, f_inode);
        if (inode)
            CALL(tell_file(&t, inode));
    }
    bpf_seq_write(seq, &t, sizeof(t));
    return 0;
}
