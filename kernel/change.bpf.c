// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Files that change while they are open, and pipes that could change one. */
#include "named.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PIPE_BUF_FLAG_CAN_MERGE 0x10

/* What is known of an open file whose times the kernel looked at; forgotten with the file. */
struct changed_file {
    __u64 ctime;   /* before the change that is under way */
    __u64 changed; /* it has changed since it was opened */
};

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __uint(max_entries, CHANGED_FILES);
    __type(key, __u64); /* address of the struct file */
    __type(value, struct changed_file);
} changed_files SHARED SEC(".maps");

/* The first time that a file is about to change, what it was before is kept. */
SUBPROGRAM int change_begins(struct file *file)
{
    __u64 key = (__u64)file, sets = event_sets[SLOT_file_modification];
    struct changed_file *known, fresh = {};
    struct counters *counts;
    if (!(current_scope() & sets))
        return 0;
    known = bpf_map_lookup_elem(&changed_files, &key);
    if (known && known->changed)
        return 0;
    fresh.ctime = inode_ctime(BPF_CORE_READ(file, f_inode));
    if (!bpf_map_update_elem(&changed_files, &key, &fresh, BPF_ANY))
        return 0;
    counts = event_counters(SLOT_file_modification);
    if (counts)
        count(&counts->lost[KLOSS_SCRATCH_BUSY]);
    return 0;
}

SUBPROGRAM int change_ends(struct file *file)
{
    struct hook_run h;
    __u64 key = (__u64)file, ctime;
    struct changed_file *known = bpf_map_lookup_elem(&changed_files, &key);
    struct inode *inode = BPF_CORE_READ(file, f_inode);
    if (!known || known->changed)
        return 0;
    ctime = inode_ctime(inode);
    if (ctime == known->ctime || !hook_begin(&h, SLOT_file_modification, false, NULL))
        return 0;
    known->changed = true;
    put_file_path(h.b, FIELD(file_modification, file_path), file);
    put_int(h.b, FIELD(file_modification, dev), inode_dev(inode));
    put_int(h.b, FIELD(file_modification, inode), BPF_CORE_READ(inode, i_ino));
    put_int(h.b, FIELD(file_modification, old_ctime), known->ctime);
    put_int(h.b, FIELD(file_modification, new_ctime), ctime);
    hook_end(&h, EVENT_file_modification);
    return 0;
}

SUBPROGRAM int file_free(struct file *file)
{
    __u64 key = (__u64)file;
    bpf_map_delete_elem(&changed_files, &key);
    return 0;
}

ENTRY_PROGS(file_update_time, "file_update_time", change_begins(file), struct file *file)
RETURN_PROGS(file_update_time, "file_update_time", change_ends(file), struct file *file)
ENTRY_PROGS(file_modified, "file_modified", change_begins(file), struct file *file)
RETURN_PROGS(file_modified, "file_modified", change_ends(file), struct file *file)
ENTRY_PROGS(file_free, "security_file_free", file_free(file), struct file *file)

/* The buffer that was put last into a pipe. */
static __always_inline struct pipe_buffer *last_buffer(struct pipe_inode_info *pipe)
{
    __u32 head = BPF_CORE_READ(pipe, head), size = BPF_CORE_READ(pipe, ring_size);
    __u64 bufs = (__u64)BPF_CORE_READ(pipe, bufs);
    return (struct pipe_buffer *)(bufs + (__u64)((head - 1) & (size - 1)) *
                                             bpf_core_type_size(struct pipe_buffer));
}

/*
 * Pages of a file must not be written to through the pipe that they are spliced into, which the
 * flag of its last buffer would allow: the kernel before 5.16.11 left an old one there.
 */
SUBPROGRAM int do_splice(struct file *in, __s64 *off_in, struct file *out, long ret)
{
    struct hook_run h;
    struct inode *from = BPF_CORE_READ(in, f_inode), *to = BPF_CORE_READ(out, f_inode);
    struct pipe_inode_info *pipe;
    __u32 flags;
    __s64 pos = 0;
    if (ret <= 0 || (BPF_CORE_READ(to, i_mode) & S_IFMT) != S_IFIFO)
        return 0;
    pipe = BPF_CORE_READ(to, i_pipe);
    flags = BPF_CORE_READ(last_buffer(pipe), flags);
    if (!(flags & PIPE_BUF_FLAG_CAN_MERGE) || !hook_begin(&h, SLOT_dirty_pipe_splice, false, NULL))
        return 0;
    if (off_in)
        bpf_probe_read_kernel(&pos, sizeof(pos), off_in);
    else
        pos = BPF_CORE_READ(in, f_pos);
    put_int(h.b, FIELD(dirty_pipe_splice, inode_in), BPF_CORE_READ(from, i_ino));
    put_int(h.b, FIELD(dirty_pipe_splice, in_file_type), BPF_CORE_READ(from, i_mode) & S_IFMT);
    put_file_path(h.b, FIELD(dirty_pipe_splice, in_file_path), in);
    if ((BPF_CORE_READ(from, i_mode) & S_IFMT) == S_IFIFO)
        put_missing(h.b, FIELD(dirty_pipe_splice, exposed_data_start_offset), ABI_WHY_ABSENT);
    else
        put_int(h.b, FIELD(dirty_pipe_splice, exposed_data_start_offset), pos - ret);
    put_int(h.b, FIELD(dirty_pipe_splice, exposed_data_len), ret);
    put_int(h.b, FIELD(dirty_pipe_splice, inode_out), BPF_CORE_READ(to, i_ino));
    put_int(h.b, FIELD(dirty_pipe_splice, out_pipe_last_buffer_flags), flags);
    hook_end_ret(&h, EVENT_dirty_pipe_splice, ret);
    return 0;
}

RETURN_PROGS(do_splice, "do_splice", do_splice(in, off_in, out, ret), struct file *in,
             __s64 *off_in, struct file *out)
