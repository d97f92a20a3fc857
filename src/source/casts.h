/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pointers to tasks that are for reading only. kernel/ calls a helper that there is none of
 * (CAST_HELPER in plan.h) with a pointer and the number of its type; before a program is loaded,
 * that becomes bpf_rdonly_cast where the kernel has it, which its verifier turns into an
 * assignment, and an assignment where not (before 6.2, whose verifier does not search).
 */
#ifndef RATEL_SOURCE_CASTS_H
#define RATEL_SOURCE_CASTS_H

#include <bpf/libbpf.h>
#include <stdint.h>

/* Number of struct task_struct in the kernel's types; 0 where there are none. */
uint32_t casts_task_type(void);

/* Puts in what this kernel has. Only while libbpf prepares to load the program. 0 or -errno. */
int casts_put(struct bpf_program *p);

#endif
