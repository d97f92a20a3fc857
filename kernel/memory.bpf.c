// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Mappings of memory: made, and what they may be used for. */
#include "path.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PROT_WRITE     2
#define PROT_EXEC      4
#define PROT_ALL       7 /* the same bits in a region's vm_flags */
#define PROT_GROWS     0x3000000u
#define MAP_ANONYMOUS  0x20
#define PAGE_SHIFT     12
#define MMAP2_SHIFT    12 /* mmap2 counts in 4 KiB, whatever the size of a page */
#define OFF_UNKNOWN    ~0ull
#define ERRNO_MAX      4095
#define IS_ERROR(ret_) ((__u64)(ret_) >= (__u64)-ERRNO_MAX)

/* Values of mem_prot_alert.alert. */
enum { ALERT_NONE, ALERT_MAPPED_WX, ALERT_X_ADDED, ALERT_W_ADDED, ALERT_W_DROPPED };

/* What mmap was given. */
struct mmap_call {
    __u64 addr, len, prot, flags, fd;
    __u64 off; /* bytes */
};

/* The 32-bit mmap passes all of it in memory. */
static __always_inline bool mmap_old(struct mmap_call *m, __u64 ptr)
{
    __u32 args[6] = {};
    if (bpf_probe_read_user(args, sizeof(args), (void *)ptr))
        return false;
    m->addr = args[0];
    m->len = args[1];
    m->prot = args[2];
    m->flags = args[3];
    m->fd = args[4];
    m->off = args[5];
    return true;
}

static __always_inline __u16 current_call(void)
{
    struct task_struct *task = bpf_get_current_task_btf();
    int nr = current_syscall(task);
    return nr < 0 ? 0 : plan_of((__u32)nr, task_in_compat(task))->event;
}

static __always_inline bool in_mmap(void)
{
    __u16 event = current_call();
    return event == EVENT_mmap || event == EVENT_mmap2;
}

/* True when the current task is in mmap or mmap2. */
SUBPROGRAM int mmap_given(struct mmap_call *m)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = task_in_compat(task);
    __u16 event = current_call();
    __u64 args[6];
    int found = 0;
    if (event == EVENT_mmap || event == EVENT_mmap2) {
        regs_args((struct pt_regs *)bpf_task_pt_regs(task), compat, args);
        m->addr = args[0];
        m->len = args[1];
        m->prot = args[2];
        m->flags = args[3];
        m->fd = args[4];
        m->off = event == EVENT_mmap2 ? args[5] << MMAP2_SHIFT : args[5];
        found = compat && event == EVENT_mmap ? mmap_old(m, args[0]) : 1;
    }
    KEEP(found);
    return found;
}

static __always_inline struct file *mmap_file_given(const struct mmap_call *m)
{
    if (m->flags & MAP_ANONYMOUS)
        return NULL;
    return fd_file(bpf_get_current_task_btf(), (int)m->fd);
}

/* Device, inode and change time, from index on; without a file, there are none. */
static __always_inline void put_inode(struct build *b, __u16 index, struct file *file)
{
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    if (!inode) {
        for (__u16 i = 0; i < 3; i++)
            put_missing(b, index + i, ABI_WHY_ABSENT);
        return;
    }
    put_int(b, index, inode_dev(inode));
    put_int(b, index + 1, BPF_CORE_READ(inode, i_ino));
    put_int(b, index + 2, inode_ctime(inode));
}

/* Five fields from index on: pathname, flags, dev, inode, ctime. */
SUBPROGRAM int put_mapped(struct build *b, __u16 index, struct file *file)
{
    if (BPF_CORE_READ(file, f_inode)) {
        put_file_path(b, index, file);
        put_int(b, index + 1, BPF_CORE_READ(file, f_flags));
    } else {
        put_missing(b, index, ABI_WHY_ABSENT);
        put_missing(b, index + 1, ABI_WHY_ABSENT);
    }
    put_inode(b, index + 2, file);
    return 0;
}

SUBPROGRAM int emit_mmap_file(struct file *file, __u64 prot, __u64 flags)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_mmap_file, false, NULL))
        return 0;
    put_mapped(h.b, FIELD(security_mmap_file, pathname), file);
    put_int(h.b, FIELD(security_mmap_file, prot), prot);
    put_int(h.b, FIELD(security_mmap_file, mmap_flags), flags);
    hook_end(&h, EVENT_security_mmap_file);
    return 0;
}

SUBPROGRAM int emit_shared_object(struct file *file)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_shared_object_loaded, false, NULL))
        return 0;
    put_mapped(h.b, FIELD(shared_object_loaded, pathname), file);
    hook_end(&h, EVENT_shared_object_loaded);
    return 0;
}

