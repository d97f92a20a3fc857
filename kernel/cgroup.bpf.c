// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Cgroups: made, removed, moved to. Which of them are containers is found out here, at birth. */
#include "hook.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define ID_DIGITS 64 /* of a container's id, hexadecimal */
#define GUID_TEXT 36 /* of garden's, with dashes */
#define LXC_TEXT  72 /* with a NUL: CONTAINER_ID_TEXT of src/event/cgroup_path.h */

/* Texts as they lie in memory; the lowest byte is the first. */
#define CONMON        0x636f6e6d6f6e2dull /* "conmon-", newest lowest: a container's monitor */
#define CONMON_MASK   0x00ffffffffffffffull
#define POD           0x706f645f706f645full /* "pod_pod_", the same way: podman's pods */
#define LIBPOD_PARENT 0x705f646f7062696cull /* "libpod_p" */
#define PARENT_MORE   0x746e657261ull       /* "arent" */
#define LXC           0x63786cull           /* "lxc" */
#define LXC_PAYLOAD   0x6c7961702e63786cull /* "lxc.payl" */
#define PAYLOAD_MORE  0x64616full           /* "oad" */
#define PAYLOAD_DOT   0x2e64616full         /* "oad." */
#define GARDEN        0x6e6564726167ull     /* "garden" */

static __always_inline bool is_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static __always_inline bool is_part(const struct path_part *p, __u64 begin, __u64 more, __u32 len)
{
    return p->begin == begin && p->more == more && p->len == len;
}

static __always_inline void found(struct id_scan *s, __u32 kind, __u32 at, __u32 len)
{
    s->found = kind;
    s->found_at = at;
    s->found_len = len;
}

/* A run of digits has ended at end; its name may go on. */
static __always_inline void run_ends(struct id_scan *s, __u32 end)
{
    bool monitor, pod;
    if (s->run != ID_DIGITS)
        return;
    monitor = (s->before & CONMON_MASK) == CONMON;
    pod = s->before == POD ||
          (s->part.len == ID_DIGITS && is_part(&s->above, LIBPOD_PARENT, PARENT_MORE, 13));
    s->digits = 1;
    found(s, monitor || pod ? 0 : CONTAINER_DIGITS, end - ID_DIGITS, ID_DIGITS);
}

/* The same of a name that may be an id: src/event/cgroup_path.c has the rules. */
static __always_inline void name_ends(struct id_scan *s, __u32 end)
{
    const struct path_part *p = &s->part;
    __u32 skip = 0;
    if (p->len == GUID_TEXT && s->guid && is_part(&s->above, GARDEN, 0, 6)) {
        found(s, CONTAINER_NAME, end - p->len, p->len);
        return;
    }
    if (p->begin == LXC_PAYLOAD && (__u32)p->more == PAYLOAD_DOT)
        skip = 12;
    else if (!is_part(&s->above, LXC, 0, 3) && !is_part(&s->above, LXC_PAYLOAD, PAYLOAD_MORE, 11))
        return;
    if (p->len > skip && p->len - skip < LXC_TEXT)
        found(s, CONTAINER_NAME, end - p->len + skip, p->len - skip);
}

static __always_inline void part_ends(struct id_scan *s, __u32 end)
{
    if (!s->part.len)
        return;
    if (!s->digits)
        name_ends(s, end);
    if (++s->parts == 2)
        s->place_len = end;
    s->above = s->part;
    __builtin_memset(&s->part, 0, sizeof(s->part));
    s->digits = 0;
    s->guid = 1;
}

static __always_inline void part_goes_on(struct id_scan *s, char c)
{
    __u32 at = s->part.len++;
    bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (at < 8)
        s->part.begin |= (__u64)(__u8)c << 8 * at;
    else if (at < 16)
        s->part.more |= (__u64)(__u8)c << 8 * (at - 8);
    s->guid &= dash ? c == '-' : is_digit(c);
}

struct scan_loop {
    struct build *b;
};

/* One byte of the path in b->data; what it has counts when it ends, also at the path's NUL. */
static long scan_step(__u32 i, struct scan_loop *loop)
{
    struct build *b = loop->b;
    struct id_scan *s = &b->scan;
    char c = b->data[i & (ABI_STR_MAX - 1)];
    if (is_digit(c)) {
        if (!s->run)
            s->before = s->last;
        s->run++;
    } else {
        run_ends(s, i);
        s->run = 0;
    }
    if (c == '/' || !c)
        part_ends(s, i);
    else
        part_goes_on(s, c);
    s->last = s->last << 8 | (__u8)c;
    return !c;
}

static __always_inline void take_text(struct build *b, __u32 at, __u32 len)
{
    KEEP(at);
    KEEP(len);
    if (at < ABI_STR_MAX && len < sizeof(b->scan.text))
        bpf_probe_read_kernel(b->scan.text, len, &b->data[at]);
}

struct rules_loop {
    struct build *b;
    struct scope_match match;
    __u64 found;
};

static long rule_step(__u32 i, struct rules_loop *loop)
{
    const struct container_rule *rule = bpf_map_lookup_elem(&container_rules, &i);
    struct build *b = loop->b;
    __u64 differ = 0;
    int word;
    if (!rule || !(rule->texts & loop->found))
        return 0;
    for (word = 0; word < CONTAINER_WORDS; word++)
        differ |= (b->scan.text[word] ^ rule->text[word]) & rule->mask[word];
    if (!differ) {
        loop->match.equal |= rule->match.equal;
        loop->match.not_equal |= rule->match.not_equal;
    }
    return 0;
}

