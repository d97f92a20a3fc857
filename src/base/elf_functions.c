/* SPDX-License-Identifier: Apache-2.0 */
#include "base/elf_functions.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/elf_input.h"
#include "base/limits.h"

/* Symbols are read so many at a time. */
#define CHUNK 512

struct symbol_table {
    Elf64_Shdr symbols, names;
};

static int read_segments(struct elf_symbols *e, struct elf_input *in)
{
    for (unsigned i = 0; i < in->header.e_phnum && i < ELF_HEADERS_MAX; i++) {
        Elf64_Phdr p;
        if (elf_input_phdr(in, i, &p))
            return -ENOEXEC;
        if (p.p_type == PT_LOAD && e->nsegments < ELF_SEGMENTS)
            e->segments[e->nsegments++] =
                (struct elf_segment){.offset = p.p_offset, .size = p.p_filesz, .at = p.p_vaddr};
        else if (p.p_type == PT_NOTE && !e->build_id_len)
            e->build_id_len = elf_input_build_id(in, p.p_offset, p.p_filesz, e->build_id);
    }
    return 0;
}

/* The table of all symbols, otherwise the one for linking. -ENOENT where there is neither. */
static int find_table(struct elf_input *in, struct symbol_table *t, bool *whole)
{
    int rc = -ENOENT;
    for (unsigned i = 0; i < in->header.e_shnum && i < ELF_HEADERS_MAX; i++) {
        Elf64_Shdr s;
        if (elf_input_shdr(in, i, &s))
            return -ENOEXEC;
        if (s.sh_type != SHT_SYMTAB && (s.sh_type != SHT_DYNSYM || !rc))
            continue;
        if (s.sh_link >= in->header.e_shnum || elf_input_shdr(in, s.sh_link, &t->names))
            return -ENOEXEC;
        t->symbols = s;
        rc = 0;
        *whole = s.sh_type == SHT_SYMTAB;
        if (*whole)
            break;
    }
    return rc;
}

static int read_names(struct elf_symbols *e, struct elf_input *in, const Elf64_Shdr *names)
{
    if (names->sh_type != SHT_STRTAB)
        return -ENOEXEC;
    if (names->sh_size >= ELF_FUNCTION_NAMES)
        return -E2BIG;
    e->names_len = (uint32_t)names->sh_size;
    e->names = malloc(e->names_len + 1);
    if (!e->names)
        return -ENOMEM;
    e->names[e->names_len] = '\0';
    return elf_input_read(in, names->sh_offset, e->names, e->names_len) ? -ENOEXEC : 0;
}

static bool is_function(const Elf64_Sym *s, uint32_t names_len)
{
    unsigned type = ELF64_ST_TYPE(s->st_info);
    return (type == STT_FUNC || type == STT_GNU_IFUNC) && s->st_shndx != SHN_UNDEF && s->st_name &&
           s->st_name < names_len;
}

/* Room for n rows more; grows by doubling, so that what a file claims costs nothing by itself. */
static int grow(struct elf_symbols *e, uint32_t *cap, uint32_t n)
{
    if (e->count + n <= *cap)
        return 0;
    uint32_t want = *cap ? *cap * 2 : 2 * CHUNK;
    struct elf_symbol *rows = realloc(e->rows, want * sizeof(*rows));
    if (!rows)
        return -ENOMEM;
    e->rows = rows;
    *cap = want;
    return 0;
}

static int read_rows(struct elf_symbols *e, struct elf_input *in, const Elf64_Shdr *table)
{
    uint64_t size = elf_input_symbol_size(in), total = table->sh_size / size;
    uint32_t cap = 0;
    if (total > ELF_FUNCTIONS_MAX)
        return -E2BIG;
    for (uint64_t i = 0; i < total; i += CHUNK) {
        Elf64_Sym symbols[CHUNK];
        unsigned n = total - i < CHUNK ? (unsigned)(total - i) : CHUNK;
        if (elf_input_symbols(in, table->sh_offset + i * size, symbols, n))
            return -ENOEXEC;
        int rc = grow(e, &cap, n);
        if (rc)
            return rc;
        for (unsigned k = 0; k < n; k++) {
            const Elf64_Sym *s = &symbols[k];
            if (is_function(s, e->names_len))
                e->rows[e->count++] = (struct elf_symbol){
                    .at = s->st_value,
                    .size = s->st_size > UINT32_MAX ? UINT32_MAX : (uint32_t)s->st_size,
                    .name = s->st_name};
        }
    }
    return 0;
}

