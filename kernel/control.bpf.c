// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* What tasks ask to be done differently: their limits, their signals, the machine's clock. */
#include "after.bpf.h"
#include "probe.bpf.h"

char LICENSE[] SEC("license") = "GPL";

enum { EPERM = 1 };

#define ERRNO_MAX 4095
#define SIGNALS   64

/* The call that the current task is in. */
struct returned {
    __u64 args[6];
    __u16 event;
    bool compat;
};

SUBPROGRAM int returned_call(struct returned *r)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct pt_regs *regs = (struct pt_regs *)bpf_task_pt_regs(task);
    r->compat = task_in_compat(task);
    r->event = plan_of((__u32)regs_syscall(regs), r->compat)->event;
    regs_args(regs, r->compat, r->args);
    return DONE;
}

/* Two numbers of the task's memory, each as wide as its long; compat: of 32 bits, with a sign. */
SUBPROGRAM int read_longs(__s64 *to, __u64 from, bool compat)
{
    __s32 narrow[2] = {};
    long err;
    if (!compat) {
        err = bpf_probe_read_user(to, 16, (void *)from);
    } else {
        err = bpf_probe_read_user(narrow, sizeof(narrow), (void *)from);
        to[0] = narrow[0];
        to[1] = narrow[1];
    }
    return err ? -1 : 0;
}

#define RLIMIT(field) FIELD(security_task_setrlimit, field)

/* A target of 0 is a task that can't be told. */
SUBPROGRAM int set_rlimit(__u32 target, __u32 resource, __u64 cur, __u64 max)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_security_task_setrlimit, false, NULL))
        return 0;
    if (target)
        put_int(h.b, RLIMIT(target_host_pid), target);
    else
        put_missing(h.b, RLIMIT(target_host_pid), ABI_WHY_UNSUPPORTED);
    put_int(h.b, RLIMIT(resource), resource);
    put_int(h.b, RLIMIT(new_rlim_cur), cur);
    put_int(h.b, RLIMIT(new_rlim_max), max);
    hook_end(&h, EVENT_security_task_setrlimit);
    return 0;
}

static __always_inline void set_task_rlimit(struct task_struct *p, __u32 resource,
                                            struct rlimit *limit)
{
    set_rlimit((__u32)BPF_CORE_READ(p, tgid), resource, BPF_CORE_READ(limit, rlim_cur),
               BPF_CORE_READ(limit, rlim_max));
}

SECURITY_PROGS(task_setrlimit, "task_setrlimit", set_task_rlimit(p, resource, limit),
               struct task_struct *p, unsigned int resource, struct rlimit *limit)

/* Another task is known where the caller counts tasks as the host does. */
static __always_inline __u32 rlimit_target(struct task_struct *task, int pid)
{
    if (!pid)
        return (__u32)task->tgid;
    return task_plain(task)->thread_pid->level ? 0 : (__u32)pid;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_setrlimit, struct pt_regs *regs, long ret)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct returned r = {};
    __s64 limit[2] = {};
    __u64 from;
    bool other;
    CALL(returned_call(&r));
    other = r.event == EVENT_prlimit64;
    from = other ? r.args[2] : r.args[1];
    /* prlimit64's are of 64 bits in either table, and may be left out */
    if (ret || !from || read_longs(limit, from, r.compat && !other))
        return 0;
    set_rlimit(other ? rlimit_target(task, (int)r.args[0]) : (__u32)task->tgid,
               (__u32)(other ? r.args[1] : r.args[0]), (__u64)limit[0], (__u64)limit[1]);
    return 0;
}

#define SETTIME(field) FIELD(security_settime64, field)

