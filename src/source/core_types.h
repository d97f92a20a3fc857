/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few of the kernel's types that the programs look into. For each type that a program names,
 * libbpf searches all of the kernel's, and reads them once more for that; these are a hundredth.
 */
#ifndef RATEL_SOURCE_CORE_TYPES_H
#define RATEL_SOURCE_CORE_TYPES_H

struct btf;

/*
 * Those of all that have a name of a structure, union, enumeration or typedef in named (without
 * what follows "___"), with what they are made of: the same members at the same places, but
 * pointers lead nowhere. To be freed by btf__free; NULL with errno.
 */
struct btf *core_types_pick(const struct btf *all, const struct btf *named);

/*
 * The path of a file for them, for libbpf, which reads it after it was filled. There until
 * core_types_release; NULL where none can be made, and libbpf reads all.
 */
const char *core_types_path(void);
/* Fills the file, the first time, if there is one. 0 or -errno. */
int core_types_fill(const struct btf *all, const struct btf *named);
void core_types_release(void);

#endif
