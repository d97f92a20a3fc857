/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the world adds to an event, in plain structs that live as long as the batch that the event
 * is in. Made by src/world/, read by the sinks in threads of their own. What is not known says why.
 */
#ifndef RATEL_EVENT_CONTEXT_H
#define RATEL_EVENT_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

/* What can be added. src/cmd/enrich.def names the options. X(name) */
#define CONTEXT_PARTS(X) X(PROCESS) X(ANCESTORS) X(USER_NAMES) X(CONTAINER) X(HASH) X(MOUNTS)

enum context_part_number {
#define X(name) CONTEXT_NUMBER_##name,
    CONTEXT_PARTS(X)
#undef X
};

/* A set of them. */
enum context_part {
#define X(name) CONTEXT_##name = 1 << CONTEXT_NUMBER_##name,
    CONTEXT_PARTS(X)
#undef X
};

/* A text of len bytes, anything in them. Not known: s is NULL, and why is an enum abi_reason. */
struct text_view {
    const char *s;
    uint32_t len;
    uint8_t why; /* also of a text that is there, but cut: ABI_WHY_LIMIT */
};

/* A text that is not known, and why. */
static inline struct text_view text_unknown(uint8_t why)
{
    return (struct text_view){.why = why};
}

/* The program that a task runs. */
struct executable_view {
    struct text_view path;
    struct text_view host_path; /* ABSENT: .path is the host's; NOT_ASKED unless CONTEXT_MOUNTS */
    struct text_view sha256;    /* in hexadecimal; NOT_ASKED unless CONTEXT_HASH */
    struct text_view script;    /* that was run, .path being its interpreter; ABSENT: none */
    uint64_t inode, ctime;      /* these four count when has_file */
    uint32_t dev;
    uint16_t mode;
    bool has_file;
};

/* How a session began. X(name, text) */
#define ENTRY_KINDS(X)                                                                             \
    X(UNKNOWN, "unknown")                                                                          \
    X(INIT, "init")                                                                                \
    X(SERVICE, "service")                                                                          \
    X(SSH, "ssh")                                                                                  \
    X(CONSOLE, "console")                                                                          \
    X(CRON, "cron")                                                                                \
    X(CONTAINER, "container")                                                                      \
    X(KERNEL, "kernel")

enum entry_kind {
#define X(name, text) ENTRY_##name,
    ENTRY_KINDS(X)
#undef X
        ENTRY_KIND_COUNT
};

extern const char *const entry_kind_names[ENTRY_KIND_COUNT];

/* A task as of some time. */
struct task_view {
    uint64_t
        serial; /* of two with the same one, never 0, all but .exited is the same; 0: unknown */
    uint64_t start, parent_start; /* boot-clock nanoseconds; parent_start 0: not known */
    uint64_t exited;              /* 0: not by that time */
    bool status_known;            /* how it ended was seen: these two */
    uint8_t exit_code, exit_signal;
    uint64_t cgroup;
    uint32_t pid, tid, ppid;
    uint32_t uid, gid;   /* real ids */
    uint32_t euid, egid; /* effective ones; UINT32_MAX: not known */
    uint32_t session;    /* 0: not known */
    uint32_t mnt_ns;     /* the same */
    struct text_view name;
    struct executable_view exe;
    struct text_view argv; /* strings, each with its NUL */
    struct text_view pwd;
    struct text_view tty;
    struct text_view user, group; /* names; NOT_ASKED unless CONTEXT_USER_NAMES */
    /* The process that the session began with; entry_pid 0: none is known. */
    uint64_t entry_start;
    uint32_t entry_pid;
    enum entry_kind entry;
    struct text_view entry_name;
};

/* A container as of some time. */
struct container_view {
    uint64_t serial;          /* of two with the same one, never 0, the second is the first */
    struct text_view id;      /* in hexadecimal, as the runtime calls it */
    struct text_view runtime; /* docker, containerd, crio, podman, garden, lxc, … */
    struct text_view name, image, digest;
    struct text_view pod_name, pod_namespace, pod_uid;
    struct text_view labels, pod_labels; /* KEY NUL VALUE NUL … */
    uint64_t cgroup, created;            /* created: boot-clock nanoseconds, 0 not known */
    bool sandbox;                        /* of a pod; counts when runtime has answered */
    bool answered;                       /* the runtime was asked, and knew it */
    bool started;                        /* its own entry program runs */
};

struct event_context {
    const struct task_view *task;             /* NULL: the event has no task, or it is not known */
    const struct task_view *const *ancestors; /* the parent first; NULL unless asked for */
    unsigned nancestors;
    uint8_t ancestors_why; /* why there are no more, NONE: the last has no parent */
    uint8_t container_why; /* when .container is NULL: ABSENT on the host, PENDING, NOT_ASKED … */
    const struct container_view *container;
    unsigned parts;  /* enum context_part: what was asked for */
    uint64_t serial; /* of two contexts with the same one, the second is the first; never 0 */
};

#endif
