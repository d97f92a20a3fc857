// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Kernel modules. */
#include "hook.bpf.h"
#include "path.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#ifdef __TARGET_ARCH_x86
#define NR_FINIT_MODULE 313
#else
#define NR_FINIT_MODULE 273
#endif

/* The fields that module_load and module_free share. */
static __always_inline void put_module(struct build *b, struct module *mod)
{
    put_kernel_str(b, FIELD(module_load, name), mod->name);
    put_kernel_str(b, FIELD(module_load, version), mod->version);
    put_kernel_str(b, FIELD(module_load, src_version), mod->srcversion);
}

/* The file that finit_module(2) was given; init_module(2) gives memory, which has no path. */
SUBPROGRAM int put_module_file(struct build *b, struct task_struct *task)
{
    struct file *f = NULL;
    struct inode *inode;
    __u64 args[6] = {};
    if (!task)
        return 0;
    if (current_syscall(task) == NR_FINIT_MODULE && !task_in_compat(task)) {
        regs_args((struct pt_regs *)bpf_task_pt_regs(task), false, args);
        f = fd_file(task, (int)args[0]);
    }
    if (!f) {
        for (__u16 i = FIELD(module_load, pathname); i <= FIELD(module_load, ctime); i++)
            put_missing(b, i, ABI_WHY_UNSUPPORTED);
        return 0;
    }
    inode = BPF_CORE_READ(f, f_inode);
    put_file_path(b, FIELD(module_load, pathname), f);
    put_int(b, FIELD(module_load, dev), inode_dev(inode));
    put_int(b, FIELD(module_load, inode), BPF_CORE_READ(inode, i_ino));
    put_int(b, FIELD(module_load, ctime), inode_ctime(inode));
    return 0;
}

SEC("tp_btf/module_load")
int BPF_PROG(on_module_load, struct module *mod)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_module_load, false, NULL))
        return 0;
    put_module(h.b, mod);
    put_module_file(h.b, h.task);
    hook_end(&h, EVENT_module_load);
    return 0;
}

SEC("tp_btf/module_free")
int BPF_PROG(on_module_free, struct module *mod)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_module_free, false, NULL))
        return 0;
    put_module(h.b, mod);
    hook_end(&h, EVENT_module_free);
    return 0;
}