/* Of several names of one function the plainest: write, not __write or __GI___libc_write. */
static int compare(const void *a, const void *b, void *names)
{
    const struct elf_symbol *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    const char *p = (const char *)names + x->name, *q = (const char *)names + y->name;
    size_t n = strspn(p, "_"), m = strspn(q, "_");
    if (n != m)
        return n < m ? -1 : 1;
    return strcmp(p, q);
}

static void sort(struct elf_symbols *e)
{
    uint32_t kept = 0;
    if (e->count)
        qsort_r(e->rows, e->count, sizeof(*e->rows), compare, e->names);
    for (uint32_t i = 0; i < e->count; i++) {
        if (kept && e->rows[kept - 1].at == e->rows[i].at) {
            if (e->rows[kept - 1].size < e->rows[i].size)
                e->rows[kept - 1].size = e->rows[i].size;
            continue;
        }
        e->rows[kept++] = e->rows[i];
    }
    e->count = kept;
}

static int read_table(struct elf_symbols *e, struct elf_input *in)
{
    struct symbol_table t;
    int rc = find_table(in, &t, &e->whole);
    if (rc)
        return rc == -ENOENT ? 0 : rc;
    rc = read_names(e, in, &t.names);
    rc = rc ? rc : read_rows(e, in, &t.symbols);
    if (!rc)
        sort(e);
    return rc;
}

static int read_all(struct elf_symbols *e, struct elf_input *in)
{
    memset(e, 0, sizeof(*e));
    int rc = elf_input_begin(in);
    rc = rc ? rc : read_segments(e, in);
    rc = rc ? rc : read_table(e, in);
    if (rc)
        elf_free(e);
    return rc;
}

int elf_read(struct elf_symbols *e, int fd)
{
    struct elf_input in = {.fd = fd};
    return read_all(e, &in);
}

int elf_read_memory(struct elf_symbols *e, const void *data, size_t len)
{
    struct elf_input in = {.fd = -1, .data = data, .len = len};
    return read_all(e, &in);
}

void elf_free(struct elf_symbols *e)
{
    free(e->rows);
    free(e->names);
    memset(e, 0, sizeof(*e));
}

size_t elf_bytes(const struct elf_symbols *e)
{
    return sizeof(*e) + e->count * sizeof(*e->rows) + e->names_len + 1;
}

void elf_adopt(struct elf_symbols *e, struct elf_symbols *from)
{
    free(e->rows);
    free(e->names);
    e->rows = from->rows;
    e->count = from->count;
    e->names = from->names;
    e->names_len = from->names_len;
    e->whole = from->whole;
    from->rows = NULL;
    from->names = NULL;
    elf_free(from);
}

static bool address_of(const struct elf_symbols *e, uint64_t offset, uint64_t *at)
{
    for (unsigned i = 0; i < e->nsegments; i++) {
        const struct elf_segment *s = &e->segments[i];
        if (offset < s->offset || offset - s->offset >= s->size)
            continue;
        *at = offset - s->offset + s->at;
        return true;
    }
    return false;
}

const char *elf_find(const struct elf_symbols *e, uint64_t offset, uint64_t *into)
{
    uint64_t at;
    uint32_t low = 0, high = e->count;
    if (!address_of(e, offset, &at))
        return NULL;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (e->rows[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    const struct elf_symbol *s = &e->rows[low - 1];
    *into = at - s->at;
    return s->size && *into >= s->size ? NULL : e->names + s->name;
}