/* What is to be set; NULL: not this. */
SUBPROGRAM int set_time(const __s64 *time, const struct timezone *zone, bool user)
{
    struct hook_run h;
    int minutes = 0, dst = 0;
    if (!hook_begin(&h, SLOT_security_settime64, false, NULL))
        return DONE;
    if (time) {
        put_int(h.b, SETTIME(tv_sec), (__u64)time[0]);
        put_int(h.b, SETTIME(tv_nsec), (__u64)time[1]);
    } else {
        put_missing(h.b, SETTIME(tv_sec), ABI_WHY_NULL);
        put_missing(h.b, SETTIME(tv_nsec), ABI_WHY_NULL);
    }
    if (zone && user) {
        bpf_probe_read_user(&minutes, sizeof(minutes), zone);
        bpf_probe_read_user(&dst, sizeof(dst), (const char *)zone + sizeof(minutes));
    } else if (zone) {
        minutes = BPF_CORE_READ(zone, tz_minuteswest);
        dst = BPF_CORE_READ(zone, tz_dsttime);
    }
    if (zone) {
        put_int(h.b, SETTIME(tz_minuteswest), (__s64)minutes);
        put_int(h.b, SETTIME(tz_dsttime), (__s64)dst);
    } else {
        put_missing(h.b, SETTIME(tz_minuteswest), ABI_WHY_NULL);
        put_missing(h.b, SETTIME(tz_dsttime), ABI_WHY_NULL);
    }
    hook_end(&h, EVENT_security_settime64);
    return DONE;
}

static __always_inline void set_kernel_time(const struct timespec64 *ts,
                                            const struct timezone *zone)
{
    __s64 time[2] = {};
    if (ts) {
        time[0] = BPF_CORE_READ(ts, tv_sec);
        time[1] = BPF_CORE_READ(ts, tv_nsec);
    }
    CALL(set_time(ts ? time : NULL, zone, false));
}

SECURITY_PROGS(settime64, "settime", set_kernel_time(ts, (const struct timezone *)plain(zone)),
               const struct timespec64 *ts, const struct timezone *zone)

/* The time that a call was given; false where it was given none, or for another clock. */
static __always_inline bool time_given(const struct returned *r, __s64 *time)
{
    switch (r->event) {
    case EVENT_settimeofday:
        if (!r->args[0] || read_longs(time, r->args[0], r->compat))
            return false;
        time[1] *= 1000;
        return true;
    case EVENT_stime: {
        __s32 seconds = 0;
        bpf_probe_read_user(&seconds, sizeof(seconds), (void *)r->args[0]);
        time[0] = seconds;
        return true;
    }
    case EVENT_clock_settime32:
        return !(__u32)r->args[0] && !read_longs(time, r->args[1], true);
    default:
        return !(__u32)r->args[0] && !read_longs(time, r->args[1], false);
    }
}

/* Nothing but the check refuses with EPERM; what is wrong otherwise was found before it. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_settime, struct pt_regs *regs, long ret)
{
    struct timezone *zone = NULL;
    struct returned r = {};
    __s64 time[2] = {};
    bool given;
    if (ret && ret != -EPERM)
        return 0;
    CALL(returned_call(&r));
    given = time_given(&r, time);
    if (r.event == EVENT_settimeofday)
        zone = (void *)r.args[1];
    if (given || zone)
        CALL(set_time(given ? time : NULL, zone, true));
    return 0;
}

/* What a signal does. */
struct action {
    __u64 handler; /* 0 the default, 1 nothing */
    __u64 flags;
    __u64 mask;
};

#define SIGACTION(field) FIELD(do_sigaction, field)
/* Fields of the old action follow those of the new in the same order. */
#define OLD              (SIGACTION(is_old_sa_initialized) - SIGACTION(is_sa_initialized))

enum { HANDLED_OTHERWISE = 2 };

static __always_inline void action_read(struct action *to, struct k_sigaction *from)
{
    to->handler = (__u64)BPF_CORE_READ(from, sa.sa_handler);
    to->flags = BPF_CORE_READ(from, sa.sa_flags);
    to->mask = BPF_CORE_READ(from, sa.sa_mask.sig[0]);
}

