/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions of an ELF file: from a place in the file to the name of the function that is there, and
 * the file's build-id. The file may be anybody's: it is read in pieces into memory of bounded size,
 * never mapped, and nothing that it says of itself is believed.
 */
#ifndef RATEL_BASE_ELF_FUNCTIONS_H
#define RATEL_BASE_ELF_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_BUILD_ID 32 /* bytes that are kept of a build-id; it has 20 as a rule */
#define ELF_SEGMENTS 16 /* loaded parts of a file; it has four as a rule */

struct elf_symbol {
    uint64_t at;   /* address as linked */
    uint32_t size; /* 0: not told, it reaches to the next one */
    uint32_t name; /* offset in .names */
};

struct elf_segment {
    uint64_t offset, size; /* in the file */
    uint64_t at;           /* address as linked */
};

struct elf_symbols {
    struct elf_symbol *rows; /* by address, one of each */
    uint32_t count;
    uint32_t names_len;
    char *names; /* ends with a NUL */
    struct elf_segment segments[ELF_SEGMENTS];
    unsigned nsegments;
    uint8_t build_id[ELF_BUILD_ID];
    uint8_t build_id_len; /* 0: it has none */
    bool whole;           /* of the table of all symbols, not of those for linking alone */
};

/*
 * Reads an open file. 0 (with or without functions), -ENOEXEC (no ELF file of this byte order, or a
 * damaged one), -E2BIG (more than the limits), -ENOMEM. To be freed only after 0.
 */
int elf_read(struct elf_symbols *e, int fd);
/* The same of a file's bytes in memory. */
int elf_read_memory(struct elf_symbols *e, const void *data, size_t len);
void elf_free(struct elf_symbols *e);
size_t elf_bytes(const struct elf_symbols *e); /* of memory that it takes */

/* Takes the functions of another file that was made from the same (debug information). */
void elf_adopt(struct elf_symbols *e, struct elf_symbols *from);

/* The function at that offset of the file, and how far into it. NULL where there is none. */
const char *elf_find(const struct elf_symbols *e, uint64_t offset, uint64_t *into);

#endif