/* Which sets name what was found. */
static __always_inline void container_match(struct build *b, __u32 kind, struct scope_match *out)
{
    struct rules_loop loop = {.b = b, .found = kind};
    if (scope_config.container_rules) /* no loop at all is not what the verifier takes for one */
        bpf_loop(scope_config.container_rules, rule_step, &loop, 0);
    *out = loop.match;
}

/*
 * Where ctr makes a container's cgroup anything could be: it is one when a scope says so.
 */
static __always_inline bool container_place(struct build *b, struct scope_match *match)
{
    struct id_scan *s = &b->scan;
    if (!(scope_config.container_texts & CONTAINER_PLACE) || s->parts < 2 || b->data[0] != '/')
        return false;
    take_text(b, 1, s->place_len - 1);
    container_match(b, CONTAINER_PLACE, match);
    return match->equal | match->not_equal;
}

static __always_inline bool container_text(struct build *b, struct scope_match *match)
{
    struct id_scan *s = &b->scan;
    if (!s->found)
        return container_place(b, match);
    take_text(b, s->found_at, s->found_len);
    container_match(b, s->found, match);
    return true;
}

/*
 * Who makes it. A cgroup that is made from inside of a container is that one's part: it is as far
 * as that one is. Otherwise its own program is the first one in it that does not run in the mount
 * namespace of its maker, which the runtime's preparations do.
 */
static __always_inline void container_maker(struct container_id *id)
{
    struct task_struct *task = bpf_get_current_task_btf();
    __u64 cgroup = task_cgroup(task);
    struct container_id *around = bpf_map_lookup_elem(&containers, &cgroup);
    id->maker_ns = task->nsproxy->mnt_ns->ns.inum;
    id->state = CONTAINER_NEW;
    if (around && around->hash == id->hash)
        id->state = around->state;
}

static __always_inline __u64 text_hash(const struct id_scan *s)
{
    __u64 hash = 0;
    int word;
    for (word = 0; word < CONTAINER_WORDS; word++)
        hash = CONTAINER_HASH(hash, s->text[word]);
    return hash;
}

/* Remembers the cgroup when its path, or that of one above it, is a container's. */
SUBPROGRAM int container_learn(struct cgroup *cgrp, const char *path)
{
    struct container_id id = {};
    struct scan_loop loop;
    struct build *b;
    __u64 key;
    if (!cgrp)
        return 0;
    b = build_begin(NULL);
    if (!b)
        return 0;
    loop.b = b;
    __builtin_memset(&b->scan, 0, sizeof(b->scan));
    b->scan.guid = 1;
    if (bpf_probe_read_kernel_str(b->data, ABI_STR_MAX, path) > 0)
        bpf_loop(ABI_STR_MAX, scan_step, &loop, 0);
    key = cgroup_id(cgrp);
    if (container_text(b, &id.match)) {
        id.hash = text_hash(&b->scan);
        container_maker(&id);
        if (bpf_map_update_elem(&containers, &key, &id, BPF_ANY))
            __sync_fetch_and_add(&containers_refused, 1);
    }
    build_end(b);
    return 0;
}

/* The fields that cgroup_mkdir and cgroup_rmdir share. */
static __always_inline void put_cgroup(struct build *b, struct cgroup *cgrp, const char *path)
{
    put_int(b, FIELD(cgroup_mkdir, cgroup_id), cgroup_id(cgrp));
    put_kernel_str(b, FIELD(cgroup_mkdir, cgroup_path), path);
    put_int(b, FIELD(cgroup_mkdir, hierarchy_id), cgrp->root->hierarchy_id);
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(on_cgroup_mkdir, struct cgroup *cgrp, const char *path)
{
    struct hook_run h;
    if (scope_uses(SCOPE_KEY_CONTAINER))
        container_learn(cgrp, path);
    if (!hook_begin(&h, SLOT_cgroup_mkdir, true, NULL))
        return 0;
    put_cgroup(h.b, cgrp, path);
    hook_end(&h, EVENT_cgroup_mkdir);
    return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(on_cgroup_rmdir, struct cgroup *cgrp, const char *path)
{
    struct hook_run h;
    __u64 id = cgroup_id(cgrp);
    if (scope_uses(SCOPE_KEY_CONTAINER))
        bpf_map_delete_elem(&containers, &id);
    if (!hook_begin(&h, SLOT_cgroup_rmdir, true, NULL))
        return 0;
    put_cgroup(h.b, cgrp, path);
    hook_end(&h, EVENT_cgroup_rmdir);
    return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(on_cgroup_attach_task, struct cgroup *cgrp, const char *path, struct task_struct *task,
             bool threadgroup)
{
    struct hook_run h;
    if (!hook_begin(&h, SLOT_cgroup_attach_task, true, task))
        return 0;
    put_kernel_str(h.b, FIELD(cgroup_attach_task, cgroup_path), path);
    put_kernel_str(h.b, FIELD(cgroup_attach_task, comm), task->comm);
    put_int(h.b, FIELD(cgroup_attach_task, pid), task->pid);
    hook_end(&h, EVENT_cgroup_attach_task);
    return 0;
}
