/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of an ELF file, of 32 and of 64 bits, as those of 64. Only for elf_functions.c. */
#ifndef RATEL_BASE_ELF_INPUT_H
#define RATEL_BASE_ELF_INPUT_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_input {
    int fd; /* -1: the bytes are in memory */
    const char *data;
    size_t len;
    Elf64_Ehdr header;
    bool narrow; /* 32 bits */
};

/* All of these return 0, or -ENOEXEC where the file is not as it should be. */
int elf_input_begin(struct elf_input *in); /* fills header and narrow */
int elf_input_read(struct elf_input *in, uint64_t at, void *to, size_t n);
int elf_input_phdr(struct elf_input *in, unsigned i, Elf64_Phdr *out);
int elf_input_shdr(struct elf_input *in, unsigned i, Elf64_Shdr *out);
int elf_input_symbols(struct elf_input *in, uint64_t at, Elf64_Sym *out, unsigned n);

size_t elf_input_symbol_size(const struct elf_input *in);
/* Looks through notes; returns the bytes of the build-id, 0 where they have none. */
uint8_t elf_input_build_id(struct elf_input *in, uint64_t at, uint64_t size, uint8_t *id);

#endif
