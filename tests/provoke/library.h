/* SPDX-License-Identifier: Apache-2.0 */
/* The least that is a library: a few symbols that it exports, and no code. */
#ifndef RATEL_PROVOKE_LIBRARY_H
#define RATEL_PROVOKE_LIBRARY_H

#include <elf.h>
#include <string.h>

#define LIBRARY_NAMES   256
#define LIBRARY_SYMBOLS 8

struct library_image {
    Elf64_Ehdr header;
    Elf64_Phdr load, dynamic;
    Elf64_Dyn tags[6];
    Elf64_Sym symbols[LIBRARY_SYMBOLS]; /* the first is nothing */
    uint32_t hash[2 + 1 + LIBRARY_SYMBOLS];
    uint32_t pad;
    char names[LIBRARY_NAMES];
};

#define LIBRARY_AT(member) __builtin_offsetof(struct library_image, member)

/* names: separated by blanks. */
static inline void library_make(struct library_image *l, const char *names)
{
    const unsigned char info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    size_t used = 1;
    unsigned count = 1;

    memset(l, 0, sizeof(*l));
    memcpy(l->header.e_ident, ELFMAG, SELFMAG);
    l->header.e_ident[EI_CLASS] = ELFCLASS64;
    l->header.e_ident[EI_DATA] =
        __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    l->header.e_type = ET_DYN;
    l->header.e_phoff = LIBRARY_AT(load);
    l->header.e_phnum = 2;
    l->header.e_phentsize = sizeof(Elf64_Phdr);
    l->load = (Elf64_Phdr){.p_type = PT_LOAD, .p_filesz = sizeof(*l)};
    l->dynamic = (Elf64_Phdr){
        .p_type = PT_DYNAMIC, .p_offset = LIBRARY_AT(tags), .p_filesz = sizeof(l->tags)};
    while (*names && count < LIBRARY_SYMBOLS) {
        size_t n = strcspn(names, " ");
        l->symbols[count++] =
            (Elf64_Sym){.st_name = (uint32_t)used, .st_info = info, .st_shndx = 1, .st_value = 1};
        memcpy(l->names + used, names, n);
        used += n + 1;
        names += n + (names[n] == ' ');
    }
    l->hash[0] = 1;
    l->hash[1] = count;
    l->tags[0] = (Elf64_Dyn){.d_tag = DT_SYMTAB, .d_un.d_ptr = LIBRARY_AT(symbols)};
    l->tags[1] = (Elf64_Dyn){.d_tag = DT_STRTAB, .d_un.d_ptr = LIBRARY_AT(names)};
    l->tags[2] = (Elf64_Dyn){.d_tag = DT_STRSZ, .d_un.d_val = sizeof(l->names)};
    l->tags[3] = (Elf64_Dyn){.d_tag = DT_HASH, .d_un.d_ptr = LIBRARY_AT(hash)};
}

#endif
