// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Part of task.bpf.h that all programs share. */
#include "task.bpf.h"

char LICENSE[] SEC("license") = "GPL";

GLOBAL int record_task(struct abi_record *r)
{
    if (r)
        record_current(r);
    return 0;
}
