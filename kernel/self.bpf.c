// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Run once by ratel itself: the kernel's own word for which process that is, whatever pid namespace. */
#include "maps.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("raw_tp")
int find_self(void *ctx)
{
    self_tgid = (int)(bpf_get_current_pid_tgid() >> 32);
    return 0;
}
