/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Memory whose faults a process handles itself: an ioctl of a descriptor of userfaultfd(2). */
#ifndef RATEL_USERFAULT_BPF_H
#define RATEL_USERFAULT_BPF_H

#include "hook.bpf.h"
#include "path.bpf.h"

#define UFFDIO_REGISTER 0xc020aa00u /* _IOWR(0xaa, 0, struct uffdio_register) */

#define USERFAULTFD "[userfaultfd]" /* what the kernel calls the file */

/* Other drivers may use the same number. */
static __always_inline bool is_userfaultfd(struct file *file)
{
    static const char expected[] = USERFAULTFD;
    char name[sizeof(USERFAULTFD)] = {};
    __u8 bits = 0;
    bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
    for (unsigned i = 0; i < sizeof(name); i++) /* clang-14 would call memcmp */
        bits |= name[i] ^ expected[i];
    return !bits;
}

SUBPROGRAM int userfault_registered(const __u64 *args, long ret)
{
    struct hook_run h;
    __u64 range[3] = {}; /* start, bytes, mode */
    struct file *file = fd_file(bpf_get_current_task_btf(), (int)args[0]);
    if (!file || !is_userfaultfd(file) || !hook_begin(&h, SLOT_userfaultfd_register, false, NULL))
        return DONE;
    put_int(h.b, FIELD(userfaultfd_register, fd), (__s64)(int)args[0]);
    if (bpf_probe_read_user(range, sizeof(range), (void *)args[2])) {
        for (__u16 i = 0; i < 3; i++)
            put_missing(h.b, FIELD(userfaultfd_register, start) + i, ABI_WHY_FAULT);
    } else {
        for (__u16 i = 0; i < 3; i++)
            put_int(h.b, FIELD(userfaultfd_register, start) + i, range[i]);
    }
    hook_end_ret(&h, EVENT_userfaultfd_register, ret);
    return DONE;
}

#endif
