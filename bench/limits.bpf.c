/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 */
/*
 * What the mechanisms cost that a tracer of system calls is made of: one program, one mechanism by
 * `mode`, which is known before loading, so that the verifier removes all others.
 */
#include "types.bpf.h"

#include "limits.h"

char LICENSE[] SEC("license") = "GPL";

/* Numbers of the BPF interface that the kernel programs of ratel don't use. */
#define MAP_PERF_EVENT_ARRAY 4
#define MAP_PERCPU_HASH      5
#define MAP_PERCPU_ARRAY     6
#define MAP_LRU_HASH         9
#define MAP_LPM_TRIE         11
#define UPDATE_NOEXIST       1
#define RB_FORCE_WAKEUP      2
#define RB_AVAIL_DATA        0
#define CURRENT_CPU          0xffffffffull

#define RING_BYTES   (64 << 20)
#define ENTRIES      16384
#define EVENT_WORDS  32 /* 256 bytes */
#define STRING_BYTES 64
#define PREFIX_BITS  (40 * 8)

struct bpf_dynptr {
    __u64 opaque[2];
};

const volatile __u32 target_tgid = 0;
const volatile __u32 target_tid = 0; /* 0: any thread of target_tgid */
const volatile int mode = 0;
const volatile int size = 64;
const volatile __u64 ring_flags = 0;
const volatile __u64 watermark = 0;
const volatile __u8 interesting[64] = {};

struct value {
    __u64 words[16];
};
static const struct value no_value = {};

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, RING_BYTES);
} ring SEC(".maps");

struct cpu_ring {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, RING_BYTES);
} ring0 SEC(".maps"), ring1 SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 2);
    __type(key, __u32);
    __array(values, struct cpu_ring);
} cpu_rings SEC(".maps") = {.values = {&ring0, &ring1}};

struct {
    __uint(type, MAP_PERF_EVENT_ARRAY);
    __type(key, int);
    __type(value, int);
} perf SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct value);
} storage SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, ENTRIES);
    __type(key, __u32);
    __type(value, struct value);
} hash SEC(".maps");

struct {
    __uint(type, MAP_LRU_HASH);
    __uint(max_entries, ENTRIES);
    __type(key, __u32);
    __type(value, struct value);
} lru SEC(".maps");

struct {
    __uint(type, MAP_PERCPU_HASH);
    __uint(max_entries, ENTRIES);
    __type(key, __u32);
    __type(value, struct value);
} cpu_hash SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1024);
    __type(key, __u32);
    __type(value, __u64);
} array SEC(".maps");

struct {
    __uint(type, MAP_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u64[512]);
} scratch SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, __u32);
} tails SEC(".maps");

struct string_key {
    char text[STRING_BYTES];
};
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 4096);
    __type(key, struct string_key);
    __type(value, __u64);
} strings SEC(".maps");

struct prefix_key {
    __u32 bits;
    char text[STRING_BYTES - 4];
};
struct {
    __uint(type, MAP_LPM_TRIE);
    __uint(max_entries, 4096);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, struct prefix_key);
    __type(value, __u64);
} prefixes SEC(".maps");

struct limits_count counts[2];

static __always_inline __u32 call_number(const struct pt_regs *regs)
{
#ifdef __TARGET_ARCH_x86
    return (__u32)regs->orig_ax;
#else
    return (__u32)regs->syscallno;
#endif
}

static __always_inline const void *first_arg(const struct pt_regs *regs)
{
#ifdef __TARGET_ARCH_x86
    return (const void *)regs->di;
#else
    return (const void *)regs->orig_x0;
#endif
}

static __always_inline void fill(__u64 *event, int words, const struct pt_regs *regs, long ret)
{
    event[0] = bpf_ktime_get_boot_ns();
    event[1] = bpf_get_current_pid_tgid();
    event[2] = ret;
    event[3] = call_number(regs);
    event[4] = bpf_get_current_cgroup_id();
    for (int i = 5; i < words; i++)
        event[i] = i;
}

/* The size of a reservation has to be a constant: one copy for each. */
#define EMIT(map, bytes)                                                                           \
    do {                                                                                           \
        __u64 *event_ = bpf_ringbuf_reserve(map, bytes, 0);                                        \
        if (!event_) {                                                                             \
            c->lost++;                                                                             \
            return 0;                                                                              \
        }                                                                                          \
        fill(event_, (bytes) / 8, regs, ret);                                                      \
        bpf_ringbuf_submit(event_, ring_flags);                                                    \
        c->done++;                                                                                 \
    } while (0)

