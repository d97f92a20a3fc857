// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* What kernel code makes and asks for: programs, devices, files of its own, symbols, kprobes. */
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define S_IFREG 0100000

/* Every way to start a program ends in this function, in the task that caused it. */
SUBPROGRAM int usermodehelper(struct subprocess_info *info, int wait)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_call_usermodehelper, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(call_usermodehelper, pathname), BPF_CORE_READ(info, path));
    put_kernel_strv(h.b, FIELD(call_usermodehelper, argv), BPF_CORE_READ(info, argv));
    put_kernel_strv(h.b, FIELD(call_usermodehelper, envp), BPF_CORE_READ(info, envp));
    put_int(h.b, FIELD(call_usermodehelper, wait), (__s64)wait);
    hook_end(&h, EVENT_call_usermodehelper);
    return 0;
}

ENTRY_PROGS(usermodehelper, "call_usermodehelper_exec", usermodehelper(info, wait),
            struct subprocess_info *info, int wait)

static __always_inline void put_parent(struct build *b, __u16 index, struct dentry *parent)
{
    struct dentry *plain = NULL; /* of no type that the verifier knows */
    bpf_probe_read_kernel(&plain, sizeof(plain), &parent);
    if (plain)
        put_dentry_path(b, index, plain);
    else
        put_missing(b, index, ABI_WHY_ABSENT);
}

SUBPROGRAM int debugfs_file(const char *name, __u32 mode, struct dentry *parent, __u64 fops)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_debugfs_create_file, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(debugfs_create_file, file_name), name);
    put_parent(h.b, FIELD(debugfs_create_file, path), parent);
    put_int(h.b, FIELD(debugfs_create_file, mode), (__u16)mode);
    put_int(h.b, FIELD(debugfs_create_file, proc_ops_addr), fops);
    hook_end(&h, EVENT_debugfs_create_file);
    return 0;
}

/* The functions are the last argument: the sixth, or the seventh since there is one more. */
SEC("fentry/__debugfs_create_file")
int fentry_debugfs_file(unsigned long long *ctx)
{
    __u64 fops = 0;
    bpf_get_func_arg(ctx, (__u32)bpf_get_func_arg_cnt(ctx) - 1, &fops);
    debugfs_file((const char *)ctx[0], (__u32)ctx[1], (struct dentry *)ctx[2], fops);
    return 0;
}

static __always_inline bool debugfs_has_aux(void)
{
    return bpf_core_field_exists(((struct debugfs_inode_info *)0)->aux);
}

SEC("kprobe/__debugfs_create_file")
int kprobe_debugfs_file(struct pt_regs *regs)
{
    __u64 fops = 0;
#ifdef __TARGET_ARCH_x86
    if (debugfs_has_aux()) /* beyond six, arguments lie above the return address */
        bpf_probe_read_kernel(&fops, sizeof(fops), (void *)BPF_CORE_READ(regs, sp) + 8);
    else
        fops = BPF_CORE_READ(regs, r9);
#else
    fops = debugfs_has_aux() ? BPF_CORE_READ(regs, regs[6]) : BPF_CORE_READ(regs, regs[5]);
#endif
    debugfs_file((const char *)PT_REGS_PARM1_CORE(regs), (__u32)PT_REGS_PARM2_CORE(regs),
                 (struct dentry *)PT_REGS_PARM3_CORE(regs), fops);
    return 0;
}

SUBPROGRAM int debugfs_dir(const char *name, struct dentry *parent)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_debugfs_create_dir, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(debugfs_create_dir, name), name);
    put_parent(h.b, FIELD(debugfs_create_dir, path), parent);
    hook_end(&h, EVENT_debugfs_create_dir);
    return 0;
}

ENTRY_PROGS(debugfs_dir, "debugfs_create_dir", debugfs_dir(name, parent), const char *name,
            struct dentry *parent)

/* Where all ways to make an entry of /proc come together: proc_create and its kin. */
SUBPROGRAM int proc_register(struct proc_dir_entry *entry)
{
    struct hook_run h;
    if ((BPF_CORE_READ(entry, mode) & S_IFMT) != S_IFREG)
        return 0;
    if (!hook_begin(&h, SLOT_proc_create, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(proc_create, name), BPF_CORE_READ(entry, name));
    put_int(h.b, FIELD(proc_create, proc_ops_addr), (__u64)BPF_CORE_READ(entry, proc_ops));
    hook_end(&h, EVENT_proc_create);
    return 0;
}

ENTRY_PROGS(proc_register, "proc_register", proc_register(entry), struct proc_dir_entry *parent,
            struct proc_dir_entry *entry)

SUBPROGRAM int chrdev(__u32 major, const char *name, __u64 fops, long ret)
{
    struct hook_run h;
    int granted = (int)ret;
    if (!hook_begin(&h, SLOT_register_chrdev, false, NULL))
        return 0;
    put_int(h.b, FIELD(register_chrdev, requested_major_number), major);
    if (granted < 0)
        put_missing(h.b, FIELD(register_chrdev, granted_major_number), ABI_WHY_FAILED);
    else
        put_int(h.b, FIELD(register_chrdev, granted_major_number), granted ?: (int)major);
    put_kernel_str(h.b, FIELD(register_chrdev, char_device_name), name);
    put_int(h.b, FIELD(register_chrdev, char_device_fops), fops);
    hook_end_ret(&h, EVENT_register_chrdev, granted);
    return 0;
}

RETURN_PROGS(chrdev, "__register_chrdev", chrdev(major, name, (__u64)fops, ret), __u32 major,
             __u32 first, __u32 count, const char *name, const void *fops)

static __always_inline const char *device_name(struct device *dev)
{
    const char *name = BPF_CORE_READ(dev, init_name);
    return name ?: BPF_CORE_READ(dev, kobj.name);
}

SUBPROGRAM int device_add(struct device *dev)
{
    struct hook_run h;
    struct device *parent = BPF_CORE_READ(dev, parent);
    if (!hook_begin(&h, SLOT_device_add, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(device_add, name), device_name(dev));
    if (parent)
        put_kernel_str(h.b, FIELD(device_add, parent_name), device_name(parent));
    else
        put_missing(h.b, FIELD(device_add, parent_name), ABI_WHY_ABSENT);
    hook_end(&h, EVENT_device_add);
    return 0;
}

ENTRY_PROGS(device_add, "device_add", device_add(dev), struct device *dev)

SUBPROGRAM int kallsyms(const char *name, __u64 ret)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_kallsyms_lookup_name, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(kallsyms_lookup_name, symbol_name), name);
    put_int(h.b, FIELD(kallsyms_lookup_name, symbol_address), ret);
    hook_end(&h, EVENT_kallsyms_lookup_name);
    return 0;
}

RETURN_PROGS(kallsyms, "kallsyms_lookup_name", kallsyms(name, (__u64)ret), const char *name)

SUBPROGRAM int kprobe(struct kprobe *p, long ret)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_kprobe_attach, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(kprobe_attach, symbol_name), BPF_CORE_READ(p, symbol_name));
    put_int(h.b, FIELD(kprobe_attach, pre_handler_addr), (__u64)BPF_CORE_READ(p, pre_handler));
    put_int(h.b, FIELD(kprobe_attach, post_handler_addr), (__u64)BPF_CORE_READ(p, post_handler));
    hook_end_ret(&h, EVENT_kprobe_attach, (int)ret);
    return 0;
}

RETURN_PROGS(kprobe, "register_kprobe", kprobe(p, ret), struct kprobe *p)
