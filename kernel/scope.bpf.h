/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Whose events: which scope sets a task is in. The answer is remembered in the task's storage with
 * the values it was found for; as long as they are the same, asking again costs one look-up and a
 * few comparisons, however many rules there are.
 */
#ifndef RATEL_SCOPE_BPF_H
#define RATEL_SCOPE_BPF_H

#include "path.bpf.h"

/* Rules that are about what a task inherits or about one hidden value are decided elsewhere. */
static __always_inline bool scope_uses(enum scope_key_kind kind)
{
    return scope_config.used & (1u << kind);
}

/*
 * Made where there is none yet. That fails when another program makes the task's first storage at
 * the same moment (all programs of a machine share the list), and succeeds right after.
 */
static __always_inline struct task_state *task_state_get(struct task_struct *task)
{
    struct task_state *s =
        bpf_task_storage_get(&task_states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
    return s ? s : bpf_task_storage_get(&task_states, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

/* Takes out of mask the sets whose ranges for this kind value is outside of. */
__u64 scope_ranged(__u64 mask, __u32 kind, __u64 value);

/* Leaves in mask the sets that have no = rule of that kind or name the value, and no != rule for
 * it. */
static __always_inline __u64 scope_apply(__u64 mask, __u32 kind, const struct scope_match *m)
{
    mask &= ~scope_config.equal[kind] | (m ? m->equal : 0);
    return m ? mask & ~m->not_equal : mask;
}

static __always_inline __u64 scope_number(__u64 mask, __u32 kind, __u64 value)
{
    struct scope_number_key key = {.kind = kind, .value = value};
    if (!scope_uses(kind))
        return mask;
    mask = scope_apply(mask, kind, bpf_map_lookup_elem(&scope_numbers, &key));
    if (mask & scope_config.ranged[kind])
        mask = scope_ranged(mask & scope_config.ranged[kind], kind, value) |
               (mask & ~scope_config.ranged[kind]);
    return mask;
}

static __always_inline __u64 scope_comm(__u64 mask, struct task_state *s)
{
    if (!scope_uses(SCOPE_KEY_COMM))
        return mask;
    return scope_apply(mask, SCOPE_KEY_COMM, bpf_map_lookup_elem(&scope_comms, s->comm));
}

/* The key of a longer text is too big for the stack: it is made in the scratch. */
static __always_inline struct scope_text_key *scope_key(struct build *b, __u32 kind)
{
    struct scope_text_key *key = (struct scope_text_key *)b->data;
    __builtin_memset(key, 0, sizeof(*key));
    key->kind = kind;
    return key;
}

SUBPROGRAM __u64 scope_uts(__u64 mask, struct task_struct *task)
{
    struct scope_text_key *key;
    struct build *b;
    if (!task)
        return 0;
    b = build_begin(NULL);
    if (!b)
        return mask; /* better too much than a hole */
    key = scope_key(b, SCOPE_KEY_UTS);
    bpf_core_read_str(key->text, sizeof(task->nsproxy->uts_ns->name.nodename),
                      &task->nsproxy->uts_ns->name.nodename);
    mask = scope_apply(mask, SCOPE_KEY_UTS, bpf_map_lookup_elem(&scope_texts, key));
    build_end(b);
    return mask;
}

static __always_inline __u64 scope_container(__u64 mask, __u64 cgroup)
{
    struct container_id *c;
    if (!scope_uses(SCOPE_KEY_CONTAINER))
        return mask;
    c = bpf_map_lookup_elem(&containers, &cgroup);
    mask &= ~(c ? scope_config.not_in_container : scope_config.in_container);
    if (!c || !(c->state & CONTAINER_NEW))
        mask &= ~scope_config.new_container;
    if (!c || !(c->state & CONTAINER_STARTED))
        mask &= ~scope_config.started_container;
    return scope_apply(mask, SCOPE_KEY_CONTAINER, c ? &c->match : NULL);
}

/* Everything that is decided by values which task_state remembers. */
static __always_inline __u64 scope_decide(struct task_struct *task, struct task_state *s)
{
    __u64 mask = scope_config.all;
    mask = scope_number(mask, SCOPE_KEY_UID, (__u32)s->uid_pid);
    mask = scope_number(mask, SCOPE_KEY_PID, task->tgid);
    mask = scope_number(mask, SCOPE_KEY_TID, task->pid);
    mask = scope_number(mask, SCOPE_KEY_MNTNS, (__u32)s->mnt_pid_ns);
    mask = scope_number(mask, SCOPE_KEY_PIDNS, s->mnt_pid_ns >> 32);
    mask = scope_number(mask, SCOPE_KEY_CGROUP, s->cgroup);
    mask = scope_container(mask, s->cgroup);
    mask = scope_comm(mask, s);
    if (scope_uses(SCOPE_KEY_UTS))
        mask = scope_uts(mask, task);
    if (scope_config.new_only &&
        task_plain(task)->group_leader->start_boottime < scope_config.start_time)
        mask &= ~scope_config.new_only;
    if (scope_uses(SCOPE_KEY_EXECUTABLE)) {
        mask &= ~scope_config.equal[SCOPE_KEY_EXECUTABLE] | s->executable;
        mask &= ~s->executable_not;
    }
    mask &= ~scope_config.tree | s->tree;
    mask &= ~s->not_tree;
    return mask | s->followed;
}

static __always_inline __u64 task_pidns(struct task_struct *task)
{
    __u32 ns = INIT_PID_NS;
    if (task_plain(task)->thread_pid->level)
        task_ns_number(task, &ns);
    return ns;
}

/* False when nothing that a rule looks at has changed since s->mask was found. */
static __always_inline bool scope_changed(struct task_struct *task, struct task_state *s)
{
    bool changed = !s->generation;
    __u64 now;
    if (scope_uses(SCOPE_KEY_UID) || scope_uses(SCOPE_KEY_PID)) {
        now = (__u64)task->tgid << 32 | task_plain(task)->cred->uid.val;
        changed |= now != s->uid_pid;
        s->uid_pid = now;
    }
    if (scope_uses(SCOPE_KEY_CGROUP) || scope_uses(SCOPE_KEY_CONTAINER)) {
        now = task_cgroup(task_plain(task));
        changed |= now != s->cgroup;
        s->cgroup = now;
    }
    if (scope_uses(SCOPE_KEY_MNTNS) || scope_uses(SCOPE_KEY_PIDNS)) {
        now = task_plain(task)->nsproxy->mnt_ns->ns.inum;
        if (scope_uses(SCOPE_KEY_PIDNS))
            now |= task_pidns(task) << 32;
        changed |= now != s->mnt_pid_ns;
        s->mnt_pid_ns = now;
    }
    if (scope_uses(SCOPE_KEY_COMM)) {
        __u64 comm[2] = {};
        bpf_core_read(comm, sizeof(comm), &task->comm);
        changed |= comm[0] != s->comm[0] || comm[1] != s->comm[1];
        s->comm[0] = comm[0];
        s->comm[1] = comm[1];
    }
    return changed || scope_uses(SCOPE_KEY_UTS);
}

/* Which sets name the executable of the task; looked up once a program. */
SUBPROGRAM int scope_executable(struct task_struct *task, struct task_state *s)
{
    struct scope_text_key *key;
    struct scope_match *m;
    struct build *b = build_begin(NULL);
    struct file *exe = task_plain(task)->mm->exe_file;
    long n;
    if (!b)
        return 0;
    key = scope_key(b, SCOPE_KEY_EXECUTABLE);
    n = path_resolve(&b->path, (__u64)BPF_CORE_READ(exe, f_path.dentry),
                     (__u64)BPF_CORE_READ(exe, f_path.mnt), false);
    __u32 pos = b->path.pos, len = (__u32)n;
    KEEP(pos);
    KEEP(len);
    if (n > 0 && len < SCOPE_KEY_TEXT && pos <= ABI_STR_MAX &&
        !bpf_probe_read_kernel(key->text, len, &b->path.text[pos])) {
        m = bpf_map_lookup_elem(&scope_texts, key);
        s->executable = m ? m->equal : 0;
        s->executable_not = m ? m->not_equal : 0;
    } else {
        s->executable = s->executable_not = 0;
    }
    s->executable_known = 1;
    build_end(b);
    return 0;
}

/* A thread that was there before the hooks: only its leader could be marked as of a tree. */
static __always_inline void scope_from_leader(struct task_struct *task, struct task_state *s)
{
    struct task_state *leader;
    if (task->pid == task->tgid || !(scope_config.tree | scope_config.not_tree))
        return;
    leader = bpf_task_storage_get(&task_states, task->group_leader, NULL, 0);
    if (!leader)
        return;
    s->tree |= leader->tree;
    s->not_tree |= leader->not_tree;
}

SUBPROGRAM __u64 scope_update(struct task_struct *task, struct task_state *s)
{
    if (!task || !s)
        return 0;
    if (!s->generation)
        scope_from_leader(task, s);
    if (scope_uses(SCOPE_KEY_EXECUTABLE) && !s->executable_known)
        scope_executable(task, s);
    s->mask = scope_decide(task, s);
    s->generation = 1;
    return s->mask;
}

/* The sets that the task is in. Where its state can't be had, all: better too much than a hole. */
static __always_inline __u64 task_scope(struct task_struct *task)
{
    struct task_state *s;
    if (!scope_config.used)
        return scope_config.all;
    s = task_state_get(task);
    if (!s)
        return scope_config.all;
    if (!scope_changed(task, s))
        return s->mask;
    return scope_update(task, s);
}

/* The same for the current task, for the verifier to look at only once. */
__u64 current_scope(void);

#endif
