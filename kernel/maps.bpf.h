/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The tables of plan.h as the programs see them. Sizes that depend on the machine are set at load.
 */
#ifndef RATEL_MAPS_BPF_H
#define RATEL_MAPS_BPF_H

#include "plan.h"

/* Every family of hooks brings the same definitions; the linker keeps one of each. */
#define SHARED __attribute__((weak))

/* Bytes of a scratch behind which nothing is ever begun, so that a whole string still fits. */
#define BUILD_MAX  ABI_RECORD_MAX
#define BUILD_SIZE (BUILD_MAX + 2 * ABI_STR_MAX + 64)

/* Why a path is not walked any further. */
enum path_end {
    PATH_LIMIT, /* too long */
    PATH_FAULT,
    PATH_WHOLE,
    PATH_UNREACHABLE, /* the root that it should lead to is not above it */
    PATH_INTERNAL,    /* nor is there any, in a mount of the kernel's own */
};

#define NAME_INLINE 40 /* bytes behind a dentry's members: all of a name that is short */

/* What is needed of a dentry, in the order in which the kernel has it. */
struct path_name {
    __u64 hashed; /* 0: no longer in its directory */
    __u64 parent;
    __u32 hash;
    __u32 len;
    __u64 name;
    __u64 inode;
    __u64 words[NAME_INLINE / 8];
};

/* What is needed of a mount, in the order in which the kernel has it; kernel pointers. */
struct path_mount {
    __u64 parent, mountpoint, root;
};

/* Looking for the mount that a dentry is seen through; kernel pointers. */
struct path_mounts {
    __u64 next, end;  /* of the file system's mounts */
    __u64 ns;         /* of the task */
    __u64 whole_root; /* root of the file system */
    __u64 found;      /* the mount, 0: none */
    __u64 roots[MOUNT_PARTS], mounts[MOUNT_PARTS];
    __u32 count;
    __u32 pad;
};

/* Where a path is put together, from its end to its beginning. Pointers are the kernel's. */
struct path_walk {
    __u64 dentry, mnt;
    struct path_mount mount;   /* of mnt */
    struct path_name name;     /* of dentry */
    __u64 task_root, task_mnt; /* where the task's paths begin, if its view was asked for */
    __u64 ns_root;             /* topmost mount of the task's namespace */
    struct path_mounts mounts;
    __u64 place[2];   /* where a file is: mount and name, as in struct path_place */
    __u64 numbers[2]; /* that a made-up name says; programs have little stack */
    __u32 pos;        /* first byte in use */
    __u32 end;        /* enum path_end */
    char text[2 * ABI_STR_MAX];
};

/* A name in a cgroup's path: its first bytes, lowest first. */
struct path_part {
    __u64 begin, more;
    __u32 len;
    __u32 pad;
};

/* Looking for a container's id in a cgroup's path. */
struct id_scan {
    __u64 last;             /* the bytes before, newest lowest */
    __u64 before;           /* .last when a run of digits began */
    struct path_part above; /* the name before the one that is looked at */
    struct path_part part;
    __u64 text[CONTAINER_WORDS];      /* the id that was found */
    __u32 run;                        /* digits up to here */
    __u32 digits;                     /* in this name there is an id */
    __u32 guid;                       /* so far it looks like one of garden's ids */
    __u32 parts;                      /* names up to here */
    __u32 found, found_at, found_len; /* enum container_text; where it is in the path */
    __u32 place_len;                  /* of the first two names */
};

/* A user stack that is being taken. Pointers are the kernel's. */
struct stack_walk {
    __u64 addresses[ABI_STACK_MAX];
    __u64 files[ABI_STACK_MAX];
    __u32 at; /* of the field in the record */
    __u32 count;
};

