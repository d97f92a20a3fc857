/* SPDX-License-Identifier: Apache-2.0 */
#include "source/programs.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "source/casts.h"
#include "source/hooks.h"
#include "source/kernel.h"
#include "source/kinds.h"
#include "source/verdict.h"

#define FIND_SELF "find_self"

/*
 * All sections of kernel/ and what their programs are. libbpf learns the type only when it loads
 * one: for some types it would insist on reading the kernel's own BTF, which --btf may stand for.
 */
static const struct {
    const char *section;
    enum bpf_prog_type type;
    enum bpf_attach_type attach;
    uint32_t flags; /* of the program */
} sections[] = {
    {"tp_btf+", BPF_PROG_TYPE_TRACING, BPF_TRACE_RAW_TP, 0},
    {"lsm+", BPF_PROG_TYPE_LSM, BPF_LSM_MAC, 0},
    {"fentry+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY, 0},
    {"fexit+", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT, 0},
    {"iter+", BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER, 0},
    {"kprobe+", BPF_PROG_TYPE_KPROBE, 0, 0},
    {"kretprobe+", BPF_PROG_TYPE_KPROBE, 0, 0},
    {"kprobe.multi+", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0},
    {"kretprobe.multi+", BPF_PROG_TYPE_KPROBE, BPF_TRACE_KPROBE_MULTI, 0},
    {"uprobe+", BPF_PROG_TYPE_KPROBE, 0, 0},
    {"uprobe.s+", BPF_PROG_TYPE_KPROBE, 0, BPF_F_SLEEPABLE},
    {"uretprobe+", BPF_PROG_TYPE_KPROBE, 0, 0},
    {"tracepoint+", BPF_PROG_TYPE_TRACEPOINT, 0, 0},
    {"raw_tp+", BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0},
};

/* What is under way; libbpf calls back without a place for it. */
static struct {
    bool careful;   /* each program is tried before libbpf loads it */
    bool began;     /* libbpf came as far as the programs */
    unsigned found; /* programs that the kernel refuses */
    int first;      /* why, of the first of them */
    char *log;
    uint64_t since; /* when libbpf began to load the last one; 0: none */
    const struct bpf_program *last;
} loading;

/* Programs that are no hook's and that the kernel refused. */
static char refused[16][64];
static unsigned nrefused;

static enum hook by_program[HOOK_COUNT]; /* the hooks, in order of their programs' names */

static int compare_programs(const void *a, const void *b)
{
    return strcmp(hook_defs[*(const enum hook *)a].program,
                  hook_defs[*(const enum hook *)b].program);
}

static int compare_program(const void *name, const void *hook)
{
    return strcmp(name, hook_defs[*(const enum hook *)hook].program);
}

/* The hook that a program is for; HOOK_COUNT for none. */
static enum hook hook_of(const struct bpf_program *p)
{
    const enum hook *h =
        bsearch(bpf_program__name(p), by_program, HOOK_COUNT, sizeof(*by_program), compare_program);
    return h ? *h : HOOK_COUNT;
}

static bool is_kprobe(enum hook h)
{
    return hook_defs[h].kind == ABI_HOOK_kprobe || hook_defs[h].kind == ABI_HOOK_kretprobe;
}

/* Where this kernel has the hook. */
static void aim(enum hook h, struct bpf_prog_load_opts *opts)
{
    /* What another program goes on to is loaded for that one's hook. */
    enum hook at = !hook_follows(h)                          ? h
                   : hook_defs[h].kind == ABI_HOOK_sys_enter ? HOOK_sys_enter
                                                             : HOOK_sys_exit;
    if (is_kprobe(h) && !kind_multi_refusal())
        opts->expected_attach_type = BPF_TRACE_KPROBE_MULTI;
    opts->attach_btf_id = hook_place(at)->type_id;
}

/* A program that is no hook's, but runs where some hook's programs do. */
static void aim_by_section(const struct bpf_program *p, struct bpf_prog_load_opts *opts)
{
    const char *target = strchr(bpf_program__section_name(p), '/');
    const struct symbol *s = target ? kernel_symbol(target + 1, strlen(target + 1)) : NULL;
    if (s)
        opts->attach_btf_id =
            opts->expected_attach_type == BPF_TRACE_RAW_TP ? s->tracepoint : s->function;
}

static void refuse(const struct bpf_program *p, enum hook h, int rc)
{
    const char *why = verdict_reason(loading.log);
    if (!loading.found++)
        loading.first = rc;
    if (h < HOOK_COUNT)
        hook_refuse(h, "the kernel's verifier refuses its program: %s", *why ? why : strerror(-rc));
    else if (nrefused < sizeof(refused) / sizeof(*refused))
        snprintf(refused[nrefused++], sizeof(*refused), "%s", bpf_program__name(p));
    log_debug("program %s is refused: %s", bpf_program__name(p), strerror(-rc));
    verdict_show(loading.log);
}

/*
 * Tries a program. When the kernel refuses it, libbpf is given one that does nothing in its place,
 * so that the others are tried too.
 */
static int try_program(struct bpf_program *p, enum hook h, struct bpf_prog_load_opts *opts)
{
    struct bpf_insn nothing[] = {
        {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0},
        {.code = BPF_JMP | BPF_EXIT},
    };
    struct bpf_prog_load_opts with_log = *opts;
    *loading.log = '\0';
    with_log.log_buf = loading.log;
    with_log.log_size = VERIFIER_LOG_MAX;
    with_log.log_level = 1;
    int fd = bpf_prog_load(bpf_program__type(p), bpf_program__name(p), "GPL", bpf_program__insns(p),
                           bpf_program__insn_cnt(p), opts);
    if (fd < 0)
        fd = bpf_prog_load(bpf_program__type(p), bpf_program__name(p), "GPL", bpf_program__insns(p),
                           bpf_program__insn_cnt(p), &with_log);
    if (fd >= 0) {
        close(fd);
        return 0;
    }
    refuse(p, h, -errno);
    opts->func_info_cnt = opts->line_info_cnt = 0;
    return bpf_program__set_insns(p, nothing, sizeof(nothing) / sizeof(*nothing));
}

/*
 * What the program that was under way took the verifier: processor time, whatever else the machine
 * did, and the instructions that it went through, on all paths, which are the same each time.
 */
static void log_cost(void)
{
    uint64_t now = clock_now(CLOCK_THREAD_CPUTIME_ID);
    struct bpf_prog_info info = {0};
    uint32_t len = sizeof(info);
    if (loading.since && log_level >= LOG_DEBUG &&
        !bpf_obj_get_info_by_fd(bpf_program__fd(loading.last), &info, &len))
        log_debug("program %s is loaded: %.1f ms, %u instructions verified",
                  bpf_program__name(loading.last), (double)(now - loading.since) / 1e6,
                  info.verified_insns);
    loading.since = 0;
}

static int prepare(struct bpf_program *p, struct bpf_prog_load_opts *opts, long section)
{
    enum hook h = hook_of(p);
    int rc = 0;
    log_cost();
    loading.began = true;
    bpf_program__set_type(p, sections[section].type);
    opts->prog_flags |= sections[section].flags;
    if (h < HOOK_COUNT)
        aim(h, opts);
    else if (sections[section].type == BPF_PROG_TYPE_TRACING)
        aim_by_section(p, opts);
    rc = casts_put(p);
    if (!rc && loading.careful)
        rc = try_program(p, h, opts);
    loading.last = p;
    loading.since = clock_now(CLOCK_THREAD_CPUTIME_ID);
    return rc;
}

int programs_init(void)
{
    static bool done;
    LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = prepare);
    int rc = 0;
    if (done)
        return 0;
    for (int h = 0; h < HOOK_COUNT; h++)
        by_program[h] = (enum hook)h;
    qsort(by_program, HOOK_COUNT, sizeof(*by_program), compare_programs);
    for (unsigned i = 0; i < sizeof(sections) / sizeof(*sections) && rc >= 0; i++) {
        opts.cookie = i;
        rc = libbpf_register_prog_handler(sections[i].section, BPF_PROG_TYPE_KPROBE,
                                          sections[i].attach, &opts);
    }
    done = rc >= 0;
    return rc < 0 ? rc : 0;
}

