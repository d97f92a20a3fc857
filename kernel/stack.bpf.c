// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The user stack of an event, once for all programs: where it was, and in which file. A task may be
 * gone before anybody can look at its memory map, so each address is looked up here; a file's path
 * is sent with the first frame in it.
 */
#include "path.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define VM_EXEC    4
#define PAGE_SHIFT 12
#define ENOENT     2

/* Files whose path was sent. Whoever lost it deletes the entry, and is told again. */
struct {
    __uint(type, BPF_MAP_TYPE_LRU_HASH);
    __uint(max_entries, 1); /* STACK_FILES where stacks are asked for */
    __type(key, struct stack_file);
    __type(value, __u8);
} stack_files SEC(".maps");

struct stack_loop {
    struct build *b;
};

struct stack_region {
    __u64 start, offset, flags, file, special;
};

static long region_seen(struct task_struct *task, struct vm_area_struct *vma,
                        struct stack_region *r)
{
    r->start = vma->vm_start;
    r->offset = vma->vm_pgoff << PAGE_SHIFT;
    r->flags = vma->vm_flags;
    r->file = (__u64)vma->vm_file;
    r->special = (__u64)vma->vm_ops;
    return 0;
}

static __always_inline void frame_file(struct abi_frame *f, struct file *file)
{
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    f->dev = inode_dev(inode);
    f->inode = BPF_CORE_READ(inode, i_ino);
    f->ctime = inode_ctime(inode);
}

/* Where frame i goes in the record; NULL when there is no room. */
static __always_inline struct abi_frame *frame_at(struct build *b, __u32 i)
{
    __u32 at = b->stack.at;
    KEEP(at);
    if (at > BUILD_MAX || i >= ABI_STACK_MAX)
        return NULL;
    return (struct abi_frame *)&b
        ->data[at + sizeof(struct abi_field) + i * sizeof(struct abi_frame)];
}

/*
 * Frames are found by frame pointers. Where a program has none, what is taken for one leads
 * anywhere: the first that is no code ends the stack.
 */
static long take_frame(__u32 i, struct stack_loop *loop)
{
    struct build *b = loop->b;
    struct stack_region r = {};
    struct abi_frame *f;
    __u64 address;
    long err;
    if (i >= ABI_STACK_MAX || i >= b->stack.count)
        return 1;
    address = b->stack.addresses[i];
    err = bpf_find_vma(bpf_get_current_task_btf(), address, region_seen, &r, 0);
    if (i && (err == -ENOENT || (!err && !(r.flags & VM_EXEC)))) {
        b->stack.count = i;
        return 1;
    }
    f = frame_at(b, i);
    if (!f)
        return 1;
    f->address = address;
    f->offset = f->inode = f->ctime = f->dev = f->told = 0;
    b->stack.files[i] = r.file;
    if (err) {
        f->kind = err == -ENOENT ? ABI_MAPPED_NOTHING : ABI_MAPPED_BUSY;
        return 0;
    }
    f->kind = r.file ? ABI_MAPPED_FILE : r.special ? ABI_MAPPED_SPECIAL : ABI_MAPPED_ANONYMOUS;
    f->offset = address - r.start + (r.file ? r.offset : 0);
    if (r.file)
        frame_file(f, (struct file *)r.file);
    return 0;
}

/* Marks frames in files whose path was not sent yet. */
static long mark_untold(__u32 i, struct stack_loop *loop)
{
    struct build *b = loop->b;
    struct stack_file key = {}; /* on the stack: older verifiers take no key from a record */
    struct abi_frame *f = frame_at(b, i);
    __u8 one = 1;
    if (!f || i >= b->stack.count)
        return 1;
    key.inode = f->inode;
    key.ctime = f->ctime;
    key.dev = f->dev;
    key.mnt_ns = build_record(b)->mnt_ns;
    f->told = f->kind == ABI_MAPPED_FILE && !bpf_map_lookup_elem(&stack_files, &key) &&
              !bpf_map_update_elem(&stack_files, &key, &one, BPF_NOEXIST);
    return 0;
}

/* By itself: the resolver below it needs what the stack of a program has left. */
static long tell_path(__u32 i, struct stack_loop *loop)
{
    struct build *b = loop->b;
    struct abi_frame *f = frame_at(b, i);
    if (!f || i >= b->stack.count)
        return 1;
    if (f->told)
        put_walk(b, ABI_INDEX_FRAME_PATH, path_of_file(&b->path, (struct file *)b->stack.files[i]),
                 ABI_WHY_FAULT);
    return 0;
}

GLOBAL int put_stack(struct build *b)
{
    struct stack_loop loop = {.b = b};
    __u32 at = 0, count;
    long n;
    if (!b || !user_stacks || build_record(b)->flags & ABI_F_NO_TASK)
        return 0;
    n = bpf_get_task_stack(bpf_get_current_task_btf(), b->stack.addresses,
                           sizeof(b->stack.addresses), BPF_F_USER_STACK);
    if (n < 8) {
        put_missing(b, ABI_INDEX_FRAMES, ABI_WHY_ABSENT); /* a kernel thread */
        return 0;
    }
    if (!put_room(b, &at))
        return 0;
    b->stack.at = at;
    b->stack.count = (__u32)n / 8;
    bpf_loop(ABI_STACK_MAX, take_frame, &loop, 0);
    count = b->stack.count;
    KEEP(count);
    if (at > BUILD_MAX || count > ABI_STACK_MAX)
        return 0;
    put_head((void *)&b->data[at], ABI_INDEX_FRAMES, ABI_PRESENT, 0,
             count * sizeof(struct abi_frame));
    b->len = at + sizeof(struct abi_field) + count * sizeof(struct abi_frame);
    b->fields++;
    bpf_loop(ABI_STACK_MAX, mark_untold, &loop, 0);
    bpf_loop(ABI_STACK_MAX, tell_path, &loop, 0);
    return 0;
}
