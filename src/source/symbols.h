/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of kernel functions and tracepoints, looked for in the kernel's types (BTF) and in its
 * symbol table: many names in one pass. Needs no kernel: both are given.
 */
#ifndef RATEL_SOURCE_SYMBOLS_H
#define RATEL_SOURCE_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/limits.h"

struct btf;

#define SYMBOL_VARIANT 16

/* What is known of one name. */
struct symbol {
    char *name;
    uint32_t function;            /* id in the BTF of the function, 0 for none */
    uint32_t tracepoint;          /* of the prototype of a tracepoint, btf_trace_<name> */
    uint32_t check;               /* of the function that LSM programs attach to, bpf_lsm_<name> */
    uint16_t functions;           /* how many functions of that name the BTF has */
    uint16_t places;              /* how many the symbol table has; may be more than .at holds */
    bool in_module;               /* its places are in modules, none in the kernel itself */
    char variant[SYMBOL_VARIANT]; /* what the compiler added where it made another function of it:
                                     "isra"; "" for nothing */
    bool variable;                /* the symbol table has a variable of that name */
    uint64_t variable_at;         /* its address, 0 where the kernel does not tell it */
    uint64_t at[SYMBOL_PLACES];   /* addresses, 0 where the kernel does not tell them */
};

struct symbols {
    struct symbol *rows; /* sorted by name, once */
    unsigned count;
    uint8_t *hashes; /* which hashes of names there are; most lines of the symbol table end here */
};

/*
 * Takes the names: each text holds several, separated by '|'. A name may come more than once. 0 or
 * -ENOMEM; to be freed in either case.
 */
int symbols_init(struct symbols *s, const char *const *texts, unsigned count);
void symbols_free(struct symbols *s);

/* NULL when nobody looks for it. */
struct symbol *symbols_find(const struct symbols *s, const char *name, size_t len);

/* One pass over the types: fills function, functions, tracepoint and check. */
void symbols_read_btf(struct symbols *s, const struct btf *btf);
/* One pass over the lines of a kallsyms: fills places, at, in_module and variant. 0 or -EIO. */
int symbols_read_kallsyms(struct symbols *s, FILE *f);

#endif
