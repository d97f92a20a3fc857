/* SPDX-License-Identifier: Apache-2.0 */
/* Where the members of the kernel's structures are, by its types. */
#ifndef RATEL_SOURCE_LAYOUT_H
#define RATEL_SOURCE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

struct btf;

/*
 * Offset in bytes of a member, "root.tree" for one of a member's own; members of unnamed ones count
 * as the structure's. -ENOENT where there is no such structure or member.
 */
int layout_offset(const struct btf *btf, const char *structure, const char *member);

#define FUNCTIONS_SPAN 512 /* bytes of a structure: the largest, file_operations, has some 300 */

/* A structure that is a table of functions: the members that are pointers to them. */
struct function_layout {
    unsigned count;
    size_t span; /* bytes up to the end of the last */
    struct function_place {
        char name[30];
        uint16_t offset;
    } functions[FUNCTIONS_MAX];
};

/* 0, or -ENOENT where there is no such structure, or none in it. */
int layout_functions(const struct btf *btf, const char *structure, struct function_layout *out);

#endif
