/* SPDX-License-Identifier: Apache-2.0 */
#include "base/elf_exports.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#define HEADERS    64   /* program headers that are looked at */
#define TAGS       1024 /* entries of the dynamic section that are looked at */
#define AT_ONCE    128  /* symbols and words that are read at a time */
#define ORDER_HERE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB)

struct segment {
    uint64_t offset, at, bytes; /* in the file, in memory, of the file */
};

/* An object as far as it has been understood. */
struct object {
    const struct elf_file *file;
    bool wide; /* of 64 bits */
    struct segment loaded[HEADERS];
    unsigned nloaded;
    struct segment dynamic;
    uint64_t symbols, names, names_bytes, hash, gnu_hash; /* addresses in memory; 0: none */
};

static int read_at(const struct object *o, uint64_t at, void *to, size_t len)
{
    return at + len < at ? -ENOEXEC : o->file->read(o->file->ctx, at, to, len);
}

/* Place in the file of an address; the segments are what the loader would map. */
static int place(const struct object *o, uint64_t address, uint64_t *at)
{
    for (unsigned i = 0; i < o->nloaded; i++) {
        const struct segment *s = &o->loaded[i];
        if (address < s->at || address - s->at >= s->bytes)
            continue;
        *at = s->offset + (address - s->at);
        return 0;
    }
    return -ENOEXEC;
}

static int read_memory(const struct object *o, uint64_t address, void *to, size_t len)
{
    uint64_t at;
    int rc = place(o, address, &at);
    return rc ? rc : read_at(o, at, to, len);
}

static int read_header(struct object *o, uint64_t at, uint32_t *type, struct segment *s)
{
    union {
        Elf64_Phdr wide;
        Elf32_Phdr narrow;
    } h;
    int rc = read_at(o, at, &h, o->wide ? sizeof(h.wide) : sizeof(h.narrow));
    if (rc)
        return rc;
    if (o->wide) {
        *type = h.wide.p_type;
        *s = (struct segment){h.wide.p_offset, h.wide.p_vaddr, h.wide.p_filesz};
    } else {
        *type = h.narrow.p_type;
        *s = (struct segment){h.narrow.p_offset, h.narrow.p_vaddr, h.narrow.p_filesz};
    }
    return 0;
}

static int read_headers(struct object *o, uint64_t at, unsigned count, unsigned bytes)
{
    if (bytes != (o->wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)))
        return -ENOEXEC;
    for (unsigned i = 0; i < count && i < HEADERS; i++) {
        struct segment s;
        uint32_t type;
        int rc = read_header(o, at + (uint64_t)i * bytes, &type, &s);
        if (rc)
            return rc;
        if (type == PT_LOAD)
            o->loaded[o->nloaded++] = s;
        else if (type == PT_DYNAMIC)
            o->dynamic = s;
    }
    return o->dynamic.bytes ? 0 : -ENOEXEC;
}

static int read_object(struct object *o)
{
    union {
        unsigned char id[EI_NIDENT];
        Elf64_Ehdr wide;
        Elf32_Ehdr narrow;
    } h;
    int rc = read_at(o, 0, &h, sizeof(h.narrow));
    if (rc || memcmp(h.id, ELFMAG, SELFMAG) != 0 || h.id[EI_DATA] != ORDER_HERE)
        return -ENOEXEC;
    o->wide = h.id[EI_CLASS] == ELFCLASS64;
    if (!o->wide)
        return h.narrow.e_type != ET_DYN
                   ? -ENOEXEC
                   : read_headers(o, h.narrow.e_phoff, h.narrow.e_phnum, h.narrow.e_phentsize);
    rc = read_at(o, 0, &h, sizeof(h.wide));
    if (rc || h.wide.e_type != ET_DYN)
        return -ENOEXEC;
    return read_headers(o, h.wide.e_phoff, h.wide.e_phnum, h.wide.e_phentsize);
}

static void take_tag(struct object *o, int64_t tag, uint64_t value)
{
    switch (tag) {
    case DT_SYMTAB:
        o->symbols = value;
        break;
    case DT_STRTAB:
        o->names = value;
        break;
    case DT_STRSZ:
        o->names_bytes = value;
        break;
    case DT_HASH:
        o->hash = value;
        break;
    case DT_GNU_HASH:
        o->gnu_hash = value;
        break;
    default:
        break;
    }
}

static int read_dynamic(struct object *o)
{
    size_t size = o->wide ? sizeof(Elf64_Dyn) : sizeof(Elf32_Dyn);
    for (unsigned i = 0; i < TAGS && (i + 1) * size <= o->dynamic.bytes; i++) {
        union {
            Elf64_Dyn wide;
            Elf32_Dyn narrow;
        } d;
        int rc = read_at(o, o->dynamic.offset + i * size, &d, size);
        if (rc)
            return rc;
        int64_t tag = o->wide ? d.wide.d_tag : d.narrow.d_tag;
        if (tag == DT_NULL)
            break;
        take_tag(o, tag, o->wide ? d.wide.d_un.d_val : d.narrow.d_un.d_val);
    }
    return o->symbols && o->names && (o->hash || o->gnu_hash) ? 0 : -ENOEXEC;
}