/* When each process began to run its program, where that was seen. Threads have their leader's. */
struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, __u64);
} program_starts SEC(".maps");

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_program_start, struct task_struct *task)
{
    __u64 *start =
        bpf_task_storage_get(&program_starts, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    if (start)
        *start = bpf_ktime_get_boot_ns();
    return 0;
}

/*
 * A library, for ratel to look into: it makes the event of it, or none (src/source/libraries.c).
 * Which program of the process it belongs to is told by when that began, in place of a result; 0
 * for one from before, or that it has from its parent.
 */
static __always_inline void emit_library(struct file *file, enum event_slot slot, enum event_id id,
                                         __u16 path, __u16 dev)
{
    struct hook_run h;
    __u64 *start;
    if (!hook_begin(&h, slot, false, NULL))
        return;
    put_file_path(h.b, path, file);
    put_inode(h.b, dev, file);
    start = bpf_task_storage_get(&program_starts, h.task->group_leader, NULL, 0);
    hook_finish(&h, id, ABI_F_NO_RET, start ? (long)*start : 0);
}

SUBPROGRAM int emit_symbols_loaded(struct file *file)
{
    emit_library(file, SLOT_symbols_loaded, EVENT_symbols_loaded,
                 FIELD(symbols_loaded, library_path), FIELD(symbols_loaded, dev));
    return 0;
}

SUBPROGRAM int emit_symbols_collision(struct file *file)
{
    emit_library(file, SLOT_symbols_collision, EVENT_symbols_collision,
                 FIELD(symbols_collision, loaded_path), FIELD(symbols_collision, dev));
    return 0;
}

/*
 * Memory without a file passes the check too. The file is looked at through its inode as well: most
 * verifiers take an argument that is a pointer for one that is never null.
 */
static __always_inline void mmap_file(struct file *file, __u64 prot, __u64 flags, __u8 via)
{
    if (!file || !BPF_CORE_READ(file, f_inode))
        return;
    if (seen_by(SLOT_security_mmap_file, via))
        emit_mmap_file(file, prot, flags);
    if (!(prot & PROT_EXEC) ||
        !(event_sets[SLOT_shared_object_loaded] | event_sets[SLOT_symbols_loaded] |
          event_sets[SLOT_symbols_collision]) ||
        !in_mmap())
        return;
    if (seen_by(SLOT_shared_object_loaded, via))
        emit_shared_object(file);
    if (seen_by(SLOT_symbols_loaded, via))
        emit_symbols_loaded(file);
    if (seen_by(SLOT_symbols_collision, via))
        emit_symbols_collision(file);
}

LSM_PROG(mmap_file, "mmap_file", mmap_file(file, reqprot, flags, via), struct file *file,
         unsigned long reqprot, unsigned long prot, unsigned long flags)
ENTRY_PROGS(security_mmap_file, "security_mmap_file", mmap_file(file, prot, flags, via),
            struct file *file, unsigned long prot, unsigned long flags)

/* What mem_prot_alert and security_file_mprotect tell. */
struct protect {
    struct file *file; /* that is mapped there; NULL for none */
    __u64 addr, len;
    __u32 prot, prev_prot;
    __s32 pkey;
    __u32 alert;
};

SUBPROGRAM int emit_alert(const struct protect *p, __u8 via)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_mem_prot_alert, false, NULL))
        return DONE;
    h.via = via << ABI_VIA_SHIFT; /* one way is of two kinds */
    put_int(h.b, FIELD(mem_prot_alert, alert), p->alert);
    put_int(h.b, FIELD(mem_prot_alert, addr), p->addr);
    put_int(h.b, FIELD(mem_prot_alert, len), p->len);
    put_int(h.b, FIELD(mem_prot_alert, prot), p->prot);
    put_int(h.b, FIELD(mem_prot_alert, prev_prot), p->prev_prot);
    if (p->file)
        put_file_path(h.b, FIELD(mem_prot_alert, pathname), p->file);
    else
        put_missing(h.b, FIELD(mem_prot_alert, pathname), ABI_WHY_ABSENT);
    put_inode(h.b, FIELD(mem_prot_alert, dev), p->file);
    hook_end(&h, EVENT_mem_prot_alert);
    return DONE;
}

