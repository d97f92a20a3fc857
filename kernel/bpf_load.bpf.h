/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Commands of bpf(2), maps, programs and which helpers they call: what the programs of these hooks
 * have in common.
 */
#ifndef RATEL_BPF_LOAD_BPF_H
#define RATEL_BPF_LOAD_BPF_H

#include "bpf_types.bpf.h"
#include "hook.bpf.h"

#ifdef __TARGET_ARCH_x86
#define NR_BPF        321
#define NR_BPF_COMPAT 357
#else
#define NR_BPF        280
#define NR_BPF_COMPAT 386
#endif

#define HELPER_WORDS     4 /* of 64 bits: more than there are helpers */
#define INSTRUCTIONS_MAX (1 << 20)
#define CALL_HELPER      0x85 /* BPF_JMP | BPF_CALL, source register 0 */

struct helper_set {
    __u64 words[HELPER_WORDS];
};

/* The program that a task is loading: which helpers its instructions call. */
struct prog_load {
    __u64 from; /* address of the instructions */
    __u32 user; /* of the task's memory */
    __u32 known;
    struct helper_set helpers;
};

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct prog_load);
} prog_loads SEC(".maps");

/* By id of the program. */
struct {
    __uint(type, 9); /* BPF_MAP_TYPE_LRU_HASH */
    __uint(max_entries, HELPERS_KEPT);
    __type(key, __u32);
    __type(value, struct helper_set);
} prog_helpers SEC(".maps");

struct load_loop {
    struct prog_load *load;
};

static long load_step(__u32 i, struct load_loop *loop)
{
    struct prog_load *l = loop->load;
    struct {
        __u8 code;
        __u8 registers; /* source in the upper half */
        __s16 offset;
        __u32 number;
    } insn = {};
    const void *at = (const void *)(l->from + (__u64)i * sizeof(insn));
    long err = l->user ? bpf_probe_read_user(&insn, sizeof(insn), at)
                       : bpf_probe_read_kernel(&insn, sizeof(insn), at);
    if (err) {
        l->known = 0;
        return 1;
    }
    if (insn.code == CALL_HELPER && !(insn.registers >> 4) && insn.number < 64 * HELPER_WORDS)
        l->helpers.words[insn.number / 64 & (HELPER_WORDS - 1)] |= 1ull << (insn.number & 63);
    return 0;
}

/* Kernels replace or inline the calls when they have checked a program: looked at before. */
SUBPROGRAM struct prog_load *load_begin(__u64 from, __u32 count, bool user)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct prog_load *l =
        bpf_task_storage_get(&prog_loads, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    struct load_loop loop = {.load = l};
    if (!l)
        return NULL;
    __builtin_memset(l, 0, sizeof(*l));
    l->from = from;
    l->user = user;
    l->known = 1;
    bpf_loop(count < INSTRUCTIONS_MAX ? count : INSTRUCTIONS_MAX, load_step, &loop, 0);
    return l;
}

SUBPROGRAM int load_end(__u32 id)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct prog_load *l = bpf_task_storage_get(&prog_loads, task, NULL, 0);
    if (!l || !l->known)
        return 0;
    l->known = 0;
    bpf_map_update_elem(&prog_helpers, &id, &l->helpers, BPF_ANY);
    return 0;
}

static __always_inline void put_helpers(struct build *b, __u16 index, __u32 id)
{
    struct helper_set *set = bpf_map_lookup_elem(&prog_helpers, &id);
    __u32 at = 0;
    __u64 *to = (__u64 *)put_room(b, &at);
    if (!to)
        return;
    if (!set) {
        put_missing(b, index, ABI_WHY_NOT_CAUGHT);
        return;
    }
    for (int i = 0; i < HELPER_WORDS; i++)
        to[i] = set->words[i];
    put_done(b, index, at, sizeof(*set), 0);
}

/* Checked programs are told of by other hooks, in the same task. */
SUBPROGRAM int check_prog(struct bpf_prog **place)
{
    struct bpf_prog *prog = NULL;
    bpf_probe_read_kernel(&prog, sizeof(prog), place);
    if (prog)
        load_begin((__u64)prog + bpf_core_field_offset(struct bpf_prog, insnsi),
                   BPF_CORE_READ(prog, len), false);
    return 0;
}

SUBPROGRAM int bpf_command(int cmd)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_bpf, false, NULL))
        return 0;
    put_int(h.b, FIELD(security_bpf, cmd), (__s64)cmd);
    hook_end(&h, EVENT_security_bpf);
    return 0;
}

SUBPROGRAM int bpf_map_used(struct bpf_map *map)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_bpf_map, false, NULL))
        return 0;
    put_int(h.b, FIELD(security_bpf_map, map_id), BPF_CORE_READ(map, id));
    put_kernel_str(h.b, FIELD(security_bpf_map, map_name),
                   (void *)map + bpf_core_field_offset(struct bpf_map, name));
    hook_end(&h, EVENT_security_bpf_map);
    return 0;
}

static __always_inline const char *prog_name(struct bpf_prog *prog)
{
    return (void *)BPF_CORE_READ(prog, aux) + bpf_core_field_offset(struct bpf_prog_aux, name);
}

SUBPROGRAM int bpf_prog_used(struct bpf_prog *prog, bool load)
{
    struct hook_run h;
    __u32 id = BPF_CORE_READ(prog, aux, id);
    if (load)
        load_end(id);
    if (!hook_begin(&h, SLOT_security_bpf_prog, false, NULL))
        return 0;
    put_int(h.b, FIELD(security_bpf_prog, type), BPF_CORE_READ(prog, type));
    put_kernel_str(h.b, FIELD(security_bpf_prog, name), prog_name(prog));
    put_helpers(h.b, FIELD(security_bpf_prog, helpers), id);
    put_int(h.b, FIELD(security_bpf_prog, id), id);
    put_int(h.b, FIELD(security_bpf_prog, load), load);
    hook_end(&h, EVENT_security_bpf_prog);
    return 0;
}

/*
 * Whether it is being loaded now. A program may also be loaded by a BPF program that bpf(2) runs:
 * then nobody else has it yet.
 */
static __always_inline bool prog_is_new(struct bpf_prog *prog)
{
    struct task_struct *task = bpf_get_current_task_btf();
    bool compat = task_in_compat(task);
    __u64 args[6] = {};
    if (current_syscall(task) == (compat ? NR_BPF_COMPAT : NR_BPF)) {
        regs_args((struct pt_regs *)bpf_task_pt_regs(task), compat, args);
        if ((int)args[0] != BPF_PROG_TEST_RUN)
            return (int)args[0] == BPF_PROG_LOAD;
    }
    return BPF_CORE_READ(prog, aux, refcnt.counter) == 1;
}

SUBPROGRAM int bpf_prog_checked(struct bpf_prog *prog)
{
    return bpf_prog_used(prog, prog_is_new(prog));
}

#endif
