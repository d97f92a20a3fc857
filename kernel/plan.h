/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * How the kernel programs are told what to do, and what they tell about it: tables that src/ fills
 * from the catalog and from what the user asked for, and counters. There is no code per system
 * call; there is a row of struct plan.
 */
#ifndef RATEL_PLAN_H
#define RATEL_PLAN_H

#include "abi.h"

/* How one argument is taken. X(name) */
/* clang-format off */
#define PLAN_KINDS(X)                                                                              \
    X(NONE)                                                                                        \
    X(S32) X(U32) X(U16) X(U8) X(LONG) X(ULONG) X(S64) X(U64)                                      \
    X(FD) X(STR) X(STRV) X(OUTBUF) X(INBUF) X(SOCKADDR) X(OUTADDR)                                 \
    X(TIMESPEC) X(TIMESPEC32) X(FDPAIR)
/* clang-format on */

enum plan_kind {
#define X(name) PLAN_##name,
    PLAN_KINDS(X)
#undef X
        PLAN_KIND_COUNT
};

enum plan_flag {
    PLAN_AT_ENTER = 1 << 0, /* the call does not return: emit when it begins */
    PLAN_STASH = 1 << 1,    /* the arguments are gone on return: keep them from the beginning */
    PLAN_FORKS = 1 << 2,    /* the child returns too, with 0: not an event */
    PLAN_FD_PATHS = 1 << 3, /* give descriptors' paths */
    PLAN_SMALL = 1 << 4,    /* nothing but numbers: the record fits on the stack */
    PLAN_CODE = 1 << 5,     /* is looked at for suspicious_syscall_source: on_call_origin follows */
    PLAN_STACK = 1 << 6,    /* is looked at for stack_pivot: the same */
};

#define PLAN_ARGS     6
#define PLAN_SYSCALLS 512    /* numbers of one table; the 32-bit one follows the native one */
#define PLAN_SLOTS    1280   /* rows of counters: at least the events of the catalog */
#define SCRATCHES     2      /* of a CPU, to put records together in */
#define ORIGINS_MAX   1024   /* places that calls were made from and that were told of */
#define STASH_SLOTS   16     /* calls under way whose arguments are kept */
#define PROBE_CALLS   4      /* of a task, within each other, that kretprobes watch */
#define CAST_HELPER   195896 /* number of no helper: stands for bpf_rdonly_cast, see casts.c */
#define AFTER_MAX     512 /* numbers of hooks: places of the programs that follow a call's return */

struct plan_arg {
    __u8 kind;  /* enum plan_kind */
    __u8 reg;   /* first register, 0 to 5 */
    __u8 index; /* field of the event */
    __u8 pad;
};

/* What to do for one system call of one table; without sets where nobody asked for it. */
struct plan {
    __u64 sets;       /* scope sets that want the call's own event */
    __u64 after_sets; /* scope sets that want the events made by .after */
    __u16 event;      /* catalog id of the call, known even when .sets is 0 */
    __u16 slot;       /* row of the counters */
    __u16 after;      /* program reached by tail call on return: number of its hook, 0 for none */
    __u16 before;     /* the same when the call begins */
    __u8 flags;       /* enum plan_flag */
    __u8 nargs;
    __u8 pad[6];
    struct plan_arg args[PLAN_ARGS];
};

_Static_assert(sizeof(struct plan) == 56, "a plan is 56 bytes");

/* Why the kernel programs lost an event. */
enum kernel_loss {
    KLOSS_RING_FULL,
    KLOSS_SCRATCH_BUSY,
    KLOSS_TOO_BIG,
    KLOSS_MEMORY_BUSY, /* where it was made from could not be looked up */
    KLOSS_CALLS_FULL,  /* its call lies within PROBE_CALLS others: the arguments were not kept */
    KLOSS_COUNT
};

/* What became of the events of one row on one CPU. */
struct counters {
    __u64 passed; /* the hook ran for an event that was asked for, in scope of some set */
    __u64 scoped; /* the same, outside of every scope set: with the line above, all that was seen */
    __u64 lost[KLOSS_COUNT];
    __u64 pad;
};

_Static_assert(sizeof(struct counters) == 64, "a row of counters is a cache line");

/* The counters of one CPU: one value of the map "counters". */
struct cpu_counters {
    struct counters slots[PLAN_SLOTS];
};

/* Kinds of scope rules that are looked up by value; see catalog/scopes.def. */
enum scope_key_kind {
    SCOPE_KEY_UID,
    SCOPE_KEY_PID,
    SCOPE_KEY_TID,
    SCOPE_KEY_MNTNS,
    SCOPE_KEY_PIDNS,
    SCOPE_KEY_CGROUP,
    SCOPE_KEY_CONTAINER, /* is compared when its cgroup is made: struct container_rule */
    SCOPE_KEY_NUMBERS,   /* kinds below compare as numbers */
    SCOPE_KEY_COMM = SCOPE_KEY_NUMBERS,
    SCOPE_KEY_UTS,
    SCOPE_KEY_EXECUTABLE,
    SCOPE_KEY_COUNT
};

#define SCOPE_KEY_TEXT 256 /* bytes of a text, NUL included */

struct scope_number_key {
    __u32 kind;
    __u32 pad;
    __u64 value;
};

struct scope_text_key {
    __u64 kind;
    char text[SCOPE_KEY_TEXT]; /* padded with zeros */
};