static __always_inline int run_ring(struct limits_count *c, const struct pt_regs *regs, long ret)
{
    switch (size) {
    case 64:
        EMIT(&ring, 64);
        break;
    case 128:
        EMIT(&ring, 128);
        break;
    case 256:
        EMIT(&ring, 256);
        break;
    case 512:
        EMIT(&ring, 512);
        break;
    case 1024:
        EMIT(&ring, 1024);
        break;
    default:
        EMIT(&ring, 4096);
    }
    return 0;
}

static __always_inline int run_cpu_ring(struct limits_count *c, const struct pt_regs *regs,
                                        long ret)
{
    __u32 cpu = bpf_get_smp_processor_id() & 1;
    void *map = bpf_map_lookup_elem(&cpu_rings, &cpu);
    if (!map)
        return 0;
    if (size == 64)
        EMIT(map, 64);
    else
        EMIT(map, 256);
    return 0;
}

/* No wakeup until that many bytes are waiting. */
static __always_inline int run_watermark(struct limits_count *c, const struct pt_regs *regs,
                                         long ret)
{
    __u64 *event = bpf_ringbuf_reserve(&ring, EVENT_WORDS * 8, 0);
    if (!event) {
        c->lost++;
        return 0;
    }
    fill(event, EVENT_WORDS, regs, ret);
    __u64 waiting = bpf_ringbuf_query(&ring, RB_AVAIL_DATA);
    bpf_ringbuf_submit(event, waiting >= watermark ? RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP);
    c->done++;
    return 0;
}

/* A reservation of a size that only the run knows. */
static __always_inline int run_dynptr(struct limits_count *c, const struct pt_regs *regs, long ret)
{
    struct bpf_dynptr to;
    __u64 head[8] = {};
    if (bpf_ringbuf_reserve_dynptr(&ring, size, 0, &to)) {
        bpf_ringbuf_discard_dynptr(&to, 0);
        c->lost++;
        return 0;
    }
    fill(head, 8, regs, ret);
    bpf_dynptr_write(&to, 0, head, sizeof(head), 0);
    bpf_ringbuf_submit_dynptr(&to, ring_flags);
    c->done++;
    return 0;
}

/* Put together in the scratch and copied, as records of any length are. */
static __always_inline int run_copied(struct limits_count *c, const struct pt_regs *regs, long ret,
                                      void *ctx)
{
    __u32 zero = 0;
    __u64 *event = bpf_map_lookup_elem(&scratch, &zero);
    long err;
    if (!event)
        return 0;
    fill(event, EVENT_WORDS, regs, ret);
    if (mode == MODE_RING_OUTPUT)
        err = bpf_ringbuf_output(&ring, event, size & 4095, ring_flags);
    else
        err = bpf_perf_event_output(ctx, &perf, CURRENT_CPU, event, size & 4095);
    if (err)
        c->lost++;
    else
        c->done++;
    return 0;
}

static __always_inline int run_event(struct limits_count *c, struct pt_regs *regs, long ret,
                                     void *ctx)
{
    switch (mode) {
    case MODE_RING:
        return run_ring(c, regs, ret);
    case MODE_RING_CPU:
        return run_cpu_ring(c, regs, ret);
    case MODE_RING_WATERMARK:
        return run_watermark(c, regs, ret);
    case MODE_RING_DYNPTR:
        return run_dynptr(c, regs, ret);
    default:
        return run_copied(c, regs, ret, ctx);
    }
}

static __always_inline void run_string(struct limits_count *c, const struct pt_regs *regs)
{
    __u32 zero = 0;
    __u64 one = 1;
    struct string_key *key = bpf_map_lookup_elem(&scratch, &zero);
    struct prefix_key *prefix = (struct prefix_key *)key;
    if (!key)
        return;
    if (mode == MODE_STRING) {
        c->sink += bpf_probe_read_user_str(key, 256, first_arg(regs));
    } else if (mode == MODE_STRING_HASH) {
        bpf_probe_read_user_str(key->text, sizeof(key->text), first_arg(regs));
        if (bpf_map_lookup_elem(&strings, key))
            c->sink++;
        else
            bpf_map_update_elem(&strings, key, &one, 0);
    } else {
        bpf_probe_read_user_str(prefix->text, sizeof(prefix->text), first_arg(regs));
        prefix->bits = PREFIX_BITS;
        if (bpf_map_lookup_elem(&prefixes, prefix))
            c->sink++;
    }
}

#define LOOK_UP(map)                                                                               \
    do {                                                                                           \
        struct value *value_ = bpf_map_lookup_elem(map, &tid);                                     \
        if (value_)                                                                                \
            value_->words[0]++;                                                                    \
        else                                                                                       \
            bpf_map_update_elem(map, &tid, &no_value, 0);                                          \
    } while (0)

