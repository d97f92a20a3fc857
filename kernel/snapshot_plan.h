/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* What the task iterator tells of one task. */
#ifndef RATEL_SNAPSHOT_PLAN_H
#define RATEL_SNAPSHOT_PLAN_H

#include "abi.h"

#define SNAPSHOT_TTY 32 /* bytes of a terminal's name */

enum snapshot_flag {
    SNAPSHOT_KERNEL = 1 << 0, /* a thread of the kernel's own: it runs no program */
    SNAPSHOT_FILE = 1 << 1,   /* the program's file is told */
};

struct snapshot_task {
    struct abi_record r; /* header: .time is when it was looked at; no fields */
    struct abi_cred cred;
    __u64 inode; /* of the program's file, as are the next ones */
    __u64 ctime; /* nanoseconds since the epoch */
    __u32 dev;
    __u16 mode;
    __u16 flags;            /* enum snapshot_flag */
    __u32 session;          /* leader of it, as the host sees it; 0: none */
    __u32 group;            /* the same of the process group */
    char tty[SNAPSHOT_TTY]; /* "": none */
};

_Static_assert(sizeof(struct snapshot_task) == 280, "a task of the iterator's is 280 bytes");

#endif
