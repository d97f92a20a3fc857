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

#define FENTRY_FUNCTION "vfs_read"          /* a function that every kernel has */
#define LSM_FUNCTION    "bpf_lsm_file_open" /* the same among LSM hooks */

static const char *reason(int err)
{
    switch (err) {
    case EPERM:
        return check_privileged()
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
    if (err == EPERM && !check_privileged())
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
static int load(enum bpf_prog_type type, enum bpf_attach_type attach, int btf_id)
{
    static const struct bpf_insn insns[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = attach,
                .attach_btf_id = (__u32)btf_id);
    int fd =
        bpf_prog_load(type, "ratel_probe", "GPL", insns, sizeof(insns) / sizeof(insns[0]), &opts);

    return fd < 0 ? -errno : fd;
}

/* The same for a type of the kernel's BTF: -ENOENT when it has none of that name. */
static int load_btf(enum bpf_prog_type type, enum bpf_attach_type attach, const char *name,
                    unsigned kind)
{
    struct btf *btf = btf__load_vmlinux_btf();
    if (!btf)
        return -errno;
    int id = btf__find_by_name_kind(btf, name, kind);
    btf__free(btf);
    return id < 0 ? -ENOENT : load(type, attach, id);
}

void check_program(struct finding *f)
{
    judge(f, load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0), "one loads");
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

void check_fentry(struct finding *f)
{
    judge(f, load_btf(BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, FENTRY_FUNCTION, BTF_KIND_FUNC),
          "one loads");
}

/* A kind of probe is open to programs when the kernel has an event source for it. */
static bool has_event_source(const char *name)
{
    char path[128];

    snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", name);
    return !access(path, R_OK);
}

void check_kprobe(struct finding *f)
{
    if (has_event_source("kprobe"))
        judge(f, load(BPF_PROG_TYPE_KPROBE, 0, 0), "one loads");
    else
        finding_fails(f, "use a kernel built with CONFIG_KPROBE_EVENTS=y",
                      "this kernel has no event source for kprobes");
}

void check_uprobe(struct finding *f)
{
    if (has_event_source("uprobe"))
        finding_works(f, "the kernel has an event source for them");
    else
        finding_fails(f, "use a kernel built with CONFIG_UPROBE_EVENTS=y",
                      "this kernel has no event source for uprobes");
}

/* Whether "bpf" is among the security modules in use; -1: can't be told. */
static int bpf_lsm_in_use(void)
{
    char list[256] = "";
    FILE *file = fopen("/sys/kernel/security/lsm", "re");

    if (!file)
        return -1;
    if (!fgets(list, sizeof(list), file))
        list[0] = 0;
    fclose(file);
    for (const char *m = list; *m;) {
        size_t n = strcspn(m, ",\n");
        if (n == 3 && !memcmp(m, "bpf", 3))
            return 1;
        m += n + (m[n] != 0);
    }
    return 0;
}

void check_lsm(struct finding *f)
{
    int used = bpf_lsm_in_use();

    judge(f, load_btf(BPF_PROG_TYPE_LSM, BPF_LSM_MAC, LSM_FUNCTION, BTF_KIND_FUNC),
          "one loads, and bpf is among the security modules in use");
    if (f->state != STATE_WORKS || used == 1)
        return;
    if (used == 0)
        finding_fails(f, "boot with bpf in the lsm= list",
                      "one loads, but bpf is not among the security modules in use");
    else
        finding_unknown(f, "mount -t securityfs none /sys/kernel/security",
                        "one loads; whether it would run can't be told without securityfs");
}

void check_cgroup_skb(struct finding *f)
{
    judge(f, load(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 0), "one loads");
}

void check_hook(struct finding *f, const struct hook_def *hook)
{
    char name[128];

    snprintf(name, sizeof(name), "btf_trace_%s", hook->target);
    int fd = load_btf(BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, name, BTF_KIND_TYPEDEF);
    if (fd == -ENOENT)
        finding_fails(f, "", "this kernel has no such tracepoint");
    else
        judge(f, fd, "a program for it loads");
}
