/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks that ask the kernel by trying: a map is made, or a program of two instructions loaded,
 * and closed again. Nothing is attached, so nothing runs.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/checks.h"
#include "source/privilege.h"

static const char *reason(int err)
{
    switch (err) {
    case EPERM:
        return privilege_traces()
                   ? "the kernel forbids it, although the privileges are in effect: by its "
                     "configuration, lockdown, a security module or seccomp"
                   : "the privileges are missing";
    case EACCES:
        return "the kernel's verifier refused";
    case EINVAL:
    case ENOENT:
        return "this kernel does not have it";
    default:
        return "the kernel failed";
    }
}

static const char *remedy_for(int err)
{
    if (err == EPERM && !privilege_traces())
        return "run ratel as root, outside of containers without privileges";
    return err == ENOMEM ? "free memory, or raise the cgroup's limit" : "";
}

static void judge(struct finding *f, int fd, const char *what)
{
    int err = fd < 0 ? -fd : 0;

    if (fd >= 0) {
        close(fd);
        finding_works(f, "%s", what);
    } else {
        finding_fails(f, remedy_for(err), "%s (%s)", reason(err), strerror(err));
    }
}

/* Loads "return 0". A descriptor or -errno. */
static int load(enum bpf_prog_type type, enum bpf_attach_type attach)
{
    static const struct bpf_insn insns[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach);
    int fd =
        bpf_prog_load(type, "ratel_probe", "GPL", insns, sizeof(insns) / sizeof(insns[0]), &opts);

    return fd < 0 ? -errno : fd;
}

void check_program(struct finding *f)
{
    judge(f, load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0), "one loads");
}

void check_ring(struct finding *f)
{
    int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ratel_probe", 0, 0, 64 * 1024, NULL);

    judge(f, fd < 0 ? -errno : fd, "one can be made");
}

/* Task storage wants its key and value described: two ints. */
static int make_task_storage(void)
{
    struct btf *btf = btf__new_empty();
    int fd = -1, id;

    if (!btf)
        return -errno;
    id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
    if (id < 0) {
        fd = id;
    } else if (btf__load_into_kernel(btf)) {
        fd = -errno;
    } else {
        LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC,
                    .btf_fd = (__u32)btf__fd(btf), .btf_key_type_id = (__u32)id,
                    .btf_value_type_id = (__u32)id);
        fd = bpf_map_create(BPF_MAP_TYPE_TASK_STORAGE, "ratel_probe", 4, 4, 0, &opts);
        fd = fd < 0 ? -errno : fd;
    }
    btf__free(btf);
    return fd;
}

void check_task_storage(struct finding *f)
{
    judge(f, make_task_storage(), "one can be made");
}

void check_cgroup_skb(struct finding *f)
{
    judge(f, load(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS), "one loads");
}
