/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the functions of a file that is in a user stack. */
#ifndef RATEL_SOURCE_STACK_READ_H
#define RATEL_SOURCE_STACK_READ_H

#include "base/elf_functions.h"
#include "source/library_open.h"

/* 0, or why not: enum abi_frame_reason. */
int stack_read(struct elf_symbols *e, const struct library_place *place);

#endif
