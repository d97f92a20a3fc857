// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Signals: sent, and delivered to a handler. */
#include "hook.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* The fields that both events share. The kernel passes small numbers in place of a pointer for
 * signals that it sends by itself. */
SUBPROGRAM int put_siginfo(struct build *b, __u64 info)
{
    struct kernel_siginfo *si = (void *)info;
    if (info > 2) {
        put_int(b, FIELD(signal_generate, errno), (__s64)BPF_CORE_READ(si, si_errno));
        put_int(b, FIELD(signal_generate, code), (__s64)BPF_CORE_READ(si, si_code));
    } else {
        put_int(b, FIELD(signal_generate, errno), 0);
        put_int(b, FIELD(signal_generate, code), info ? 0x80 /* SI_KERNEL */ : 0 /* SI_USER */);
    }
    return 0;
}

SEC("tp_btf/signal_generate")
int on_signal_generate(__u64 *ctx)
{
    struct task_struct *task = (void *)ctx[2];
    struct hook_run h;
    if (!hook_begin(&h, SLOT_signal_generate, false, NULL))
        return 0;
    put_int(h.b, FIELD(signal_generate, sig), (__s64)(int)ctx[0]);
    put_siginfo(h.b, ctx[1]);
    put_int(h.b, FIELD(signal_generate, pid), BPF_CORE_READ(task, pid));
    put_kernel_str(h.b, FIELD(signal_generate, comm), &task->comm);
    put_int(h.b, FIELD(signal_generate, group), (int)ctx[3] != 0);
    put_int(h.b, FIELD(signal_generate, result), (__s64)(int)ctx[4]);
    hook_end(&h, EVENT_signal_generate);
    return 0;
}

SEC("tp_btf/signal_deliver")
int on_signal_deliver(__u64 *ctx)
{
    struct k_sigaction *ka = (void *)ctx[2];
    struct hook_run h;
    if (!hook_begin(&h, SLOT_signal_deliver, false, NULL))
        return 0;
    put_int(h.b, FIELD(signal_deliver, sig), (__s64)(int)ctx[0]);
    put_siginfo(h.b, ctx[1]);
    put_int(h.b, FIELD(signal_deliver, sa_handler), (__u64)BPF_CORE_READ(ka, sa.sa_handler));
    put_int(h.b, FIELD(signal_deliver, sa_flags), BPF_CORE_READ(ka, sa.sa_flags));
    hook_end(&h, EVENT_signal_deliver);
    return 0;
}
