/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF by bare calls: a map, a program that does nothing, the same attached to something for a
 * moment.
 *   bpf map                     made, and opened a second time by its number
 *   bpf prog                    loaded, and opened a second time
 *   bpf raw_tracepoint NAME
 *   bpf kprobe FUNCTION         by a perf event; kretprobe; kprobe_link: by a link of its own
 *   bpf uprobe                  of this program
 *   bpf kprobe_multi F1 F2
 *   bpf fentry|lsm FUNCTION     by the kernel's types
 *   bpf refuse                  an LSM program that refuses this process a directory: only on a
 * test machine bpf device DIRECTORY        to a cgroup, and away again bpf device_rule DIRECTORY
 * mounts a hierarchy of version 1 there: only on a test machine SKIP: what this kernel, or the
 * privilege, does not allow.
 */
#include "provoke.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define KPROBE_MULTI 42 /* BPF_TRACE_KPROBE_MULTI */

/* With the kernel's own reason. */
static void refused(const char *why)
{
    printf("SKIP=%s (%s)\n", why, strerror(errno));
    exit(0);
}

static int bpf(int cmd, union bpf_attr *attr, unsigned size)
{
    return (int)syscall(SYS_bpf, cmd, attr, size);
}

#define CALL(helper)                                                                               \
    {                                                                                              \
        .code = BPF_JMP | BPF_CALL, .imm = (helper)                                                \
    }
/* What these helpers are as bits: 5 and 8 of the first word, 125 - 64 of the second. */
#define HELPERS "[288,2305843009213693952,0,0]"

static int load(uint32_t type, uint32_t expected, uint32_t btf_id)
{
    static const struct bpf_insn code[] = {
        CALL(BPF_FUNC_ktime_get_ns),
        CALL(BPF_FUNC_get_smp_processor_id),
        CALL(BPF_FUNC_ktime_get_boot_ns),
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr attr = {.prog_type = type,
                           .insns = (uintptr_t)code,
                           .insn_cnt = sizeof(code) / sizeof(*code),
                           .license = (uintptr_t) "GPL",
                           .expected_attach_type = expected,
                           .attach_btf_id = btf_id,
                           .prog_name = "provoked"};
    /* A cgroup's program answers 1, not 0, where it refuses nothing. */
    struct bpf_insn own[sizeof(code) / sizeof(*code)];
    struct bpf_prog_info info = {0};
    union bpf_attr ask = {.info = {.info = (uintptr_t)&info, .info_len = sizeof(info)}};
    int fd;

    memcpy(own, code, sizeof(own));
    own[3].imm = type == BPF_PROG_TYPE_CGROUP_DEVICE;
    attr.insns = (uintptr_t)own;
    fd = bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
    if (fd < 0)
        refused("no BPF program of this kind");
    ask.info.bpf_fd = (uint32_t)fd;
    check(bpf(BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask)) == 0);
    say("PID", "%d", getpid());
    say("ID", "%u", info.id);
    say("HELPERS", "%s", HELPERS);
    return fd;
}

static void mode_map(int argc, char **argv)
{
    union bpf_attr make = {.map_type = BPF_MAP_TYPE_ARRAY,
                           .key_size = 4,
                           .value_size = 8,
                           .max_entries = 1,
                           .map_name = "provoked_map"};
    struct bpf_map_info info = {0};
    union bpf_attr ask = {.info = {.info = (uintptr_t)&info, .info_len = sizeof(info)}};
    union bpf_attr again = {0};
    int fd = bpf(BPF_MAP_CREATE, &make, sizeof(make));

    (void)argc;
    (void)argv;
    if (fd < 0)
        refused("no BPF map");
    ask.info.bpf_fd = (uint32_t)fd;
    check(bpf(BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask)) == 0);
    again.map_id = info.id;
    if (bpf(BPF_MAP_GET_FD_BY_ID, &again, sizeof(again)) < 0)
        refused("no privilege to open a map by its number");
    say("PID", "%d", getpid());
    say("ID", "%u", info.id);
}

static void mode_prog(int argc, char **argv)
{
    union bpf_attr again = {0};
    struct bpf_prog_info info = {0};
    union bpf_attr ask = {.info = {.info = (uintptr_t)&info, .info_len = sizeof(info)}};

    (void)argc;
    (void)argv;
    ask.info.bpf_fd = (uint32_t)load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0);
    check(bpf(BPF_OBJ_GET_INFO_BY_FD, &ask, sizeof(ask)) == 0);
    again.prog_id = info.id;
    if (bpf(BPF_PROG_GET_FD_BY_ID, &again, sizeof(again)) < 0)
        refused("no privilege to open a program by its number");
}

static void mode_raw_tracepoint(int argc, char **argv)
{
    union bpf_attr attr = {0};
    int fd;

    check(argc == 1);
    attr.raw_tracepoint.name = (uintptr_t)argv[0];
    attr.raw_tracepoint.prog_fd = (uint32_t)load(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0);
    fd = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
    if (fd < 0)
        refused("no such tracepoint");
    close(fd);
}

