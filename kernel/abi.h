/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What kernel/ and src/ agree on, besides the catalog: the record that travels through a ring
 * (and, unchanged, into a recording), and the tables that src/ fills for the programs to read.
 *
 * All integers are in host byte order; a recording's header says which that was. Types are of
 * fixed width and padding is explicit: both sides are compiled with -Wpadded as an error.
 */
#ifndef RATEL_ABI_H
#define RATEL_ABI_H

#ifdef __BPF__
#include "types.bpf.h"
#else
#include <linux/types.h>
#include <stddef.h>
#endif

/* Raised when the layout of struct abi_record or struct abi_field changes. */
#define ABI_VERSION 1

#define ABI_COMM_LEN     16
#define ABI_FIELDS_MAX   48          /* fields of one event */
#define ABI_STR_MAX      4096        /* bytes of one string or path, its NUL included */
#define ABI_STRV_MAX     (64 * 1024) /* bytes of argv and env of one event together */
#define ABI_SOCKADDR_MAX 128         /* bytes of a socket address */
#define ABI_RECORD_MAX   (96 * 1024) /* bytes of one whole record */
#define ABI_STACK_MAX    32          /* frames of a user stack */

/* Flags of a record. */
enum abi_record_flag {
    ABI_F_COMPAT = 1 << 0,  /* made by a 32-bit system call; .syscall is of that table */
    ABI_F_ENTER = 1 << 1,   /* taken when the call began: it does not return, .ret means nothing */
    ABI_F_NO_TASK = 1 << 2, /* the hook ran outside a task (interrupt): the task's members are 0 */
    ABI_F_USER = 1 << 3,    /* made by ratel itself in user space (loss, stats, ratel_info …) */
    ABI_F_NO_RET = 1 << 4,  /* the event has no return value */
    ABI_F_WORLD = 1 << 5,   /* kept for what it says of the world, asked for by nobody */
};

/*
 * What kinds of hooks there are. An event that can be seen in several ways says in the upper bits
 * of its flags by which it was: the fields that it could have depend on it. X(name)
 */
#define ABI_HOOK_KINDS(X)                                                                          \
    X(none)                                                                                        \
    X(tp_btf)                                                                                      \
    X(lsm)                                                                                         \
    X(fentry)                                                                                      \
    X(fexit)                                                                                       \
    X(kprobe)                                                                                      \
    X(kretprobe)                                                                                   \
    X(sys_exit) X(tracepoint) X(uprobe) X(uretprobe) X(user) X(sys_enter) X(inspect) X(iter)

enum abi_hook_kind {
#define X(name) ABI_HOOK_##name,
    ABI_HOOK_KINDS(X)
#undef X
        ABI_HOOK_KIND_COUNT
};

#define ABI_VIA_SHIFT 12 /* enum abi_hook_kind in .flags, 0 where there is only one way */

_Static_assert(ABI_HOOK_KIND_COUNT <= 16, "kinds of hooks fit in four bits");

/*
 * One record: this header, then .nfields times struct abi_field with its payload. Times are
 * boot-clock nanoseconds. pid is the thread group's id and tid the thread's, both as the host
 * sees them; ns_* are the same as the task itself sees them. pid + leader_start names a process,
 * tid + task_start a thread, so that a reused pid is another one.
 */
struct abi_record {
    __u32 len;        /* bytes, header and fields, a multiple of 8 */
    __u16 event;      /* catalog id */
    __u16 flags;      /* enum abi_record_flag */
    __u64 time;       /* when the hook ran */
    __s64 ret;        /* what the call returned */
    __u64 sets;       /* scope sets that this event was wanted by */
    __u64 cgroup;     /* id of the task's cgroup */
    __u64 task_start; /* start times of thread, thread-group leader and parent process */
    __u64 leader_start;
    __u64 parent_start;
    __u32 pid;
    __u32 tid;
    __u32 ppid;
    __u32 ns_pid;
    __u32 ns_tid;
    __u32 ns_ppid;
    __u32 uid; /* real ids, as the host sees them */
    __u32 gid;
    __u32 mnt_ns; /* inode numbers of the namespaces */
    __u32 pid_ns;
    __u32 net_ns;
    __u32 user_ns;
    __s32 syscall; /* number in the task's table, -1 outside a call */
    __u16 cpu;
    __u16 nfields;
    char comm[ABI_COMM_LEN]; /* NUL-terminated */
};

/* Whether a field's value could be had. */
enum abi_status {
    ABI_PRESENT = 0,
    ABI_TRUNCATED = 1, /* the payload is the beginning of the value */
    ABI_MISSING = 2,   /* there is no payload; the reason says why */
};

/* Why a field is missing or truncated. X(name, text for people) */
#define ABI_REASONS(X)                                                                             \
    X(NONE, "")                                                                                    \
    X(NULL, "null pointer")                                                                        \
    X(FAULT, "memory not readable")                                                                \
    X(LIMIT, "longer than the limit")                                                              \
    X(NO_ROOM, "no buffer free in the kernel")                                                     \
    X(NOT_CAUGHT, "the call began before tracing did")                                             \
    X(FAILED, "not filled in because the call failed")                                             \
    X(UNSUPPORTED, "this kernel can't tell")                                                       \
    X(CLOSED, "descriptor not open")                                                               \
    X(ABSENT, "there is none")                                                                     \
    X(PENDING, "not known yet")                                                                    \
    X(GONE, "gone before it was looked at")                                                        \
    X(DENIED, "not allowed to look")                                                               \
    X(NOT_SEEN, "not seen")                                                                        \
    X(NOT_ASKED, "not asked for")                                                                  \
    X(NO_RUNTIME, "no container runtime that could tell")                                          \
    X(UNKNOWN, "the container runtime knows no such container")                                    \
    X(SILENT, "the container runtime did not answer in time")                                      \
    X(BROKEN, "the container runtime's answer could not be read")                                  \
    X(NO_PATH, "no path leads there")

