/* SPDX-License-Identifier: Apache-2.0 */
#include "base/elf_input.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/elf_functions.h"
#include "base/limits.h"

int elf_input_read(struct elf_input *in, uint64_t at, void *to, size_t n)
{
    if (in->fd < 0) {
        if (at > in->len || n > in->len - at)
            return -ENOEXEC;
        memcpy(to, in->data + at, n);
        return 0;
    }
    for (size_t done = 0; done < n;) {
        if (at > INT64_MAX - n)
            return -ENOEXEC;
        ssize_t got = pread(in->fd, (char *)to + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -ENOEXEC;
        done += (size_t)got;
    }
    return 0;
}

static void widen_header(Elf64_Ehdr *to, const Elf32_Ehdr *from)
{
    to->e_type = from->e_type;
    to->e_machine = from->e_machine;
    to->e_phoff = from->e_phoff;
    to->e_shoff = from->e_shoff;
    to->e_phentsize = from->e_phentsize;
    to->e_phnum = from->e_phnum;
    to->e_shentsize = from->e_shentsize;
    to->e_shnum = from->e_shnum;
}

int elf_input_begin(struct elf_input *in)
{
    static const unsigned char native = __BYTE_ORDER == __LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
    union {
        unsigned char ident[EI_NIDENT];
        Elf32_Ehdr narrow;
        Elf64_Ehdr wide;
    } h;
    memset(&h, 0, sizeof(h));
    if (elf_input_read(in, 0, &h, sizeof(h.narrow)) || memcmp(h.ident, ELFMAG, SELFMAG) != 0 ||
        h.ident[EI_DATA] != native)
        return -ENOEXEC;
    in->narrow = h.ident[EI_CLASS] == ELFCLASS32;
    if (in->narrow)
        widen_header(&in->header, &h.narrow);
    else if (elf_input_read(in, 0, &in->header, sizeof(in->header)))
        return -ENOEXEC;
    size_t ph = in->narrow ? sizeof(Elf32_Phdr) : sizeof(Elf64_Phdr);
    size_t sh = in->narrow ? sizeof(Elf32_Shdr) : sizeof(Elf64_Shdr);
    return (in->header.e_phnum && in->header.e_phentsize != ph) ||
                   (in->header.e_shnum && in->header.e_shentsize != sh)
               ? -ENOEXEC
               : 0;
}

int elf_input_phdr(struct elf_input *in, unsigned i, Elf64_Phdr *out)
{
    Elf32_Phdr p;
    uint64_t at = in->header.e_phoff + (uint64_t)i * in->header.e_phentsize;
    if (!in->narrow)
        return elf_input_read(in, at, out, sizeof(*out));
    if (elf_input_read(in, at, &p, sizeof(p)))
        return -ENOEXEC;
    *out = (Elf64_Phdr){
        .p_type = p.p_type, .p_offset = p.p_offset, .p_vaddr = p.p_vaddr, .p_filesz = p.p_filesz};
    return 0;
}

int elf_input_shdr(struct elf_input *in, unsigned i, Elf64_Shdr *out)
{
    Elf32_Shdr s;
    uint64_t at = in->header.e_shoff + (uint64_t)i * in->header.e_shentsize;
    if (!in->narrow)
        return elf_input_read(in, at, out, sizeof(*out));
    if (elf_input_read(in, at, &s, sizeof(s)))
        return -ENOEXEC;
    *out = (Elf64_Shdr){
        .sh_type = s.sh_type, .sh_offset = s.sh_offset, .sh_size = s.sh_size, .sh_link = s.sh_link};
    return 0;
}

size_t elf_input_symbol_size(const struct elf_input *in)
{
    return in->narrow ? sizeof(Elf32_Sym) : sizeof(Elf64_Sym);
}

/* The narrow ones are read to the end of the room, and spread out from its beginning. */
int elf_input_symbols(struct elf_input *in, uint64_t at, Elf64_Sym *out, unsigned n)
{
    if (!in->narrow)
        return elf_input_read(in, at, out, n * sizeof(*out));
    Elf32_Sym *from = (Elf32_Sym *)(void *)((char *)(out + n) - n * sizeof(*from));
    if (elf_input_read(in, at, from, n * sizeof(*from)))
        return -ENOEXEC;
    for (unsigned i = 0; i < n; i++) {
        Elf32_Sym s = from[i];
        out[i] = (Elf64_Sym){.st_name = s.st_name,
                             .st_info = s.st_info,
                             .st_shndx = s.st_shndx,
                             .st_value = s.st_value,
                             .st_size = s.st_size};
    }
    return 0;
}

uint8_t elf_input_build_id(struct elf_input *in, uint64_t at, uint64_t size, uint8_t *id)
{
    static const char gnu[] = "GNU";
    char notes[ELF_NOTES_MAX];
    size_t n = size < sizeof(notes) ? (size_t)size : sizeof(notes), pos = 0;
    if (elf_input_read(in, at, notes, n))
        return 0;
    while (n - pos >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        memcpy(&note, notes + pos, sizeof(note));
        pos += sizeof(note);
        size_t name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
        size_t desc = ((size_t)note.n_descsz + 3) & ~(size_t)3;
        if (name > n - pos || desc > n - pos - name)
            return 0;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(gnu) &&
            !memcmp(notes + pos, gnu, sizeof(gnu)) && note.n_descsz <= ELF_BUILD_ID) {
            memcpy(id, notes + pos + name, note.n_descsz);
            return (uint8_t)note.n_descsz;
        }
        pos += name + desc;
    }
    return 0;
}