static unsigned unit(const char *name, const char *what)
{
    char path[128];
    unsigned number;
    FILE *f;

    snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/%s", name, what);
    f = fopen(path, "r");
    if (!f)
        refused("no such events");
    check(fscanf(f, strcmp(what, "type") ? "config:%u" : "%u", &number) == 1);
    fclose(f);
    return number;
}

static void write_rule(const char *folder, const char *file, const char *rule)
{
    char path[4200];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", folder, file);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    check(fd >= 0 && write(fd, rule, strlen(rule)) == (ssize_t)strlen(rule));
    close(fd);
}

static void mode_device_rule(int argc, char **argv)
{
    char folder[4096], cgroup[4100];

    check(argc == 1);
    snprintf(folder, sizeof(folder), "%.4000s/devices", argv[0]);
    snprintf(cgroup, sizeof(cgroup), "%s/a", folder);
    check(mkdir(folder, 0755) == 0);
    if (mount("none", folder, "cgroup", 0, "devices"))
        refused("no hierarchy of devices");
    check(mkdir(cgroup, 0755) == 0);
    write_rule(cgroup, "devices.deny", "b 7:* rwm");
    write_rule(cgroup, "devices.allow", "b 7:* rw");
    say("PID", "%d", getpid());
    say("FOLDER", "%s", folder);
    check(rmdir(cgroup) == 0);
    check(umount(folder) == 0);
}

/* Attached by ioctl, or by a link. The event must be closed. */
static int attach_perf(struct perf_event_attr *event, bool link)
{
    int prog = load(BPF_PROG_TYPE_KPROBE, 0, 0);
    int fd = (int)syscall(SYS_perf_event_open, event, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
    union bpf_attr attr = {.link_create = {.prog_fd = (uint32_t)prog,
                                           .target_fd = (uint32_t)fd,
                                           .attach_type = BPF_PERF_EVENT}};

    if (fd < 0)
        refused("no such event");
    if (link)
        check(bpf(BPF_LINK_CREATE, &attr, sizeof(attr)) >= 0);
    else
        check(ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog) == 0);
    return fd;
}

/* Where the kernel put a kprobe: behind the mark for indirect calls that a function may begin with.
 */
static unsigned long probed(const char *wanted)
{
    char line[512], name[256];
    unsigned long address;
    FILE *f = fopen("/sys/kernel/debug/kprobes/list", "r");

    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%lx %*c %255[^+ ]", &address, name) == 2 && strcmp(name, wanted) == 0) {
            fclose(f);
            return address;
        }
    }
    refused("the kernel does not list its kprobes");
    return 0;
}

static void kprobe(int argc, char **argv, bool returns, bool link)
{
    struct perf_event_attr event = {.size = sizeof(event), .disabled = 1};
    int fd;

    check(argc == 1);
    event.type = unit("kprobe", "type");
    if (returns)
        event.config = 1ull << unit("kprobe", "format/retprobe");
    event.kprobe_func = (uintptr_t)argv[0];
    fd = attach_perf(&event, link);
    say("ADDRESS", "%lu", probed(argv[0]));
    close(fd);
}

static void mode_kprobe(int argc, char **argv)
{
    kprobe(argc, argv, false, false);
}

static void mode_kretprobe(int argc, char **argv)
{
    kprobe(argc, argv, true, false);
}

static void mode_kprobe_link(int argc, char **argv)
{
    kprobe(argc, argv, false, true);
}

static void mode_uprobe(int argc, char **argv)
{
    struct perf_event_attr event = {.size = sizeof(event), .disabled = 1};
    char self[4096] = "";
    extern const char __executable_start[];

    (void)argc;
    (void)argv;
    check(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    event.type = unit("uprobe", "type");
    event.uprobe_path = (uintptr_t)self;
    event.probe_offset = (uint64_t)((uintptr_t)mode_map - (uintptr_t)__executable_start);
    close(attach_perf(&event, false));
    say("SELF", "%s", self);
    say("OFFSET", "%llu", (unsigned long long)event.probe_offset);
}

static void mode_kprobe_multi(int argc, char **argv)
{
    /* As bpf(2) takes it: the struct is younger than some headers. */
    struct {
        uint32_t prog_fd, target_fd, attach_type, flags;
        uint32_t kind, count;
        uint64_t names, addresses, cookies;
    } link = {.attach_type = KPROBE_MULTI, .count = 2};
    uint64_t addresses[2];
    int fd;

    check(argc == 2);
    addresses[0] = needed_symbol(argv[0]);
    addresses[1] = needed_symbol(argv[1]);
    link.addresses = (uintptr_t)addresses;
    link.prog_fd = (uint32_t)load(BPF_PROG_TYPE_KPROBE, KPROBE_MULTI, 0);
    fd = bpf(BPF_LINK_CREATE, (union bpf_attr *)&link, sizeof(link));
    if (fd < 0)
        refused("no links of many kprobes");
    say("ADDRESS", "%lu", (unsigned long)addresses[0]);
}

/* The number of a function among the kernel's types. */
static uint32_t function_id(const char *wanted)
{
    struct btf_header *h;
    struct stat st;
    char *all, *at;
    FILE *f = fopen("/sys/kernel/btf/vmlinux", "r");

    if (!f)
        refused("no types of the kernel");
    check(fstat(fileno(f), &st) == 0);
    all = malloc((size_t)st.st_size);
    check(all && fread(all, 1, (size_t)st.st_size, f) == (size_t)st.st_size);
    fclose(f);
    h = (void *)all; /* as malloc aligns it */
    at = all + h->hdr_len + h->type_off;
    for (uint32_t id = 1; at < all + h->hdr_len + h->type_off + h->type_len; id++) {
        const struct btf_type *t = (const void *)at;
        uint32_t n = BTF_INFO_VLEN(t->info), kind = BTF_INFO_KIND(t->info);

        if (kind == BTF_KIND_FUNC &&
            strcmp(all + h->hdr_len + h->str_off + t->name_off, wanted) == 0)
            return id;
        at += sizeof(*t);
        if (kind == BTF_KIND_INT || kind == BTF_KIND_VAR || kind == BTF_KIND_DECL_TAG)
            at += 4;
        else if (kind == BTF_KIND_ARRAY)
            at += sizeof(struct btf_array);
        else if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION || kind == BTF_KIND_DATASEC ||
                 kind == BTF_KIND_ENUM64)
            at += n * 12;
        else if (kind == BTF_KIND_ENUM || kind == BTF_KIND_FUNC_PROTO)
            at += n * 8;
    }
    refused("the function is not there");
    return 0;
}

