// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Bytes read from and written to files. */
#include "named.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define FMODE_STREAM 0x200000 /* there are no places in it */
#define O_APPEND     02000
#define RWF_APPEND   0x10

/* vlen stands where count does. */
#define SAME_FIELDS(event)                                                                         \
    _Static_assert(FIELD(event, pathname) == FIELD(vfs_write, pathname) &&                         \
                       FIELD(event, dev) == FIELD(vfs_write, dev) &&                               \
                       FIELD(event, inode) == FIELD(vfs_write, inode) &&                           \
                       FIELD(event, pos) == FIELD(vfs_write, pos),                                 \
                   #event " has the fields of vfs_write")
SAME_FIELDS(vfs_writev);
SAME_FIELDS(vfs_read);
SAME_FIELDS(vfs_readv);
SAME_FIELDS(__kernel_write);

/* Where bytes were moved, or why that can't be told. */
struct place {
    __s64 from;
    enum abi_reason missing; /* ABI_WHY_NONE: .from is it */
};

/* The place that a function was given and has left behind what it moved. */
static __always_inline struct place place_before(const __s64 *pos, long ret)
{
    struct place p = {.missing = ABI_WHY_ABSENT};
    if (!pos)
        return p;
    p.missing = bpf_probe_read_kernel(&p.from, sizeof(p.from), pos) ? ABI_WHY_FAULT : ABI_WHY_NONE;
    if (ret > 0)
        p.from -= ret;
    return p;
}

static __always_inline void put_transfer(struct hook_run *h, enum event_id event, struct file *file,
                                         __u64 count, const struct place *p, long ret)
{
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    put_file_path(h->b, FIELD(vfs_write, pathname), file);
    put_int(h->b, FIELD(vfs_write, dev), inode_dev(inode));
    put_int(h->b, FIELD(vfs_write, inode), BPF_CORE_READ(inode, i_ino));
    put_int(h->b, FIELD(vfs_write, count), count);
    if (p->missing)
        put_missing(h->b, FIELD(vfs_write, pos), p->missing);
    else
        put_int(h->b, FIELD(vfs_write, pos), p->from);
    hook_end_ret(h, event, ret);
}

/* Where the bytes of a write are. */
enum bytes_kind { BYTES_USER, BYTES_KERNEL, BYTES_LIST };

/* One of a list of parts: where and how many bytes. False where the list can't be read. */
SUBPROGRAM int read_part(__u64 *part, __u64 list, __u32 i)
{
    __u32 half[2] = {};
    long err;
    if (task_in_compat(bpf_get_current_task_btf())) {
        err = bpf_probe_read_user(half, sizeof(half), (void *)(list + i * sizeof(half)));
        part[0] = half[0];
        part[1] = half[1];
    } else {
        err = bpf_probe_read_user(part, 2 * sizeof(*part), (void *)(list + i * 2 * sizeof(*part)));
    }
    return !err;
}

/* Copying the first bytes of a list of parts, of which some may have none. */
struct parts {
    __u64 list;
    __u32 at; /* place in the record of the field they are put in */
    __u32 i, have, want;
};

/* The bytes of the next one. Not 0 where they can't be read. */
GLOBAL int add_part(struct build *b, struct parts *p)
{
    __u64 part[2] = {};
    __u32 at, have, take;
    if (!b || !p || !read_part(part, p->list, p->i))
        return 1;
    at = p->at;
    have = p->have & (MAGIC_BYTES - 1);
    take = part[1] < p->want - p->have ? (__u32)part[1] : p->want - p->have;
    KEEP(at);
    KEEP(take);
    take &= 2 * MAGIC_BYTES - 1;
    if (at > BUILD_MAX)
        return 1;
    p->i++;
    p->have += take;
    return take && bpf_probe_read_user(&b->data[at + sizeof(struct abi_field) + have], take,
                                       (void *)part[0]);
}

static __always_inline long read_list(struct build *b, __u32 at, __u64 list, __u64 parts,
                                      __u32 want)
{
    struct parts p = {.list = list, .at = at, .want = want};
    for (__u32 i = 0; i < 8; i++) {
        if (i >= parts || p.have >= want)
            break;
        if (add_part(b, &p))
            return -1;
    }
    return p.have;
}

GLOBAL int put_magic(struct build *b, __u32 kind, __u64 from, __u64 parts, __u64 ret)
{
    __u32 at = 0, n = ret < MAGIC_BYTES ? (__u32)ret : MAGIC_BYTES;
    char *to = b ? put_room(b, &at) : NULL;
    long have = n;
    if (!to)
        return 0;
    KEEP(n);
    n &= 2 * MAGIC_BYTES - 1;
    if (kind == BYTES_LIST)
        have = read_list(b, at, from, parts, n);
    else if (kind == BYTES_KERNEL ? bpf_probe_read_kernel(to, n, (void *)from)
                                  : bpf_probe_read_user(to, n, (void *)from))
        have = -1;
    if (have < 0)
        put_missing(b, FIELD(magic_write, bytes), ABI_WHY_FAULT);
    else
        put_done(b, FIELD(magic_write, bytes), at, (__u32)have & (2 * MAGIC_BYTES - 1),
                 have < n ? ABI_WHY_LIMIT : 0);
    return 0;
}

/* The beginning of a file, or of a block device, was written. */
SUBPROGRAM int magic_write(struct file *file, enum bytes_kind kind, __u64 from, __u64 parts,
                           long ret)
{
    struct hook_run h;
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    __u16 type = BPF_CORE_READ(inode, i_mode) & S_IFMT;
    if ((type != S_IFREG && type != S_IFBLK) || !hook_begin(&h, SLOT_magic_write, false, NULL))
        return 0;
    put_file_path(h.b, FIELD(magic_write, pathname), file);
    put_magic(h.b, kind, from, parts, ret);
    put_int(h.b, FIELD(magic_write, dev), inode_dev(inode));
    put_int(h.b, FIELD(magic_write, inode), BPF_CORE_READ(inode, i_ino));
    hook_end_ret(&h, EVENT_magic_write, ret);
    return 0;
}

static __always_inline bool is_magic(const struct place *p, long ret)
{
    return event_sets[SLOT_magic_write] && ret > 0 && !p->missing && !p->from;
}

SUBPROGRAM int vfs_write(struct file *file, __u64 from, __u64 count, __s64 *pos, long ret)
{
    struct hook_run h;
    struct place p;
    bool wanted = hook_begin(&h, SLOT_vfs_write, false, NULL);
    p = place_before(pos, ret);
    if (wanted)
        put_transfer(&h, EVENT_vfs_write, file, count, &p, ret);
    if (is_magic(&p, ret))
        magic_write(file, BYTES_USER, from, 0, ret);
    return 0;
}

RETURN_PROGS(vfs_write, "vfs_write", vfs_write(file, (__u64)buf, count, pos, ret),
             struct file *file, const char *buf, unsigned long count, __s64 *pos)

SUBPROGRAM int vfs_writev(struct file *file, __u64 from, __u64 parts, __s64 *pos, long ret)
{
    struct hook_run h;
    struct place p;
    bool wanted = hook_begin(&h, SLOT_vfs_writev, false, NULL);
    p = place_before(pos, ret);
    if (wanted)
        put_transfer(&h, EVENT_vfs_writev, file, parts, &p, ret);
    if (is_magic(&p, ret))
        magic_write(file, BYTES_LIST, from, parts, ret);
    return 0;
}

RETURN_PROGS(vfs_writev, "vfs_writev", vfs_writev(file, number_of(ctx, 1), parts, pos, ret),
             struct file *file, const void *vec, unsigned long parts, __s64 *pos)

SUBPROGRAM int kernel_write(struct file *file, __u64 from, __u64 count, __s64 *pos, long ret)
{
    struct hook_run h;
    struct place p;
    bool wanted = hook_begin(&h, SLOT___kernel_write, false, NULL);
    p = place_before(pos, ret);
    if (wanted)
        put_transfer(&h, EVENT___kernel_write, file, count, &p, ret);
    if (is_magic(&p, ret))
        magic_write(file, BYTES_KERNEL, from, 0, ret);
    return 0;
}

RETURN_PROGS(kernel_write, "__kernel_write", kernel_write(file, number_of(ctx, 1), count, pos, ret),
             struct file *file, const void *buf, unsigned long count, __s64 *pos)

SUBPROGRAM int vfs_read(struct file *file, __u64 count, __s64 *pos, long ret)
{
    struct hook_run h;
    struct place p;
    if (!hook_begin(&h, SLOT_vfs_read, false, NULL))
        return 0;
    p = place_before(pos, ret);
    put_transfer(&h, EVENT_vfs_read, file, count, &p, ret);
    return 0;
}

RETURN_PROGS(vfs_read, "vfs_read", vfs_read(file, count, pos, ret), struct file *file,
             const char *buf, unsigned long count, __s64 *pos)

SUBPROGRAM int vfs_readv(struct file *file, __u64 parts, __s64 *pos, long ret)
{
    struct hook_run h;
    struct place p;
    if (!hook_begin(&h, SLOT_vfs_readv, false, NULL))
        return 0;
    p = place_before(pos, ret);
    put_transfer(&h, EVENT_vfs_readv, file, parts, &p, ret);
    return 0;
}

RETURN_PROGS(vfs_readv, "vfs_readv", vfs_readv(file, parts, pos, ret), struct file *file,
             const void *vec, unsigned long parts, __s64 *pos)

/* What the calls that move bytes have in common. */
struct transfer {
    struct file *file;
    struct place place;
    __u64 from, count;
    bool list;
};

/*
 * The place in the file of a call that returned: the one that it was given, or else the file's,
 * which is behind what was moved. A write that appends says nowhere where it was.
 */
static __always_inline struct place called_place(const struct called *c, struct file *file,
                                                 bool writes, long ret)
{
    struct place p = {};
    __u64 at = c->args[3];
    bool given = c->event != EVENT_read && c->event != EVENT_readv && c->event != EVENT_write &&
                 c->event != EVENT_writev;
    bool second = c->event == EVENT_preadv2 || c->event == EVENT_pwritev2;
    if (given)
        at = called_wide(c, 3);
    if (BPF_CORE_READ(file, f_mode) & FMODE_STREAM)
        p.missing = ABI_WHY_ABSENT;
    else if (!given || (second && at == (__u64)-1))
        p.from = BPF_CORE_READ(file, f_pos) - ret;
    else if (writes && (BPF_CORE_READ(file, f_flags) & O_APPEND ||
                        (c->event == EVENT_pwritev2 && c->args[5] & RWF_APPEND)))
        p.missing = ABI_WHY_UNSUPPORTED;
    else
        p.from = (__s64)at;
    return p;
}

/* False where another thread has closed the file. */
static __always_inline bool transfer_of(struct transfer *t, const struct pt_regs *regs, bool writes,
                                        long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct called c;
    called_of(&c, task, regs);
    t->file = fd_file(task, (int)c.args[0]);
    if (!t->file)
        return false;
    t->place = called_place(&c, t->file, writes, ret);
    t->from = c.args[1];
    t->count = c.args[2];
    t->list = c.event != EVENT_read && c.event != EVENT_pread64 && c.event != EVENT_write &&
              c.event != EVENT_pwrite64;
    return true;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_write, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct transfer t;
    if (ret < 0 || !transfer_of(&t, regs, true, ret))
        return 0;
    if (!t.list && hook_begin(&h, SLOT_vfs_write, false, NULL))
        put_transfer(&h, EVENT_vfs_write, t.file, t.count, &t.place, ret);
    if (t.list && hook_begin(&h, SLOT_vfs_writev, false, NULL))
        put_transfer(&h, EVENT_vfs_writev, t.file, t.count, &t.place, ret);
    if (is_magic(&t.place, ret))
        magic_write(t.file, t.list ? BYTES_LIST : BYTES_USER, t.from, t.count, ret);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_read, struct pt_regs *regs, long ret)
{
    struct hook_run h;
    struct transfer t;
    if (ret < 0 || !transfer_of(&t, regs, false, ret))
        return 0;
    if (!t.list && hook_begin(&h, SLOT_vfs_read, false, NULL))
        put_transfer(&h, EVENT_vfs_read, t.file, t.count, &t.place, ret);
    if (t.list && hook_begin(&h, SLOT_vfs_readv, false, NULL))
        put_transfer(&h, EVENT_vfs_readv, t.file, t.count, &t.place, ret);
    return 0;
}
