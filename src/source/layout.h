/* SPDX-License-Identifier: Apache-2.0 */
/* Where the members of the kernel's structures are, by its types. */
#ifndef RATEL_SOURCE_LAYOUT_H
#define RATEL_SOURCE_LAYOUT_H

#include <stdint.h>

struct btf;

/*
 * Offset in bytes of a member, "root.tree" for one of a member's own; members of unnamed ones count
 * as the structure's. -ENOENT where there is no such structure or member.
 */
int layout_offset(const struct btf *btf, const char *structure, const char *member);

#endif
