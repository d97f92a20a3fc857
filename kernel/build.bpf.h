/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Putting a record together in a scratch: begin, fields, emit. Every put_* appends one field, with
 * its status, and never fails: what does not fit any more is left out, and emit counts the record
 * as too big.
 */
#ifndef RATEL_BUILD_BPF_H
#define RATEL_BUILD_BPF_H

#include "task.bpf.h"

static __always_inline void build_reset(struct build *b)
{
    b->len = sizeof(struct abi_record);
    b->fields = 0;
    b->faults = 0;
    b->strv_left = ABI_STRV_MAX;
}

/*
 * A free scratch of this CPU, or NULL (counted). The first is in use when this program interrupted
 * another, or, where tracing programs can be preempted, when one waits for the CPU.
 */
static __always_inline struct build *build_begin(struct counters *c)
{
    __u32 first = bpf_get_smp_processor_id() * SCRATCHES;
    for (__u32 i = 0; i < SCRATCHES; i++) {
        __u32 key = first + i;
        struct build *b = bpf_map_lookup_elem(&scratches, &key);
        if (!b || __sync_val_compare_and_swap(&b->busy, 0, 1))
            continue;
        build_reset(b);
        return b;
    }
    if (c)
        __sync_fetch_and_add(&c->lost[KLOSS_SCRATCH_BUSY], 1);
    return NULL;
}

static __always_inline void build_end(struct build *b)
{
    b->busy = 0;
}

static __always_inline struct abi_record *build_record(struct build *b)
{
    return (struct abi_record *)b->data;
}

/* Counters are one CPU's own, but a program can be interrupted by another on it. */
static __always_inline void count(__u64 *counter)
{
    __sync_fetch_and_add(counter, 1);
}

static __always_inline void ring_emit(struct counters *c, void *record, __u32 len, bool lifecycle)
{
    long err;
    if (lifecycle) {
        err = bpf_ringbuf_output(&lifecycle_ring, record, len, BPF_RB_NO_WAKEUP);
    } else {
        __u32 cpu = bpf_get_smp_processor_id();
        void *ring = bpf_map_lookup_elem(&bulk_rings, &cpu);
        err = ring ? bpf_ringbuf_output(ring, record, len, BPF_RB_NO_WAKEUP) : -1;
    }
    if (err)
        count(&c->lost[KLOSS_RING_FULL]);
}

/* Appends the user stack of the current task; see stack.bpf.c. */
int put_stack(struct build *b);

/* Hands the record over. Its header is complete but for what the build knows. */
static __always_inline void build_emit(struct build *b, struct counters *c, bool lifecycle)
{
    struct abi_record *r = build_record(b);
    __u32 len;
    if (user_stacks)
        put_stack(b);
    len = b->len;
    KEEP(len);
    if (len > BUILD_MAX) {
        count(&c->lost[KLOSS_TOO_BIG]);
        return;
    }
    r->len = len;
    r->nfields = (__u16)b->fields;
    ring_emit(c, r, len, lifecycle);
}

static __always_inline void put_head(struct abi_field *f, __u16 index, __u8 status, __u8 reason,
                                     __u32 len)
{
    f->index = index;
    f->status = status;
    f->reason = reason;
    f->len = len;
}

static __always_inline void put_int(struct build *b, __u16 index, __u64 v)
{
    __u32 len = b->len;
    KEEP(len);
    if (len > BUILD_MAX)
        return;
    struct abi_field *f = (void *)&b->data[len];
    put_head(f, index, ABI_PRESENT, 0, 8);
    *(__u64 *)(f + 1) = v;
    b->len = len + 16;
    b->fields++;
}

static __always_inline void put_missing(struct build *b, __u16 index, enum abi_reason why)
{
    __u32 len = b->len;
    KEEP(len);
    if (len > BUILD_MAX)
        return;
    put_head((void *)&b->data[len], index, ABI_MISSING, (__u8)why, 0);
    b->len = len + 8;
    b->fields++;
    if (why == ABI_WHY_FAULT)
        b->faults++;
}

/* Where the payload of the next field goes; NULL when the record is full. */
static __always_inline char *put_room(struct build *b, __u32 *at)
{
    __u32 len = b->len;
    KEEP(len);
    if (len > BUILD_MAX)
        return NULL;
    *at = len;
    return &b->data[len + sizeof(struct abi_field)];
}