struct scope_comm_key {
    __u64 comm[2]; /* padded with zeros */
};

/* Sets that name a value with =, and with !=. */
struct scope_match {
    __u64 equal;
    __u64 not_equal;
};

/* A half-open interval is not enough for the whole range of u64: both ends belong to it. */
struct scope_range {
    __u64 low;
    __u64 high;
};

#define SCOPE_RANGES 64 /* one a set and kind */

/* What every task is tested for. Sets are bits. */
struct scope_config {
    __u64 all;                       /* sets in use */
    __u64 equal[SCOPE_KEY_COUNT];    /* sets with a = rule of that kind */
    __u64 ranged[SCOPE_KEY_NUMBERS]; /* sets with a range of that kind */
    __u64 in_container;              /* sets with container=true */
    __u64 not_in_container;
    __u64 new_container;     /* sets with container=new */
    __u64 started_container; /* sets with container=started */
    __u64 new_only;          /* sets with pid=new */
    __u64 follow;            /* sets that take in descendants */
    __u64 tree;              /* sets with tree=PID */
    __u64 not_tree;          /* sets with tree!=PID */
    __u64 start_time;        /* tasks from then on are new */
    __u32 container_rules;   /* how many there are, and */
    __u32 container_texts;   /* which kinds of text they are about: mask of enum container_text */
    __u32 cgroup_subsys;     /* 1 + index of the v1 hierarchy to take ids from, 0: v2 */
    __u32 used;              /* mask of 1 << enum scope_key_kind that any set tests */
};

/* What is remembered of a task, in task storage. */
struct task_state {
    __u64 generation; /* of the answer below; 0: none yet */
    __u64 mask;       /* the answer: scope sets that the task is in */
    __u64 uid_pid;    /* what it was asked for; another value, another answer */
    __u64 cgroup;
    __u64 mnt_pid_ns;
    __u64 comm[2];
    __u64 tree;       /* sets whose tree the task belongs to, by birth */
    __u64 not_tree;   /* the same for tree!= */
    __u64 followed;   /* sets that it inherited by follow */
    __u64 executable; /* sets that its executable is named by, = and != */
    __u64 executable_not;
    __u64 stack; /* an address in the stack that it was born with; 0: not known */
    __u32 executable_known;
    __u32 stash; /* 1 + its stash slot, 0: none */
    __u32 view;  /* the same of what the kernel found for its exec */
    __u32 pad;
    char prev_comm[ABI_COMM_LEN]; /* name before the last change */
};

/* Inode numbers of the namespaces of the machine's first process. X(name) as in its event. */
#define INIT_NAMESPACES(X)                                                                         \
    X(cgroup)                                                                                      \
    X(ipc) X(mnt) X(net) X(pid) X(pid_for_children) X(time) X(time_for_children) X(user) X(uts)

struct init_namespaces {
#define X(name) __u32 name;
    INIT_NAMESPACES(X)
#undef X
};

#define CONTAINERS_MAX  131072 /* entries of the map "containers" */
#define CHANGED_FILES   8192   /* entries of the map "changed_files" */
#define HELPERS_KEPT    4096   /* entries of the map "prog_helpers" */
#define MOUNTS_LOOKED   512  /* mounts of one file system, in all namespaces, that are looked at */
#define MOUNT_PARTS     8    /* mounts of parts of a file system that are told apart */
#define PASSED_MESSAGES 8    /* messages of one call that descriptors are looked for in */
#define PASSED_CONTROLS 4    /* control messages of one message */
#define MAGIC_BYTES     32   /* of a file's beginning; a power of two */
#define STACK_FILES     4096 /* entries of the map "stack_files" */

/* A file that stacks lead through, as a mount namespace sees it: key of the map "stack_files". */
struct stack_file {
    __u64 inode;
    __u64 ctime;
    __u32 dev;
    __u32 mnt_ns;
};

/* What a container is known by, and what a container= scope has to be compared with. */
enum container_text {
    CONTAINER_DIGITS = 1 << 0, /* an id of 64 hexadecimal digits */
    CONTAINER_NAME = 1 << 1,   /* its name, as garden and LXC have it */
    CONTAINER_PLACE = 1 << 2,  /* NAMESPACE/NAME: a cgroup where ctr makes those of containerd */
};

#define CONTAINER_WORDS 16 /* of 8 bytes: such a text, padded with zeros */

/* Value of the map "container_rules". */
struct container_rule {
    __u64 text[CONTAINER_WORDS];
    __u64 mask[CONTAINER_WORDS]; /* bits that have to be the same: fewer for a part of an id */
    struct scope_match match;
    __u64 texts; /* mask of enum container_text */
};

/* A cgroup that is a container: value of the map "containers". */
struct container_id {
    __u64 hash;               /* of its text: CONTAINER_HASH of all words, from 0 */
    struct scope_match match; /* sets that name it */
    __u32 maker_ns;           /* mount namespace of the task that made it: its runtime's */
    __u32 state;              /* enum container_state */
};

#define CONTAINER_HASH(hash, word) (((hash) ^ (word)) * 0x100000001b3ull)

enum container_state {
    CONTAINER_NEW = 1 << 0,     /* made while ratel looks */
    CONTAINER_STARTED = 1 << 1, /* its own program runs, not only what its runtime sets up */
};

#endif