static __always_inline void run_map(struct limits_count *c, const struct pt_regs *regs, __u32 tid)
{
    __u32 zero = 0, at = call_number(regs) & 1023;
    struct value *value;
    __u64 *word;
    switch (mode) {
    case MODE_STORAGE:
        value = bpf_task_storage_get(&storage, bpf_get_current_task_btf(), 0,
                                     BPF_LOCAL_STORAGE_GET_F_CREATE);
        if (value)
            value->words[0]++;
        break;
    case MODE_HASH:
        LOOK_UP(&hash);
        break;
    case MODE_LRU:
        LOOK_UP(&lru);
        break;
    case MODE_CPU_HASH:
        LOOK_UP(&cpu_hash);
        break;
    case MODE_HASH_UPDATE:
        bpf_map_update_elem(&hash, &tid, &no_value, 0);
        break;
    case MODE_HASH_INSERT:
        bpf_map_update_elem(&hash, &tid, &no_value, UPDATE_NOEXIST);
        bpf_map_delete_elem(&hash, &tid);
        break;
    case MODE_ARRAY:
        word = bpf_map_lookup_elem(&array, &at);
        if (word)
            c->sink += *word;
        break;
    case MODE_CPU_ARRAY:
        word = bpf_map_lookup_elem(&scratch, &zero);
        if (word)
            word[0]++;
        break;
    }
}

static __always_inline void run_helper(struct limits_count *c, const struct pt_regs *regs)
{
    struct task_struct *task = bpf_get_current_task_btf();
    char comm[16];
    __u32 nr = call_number(regs) & 511;
    switch (mode) {
    case MODE_CLOCK:
        c->sink += bpf_ktime_get_ns();
        break;
    case MODE_BOOT_CLOCK:
        c->sink += bpf_ktime_get_boot_ns();
        break;
    case MODE_JIFFIES:
        c->sink += bpf_jiffies64();
        break;
    case MODE_CGROUP_ID:
        c->sink += bpf_get_current_cgroup_id();
        break;
    case MODE_UID_GID:
        c->sink += bpf_get_current_uid_gid();
        break;
    case MODE_COMM:
        bpf_get_current_comm(comm, sizeof(comm));
        c->sink += comm[0];
        break;
    case MODE_COUNT:
        c->done++;
        break;
    case MODE_BITMAP:
        if (interesting[nr >> 3] & (1 << (nr & 7)))
            c->done++;
        break;
    case MODE_PARENT:
        c->sink += task->real_parent->tgid;
        break;
    case MODE_ANCESTORS:
        for (int i = 0; i < 8; i++) {
            c->sink += task->tgid;
            task = task->real_parent;
        }
        break;
    }
}

SEC("tp_btf/sys_exit")
int BPF_PROG(measured, struct pt_regs *regs, long ret)
{
    __u64 pid_tgid = bpf_get_current_pid_tgid();
    struct limits_count *c = &counts[bpf_get_smp_processor_id() & 1];
    if ((pid_tgid >> 32) != target_tgid || (target_tid && (__u32)pid_tgid != target_tid))
        return 0;
    if (mode == MODE_PASS)
        return 0;
    if (mode == MODE_TAIL_CALL)
        bpf_tail_call(ctx, &tails, 0);
    else if (mode >= MODE_RING)
        return run_event(c, regs, ret, ctx);
    else if (mode >= MODE_STORAGE)
        run_map(c, regs, (__u32)pid_tgid);
    else if (mode >= MODE_STRING)
        run_string(c, regs);
    else
        run_helper(c, regs);
    return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(tail_called, struct pt_regs *regs, long ret)
{
    counts[0].sink++;
    return 0;
}

/* Programs that do nothing: what a hook costs by itself. */
#define EMPTY(name, hook)                                                                          \
    SEC(hook) int name(void *ctx)                                                                  \
    {                                                                                              \
        return 0;                                                                                  \
    }
EMPTY(exit1, "tp_btf/sys_exit")
EMPTY(exit2, "tp_btf/sys_exit")
EMPTY(exit3, "tp_btf/sys_exit")
EMPTY(exit4, "tp_btf/sys_exit")
EMPTY(enter1, "tp_btf/sys_enter")
EMPTY(raw_exit, "raw_tp/sys_exit")
EMPTY(perf_exit, "tp/raw_syscalls/sys_exit")
EMPTY(perf_getppid, "tp/syscalls/sys_exit_getppid")
EMPTY(perf_other, "tp/syscalls/sys_exit_getsid") /* what hooking another call costs this one */
