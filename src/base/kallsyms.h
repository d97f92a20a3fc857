/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's symbols in memory: from an address to the name and the module that it belongs to,
 * and back. A table is filled once, for one thread; when modules come and go another is made.
 */
#ifndef RATEL_BASE_KALLSYMS_H
#define RATEL_BASE_KALLSYMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/figures.h"

#define KALLSYMS_KERNEL "system" /* owner of what belongs to no module */
#define KALLSYMS_HIDDEN "hidden" /* owner of what belongs to nothing that the kernel tells of */

struct kallsyms_row {
    uint64_t at;
    uint32_t name; /* offset in .names, of the owner too */
    uint32_t owner;
};

struct kallsyms {
    struct kallsyms_row *rows; /* by address */
    uint32_t count, cap;
    char *names;
    uint32_t used, room;     /* bytes of .names */
    uint64_t text, text_end; /* code of the kernel itself; 0 when it is not told */
    uint64_t left_out;       /* symbols over the limits */
    uint64_t hits, misses;   /* of kallsyms_find */
};

/* Strings belong to the table. */
struct kallsyms_symbol {
    const char *name, *owner;
    uint64_t at, offset; /* of the address that was asked for */
};

/* A line as of /proc/kallsyms: "ffffffff81000000 T name\t[module]". Texts end where .len says. */
struct kallsyms_line {
    uint64_t at; /* 0 where addresses are hidden */
    const char *name, *owner;
    size_t len, owner_len; /* owner_len 0: it belongs to no module */
    char type;             /* as nm(1) says it */
};

/*
 * The one reader of such lines: what is none is left out. Ends early where take does not return 0.
 * That, or -EIO, or 0; *any: there was a line.
 */
int kallsyms_lines(FILE *f, int (*take)(void *ctx, const struct kallsyms_line *line), void *ctx,
                   bool *any);

/*
 * Reads lines as of /proc/kallsyms. 0, -ENOMEM, -EIO, or -EACCES when all addresses are hidden. To
 * be freed in any case.
 */
int kallsyms_read(struct kallsyms *k, FILE *f);
void kallsyms_free(struct kallsyms *k);

/*
 * The symbol that an address lies in: the last that begins at or before it and belongs to the
 * kernel or to a module, as its address tells. False where there is none.
 */
bool kallsyms_find(struct kallsyms *k, uint64_t at, struct kallsyms_symbol *out);
/* Address of a symbol, the kernel's own before a module's; 0 for none. owner: may be NULL. */
uint64_t kallsyms_address(const struct kallsyms *k, const char *name, const char *owner);
/* Where the next symbol begins: a bound for what begins at the address. 0 for none. */
uint64_t kallsyms_next(const struct kallsyms *k, uint64_t at);
bool kallsyms_in_kernel(const struct kallsyms *k, uint64_t at); /* code of the kernel itself */
void kallsyms_figures(const struct kallsyms *k, struct cache_figures *out);
size_t kallsyms_memory(void); /* bytes that a table takes at most */

#endif
