// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Programs on their way into memory, and threads on their way out. */
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* argv and envp as the call has them, in fields index and index + 1; 0 for the kernel's own execs.
 */
SUBPROGRAM int put_call_strings(struct build *b, __u16 index, struct task_struct *task)
{
    __u64 args[8] = {};
    bool compat;
    __u32 at;
    int nr;
    if (!task)
        return 0;
    compat = task_in_compat(task);
    nr = current_syscall(task);
    if (nr < 0) {
        put_missing(b, index, ABI_WHY_UNSUPPORTED);
        put_missing(b, index + 1, ABI_WHY_UNSUPPORTED);
        return 0;
    }
    regs_args((struct pt_regs *)bpf_task_pt_regs(task), compat, args);
    at = plan_of((__u32)nr, compat)->event == EVENT_execveat;
    put_user_strv(b, index, args[at + 1], compat ? 4 : 8);
    put_user_strv(b, index + 1, args[at + 2], compat ? 4 : 8);
    return 0;
}

/* Three fields from index on: pathname, dev, inode. */
static __always_inline void put_program(struct build *b, __u16 index, struct file *file)
{
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    put_file_path(b, index, file);
    put_int(b, index + 1, inode_dev(inode));
    put_int(b, index + 2, BPF_CORE_READ(inode, i_ino));
}

SUBPROGRAM int bprm_check(struct linux_binprm *bprm)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_bprm_check, false, NULL))
        return 0;
    put_program(h.b, FIELD(security_bprm_check, pathname), BPF_CORE_READ(bprm, file));
    put_call_strings(h.b, FIELD(security_bprm_check, argv), h.task);
    hook_end(&h, EVENT_security_bprm_check);
    return 0;
}

SECURITY_PROGS(bprm_check, "bprm_check_security", bprm_check(bprm), struct linux_binprm *bprm)

/* Once the format is known, and only then: not for a script, but for its interpreter. */
SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(on_prepare_check, struct task_struct *task, struct linux_binprm *bprm)
{
    bprm_check(bprm);
    return 0;
}

SEC("kprobe/load_elf_phdrs")
int BPF_KPROBE(kprobe_load_elf_phdrs, const void *header, struct file *file)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_load_elf_phdrs, false, NULL))
        return 0;
    put_program(h.b, FIELD(load_elf_phdrs, pathname), file);
    hook_end(&h, EVENT_load_elf_phdrs);
    return 0;
}

SUBPROGRAM int thread_exit(long code)
{
    struct hook_run h;
    if (hook_begin(&h, SLOT_do_exit, false, NULL))
        hook_end_ret(&h, EVENT_do_exit, code);
    return 0;
}

ENTRY_PROGS(do_exit, "do_exit", thread_exit(code), long code)

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit_begins, struct task_struct *task)
{
    thread_exit(task->exit_code);
    return 0;
}