static void tracing(int argc, char **argv, uint32_t type, uint32_t attach)
{
    union bpf_attr attr = {0};
    int fd;

    check(argc == 1);
    attr.raw_tracepoint.prog_fd = (uint32_t)load(type, attach, function_id(argv[0]));
    fd = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
    if (fd < 0)
        refused("it can't be attached");
    close(fd);
    say("ADDRESS", "%lu", needed_symbol(argv[0]));
}

static void mode_fentry(int argc, char **argv)
{
    tracing(argc, argv, BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY);
}

static void mode_lsm(int argc, char **argv)
{
    tracing(argc, argv, BPF_PROG_TYPE_LSM, BPF_LSM_MAC);
}

/* Refuses what the process asks for, and lets others pass. */
static int load_refusal(uint32_t btf_id)
{
    const struct bpf_insn code[] = {
        CALL(BPF_FUNC_get_current_pid_tgid),
        {.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = 0, .imm = 32},
        {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .off = 2, .imm = getpid()},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0},
        {.code = BPF_JMP | BPF_EXIT},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -EPERM},
        {.code = BPF_JMP | BPF_EXIT},
    };
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_LSM,
                           .insns = (uintptr_t)code,
                           .insn_cnt = sizeof(code) / sizeof(*code),
                           .license = (uintptr_t) "GPL",
                           .expected_attach_type = BPF_LSM_MAC,
                           .attach_btf_id = btf_id};

    return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void mode_refuse(int argc, char **argv)
{
    union bpf_attr attr = {0};
    int program, fd;

    (void)argv;
    check(argc == 0);
    if (!getenv("RATEL_VM"))
        skip("only a test machine is to be refused anything");
    program = load_refusal(function_id("bpf_lsm_inode_mkdir"));
    attr.raw_tracepoint.prog_fd = (uint32_t)program;
    fd = program < 0 ? -1 : bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
    if (fd < 0)
        skip("no BPF program of the LSM");
    check(mkdir("refused", 0700) < 0 && errno == EPERM);
    close(fd);
    check(mkdir("allowed", 0700) == 0);
    say("PID", "%d", getpid());
}

static void mode_device(int argc, char **argv)
{
    union bpf_attr attr = {.attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI};
    struct stat st;
    int fd;

    check(argc == 1);
    fd = open(argv[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(fd >= 0 && fstat(fd, &st) == 0);
    attr.attach_bpf_fd = (uint32_t)load(BPF_PROG_TYPE_CGROUP_DEVICE, 0, 0);
    attr.target_fd = (uint32_t)fd;
    if (bpf(BPF_PROG_ATTACH, &attr, sizeof(attr)))
        refused("no programs of cgroups");
    attr.attach_flags = 0;
    check(bpf(BPF_PROG_DETACH, &attr, sizeof(attr)) == 0);
    say("CGROUP", "%lu", (unsigned long)st.st_ino);
}

int main(int argc, char **argv)
{
    static const struct mode modes[] = {{"map", mode_map},
                                        {"prog", mode_prog},
                                        {"raw_tracepoint", mode_raw_tracepoint},
                                        {"kprobe", mode_kprobe},
                                        {"kretprobe", mode_kretprobe},
                                        {"kprobe_link", mode_kprobe_link},
                                        {"uprobe", mode_uprobe},
                                        {"kprobe_multi", mode_kprobe_multi},
                                        {"fentry", mode_fentry},
                                        {"lsm", mode_lsm},
                                        {"refuse", mode_refuse},
                                        {"device", mode_device},
                                        {"device_rule", mode_device_rule},
                                        {NULL, NULL}};

    return run_mode(modes, argc, argv);
}
