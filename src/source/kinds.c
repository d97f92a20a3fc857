/* SPDX-License-Identifier: Apache-2.0 */
#include "source/kinds.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "source/attach.h"
#include "source/kernel.h"
#include "source/privilege.h"

#define KIND_MULTI ABI_HOOK_KIND_COUNT /* beside the kinds: many kprobes at once */

#define KERNEL_ENOTSUPP 524 /* not for user space, but BPF returns it */

/*
 * The first three run when a task asks for its CPUs, its session, or sets its name: call_targets.
 * An iterator's program runs when it is read.
 */
const char *const kind_targets[KIND_TARGETS] = {
    [KIND_TARGET_FUNCTION] = "sched_getaffinity",
    [KIND_TARGET_CHECK] = "task_getsid",
    [KIND_TARGET_TRACEPOINT] = "task_rename",
    [KIND_TARGET_ITERATOR] = "bpf_iter_task",
};

/* What a kind is tried with. */
struct trial {
    enum bpf_prog_type type;
    enum bpf_attach_type attach;
    uint8_t target; /* KIND_TARGET_*, of kinds whose program is loaded for its hook */
    bool by_type;   /* the program is loaded for its hook, by the number of a type */
};

static const struct trial trials[KIND_MULTI + 1] = {
    [ABI_HOOK_tp_btf] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, KIND_TARGET_TRACEPOINT, true},
    [ABI_HOOK_lsm] = {BPF_PROG_TYPE_LSM, BPF_LSM_MAC, KIND_TARGET_CHECK, true},
    [ABI_HOOK_fentry] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, KIND_TARGET_FUNCTION, true},
    [ABI_HOOK_fexit] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, KIND_TARGET_FUNCTION, true},
    [ABI_HOOK_kprobe] = {.type = BPF_PROG_TYPE_KPROBE},
    [ABI_HOOK_kretprobe] = {.type = BPF_PROG_TYPE_KPROBE},
    [ABI_HOOK_tracepoint] = {.type = BPF_PROG_TYPE_TRACEPOINT},
    [ABI_HOOK_uprobe] = {.type = BPF_PROG_TYPE_KPROBE},
    [ABI_HOOK_uretprobe] = {.type = BPF_PROG_TYPE_KPROBE},
    [ABI_HOOK_iter] = {BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, KIND_TARGET_ITERATOR, true},
    [KIND_MULTI] = {.type = BPF_PROG_TYPE_KPROBE, .attach = BPF_TRACE_KPROBE_MULTI},
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool tried[KIND_MULTI + 1];
static char refusals[KIND_MULTI + 1][160];

/* A program that writes 1 into the map's only value and returns 0. A descriptor or -errno. */
static int load(const struct trial *t, uint32_t type_id, int map)
{
    const struct bpf_insn insns[] = {
        {.code = BPF_LD | BPF_DW | BPF_IMM,
         .dst_reg = 1,
         .src_reg = BPF_PSEUDO_MAP_VALUE,
         .imm = map},
        {0},
        {.code = BPF_ST | BPF_MEM | BPF_DW, .dst_reg = 1, .imm = 1},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = t->attach,
                .attach_btf_id = type_id);
    int fd =
        bpf_prog_load(t->type, "ratel_try", "GPL", insns, sizeof(insns) / sizeof(*insns), &opts);
    return fd < 0 ? -errno : fd;
}

/* Where uprobes are tried: a function of ours, which must stay one. */
__attribute__((noinline)) int kind_uprobe_target(int x);
int kind_uprobe_target(int x)
{
    __asm__ volatile("" : "+r"(x));
    return x;
}

/* A uprobe where that function stands, in the file that it was loaded from. fd or -errno. */
static int attach_to_ourselves(int program, bool returns)
{
    FILE *f = fopen("/proc/self/maps", "re");
    uintptr_t target = (uintptr_t)kind_uprobe_target;
    char line[PATH_MAX + 128];
    unsigned long from, to, offset;
    int rc = -ENOENT, path = 0;
    while (f && rc == -ENOENT && fgets(line, sizeof(line), f)) {
        line[strcspn(line, "\n")] = '\0';
        if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %n", &from, &to, &offset, &path) == 3 &&
            target >= from && target < to)
            rc = attach_uprobe(program, line + path, target - from + offset, returns);
    }
    if (f)
        fclose(f);
    return rc;
}

static uint64_t tracepoint_number(const char *group, const char *name)
{
    static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};
    unsigned long long id = 0;
    for (unsigned i = 0; i < sizeof(roots) / sizeof(*roots) && !id; i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/events/%s/%s/id", roots[i], group, name);
        FILE *f = fopen(path, "re");
        if (f && fscanf(f, "%llu", &id) != 1)
            id = 0;
        if (f)
            fclose(f);
    }
    return id;
}

/* An address of a function that can have kprobes, 0 when the kernel does not tell. */
static uint64_t function_address(void)
{
    int err;
    const char *name = kind_targets[KIND_TARGET_FUNCTION];
    const struct symbol *s = kernel_symbol_places(name, strlen(name), &err);
    return s ? s->at[0] : 0;
}

