/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * How the kernel programs are told what to do: tables that src/ makes of the catalog and of what
 * the user asked for. There is no code per system call; there is a row of struct plan.
 */
#ifndef RATEL_PLAN_H
#define RATEL_PLAN_H

#include "abi.h"

/* How one argument is taken. X(name) */
#define PLAN_KINDS(X)                                                                              \
    X(NONE)                                                                                        \
    X(S32) X(U32) X(U16) X(U8) X(LONG) X(ULONG) X(S64) X(U64)                                      \
    X(FD) X(STR) X(STRV) X(OUTBUF) X(INBUF) X(SOCKADDR) X(OUTADDR)                                 \
    X(TIMESPEC) X(TIMESPEC32) X(FDPAIR)

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
};

/* What else happens when the call returns: programs reached by tail call. */
enum plan_after { AFTER_NONE, AFTER_ACCEPT, AFTER_DUP, AFTER_EXEC_FAILED, AFTER_COUNT };

#define PLAN_ARGS 6
#define PLAN_SYSCALLS 512 /* numbers of one table; the 32-bit one follows the native one */

struct plan_arg {
    __u8 kind; /* enum plan_kind */
    __u8 reg;  /* first register, 0 to 5 */
    __u8 index; /* field of the event */
    __u8 pad;
};

/* What to do for one system call of one table; all zero when nobody asked for it. */
struct plan {
    __u64 sets;  /* scope sets that want the call's own event; 0: only .after is wanted */
    __u64 after_sets; /* scope sets that want an event made by .after */
    __u16 event; /* catalog id of the call, known even when .sets is 0 */
    __u16 slot;  /* row of the counters */
    __u8 flags;  /* enum plan_flag */
    __u8 after;  /* enum plan_after */
    __u8 nargs;
    __u8 pad;
    struct plan_arg args[PLAN_ARGS];
};

_Static_assert(sizeof(struct plan) == 48, "a plan is 48 bytes");

#endif
