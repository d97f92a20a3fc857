/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * How long the kernel programs take for the path of a file: one descriptor of the program that
 * starts them, again and again. They are run by that program and attached to nothing.
 */
#include "path.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define ROUNDS_MAX (1 << 20)

int descriptor = 0;
__u32 rounds = 0;
__u64 took_ns = 0; /* all rounds together */
__u32 path_length = 0;
char path_text[64]; /* its beginning */

struct rounds {
    struct build *b;
    struct file *file;
};

static long round_empty(__u32 i, struct rounds *r)
{
    build_reset(r->b);
    return 0;
}

static long round_path(__u32 i, struct rounds *r)
{
    build_reset(r->b);
    put_file_path(r->b, 0, r->file);
    return 0;
}

static long round_dentry(__u32 i, struct rounds *r)
{
    struct file *f = r->file;
    build_reset(r->b);
    put_dentry_path(r->b, 0, BPF_CORE_READ(f, f_path.dentry));
    return 0;
}

static __always_inline int measure(long (*step)(__u32, struct rounds *))
{
    struct rounds r = {.b = build_begin(NULL)};
    __u64 start;
    if (!r.b)
        return 0;
    r.file = fd_file(bpf_get_current_task_btf(), descriptor);
    start = bpf_ktime_get_ns();
    bpf_loop(rounds & (ROUNDS_MAX - 1), step, &r, 0);
    took_ns = bpf_ktime_get_ns() - start;
    path_length = ((struct abi_field *)&r.b->data[sizeof(struct abi_record)])->len;
    __builtin_memcpy(path_text, &r.b->data[sizeof(struct abi_record) + sizeof(struct abi_field)],
                     sizeof(path_text));
    build_end(r.b);
    return 0;
}

SEC("raw_tp")
int empty(void *ctx)
{
    return measure(round_empty);
}

SEC("raw_tp")
int path(void *ctx)
{
    return measure(round_path);
}

SEC("raw_tp")
int dentry(void *ctx)
{
    return measure(round_dentry);
}