/* An iterator that has been read to its end. fd or -errno. */
static int read_iterator(int program)
{
    char text[64];
    int fd = attach_task_iterator(program, 0, (uint32_t)gettid());
    while (fd >= 0 && read(fd, text, sizeof(text)) > 0)
        ;
    return fd;
}

static int attach(unsigned kind, int program)
{
    const char *function = kind_targets[KIND_TARGET_FUNCTION];
    uint64_t at;
    switch (kind) {
    case ABI_HOOK_kprobe:
    case ABI_HOOK_kretprobe:
        return attach_kprobe(program, function, 0, kind == ABI_HOOK_kretprobe);
    case KIND_MULTI:
        at = function_address();
        return at ? attach_kprobes(program, &at, 1, false) : -ENOENT;
    case ABI_HOOK_uprobe:
    case ABI_HOOK_uretprobe:
        return attach_to_ourselves(program, kind == ABI_HOOK_uretprobe);
    case ABI_HOOK_tracepoint:
        at = tracepoint_number("task", kind_targets[KIND_TARGET_TRACEPOINT]);
        return at ? attach_tracepoint(program, at) : -ENOENT;
    case ABI_HOOK_iter:
        return read_iterator(program);
    default:
        return attach_tracing(program);
    }
}

/* Makes every target run once. None changes anything. */
static void call_targets(void)
{
    char name[16];
    unsigned long cpus[1024]; /* as many as a kernel can have, or it refuses before the call */
    syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus);
    getsid(getpid()); /* of 0 it would not be checked */
    if (!prctl(PR_GET_NAME, name))
        prctl(PR_SET_NAME, name);
    kind_uprobe_target(0);
}

const char *kind_strerror(int err)
{
    return err == KERNEL_ENOTSUPP ? strerror(ENOTSUP) : strerror(err);
}

static void refuse(unsigned kind, const char *what, int err)
{
    const char *hint = "";
    if (err == EPERM || err == EACCES)
        hint = privilege_traces()
                   ? ": forbidden by its configuration, lockdown, a security module or seccomp"
                   : ": the privileges are missing";
    snprintf(refusals[kind], sizeof(refusals[kind]), "the kernel refuses to %s (%s)%s", what,
             kind_strerror(err), hint);
}

static bool ftrace_enabled(void)
{
    FILE *f = fopen("/proc/sys/kernel/ftrace_enabled", "re");
    int on = 1;
    if (f && fscanf(f, "%d", &on) != 1)
        on = 1;
    if (f)
        fclose(f);
    return on;
}

static void refuse_silent(unsigned kind)
{
    const char *why = "the kernel does not say why";
    if (!ftrace_enabled())
        why = "kernel.ftrace_enabled is 0";
    else if (kind == ABI_HOOK_lsm)
        why = "bpf is not in the lsm= list that the machine was booted with";
    snprintf(refusals[kind], sizeof(refusals[kind]), "programs are attached, but do not run: %s",
             why);
}

/* The kernel's number of the type that a program of this kind is loaded for; 0 when there is none.
 */
static uint32_t type_of(const struct trial *t)
{
    const char *name = kind_targets[t->target];
    const struct symbol *s = kernel_symbol(name, strlen(name));
    if (!s)
        return 0;
    if (t->type == BPF_PROG_TYPE_LSM)
        return s->check;
    return t->attach == BPF_TRACE_RAW_TP ? s->tracepoint : s->function;
}

static void try_program(unsigned kind, int map)
{
    const struct trial *t = &trials[kind];
    const uint32_t key = 0;
    uint64_t ran = 0;
    uint32_t type_id = t->by_type ? type_of(t) : 0;
    if (t->by_type && !type_id) {
        snprintf(refusals[kind], sizeof(refusals[kind]), "the kernel's types (BTF) have no %s",
                 kind_targets[t->target]);
        return;
    }
    int program = load(t, type_id, map);
    if (program < 0) {
        refuse(kind, "load a program", -program);
        return;
    }
    int fd = attach(kind, program);
    if (fd >= 0) {
        call_targets();
        close(fd);
        if (bpf_map_lookup_elem(map, &key, &ran) || !ran)
            refuse_silent(kind);
    } else if (fd == -ENOENT && (kind == ABI_HOOK_kprobe || kind == ABI_HOOK_kretprobe)) {
        snprintf(refusals[kind], sizeof(refusals[kind]), "this kernel is built without kprobes");
    } else {
        refuse(kind, "attach a program", -fd);
    }
    close(program);
}

static const char *refusal(unsigned kind)
{
    pthread_mutex_lock(&lock);
    if (!tried[kind] && trials[kind].type) {
        int map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ratel_try", 4, 8, 1, NULL);
        if (map < 0)
            refuse(kind, "make a map", errno);
        else
            try_program(kind, map);
        if (map >= 0)
            close(map);
    }
    tried[kind] = true;
    pthread_mutex_unlock(&lock);
    return *refusals[kind] ? refusals[kind] : NULL;
}

const char *kind_refusal(enum abi_hook_kind kind)
{
    return refusal(kind);
}

const char *kind_multi_refusal(void)
{
    return refusal(KIND_MULTI);
}

bool kind_can_be_tried(enum abi_hook_kind kind)
{
    return trials[kind].type;
}
