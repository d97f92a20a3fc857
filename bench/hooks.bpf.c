/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/* Nothing, on the hooks of the kernel's own functions. */
#include "types.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/file_open")
int open_lsm(void *ctx)
{
    return 0;
}

SEC("fentry/security_file_open")
int open_fentry(void *ctx)
{
    return 0;
}

SEC("kprobe/security_file_open")
int open_kprobe(void *ctx)
{
    return 0;
}

SEC("fexit/vfs_write")
int write_fexit(void *ctx)
{
    return 0;
}

SEC("kprobe/vfs_write")
int write_kprobe(void *ctx)
{
    return 0;
}

SEC("kretprobe/vfs_write")
int write_kretprobe(void *ctx)
{
    return 0;
}
