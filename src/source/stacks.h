/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User stacks on their way from the kernel to the pipeline. Records with a stack are seen when they
 * come into the rings, so that files can be read at once; when they are handed on, addresses have
 * become names, and the record that is printed and recorded holds them.
 */
#ifndef RATEL_SOURCE_STACKS_H
#define RATEL_SOURCE_STACKS_H

#include "base/figures.h"
#include "source/rings.h"
#include "source/source.h"
#include "source/stack_files.h"

struct stacks;

struct stacks_setup {
    /* Makes the kernel programs tell the file's path once more. */
    void (*tell_again)(void *ctx, const struct stack_file *file);
    void *ctx;
};

/* 0 or -errno. */
int stacks_start(struct stacks **out, const struct stacks_setup *setup);
void stacks_free(struct stacks *s); /* NULL is allowed */

/* A record has come; ctx is the stacks. */
void stacks_see(void *ctx, const struct abi_record *r);
/* Time of the earliest event that waits for the functions of a file; UINT64_MAX for none. */
uint64_t stacks_waiting(struct stacks *s);
/*
 * As rings_read, with the stacks' names. *held is set where some records had no room and come next:
 * what is younger than them must wait.
 */
unsigned stacks_read(struct stacks *s, struct rings *rings, const struct abi_record **out,
                     unsigned max, uint64_t until, bool *held, struct source *source);
bool stacks_figures(struct stacks *s, struct cache_figures *out); /* false: there are none */
size_t stacks_memory(void);                                       /* bytes that it takes at most */

#endif
