// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Parts of scope.bpf.h that all programs share. */
#include "scope.bpf.h"

char LICENSE[] SEC("license") = "GPL";

GLOBAL __u64 scope_ranged(__u64 mask, __u32 kind, __u64 value)
{
    for (__u32 i = 0; i < SCOPE_RANGES; i++) {
        __u32 key = kind * SCOPE_RANGES + i;
        struct scope_range *r;
        if (!(mask & (1ull << i)))
            continue;
        r = bpf_map_lookup_elem(&scope_ranges, &key);
        if (r && (value < r->low || value > r->high))
            mask &= ~(1ull << i);
    }
    return mask;
}

GLOBAL __u64 current_scope(void)
{
    return task_scope(bpf_get_current_task_btf());
}