/* Closes a field whose n payload bytes are at put_room's place; n is at most 2 * ABI_STR_MAX - 32.
 */
static __always_inline void put_done(struct build *b, __u16 index, __u32 at, __u32 n, __u8 reason)
{
    KEEP(n);
    if (at > BUILD_MAX || n > 2 * ABI_STR_MAX - 32)
        return;
    char *payload = &b->data[at + sizeof(struct abi_field)];
    *(volatile __u64 *)(payload + n) = 0;
    put_head((void *)&b->data[at], index, reason ? ABI_TRUNCATED : ABI_PRESENT, reason, n);
    b->len = at + sizeof(struct abi_field) + ((n + 7) & ~7u);
    b->fields++;
}

/* Length with the NUL, or an error. Of an empty text of a task 6.1 and 6.12 say 0. */
static __always_inline long read_str(void *to, __u32 size, __u64 ptr, bool user)
{
    long n = user ? bpf_probe_read_user_str(to, size, (void *)ptr)
                  : bpf_probe_read_kernel_str(to, size, (void *)ptr);
    return n ? n : user;
}

/*
 * A string, of the task or of the kernel. Read one byte further than the limit, to know whether it
 * was cut. The destination is never the first byte of a map value: kernels before 6.2 could write
 * in front of it.
 */
SUBPROGRAM int put_str(struct build *b, __u16 index, __u64 ptr, bool user)
{
    __u32 at = 0;
    char *to;
    long n;
    if (!ptr) {
        put_missing(b, index, ABI_WHY_NULL);
        return 0;
    }
    to = put_room(b, &at);
    if (!to)
        return 0;
    n = read_str(to, ABI_STR_MAX + 1, ptr, user);
    if (n <= 0)
        put_missing(b, index, ABI_WHY_FAULT);
    else if (n > ABI_STR_MAX)
        put_done(b, index, at, ABI_STR_MAX - 1, ABI_WHY_LIMIT);
    else
        put_done(b, index, at, (__u32)n - 1, 0);
    return 0;
}

static __always_inline void put_user_str(struct build *b, __u16 index, __u64 ptr)
{
    put_str(b, index, ptr, true);
}

static __always_inline void put_kernel_str(struct build *b, __u16 index, const void *ptr)
{
    put_str(b, index, (__u64)ptr, false);
}

/* len bytes of the task's memory, at most limit (which is at most ABI_STR_MAX). */
SUBPROGRAM int put_user_mem(struct build *b, __u16 index, __u64 ptr, __u64 len, __u32 limit)
{
    __u32 at = 0, n = len > limit ? limit : (__u32)len;
    __u8 reason = len > limit ? ABI_WHY_LIMIT : 0;
    char *to;
    if (!ptr) {
        put_missing(b, index, ABI_WHY_NULL);
        return 0;
    }
    to = put_room(b, &at);
    if (!to)
        return 0;
    KEEP(n);
    n &= 2 * ABI_STR_MAX - 1; /* more than the limit, but verifiers before 6.4 understand it */
    if (n && bpf_probe_read_user(to, n, (void *)ptr))
        put_missing(b, index, ABI_WHY_FAULT);
    else
        put_done(b, index, at, n, reason);
    return 0;
}

struct strv_loop {
    struct build *b;
};

/* One string of the list. What it counts lives in the map value: see kernels before 6.2. */
static long strv_step(__u32 i, struct strv_loop *loop)
{
    struct build *b = loop->b;
    __u64 ptr = 0;
    bool user = b->strv_user;
    __u64 from = b->strv_from + (__u64)i * b->strv_wide;
    __u32 at, wide = b->strv_wide == 4 ? 4 : 8;
    long n;
    if (user ? bpf_probe_read_user(&ptr, wide, (void *)from)
             : bpf_probe_read_kernel(&ptr, sizeof(ptr), (void *)from)) {
        b->strv_reason = ABI_WHY_FAULT;
        return 1;
    }
    if (!ptr)
        return 1;
    at = b->len;
    KEEP(at);
    if (at > BUILD_MAX) {
        b->strv_reason = ABI_WHY_LIMIT;
        return 1;
    }
    n = read_str(&b->data[at], ABI_STR_MAX, ptr, user);
    if (n <= 0) {
        b->strv_reason = ABI_WHY_FAULT;
        return 1;
    }
    if ((__u64)n > b->strv_left) {
        b->strv_reason = ABI_WHY_LIMIT;
        return 1;
    }
    if (n == ABI_STR_MAX)
        b->strv_reason = ABI_WHY_LIMIT;
    b->strv_left -= n;
    b->len = at + (__u32)n;
    return 0;
}

