// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Programs on their way into memory, and threads on their way out. */
#include "call.bpf.h"
#include "probe.bpf.h"
#include "stash.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define FAILED(field) FIELD(process_execute_failed, field)

#define AT_FDCWD  -100
#define VIEW_MASK 0x3fff /* bytes of what is kept of a view: two paths and five fields at most */

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

static __always_inline __u16 exec_call(struct task_struct *task)
{
    int nr = current_syscall(task);
    __u16 event = nr < 0 ? 0 : plan_of((__u32)nr, task_in_compat(task))->event;
    return event == EVENT_execve || event == EVENT_execveat ? event : 0;
}

/*
 * The kernel found the file and is about to run it. Kept until the call returns, when it is known
 * whether that went well; by then the kernel has closed it again.
 */
SUBPROGRAM int view_begin(struct linux_binprm *bprm)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct file *file = BPF_CORE_READ(bprm, file);
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    struct task_state *s;
    struct build *b;
    if (!exec_call(task) || !(current_scope() & event_sets[SLOT_process_execute_failed]))
        return 0;
    s = task_state_get(task);
    if (!s)
        return 0;
    view_free(s);
    b = stash_take(&s->view, task->pid);
    if (!b) {
        s->view = STASH_FULL;
        return 0;
    }
    build_reset(b);
    put_file_path(b, FAILED(binary_path), file);
    put_int(b, FAILED(binary_device_id), inode_dev(inode));
    put_int(b, FAILED(binary_inode_number), BPF_CORE_READ(inode, i_ino));
    put_int(b, FAILED(binary_ctime), inode_ctime(inode));
    put_int(b, FAILED(binary_inode_mode), BPF_CORE_READ(inode, i_mode));
    return 0;
}

/* Linux before 6.10 has no sched_prepare_exec: arguments are read again here. */
SUBPROGRAM int bprm_creds(struct linux_binprm *bprm)
{
    stash_again();
    return view_begin(bprm);
}

ENTRY_PROGS(bprm_creds, "security_bprm_creds_for_exec", bprm_creds(bprm), struct linux_binprm *bprm)

/* The attempt is over; which interpreter it came to, if it named one, is known by now. */
SUBPROGRAM int view_end(struct linux_binprm *bprm, int ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct task_state *s = bpf_task_storage_get(&task_states, task, NULL, 0);
    struct build *b = s ? stash_at(s->view) : NULL;
    if (b && ret < 0)
        put_kernel_str(b, FAILED(interpreter_path), BPF_CORE_READ(bprm, interp));
    return 0;
}

/* It returns an int: what else is in the register means nothing. */
RETURN_PROGS(bprm_execve, "bprm_execve", view_end(bprm, (int)ret), struct linux_binprm *bprm)

/* The fields of a view, in one piece. */
static __always_inline void put_view(struct build *b, const struct build *view)
{
    __u32 at = b->len, n = view->len - sizeof(struct abi_record);
    KEEP(at);
    KEEP(n);
    n &= VIEW_MASK;
    if (at > BUILD_MAX - VIEW_MASK - 1)
        return;
    if (bpf_probe_read_kernel(&b->data[at], n, &view->data[sizeof(struct abi_record)]))
        return;
    b->len = at + n;
    b->fields += view->fields;
}

/* What the kernel found: nothing, where it gave up before it opened the file. */
SUBPROGRAM int put_found(struct build *b, struct task_struct *task)
{
    enum abi_reason why = ABI_WHY_FAILED;
    struct task_state *s;
    struct build *view;
    if (!task)
        return 0;
    s = bpf_task_storage_get(&task_states, task, NULL, 0);
    view = s ? stash_at(s->view) : NULL;
    if (view) {
        put_view(b, view);
        return 0;
    }
    if (seen_by(SLOT_process_execute_failed, ABI_HOOK_sys_exit))
        why = ABI_WHY_UNSUPPORTED;
    else if (s && s->view == STASH_FULL)
        why = ABI_WHY_NO_ROOM;
    for (__u16 i = FAILED(binary_path); i <= FAILED(interpreter_path); i++)
        put_missing(b, i, why);
    return 0;
}

/* The call did not replace the program, so its arguments are still where they were. */
SUBPROGRAM int emit_failed(struct pt_regs *regs, long ret)
{
    struct hook_run h;
    __u64 args[8] = {};
    bool at, compat;
    if (!hook_begin(&h, SLOT_process_execute_failed, false, NULL))
        return 0;
    compat = task_in_compat(h.task);
    regs_args(regs, compat, args);
    at = exec_call(h.task) == EVENT_execveat;
    put_int(h.b, FAILED(dirfd), at ? (__s64)(int)args[0] : AT_FDCWD);
    put_int(h.b, FAILED(flags), at ? (__s64)(int)args[4] : 0);
    put_user_str(h.b, FAILED(pathname), args[at]);
    put_found(h.b, h.task);
    put_stdin(h.b, h.task, FAILED(stdin_type));
    put_int(h.b, FAILED(kernel_invoked), !!(task_plain(h.task)->real_parent->flags & PF_KTHREAD));
    put_user_strv(h.b, FAILED(argv), args[at + 1], compat ? 4 : 8);
    put_user_strv(h.b, FAILED(envp), args[at + 2], compat ? 4 : 8);
    hook_end_ret(&h, EVENT_process_execute_failed, ret);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_exec_failed, struct pt_regs *regs, long ret)
{
    struct task_state *s;
    if (ret < 0)
        emit_failed(regs, ret);
    if (seen_by(SLOT_process_execute_failed, ABI_HOOK_sys_exit))
        return 0;
    s = bpf_task_storage_get(&task_states, bpf_get_current_task_btf(), NULL, 0);
    if (s)
        view_free(s);
    return 0;
}