struct bpf_program *programs_find(const struct bpf_object *object, enum hook hook)
{
    return *hook_defs[hook].program
               ? bpf_object__find_program_by_name(object, hook_defs[hook].program)
               : NULL;
}

void programs_choose(struct bpf_object *object, const struct hook_set *hooks)
{
    struct bpf_program *p;
    bpf_object__for_each_program(p, object)
    {
        enum hook h = hook_of(p);
        bpf_program__set_autoload(p, h < HOOK_COUNT ? hook_set_has(hooks, h)
                                                    : !strcmp(bpf_program__name(p), FIND_SELF));
    }
}

/* After everything was chosen: what is no hook's and was refused before stays out. */
static void leave_out_refused(struct bpf_object *object)
{
    for (unsigned i = 0; i < nrefused; i++) {
        struct bpf_program *p = bpf_object__find_program_by_name(object, refused[i]);
        if (p)
            bpf_program__set_autoload(p, false);
    }
}

static bool is_refused(const char *program)
{
    for (unsigned i = 0; i < nrefused; i++)
        if (!strcmp(refused[i], program))
            return true;
    return false;
}

static int load_error(struct error *err, int rc)
{
    if (rc == -EPERM)
        return error_set(err, rc,
                         "the kernel refuses to load ratel's programs (%s): run as root, or give "
                         "the capabilities CAP_BPF, CAP_PERFMON and CAP_SYS_RESOURCE; `ratel "
                         "doctor` tells more",
                         strerror(-rc));
    return error_set(err, rc,
                     "the kernel refuses to load ratel's programs (%s): `ratel doctor` tells what "
                     "it offers, --log debug shows its reason",
                     strerror(-rc));
}

int programs_load(struct bpf_object_skeleton *skeleton, struct error *err)
{
    bool careful = loading.careful;
    leave_out_refused(*skeleton->obj);
    loading.found = 0;
    loading.began = false;
    if (careful && !(loading.log = malloc(VERIFIER_LOG_MAX)))
        return error_set(err, -ENOMEM, "out of memory");
    int rc = bpf_object__load_skeleton(skeleton);
    if (!rc)
        log_cost();
    loading.since = 0;
    free(loading.log);
    loading.log = NULL;
    if (is_refused(FIND_SELF))
        return load_error(err, loading.first);
    loading.careful = rc && loading.began && !careful;
    if (loading.careful || (!rc && loading.found))
        return -EAGAIN;
    return rc ? load_error(err, rc) : 0;
}
