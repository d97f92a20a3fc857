// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Kernel memory for user space, which runs this as often as it wants to look at a piece. */
#include "inspect_plan.h"
#include "task.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SHARED char inspect_chunk[INSPECT_CHUNK] = {};

/* Arguments: address, and how many bytes, at most INSPECT_CHUNK. 0 or -errno. */
SEC("raw_tp")
int read_kernel(__u64 *args)
{
    __u64 len = args[1];
    if (len > INSPECT_CHUNK)
        return -22; /* EINVAL */
    return (int)bpf_probe_read_kernel(inspect_chunk, (__u32)len, (const void *)args[0]);
}
