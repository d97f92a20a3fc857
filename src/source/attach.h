/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program onto a hook of the kernel. What is returned is a descriptor: closing it, or ratel's end
 * of whatever kind, takes the program off again.
 */
#ifndef RATEL_SOURCE_ATTACH_H
#define RATEL_SOURCE_ATTACH_H

#include <stdbool.h>
#include <stdint.h>

/* A program of a kind that was loaded for its hook: tp_btf, lsm, fentry, fexit. fd or -errno. */
int attach_tracing(int program);
/*
 * A function's beginning or its return, by a breakpoint of its own. By address; by name where at is
 * 0. fd or -errno: -ENOENT when the kernel has no kprobes, or no such function.
 */
int attach_kprobe(int program, const char *name, uint64_t at, bool returns);
/* The same for many addresses at once. The program was loaded for BPF_TRACE_KPROBE_MULTI. */
int attach_kprobes(int program, const uint64_t *at, unsigned count, bool returns);
/* A place in a file, whoever runs it. fd or -errno. */
int attach_uprobe(int program, const char *file, uint64_t offset, bool returns);
/* A tracepoint by the number that tracefs gives it. fd or -errno. */
int attach_tracepoint(int program, uint64_t id);
/*
 * A program of an iterator of tasks: it runs for all of them, for the threads of a process (pid),
 * or for one thread (tid), while the descriptor is read. fd or -errno.
 */
int attach_task_iterator(int program, uint32_t pid, uint32_t tid);

#endif