enum abi_reason {
#define X(name, text) ABI_WHY_##name,
    ABI_REASONS(X)
#undef X
        ABI_WHY_COUNT
};

/*
 * Credentials of a task. X(name, name in Tracee's output): ids as the first user namespace has
 * them, the inode number of the task's own, and sets of capabilities, a bit for each.
 */
/* clang-format off */
#define ABI_CRED_NUMBERS(X)                                                                        \
    X(uid, Uid) X(gid, Gid) X(suid, Suid) X(sgid, Sgid) X(euid, Euid) X(egid, Egid)                \
    X(fsuid, Fsuid) X(fsgid, Fsgid) X(user_ns, UserNamespace) X(securebits, SecureBits)
#define ABI_CRED_CAPS(X)                                                                           \
    X(cap_inheritable, CapInheritable) X(cap_permitted, CapPermitted)                              \
    X(cap_effective, CapEffective) X(cap_bounding, CapBounding) X(cap_ambient, CapAmbient)
/* clang-format on */

struct abi_cred {
#define X(name, tracee) __u32 name;
    ABI_CRED_NUMBERS(X)
#undef X
#define X(name, tracee) __u64 name;
    ABI_CRED_CAPS(X)
#undef X
};

/* One field. Its payload follows, padded with zeros to a multiple of 8 bytes. */
struct abi_field {
    __u16 index; /* place of the field in the event's catalog row */
    __u8 status; /* enum abi_status */
    __u8 reason; /* enum abi_reason */
    __u32 len;   /* bytes of payload, padding not counted */
};

/*
 * Payloads, by encoding (catalog/types.def says which type has which):
 *   INT       8 bytes, __u64 or __s64; signed narrower values are sign-extended
 *   STR       the string's bytes without NUL
 *   STRV      the strings one after the other, each with its NUL
 *   SOCKADDR  the bytes of a struct sockaddr_*, as many as the program gave: the family, which
 *             comes first, may be cut or missing
 *   TIMESPEC  two __s64: seconds, nanoseconds
 *   BYTES     raw
 *   CRED      struct abi_cred
 *   FD        INT, then, where asked for, the path that the descriptor stands for (no NUL)
 */
enum abi_encoding {
    ABI_ENC_INT,
    ABI_ENC_STR,
    ABI_ENC_STRV,
    ABI_ENC_SOCKADDR,
    ABI_ENC_TIMESPEC,
    ABI_ENC_BYTES,
    ABI_ENC_FD,
    ABI_ENC_CRED,
};

/*
 * The user stack that an event comes with when it is asked for. It belongs to no row of the
 * catalog: its fields have indexes of their own. The kernel sends FRAMES, an array of struct
 * abi_frame, innermost first, and a FRAME_PATH for each frame that is marked as told, in the same
 * order. The live source makes one STACK of them: for each frame a struct abi_stack_frame with the
 * texts it speaks of behind it (symbol, object, build-id), padded to a multiple of 8.
 */
enum abi_index {
    ABI_INDEX_STACK = 0xffff,
    ABI_INDEX_FRAMES = 0xfffe,
    ABI_INDEX_FRAME_PATH = 0xfffd,
};

/* Why a frame has no symbol. X(name, text for people) */
#define ABI_FRAME_REASONS(X)                                                                       \
    X(NONE, "")                                                                                    \
    X(PENDING, "not known yet")                                                                    \
    X(NO_FILE, "code without a file")                                                              \
    X(UNMAPPED, "nothing is mapped there")                                                         \
    X(BUSY, "the process was changing its memory map")                                             \
    X(GONE, "the file can't be opened any more")                                                   \
    X(CHANGED, "the file has changed")                                                             \
    X(NOT_ELF, "not an ELF file that can be read")                                                 \
    X(NO_SYMBOL, "the file names no function there")                                               \
    X(LIMIT, "more symbols than the limit")

enum abi_frame_reason {
#define X(name, text) ABI_FRAME_##name,
    ABI_FRAME_REASONS(X)
#undef X
        ABI_FRAME_REASON_COUNT
};

/* What an address is mapped from. */
enum abi_frame_kind {
    ABI_MAPPED_FILE,
    ABI_MAPPED_SPECIAL, /* by the kernel: its vdso */
    ABI_MAPPED_ANONYMOUS,
    ABI_MAPPED_NOTHING,
    ABI_MAPPED_BUSY, /* could not be looked up */
};

/* One frame as the kernel sends it. */
struct abi_frame {
    __u64 address;
    __u64 offset; /* in the file, or in the mapping where there is none */
    __u64 inode;
    __u64 ctime; /* nanoseconds since the epoch */
    __u32 dev;
    __u16 kind; /* enum abi_frame_kind */
    __u16 told; /* a FRAME_PATH is its file's */
};

/* One frame as it is recorded. */
struct abi_stack_frame {
    __u64 address;
    __u64 offset; /* from the symbol; without one, in the file */
    __u16 symbol_len;
    __u16 object_len;
    __u8 build_id_len;
    __u8 why; /* enum abi_frame_reason: there is no symbol */
    __u16 pad;
};

_Static_assert(sizeof(struct abi_frame) == 40, "a frame of the kernel's is 40 bytes");
_Static_assert(sizeof(struct abi_stack_frame) == 24, "a frame's header is 24 bytes");
_Static_assert(sizeof(struct abi_record) == 136, "a record's header is 136 bytes");
_Static_assert(sizeof(struct abi_cred) == 80, "credentials are 80 bytes");
_Static_assert(sizeof(struct abi_field) == 8, "a field's header is 8 bytes");

#endif