SUBPROGRAM int emit_mprotect(const struct protect *p)
{
    struct hook_run h;
    struct file *file = p->file;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    if (!hook_begin(&h, SLOT_security_file_mprotect, false, NULL))
        return DONE;
    if (inode) {
        put_file_path(h.b, FIELD(security_file_mprotect, pathname), file);
        put_int(h.b, FIELD(security_file_mprotect, ctime), inode_ctime(inode));
    } else {
        put_missing(h.b, FIELD(security_file_mprotect, pathname), ABI_WHY_ABSENT);
        put_missing(h.b, FIELD(security_file_mprotect, ctime), ABI_WHY_ABSENT);
    }
    put_int(h.b, FIELD(security_file_mprotect, prot), p->prot);
    put_int(h.b, FIELD(security_file_mprotect, prev_prot), p->prev_prot);
    put_int(h.b, FIELD(security_file_mprotect, addr), p->addr);
    put_int(h.b, FIELD(security_file_mprotect, len), p->len);
    put_int(h.b, FIELD(security_file_mprotect, pkey), (__s64)p->pkey);
    hook_end(&h, EVENT_security_file_mprotect);
    return DONE;
}

static __always_inline __u32 protect_alert(__u32 prev, __u32 prot)
{
    __u32 both = PROT_WRITE | PROT_EXEC;
    if (!(prot & PROT_EXEC))
        return ALERT_NONE;
    if (!(prev & PROT_EXEC))
        return ALERT_X_ADDED;
    if ((prev & both) == both)
        return prot & PROT_WRITE ? ALERT_NONE : ALERT_W_DROPPED;
    return prot & PROT_WRITE ? ALERT_W_ADDED : ALERT_NONE;
}

static __always_inline void protect_events(struct protect *p, __u8 via, bool alerts)
{
    if (seen_by(SLOT_security_file_mprotect, via))
        CALL(emit_mprotect(p));
    p->alert = protect_alert(p->prev_prot, p->prot);
    if (alerts && p->alert)
        CALL(emit_alert(p, via));
}

/* The range and key of mprotect and pkey_mprotect; false in any other call. */
static __always_inline bool protect_given(struct protect *p, __u16 event, const __u64 *args)
{
    if (event != EVENT_mprotect && event != EVENT_pkey_mprotect)
        return false;
    p->addr = args[0];
    p->len = args[1];
    p->pkey = event == EVENT_pkey_mprotect ? (__s32)args[3] : -1;
    return true;
}

/* Called for each region of the range. */
SUBPROGRAM int file_mprotect(struct vm_area_struct *vma, __u64 prot, __u8 via)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = task_in_compat(task);
    int nr = current_syscall(task);
    struct protect p = {.file = BPF_CORE_READ(vma, vm_file), .pkey = -1};
    __u64 args[6];
    p.prot = (__u32)prot;
    p.prev_prot = BPF_CORE_READ(vma, vm_flags) & PROT_ALL;
    if (nr >= 0) {
        regs_args((struct pt_regs *)bpf_task_pt_regs(task), compat, args);
        if (!protect_given(&p, plan_of((__u32)nr, compat)->event, args))
            nr = -1;
    }
    if (nr < 0) {
        p.addr = BPF_CORE_READ(vma, vm_start);
        p.len = BPF_CORE_READ(vma, vm_end) - p.addr;
    }
    protect_events(&p, via, seen_by(SLOT_mem_prot_alert, via));
    return 0;
}

SECURITY_PROGS(file_mprotect, "file_mprotect", file_mprotect(vma, reqprot, via),
               struct vm_area_struct *vma, unsigned long reqprot)

SUBPROGRAM int alert_mapped(const struct mmap_call *m, struct file *file, __u64 addr, __u8 via)
{
    struct protect p = {.file = file, .addr = addr, .len = m->len, .alert = ALERT_MAPPED_WX};
    p.prot = (__u32)m->prot;
    if ((p.prot & (PROT_WRITE | PROT_EXEC)) == (PROT_WRITE | PROT_EXEC))
        CALL(emit_alert(&p, via));
    return DONE;
}

/* Asked for every address that is given out; only those of mmap are new mappings with a say. */
static __always_inline void mmap_addr(__u64 addr, __u8 via)
{
    struct mmap_call m = {};
    if (seen_by(SLOT_mem_prot_alert, via) && mmap_given(&m))
        CALL(alert_mapped(&m, mmap_file_given(&m), addr, via));
}

SECURITY_PROGS(mmap_addr, "mmap_addr", mmap_addr(addr, via), unsigned long addr)

