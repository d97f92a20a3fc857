/* SPDX-License-Identifier: Apache-2.0 */
/* The files of tasks below /proc. */
#ifndef RATEL_SOURCE_PROC_H
#define RATEL_SOURCE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi.h"

/* What /proc/PID/stat has. */
struct proc_stat {
    char comm[ABI_COMM_LEN];
    char state;
    uint32_t ppid, group, session, tty;
    uint64_t start; /* in ticks since boot */
};

#define PROC_PATH 64 /* bytes of a path that proc_path makes */

/* The path of a file of a thread, of its process where tid is pid. */
void proc_path(char out[PROC_PATH], uint32_t pid, uint32_t tid, const char *file);
/* As much of a file as there is room for. Bytes, NUL-terminated, or -errno. */
ssize_t proc_read(const char *path, char *out, size_t size);
/* False where there is no such thread (any more). */
bool proc_stat(uint32_t pid, uint32_t tid, struct proc_stat *out);

/* Takes an id; 0, or -errno to go no further. */
typedef int (*proc_take_fn)(void *ctx, uint32_t id);
/*
 * The processes of the machine (pid 0), or the threads of one, in the kernel's order. What take
 * said, or -errno where they can't be read.
 */
int proc_each(uint32_t pid, proc_take_fn take, void *ctx);

#endif