/* A NULL-terminated list of strings; wide is the size of its pointers. */
SUBPROGRAM int put_strv(struct build *b, __u16 index, __u64 ptr, __u32 wide, bool user)
{
    struct strv_loop loop = {.b = b};
    __u32 at = 0, end, n;
    if (!ptr) {
        put_missing(b, index, ABI_WHY_NULL);
        return 0;
    }
    if (!put_room(b, &at))
        return 0;
    b->strv_from = ptr;
    b->strv_wide = wide;
    b->strv_user = user;
    b->strv_reason = 0;
    b->len = at + sizeof(struct abi_field);
    bpf_loop(ABI_STRV_MAX / 2, strv_step, &loop, 0);
    end = b->len;
    KEEP(end);
    n = end - at - sizeof(struct abi_field);
    if (at > BUILD_MAX || end > BUILD_MAX + ABI_STR_MAX + 8)
        return 0;
    if (!n && b->strv_reason == ABI_WHY_FAULT) {
        b->len = at;
        put_missing(b, index, ABI_WHY_FAULT);
        return 0;
    }
    if (b->strv_reason == ABI_WHY_FAULT)
        b->faults++;
    *(volatile __u64 *)&b->data[end] = 0;
    put_head((void *)&b->data[at], index, b->strv_reason ? ABI_TRUNCATED : ABI_PRESENT,
             (__u8)b->strv_reason, n);
    b->len = (end + 7) & ~7u;
    b->fields++;
    return 0;
}

static __always_inline void put_user_strv(struct build *b, __u16 index, __u64 ptr, __u32 wide)
{
    put_strv(b, index, ptr, wide, true);
}

static __always_inline void put_kernel_strv(struct build *b, __u16 index, char **list)
{
    put_strv(b, index, (__u64)list, sizeof(*list), false);
}

/* The strings between two addresses, one after the other: the arguments of a running program. */
SUBPROGRAM int put_user_area(struct build *b, __u16 index, __u64 from, __u64 to)
{
    __u64 n = to > from ? to - from : 0;
    __u8 reason = 0;
    __u32 at = 0, size;
    if (!put_room(b, &at))
        return 0;
    if (n > b->strv_left) {
        n = b->strv_left;
        reason = ABI_WHY_LIMIT;
    }
    size = (__u32)n;
    KEEP(size);
    if (size > ABI_STRV_MAX || at > BUILD_MAX - ABI_STRV_MAX - 16) {
        put_missing(b, index, ABI_WHY_LIMIT);
        return 0;
    }
    if (size && bpf_probe_read_user(&b->data[at + sizeof(struct abi_field)], size, (void *)from)) {
        put_missing(b, index, ABI_WHY_FAULT);
        return 0;
    }
    b->strv_left -= size;
    *(volatile __u64 *)&b->data[at + sizeof(struct abi_field) + size] = 0;
    put_head((void *)&b->data[at], index, reason ? ABI_TRUNCATED : ABI_PRESENT, reason, size);
    b->len = (at + sizeof(struct abi_field) + size + 7) & ~7u;
    b->fields++;
    return 0;
}

/* n bytes of the kernel, at most ABI_SOCKADDR_MAX. */
static __always_inline void put_kernel_bytes(struct build *b, __u16 index, const void *p, __u32 n)
{
    __u32 at = 0;
    char *to = put_room(b, &at);
    KEEP(n);
    if (!to || n > ABI_SOCKADDR_MAX)
        return;
    if (bpf_probe_read_kernel(to, n, p))
        put_missing(b, index, ABI_WHY_FAULT);
    else
        put_done(b, index, at, n, 0);
}

#endif
