// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Kernel modules: read from their files, loaded, started, freed. */
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#ifdef __TARGET_ARCH_x86
#define NR_FINIT_MODULE        313
#define NR_FINIT_MODULE_COMPAT 350
#else
#define NR_FINIT_MODULE        273
#define NR_FINIT_MODULE_COMPAT 379
#endif

#define MODULE_INIT_COMPRESSED_FILE 4

enum { ENOEXEC = 8, EEXIST = 17 };

#define MODULE_VERSION_MAX 256 /* far more than versions have */

/* A module whose initialisation the task runs: its own copy is gone when that fails. */
struct module_state {
    __u64 running;
    char name[56];
    char version[MODULE_VERSION_MAX];
    char src_version[32];
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct module_state);
} module_states SEC(".maps");

/* The fields that module_load and module_free share. */
static __always_inline void put_module(struct build *b, struct module *mod)
{
    put_kernel_str(b, FIELD(module_load, name), mod->name);
    put_kernel_str(b, FIELD(module_load, version), mod->version);
    put_kernel_str(b, FIELD(module_load, src_version), mod->srcversion);
}

/* The file that finit_module(2) was given; init_module(2) gives memory, which has no path. */
static __always_inline struct file *module_file(struct task_struct *task)
{
    bool compat = task_in_compat(task);
    __u64 args[6] = {};
    if (current_syscall(task) != (compat ? NR_FINIT_MODULE_COMPAT : NR_FINIT_MODULE))
        return NULL;
    regs_args((struct pt_regs *)bpf_task_pt_regs(task), compat, args);
    return fd_file(task, (int)args[0]);
}

SUBPROGRAM int put_module_file(struct build *b, struct task_struct *task)
{
    struct file *f = NULL;
    struct inode *inode;
    if (task)
        f = module_file(task);
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

static __always_inline void module_remember(struct module *mod)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct module_state *s =
        bpf_task_storage_get(&module_states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (!s)
        return;
    s->running = 1;
    s->version[0] = 0;
    s->src_version[0] = 0;
    bpf_probe_read_kernel_str(s->name, sizeof(s->name), mod->name);
    bpf_probe_read_kernel_str(s->version, sizeof(s->version), mod->version);
    bpf_probe_read_kernel_str(s->src_version, sizeof(s->src_version), mod->srcversion);
}

/* The next thing that this task does with the module is to start it. */
SEC("tp_btf/module_load")
int BPF_PROG(on_module_load, struct module *mod)
{
    struct hook_run h;
    if (event_sets[SLOT_do_init_module])
        module_remember(mod);
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

/* A text that the module may lack. */
static __always_inline void put_stated(struct build *b, __u16 index, const char *text)
{
    if (text[0])
        put_kernel_str(b, index, text);
    else
        put_missing(b, index, ABI_WHY_NULL);
}

SUBPROGRAM int init_module(long ret)
{
    struct hook_run h;
    struct task_struct *task = bpf_get_current_task_btf();
    struct module_state *s = bpf_task_storage_get(&module_states, task, NULL, 0);
    if (!s || !s->running)
        return 0;
    s->running = 0;
    if (!hook_begin(&h, SLOT_do_init_module, false, NULL))
        return 0;
    put_kernel_str(h.b, FIELD(do_init_module, name), s->name);
    put_stated(h.b, FIELD(do_init_module, version), s->version);
    put_stated(h.b, FIELD(do_init_module, src_version), s->src_version);
    put_int(h.b, FIELD(do_init_module, returnValue), ret);
    hook_end_ret(&h, EVENT_do_init_module, ret);
    return 0;
}

SEC("fexit/do_init_module")
int fexit_do_init_module(unsigned long long *ctx)
{
    __u64 ret = 0;
    bpf_get_func_ret(ctx, &ret);
    init_module((int)ret);
    return 0;
}

SEC("kretprobe/do_init_module")
int kretprobe_do_init_module(struct pt_regs *regs)
{
    init_module((int)PT_REGS_RC_CORE(regs));
    return 0;
}

/* The kernel reads files for itself: modules, firmware, kernels to start, policies. */
SUBPROGRAM int read_file(struct file *file, int id)
{
    struct hook_run h;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    if (!hook_begin(&h, SLOT_security_kernel_read_file, false, NULL))
        return 0;
    put_file_path(h.b, FIELD(security_kernel_read_file, pathname), file);
    put_int(h.b, FIELD(security_kernel_read_file, dev), inode_dev(inode));
    put_int(h.b, FIELD(security_kernel_read_file, inode), BPF_CORE_READ(inode, i_ino));
    put_int(h.b, FIELD(security_kernel_read_file, type), (__s64)id);
    put_int(h.b, FIELD(security_kernel_read_file, ctime), inode_ctime(inode));
    hook_end(&h, EVENT_security_kernel_read_file);
    return 0;
}

SECURITY_PROGS(kernel_read_file, "kernel_read_file", read_file(file, id), struct file *file, int id)

SUBPROGRAM int post_read_file(struct file *file, __s64 size, int id)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_kernel_post_read_file, false, NULL))
        return 0;
    put_file_path(h.b, FIELD(security_kernel_post_read_file, pathname), file);
    put_int(h.b, FIELD(security_kernel_post_read_file, size), size);
    put_int(h.b, FIELD(security_kernel_post_read_file, type), (__s64)id);
    hook_end(&h, EVENT_security_kernel_post_read_file);
    return 0;
}

SECURITY_PROGS(kernel_post_read_file, "kernel_post_read_file", post_read_file(file, size, id),
               struct file *file, char *buf, __s64 size, int id)

static __always_inline bool by_exit(enum event_slot slot)
{
    return event_sets[slot] && event_via[slot] == ABI_HOOK_sys_exit;
}

static __always_inline int reading_id(__u32 flags)
{
    if (flags & MODULE_INIT_COMPRESSED_FILE &&
        bpf_core_enum_value_exists(enum kernel_read_file_id, READING_MODULE_COMPRESSED))
        return READING_MODULE_COMPRESSED;
    return READING_MODULE;
}

/* Results that a call has only after the file was read; with others it may not have come so far. */
static __always_inline bool file_was_read(long ret)
{
    return !ret || ret == -EEXIST || ret == -ENOEXEC;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_init_module, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct file *f = module_file(task);
    __u64 args[6];
    if (f && file_was_read(ret)) {
        regs_args(regs, task_in_compat(task), args);
        if (by_exit(SLOT_security_kernel_read_file))
            read_file(f, reading_id((__u32)args[2]));
        if (by_exit(SLOT_security_kernel_post_read_file))
            post_read_file(f, BPF_CORE_READ(f, f_inode, i_size), reading_id((__u32)args[2]));
    }
    if (by_exit(SLOT_do_init_module))
        init_module(ret);
    return 0;
}