/* What a program works with while it builds a record. */
struct build {
    __u64 busy; /* somebody is working with it */
    __u32 len;  /* bytes of data in use */
    __u32 fields;
    __u64 strv_left; /* bytes that argv and env may still take */
    __u64 strv_from; /* pointer to the list that is being read */
    __u32 strv_user; /* it is in the task's memory, not in the kernel's */
    __u32 strv_reason;
    __u32 strv_wide; /* bytes of a pointer */
    __u32 faults;    /* fields whose memory could not be read */
    __s32 syscall;   /* of a stash: the call whose arguments it keeps */
    __u32 compat;
    struct id_scan scan;
    struct path_walk path;
    struct stack_walk stack;
    char data[BUILD_SIZE];
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* CPUs * SCRATCHES */
    __type(key, __u32);
    __type(value, struct build);
} scratches SHARED SEC(".maps");

/* Arguments of calls under way that will not have them on return. .busy is the owner's thread id.
 */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* STASH_SLOTS where anything needs them */
    __type(key, __u32);
    __type(value, struct build);
} stashes SHARED SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* CPUs */
    __uint(map_flags, BPF_F_MMAPABLE);
    __type(key, __u32);
    __type(value, struct cpu_counters);
} counters SHARED SEC(".maps");

struct ring {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
};

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
    __uint(max_entries, 1); /* CPUs */
    __type(key, __u32);
    __array(values, struct ring);
} bulk_rings SHARED SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);
} lifecycle_ring SHARED SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, int);
    __type(value, struct task_state);
} task_states SHARED SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1); /* values of the scopes, here and below */
    __type(key, struct scope_number_key);
    __type(value, struct scope_match);
} scope_numbers SHARED SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1);
    __type(key, struct scope_comm_key);
    __type(value, struct scope_match);
} scope_comms SHARED SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1);
    __type(key, struct scope_text_key);
    __type(value, struct scope_match);
} scope_texts SHARED SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, SCOPE_KEY_NUMBERS *SCOPE_RANGES);
    __type(key, __u32);
    __type(value, struct scope_range);
} scope_ranges SHARED SEC(".maps");

/* What containers are to be called. */
struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1); /* as many as there are rules */
    __type(key, __u32);
    __type(value, struct container_rule);
} container_rules SHARED SEC(".maps");

/* Cgroups that are containers, by cgroup id. */
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 1); /* CONTAINERS_MAX where a scope is about containers */
    __uint(map_flags, BPF_F_NO_PREALLOC);
    __type(key, __u64);
    __type(value, struct container_id);
} containers SHARED SEC(".maps");

/*
 * What follows a call's beginning, and its return, by number of the hook. Programs of one such map
 * must all be of one tracepoint.
 */
struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, AFTER_MAX);
    __type(key, __u32);
    __type(value, __u32);
} before_programs SHARED SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PROG_ARRAY);
    __uint(max_entries, AFTER_MAX);
    __type(key, __u32);
    __type(value, __u32);
} after_programs SHARED SEC(".maps");

/* Decided before loading; the verifier removes what they rule out. */
SHARED const volatile struct scope_config scope_config = {};
extern const volatile __u64 event_sets[PLAN_SLOTS]; /* which sets want the event of a row */
/* ABI_HOOK_* by which the event of a row is seen, where its row names several ways; else 0. */
extern const volatile __u8 event_via[PLAN_SLOTS];
/* The row that stands for a hook where its event is not known yet, PLAN_SLOTS: none. */
SHARED const volatile __u16 hook_row[AFTER_MAX] = {};
SHARED const volatile __u8 sys_exit_wanted[PLAN_SYSCALLS / 8] =
    {}; /* numbers, both tables together */
SHARED const volatile __u8 sys_enter_wanted[PLAN_SYSCALLS / 8] = {};
SHARED const volatile bool exec_env = false;    /* sched_process_exec carries the environment */
SHARED const volatile bool user_stacks = false; /* events come with the stack of their task */
SHARED const volatile bool stash_always =
    false; /* scopes may change by exec: keep arguments of all */

SHARED const volatile __u32 task_struct_type = 0; /* its number in the kernel's types */

/* Known only after loading. */
SHARED __u64 containers_refused = 0; /* cgroups that the map "containers" had no room for */
SHARED int self_tgid = 0;            /* ratel itself is never traced */
SHARED struct init_namespaces init_namespaces = {};
extern struct plan plans[2 * PLAN_SYSCALLS];

#endif