/* The largest of the first symbols of count chains. */
static int last_chain(const struct object *o, uint64_t at, uint32_t count, uint32_t *last)
{
    uint32_t words[AT_ONCE];
    *last = 0;
    for (uint32_t i = 0; i < count; i += AT_ONCE) {
        uint32_t n = count - i < AT_ONCE ? count - i : AT_ONCE;
        int rc = read_memory(o, at + (uint64_t)i * 4, words, n * sizeof(*words));
        if (rc)
            return rc;
        for (uint32_t j = 0; j < n; j++)
            *last = words[j] > *last ? words[j] : *last;
    }
    return 0;
}

/*
 * No table says how many symbols there are. In GNU's table of hashes they are in order of their
 * chains, of which each ends with an odd word: the last of the last chain is the last.
 */
static int count_gnu(const struct object *o, uint32_t *count)
{
    struct {
        uint32_t buckets, first, bloom, shift;
    } h;
    uint32_t last, word = 0;
    int rc = read_memory(o, o->gnu_hash, &h, sizeof(h));
    if (rc || h.buckets > ELF_SYMBOLS_MAX || h.bloom > ELF_SYMBOLS_MAX || h.first > ELF_SYMBOLS_MAX)
        return rc ? rc : -E2BIG;
    uint64_t at = o->gnu_hash + sizeof(h) + (uint64_t)h.bloom * (o->wide ? 8 : 4);
    rc = last_chain(o, at, h.buckets, &last);
    *count = h.first;
    if (rc || last < h.first)
        return rc;
    at += (uint64_t)h.buckets * 4;
    for (; !(word & 1); last++) {
        if (last >= ELF_SYMBOLS_MAX)
            return -E2BIG;
        rc = read_memory(o, at + (uint64_t)(last - h.first) * 4, &word, sizeof(word));
        if (rc)
            return rc;
    }
    *count = last;
    return 0;
}

static int count_symbols(const struct object *o, uint32_t *count)
{
    uint32_t h[2]; /* buckets, chains: one for each symbol */
    int rc = o->gnu_hash ? count_gnu(o, count) : read_memory(o, o->hash, h, sizeof(h));
    if (!rc && !o->gnu_hash)
        *count = h[1];
    return rc ? rc : *count > ELF_SYMBOLS_MAX ? -E2BIG : 0;
}

static Elf64_Sym widen(const Elf32_Sym *s)
{
    return (Elf64_Sym){.st_name = s->st_name,
                       .st_info = s->st_info,
                       .st_other = s->st_other,
                       .st_shndx = s->st_shndx,
                       .st_value = s->st_value};
}

/* Names of versions are among the symbols: they have no place and no value. */
static bool is_export(const Elf64_Sym *s)
{
    unsigned bind = ELF64_ST_BIND(s->st_info), type = ELF64_ST_TYPE(s->st_info);
    unsigned visibility = ELF64_ST_VISIBILITY(s->st_other);
    return s->st_shndx != SHN_UNDEF && !(s->st_shndx == SHN_ABS && !s->st_value) &&
           type != STT_SECTION && type != STT_FILE &&
           (bind == STB_GLOBAL || bind == STB_WEAK || bind == STB_GNU_UNIQUE) &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

typedef void (*tell_fn)(void *ctx, const char *name, size_t len);

/* names: as many bytes as the object says, and a NUL. */
static int tell_symbols(const struct object *o, uint32_t count, const char *names, tell_fn tell,
                        void *ctx)
{
    union {
        Elf64_Sym wide[AT_ONCE];
        Elf32_Sym narrow[AT_ONCE];
    } s;
    size_t size = o->wide ? sizeof(*s.wide) : sizeof(*s.narrow);
    for (uint32_t i = 0; i < count; i += AT_ONCE) {
        uint32_t n = count - i < AT_ONCE ? count - i : AT_ONCE;
        int rc = read_memory(o, o->symbols + i * size, &s, n * size);
        if (rc)
            return rc;
        for (uint32_t j = 0; j < n; j++) {
            const Elf64_Sym symbol = o->wide ? s.wide[j] : widen(&s.narrow[j]);
            const char *name = names + symbol.st_name;
            if (symbol.st_name < o->names_bytes && *name && is_export(&symbol))
                tell(ctx, name, strlen(name));
        }
    }
    return 0;
}

int elf_exports(const struct elf_file *f, tell_fn tell, void *ctx)
{
    struct object o = {.file = f};
    uint32_t count = 0;
    int rc = read_object(&o);
    rc = rc ? rc : read_dynamic(&o);
    rc = rc ? rc : count_symbols(&o, &count);
    if (!rc && o.names_bytes > ELF_NAMES_MAX)
        rc = -E2BIG;
    char *names = rc ? NULL : malloc(o.names_bytes + 1);
    if (!names)
        return rc ? rc : -ENOMEM;
    names[o.names_bytes] = '\0';
    rc = read_memory(&o, o.names, names, o.names_bytes);
    rc = rc ? rc : tell_symbols(&o, count, names, tell, ctx);
    free(names);
    return rc;
}
