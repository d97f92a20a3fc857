/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 32-bit calls made by a 64-bit program. Its data must lie where 32 bits can point to, as that
 * of a static program does.
 */
#include "syscalls32.c"
