/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Credentials as a field, and as a call leaves them behind. */
#ifndef RATEL_CREDENTIAL_BPF_H
#define RATEL_CREDENTIAL_BPF_H

#include "after.bpf.h"

#define READ_CAPS(to, cred, member)                                                                \
    bpf_core_read(&(to)->cap_##member, sizeof((to)->cap_##member), &(cred)->cap_##member)

SUBPROGRAM int cred_read(struct abi_cred *to, const struct cred *cred)
{
    to->uid = BPF_CORE_READ(cred, uid.val);
    to->gid = BPF_CORE_READ(cred, gid.val);
    to->suid = BPF_CORE_READ(cred, suid.val);
    to->sgid = BPF_CORE_READ(cred, sgid.val);
    to->euid = BPF_CORE_READ(cred, euid.val);
    to->egid = BPF_CORE_READ(cred, egid.val);
    to->fsuid = BPF_CORE_READ(cred, fsuid.val);
    to->fsgid = BPF_CORE_READ(cred, fsgid.val);
    to->user_ns = BPF_CORE_READ(cred, user_ns, ns.inum);
    to->securebits = BPF_CORE_READ(cred, securebits);
    READ_CAPS(to, cred, inheritable);
    READ_CAPS(to, cred, permitted);
    READ_CAPS(to, cred, effective);
    READ_CAPS(to, cred, ambient);
    bpf_core_read(&to->cap_bounding, sizeof(to->cap_bounding), &cred->cap_bset);
    return DONE;
}

/* Credentials as a field: read here, where the verifier adds no deeper calls to their room. */
SUBPROGRAM int put_cred(struct build *b, __u16 index, const struct cred *cred)
{
    struct abi_cred c = {};
    CALL(cred_read(&c, cred));
    put_kernel_bytes(b, index, &c, sizeof(c));
    return 0;
}

/* A call that sets credentials has returned: those before are gone. */
SUBPROGRAM int returned_creds(void)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_commit_creds, true, NULL))
        return 0;
    put_missing(h.b, FIELD(commit_creds, old_cred), ABI_WHY_UNSUPPORTED);
    put_cred(h.b, FIELD(commit_creds, new_cred), task_plain(h.task)->cred);
    hook_end(&h, EVENT_commit_creds);
    return 0;
}

#endif