SUBPROGRAM int emit_do_mmap(const struct mmap_call *m, struct file *file, __u64 ret)
{
    struct hook_run h;
    __u32 flags = ABI_F_NO_RET;
    if (!hook_begin(&h, SLOT_do_mmap, false, NULL))
        return DONE;
    /* Decided once: at a second test Linux 6.1 takes one of its branches for dead. */
    if (IS_ERROR(ret)) {
        put_missing(h.b, FIELD(do_mmap, addr), ABI_WHY_FAILED);
        flags = 0;
    } else {
        put_int(h.b, FIELD(do_mmap, addr), ret);
    }
    KEEP(flags);
    put_mapped(h.b, FIELD(do_mmap, pathname), file);
    if (m->off == OFF_UNKNOWN)
        put_missing(h.b, FIELD(do_mmap, pgoff), ABI_WHY_UNSUPPORTED);
    else
        put_int(h.b, FIELD(do_mmap, pgoff), m->off >> PAGE_SHIFT);
    put_int(h.b, FIELD(do_mmap, len), m->len);
    put_int(h.b, FIELD(do_mmap, prot), m->prot);
    put_int(h.b, FIELD(do_mmap, mmap_flags), m->flags);
    hook_finish(&h, EVENT_do_mmap, (__u16)flags, (long)ret);
    return DONE;
}

/*
 * The place in the file is the last argument but two; how many there are differs (6.6 put one
 * before it), and the kernel tells it to fexit programs alone. By kprobe it is that of the call.
 */
SEC("fexit/do_mmap")
int BPF_PROG(fexit_do_mmap, struct file *file, unsigned long addr, unsigned long len,
             unsigned long prot, unsigned long flags)
{
    struct mmap_call m = {.len = len, .prot = prot, .flags = flags};
    __u64 ret = 0, pgoff = 0, count = bpf_get_func_arg_cnt(ctx);
    bpf_get_func_arg(ctx, (__u32)count - 3, &pgoff);
    bpf_get_func_ret(ctx, &ret);
    m.off = pgoff << PAGE_SHIFT;
    CALL(emit_do_mmap(&m, file, ret));
    return 0;
}

SEC("kprobe/do_mmap")
int begin_do_mmap(struct pt_regs *regs)
{
    return probe_begin(regs, HOOK_begin_do_mmap);
}

SEC("kretprobe/do_mmap")
int kretprobe_do_mmap(struct pt_regs *regs)
{
    struct probe_call *c = probe_end(regs, HOOK_begin_do_mmap);
    struct mmap_call m = {};
    if (!c)
        return 0;
    if (!mmap_given(&m))
        m.off = OFF_UNKNOWN;
    m.len = c->values[2];
    m.prot = c->values[3];
    m.flags = c->values[4];
    CALL(emit_do_mmap(&m, (struct file *)c->values[0], PT_REGS_RC(regs)));
    return 0;
}

/*
 * Mappings as mmap tells of them when it returns: only those of system calls, and only those that
 * came to be. Whether a call that failed got as far as the check is not known.
 */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_mmap, struct pt_regs *regs, long ret)
{
    struct mmap_call m = {};
    struct file *file;
    if (IS_ERROR(ret) || !mmap_given(&m))
        return 0;
    file = mmap_file_given(&m);
    if (seen_by(SLOT_do_mmap, ABI_HOOK_sys_exit))
        CALL(emit_do_mmap(&m, file, ret));
    if (file)
        mmap_file(file, m.prot, m.flags, ABI_HOOK_sys_exit);
    if (seen_by(SLOT_mem_prot_alert, ABI_HOOK_sys_exit))
        CALL(alert_mapped(&m, file, ret, ABI_HOOK_sys_exit));
    return 0;
}

/* What is known of a region. */
struct region {
    struct file *file;
    __u64 flags;
};

static long region_seen(struct task_struct *task, struct vm_area_struct *vma, struct region *r)
{
    r->file = vma->vm_file;
    r->flags = vma->vm_flags;
    return 0;
}

/*
 * The same as the check inside, told before the call: of the region that the range begins in. The
 * kernel's own first tests are made here too; it gets no further with a range that fails them.
 */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_mprotect, struct pt_regs *regs, long id)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = task_in_compat(task);
    struct region r = {};
    struct protect p = {};
    __u64 args[6];
    regs_args(regs, compat, args);
    if (!protect_given(&p, plan_of((__u32)id, compat)->event, args))
        return 0;
    if (!p.len || p.addr & ((1 << PAGE_SHIFT) - 1) ||
        bpf_find_vma(task, p.addr, region_seen, &r, 0))
        return 0;
    p.file = r.file;
    p.prot = (__u32)args[2] & ~PROT_GROWS;
    p.prev_prot = r.flags & PROT_ALL;
    protect_events(&p, ABI_HOOK_sys_enter, seen_by(SLOT_mem_prot_alert, ABI_HOOK_sys_exit));
    return 0;
}