/* The action that the current task has for a signal. */
SUBPROGRAM int action_now(struct action *to, int sig)
{
    struct task_struct *task = bpf_get_current_task_btf();
    struct sighand_struct *hand = BPF_CORE_READ(task, sighand); /* a number, to be added to */
    __u64 at = (__u64)(__u32)(sig - 1);
    if (at >= SIGNALS)
        return -1;
    at *= bpf_core_type_size(struct k_sigaction);
    action_read(to,
                (void *)((__u64)hand + bpf_core_field_offset(struct sighand_struct, action) + at));
    return 0;
}

/* why: the reason where there is no action to show. */
SUBPROGRAM int put_action(struct build *b, __u16 distance, const struct action *a, __u32 why)
{
    if (!a || why) {
        put_missing(b, SIGACTION(sa_flags) + distance, why);
        put_missing(b, SIGACTION(sa_mask) + distance, why);
        put_missing(b, SIGACTION(sa_handle_method) + distance, why);
        put_missing(b, SIGACTION(sa_handler) + distance, why);
        return DONE;
    }
    put_int(b, SIGACTION(sa_flags) + distance, a->flags);
    put_int(b, SIGACTION(sa_mask) + distance, a->mask);
    put_int(b, SIGACTION(sa_handle_method) + distance,
            a->handler < HANDLED_OTHERWISE ? a->handler : HANDLED_OTHERWISE);
    put_int(b, SIGACTION(sa_handler) + distance, a->handler);
    return DONE;
}

SUBPROGRAM int set_action(int sig, struct k_sigaction *act, struct k_sigaction *oact)
{
    struct action new = {}, old = {};
    struct hook_run h;
    int err;
    if (!hook_begin(&h, SLOT_do_sigaction, false, NULL))
        return 0;
    if (act)
        action_read(&new, act);
    err = action_now(&old, sig);
    put_int(h.b, SIGACTION(sig), (__s64)sig);
    put_int(h.b, SIGACTION(is_sa_initialized), !!act);
    CALL(put_action(h.b, 0, &new, act ? 0 : ABI_WHY_ABSENT));
    put_int(h.b, SIGACTION(is_old_sa_initialized), !!oact);
    CALL(put_action(h.b, OLD, &old, err ? ABI_WHY_ABSENT : 0));
    hook_end(&h, EVENT_do_sigaction);
    return 0;
}

ENTRY_PROGS(do_sigaction, "do_sigaction", set_action(sig, act, oact), int sig,
            struct k_sigaction *act, struct k_sigaction *oact)

/* What was there before, where the program asked for it as the native table's call gives it. */
SUBPROGRAM int action_before(struct action *to, __u64 from)
{
    struct sigaction_user {
        __u64 handler, flags;
#ifdef __TARGET_ARCH_x86
        __u64 restorer;
#endif
        __u64 mask;
    } user = {};
    if (bpf_probe_read_user(&user, sizeof(user), (void *)from))
        return -1;
    to->handler = user.handler;
    to->flags = user.flags;
    to->mask = user.mask;
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sigaction, struct pt_regs *regs, long ret)
{
    struct action new = {}, old = {};
    struct returned r = {};
    struct hook_run h;
    bool set, asked, known;
    CALL(returned_call(&r));
    if (ret < 0 && ret >= -ERRNO_MAX)
        return 0;
    if (!hook_begin(&h, SLOT_do_sigaction, false, NULL))
        return 0;
    set = r.event == EVENT_signal || r.args[1];
    asked = r.event == EVENT_signal || r.args[2];
    known = r.event == EVENT_rt_sigaction && !r.compat && asked && !action_before(&old, r.args[2]);
    action_now(&new, (int)r.args[0]);
    if (!set && !known) { /* only looked at: it still is what it was */
        old = new;
        known = true;
    }
    put_int(h.b, SIGACTION(sig), (__s64)(int)r.args[0]);
    put_int(h.b, SIGACTION(is_sa_initialized), set);
    CALL(put_action(h.b, 0, &new, set ? 0 : ABI_WHY_ABSENT));
    put_int(h.b, SIGACTION(is_old_sa_initialized), asked);
    CALL(put_action(h.b, OLD, &old, known ? 0 : ABI_WHY_UNSUPPORTED));
    hook_end(&h, EVENT_do_sigaction);
    return 0;
}
