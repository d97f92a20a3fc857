/* SPDX-License-Identifier: Apache-2.0 */
#include "source/casts.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "source/kernel.h"

#define CALL   (BPF_JMP | BPF_CALL)
#define ASSIGN (BPF_ALU64 | BPF_MOV | BPF_X)

static struct {
    bool asked;
    uint32_t task; /* numbers of types; 0: there is none */
    struct bpf_insn cast;
} found;

/* Whether the kernel takes the cast. */
static bool is_taken(const struct bpf_insn *cast, uint32_t type)
{
    const struct bpf_insn insns[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_1},
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2, .imm = (int)type},
        *cast,
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "ratel_cast", "GPL", insns,
                           sizeof(insns) / sizeof(*insns), NULL);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void ask(void)
{
    const struct bpf_insn assign = {.code = ASSIGN, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1};
    const struct btf *btf = kernel_btf();
    if (found.asked)
        return;
    found.asked = true;
    found.cast = assign;
    int function = btf ? btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) : 0;
    int task = btf ? btf__find_by_name_kind(btf, "task_struct", BTF_KIND_STRUCT) : 0;
    struct bpf_insn cast = {.code = CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = function};
    found.task = task > 0 ? (uint32_t)task : 0;
    if (function > 0 && task > 0 && is_taken(&cast, found.task))
        found.cast = cast;
}

uint32_t casts_task_type(void)
{
    ask();
    return found.task;
}

int casts_put(struct bpf_program *p)
{
    const struct bpf_insn *insns = bpf_program__insns(p);
    size_t count = bpf_program__insn_cnt(p);
    ask();
    struct bpf_insn *changed = malloc(count * sizeof(*changed));
    if (!changed)
        return -ENOMEM;
    memcpy(changed, insns, count * sizeof(*changed));
    for (size_t i = 0; i < count; i++)
        if (changed[i].code == CALL && !changed[i].src_reg && changed[i].imm == CAST_HELPER)
            changed[i] = found.cast;
    int rc = bpf_program__set_insns(p, changed, count);
    free(changed);
    return rc;
}
