/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the running kernel says of itself: its types (BTF) and its symbol table, as far as they are
 * about names that the catalog's hooks have. Each is read once, when it is first asked for.
 */
#ifndef RATEL_SOURCE_KERNEL_H
#define RATEL_SOURCE_KERNEL_H

#include "base/error.h"
#include "source/symbols.h"

/*
 * Types from a file, or from a directory that has <release>.btf or vmlinux-<release>, in place of
 * the kernel's own. Before anything else here. 0 or -errno with err filled.
 */
int kernel_use_btf(const char *path, struct error *err);
/* The file of types; NULL: the kernel's own. */
const char *kernel_btf_path(void);
/* The types; NULL with errno where there are none. Borrowed until kernel_release. */
const struct btf *kernel_btf(void);
/* The types that tell where members are: those of the file, if one was given. The same. */
const struct btf *kernel_layout_btf(void);

/* A name that some hook has, with what the types say of it; NULL for any other. Never freed. */
const struct symbol *kernel_symbol(const char *name, size_t len);
/* The same with what the symbol table says; *err: -errno if it can't be read, else 0. */
const struct symbol *kernel_symbol_places(const char *name, size_t len, int *err);

/* Gives back the memory of the types; what was found of names stays. */
void kernel_release(void);

#endif
