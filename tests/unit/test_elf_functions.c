/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of ELF files: what is found where, and files that lie. */
#include "base/elf_functions.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"

/* A file of two functions, mapped from offset 0x1000 to address 0x401000. */
struct small {
    Elf64_Ehdr header;
    Elf64_Phdr segments[2];
    Elf64_Shdr sections[3];
    Elf64_Sym symbols[7];
    struct {
        Elf64_Nhdr head;
        char name[4];
        uint8_t id[4];
    } note;
    char names[64];
};

static const char names[] = "\0first\0__first\0second\0object\0undefined\0open_end";

static uint32_t name_at(const char *name)
{
    const char *p = memmem(names, sizeof(names), name, strlen(name) + 1);
    return (uint32_t)(p - names);
}

static void fill(struct small *s)
{
    memset(s, 0, sizeof(*s));
    memcpy(s->header.e_ident, ELFMAG, SELFMAG);
    s->header.e_ident[EI_CLASS] = ELFCLASS64;
    s->header.e_ident[EI_DATA] = ELFDATA2LSB;
    s->header.e_phoff = offsetof(struct small, segments);
    s->header.e_phentsize = sizeof(Elf64_Phdr);
    s->header.e_phnum = 2;
    s->header.e_shoff = offsetof(struct small, sections);
    s->header.e_shentsize = sizeof(Elf64_Shdr);
    s->header.e_shnum = 3;
    s->segments[0] = (Elf64_Phdr){
        .p_type = PT_LOAD, .p_offset = 0x1000, .p_vaddr = 0x401000, .p_filesz = 0x1000};
    s->segments[1] = (Elf64_Phdr){
        .p_type = PT_NOTE, .p_offset = offsetof(struct small, note), .p_filesz = sizeof(s->note)};
    s->sections[1] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
                                  .sh_offset = offsetof(struct small, symbols),
                                  .sh_size = sizeof(s->symbols),
                                  .sh_link = 2};
    s->sections[2] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                                  .sh_offset = offsetof(struct small, names),
                                  .sh_size = sizeof(names)};
    static const struct {
        const char *name;
        uint64_t at, size;
        uint8_t type;
        uint16_t section;
    } rows[] = {
        {"second", 0x401200, 0x20, STT_FUNC, 1},  {"__first", 0x401100, 0x80, STT_FUNC, 1},
        {"first", 0x401100, 0x40, STT_FUNC, 1},   {"object", 0x401180, 8, STT_OBJECT, 1},
        {"undefined", 0, 0, STT_FUNC, SHN_UNDEF}, {"open_end", 0x401800, 0, STT_GNU_IFUNC, 1},
    };
    for (unsigned i = 0; i < 6; i++)
        s->symbols[i + 1] = (Elf64_Sym){.st_name = name_at(rows[i].name),
                                        .st_value = rows[i].at,
                                        .st_size = rows[i].size,
                                        .st_info = ELF64_ST_INFO(STB_GLOBAL, rows[i].type),
                                        .st_shndx = rows[i].section};
    s->note.head = (Elf64_Nhdr){.n_namesz = 4, .n_descsz = 4, .n_type = NT_GNU_BUILD_ID};
    memcpy(s->note.name, "GNU", 4);
    memcpy(s->note.id, "\x01\x02\x03\x04", 4);
    memcpy(s->names, names, sizeof(names));
}

static void finds(void **state)
{
    static const struct {
        uint64_t offset;
        const char *name;
        uint64_t into;
    } rows[] = {
        {0x1100, "first", 0},
        {0x117f, "first", 0x7f},
        {0x1180, NULL, 0},
        {0x1200, "second", 0},
        {0x121f, "second", 0x1f},
        {0x1220, NULL, 0},
        {0x1800, "open_end", 0},
        {0x1fff, "open_end", 0x7ff},
        {0x2000, NULL, 0},
        {0x10ff, NULL, 0},
        {0, NULL, 0},
        {UINT64_MAX, NULL, 0},
    };
    struct small s;
    struct elf_symbols e;
    (void)state;
    fill(&s);
    assert_int_equal(elf_read_memory(&e, &s, sizeof(s)), 0);
    assert_int_equal(e.count, 3);
    assert_true(e.whole);
    assert_int_equal(e.build_id_len, 4);
    assert_memory_equal(e.build_id, "\x01\x02\x03\x04", 4);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t into = 0;
        const char *name = elf_find(&e, rows[i].offset, &into);
        if (!rows[i].name) {
            assert_null(name);
            continue;
        }
        assert_string_equal(name, rows[i].name);
        assert_int_equal(into, rows[i].into);
    }
    elf_free(&e);
}

/* What is cut off is refused, wherever it is cut, unless it is no loss. */
static void cut(void **state)
{
    struct small s;
    struct elf_symbols e;
    (void)state;
    fill(&s);
    for (size_t n = 0; n < sizeof(s); n++) {
        char *copy = malloc(n ? n : 1);
        memcpy(copy, &s, n);
        int rc = elf_read_memory(&e, copy, n);
        if (n < offsetof(struct small, names) + sizeof(names))
            assert_int_equal(rc, -ENOEXEC);
        if (!rc)
            elf_free(&e);
        free(copy);
    }
}

/* Each lie, and what becomes of it. */
static void lies(void **state)
{
    struct small s;
    struct elf_symbols e;
    (void)state;
#define LIE(what, expected)                                                                        \
    do {                                                                                           \
        fill(&s);                                                                                  \
        what;                                                                                      \
        int rc_ = elf_read_memory(&e, &s, sizeof(s));                                              \
        assert_int_equal(rc_, expected);                                                           \
        if (!rc_)                                                                                  \
            elf_free(&e);                                                                          \
    } while (0)
    LIE(s.header.e_ident[0] = 0, -ENOEXEC);
    LIE(s.header.e_ident[EI_DATA] = ELFDATA2MSB, -ENOEXEC);
    LIE(s.header.e_phentsize = 1, -ENOEXEC);
    LIE(s.header.e_shentsize = 0, -ENOEXEC);
    LIE(s.header.e_phoff = UINT64_MAX, -ENOEXEC);
    LIE(s.header.e_shoff = UINT64_MAX - 8, -ENOEXEC);
    LIE(s.header.e_phnum = UINT16_MAX, -ENOEXEC);
    LIE(s.sections[1].sh_link = 99, -ENOEXEC);
    LIE(s.sections[1].sh_link = 1, -ENOEXEC);
    LIE(s.sections[1].sh_size = UINT64_MAX, -E2BIG);
    LIE(s.sections[1].sh_size = (ELF_FUNCTIONS_MAX + 1) * sizeof(Elf64_Sym), -E2BIG);
    LIE(s.sections[1].sh_size = ELF_FUNCTIONS_MAX * sizeof(Elf64_Sym), -ENOEXEC);
    LIE(s.sections[1].sh_offset = UINT64_MAX - 4, -ENOEXEC);
    LIE(s.sections[2].sh_size = UINT64_MAX, -E2BIG);
    LIE(s.sections[2].sh_size = ELF_FUNCTION_NAMES - 1, -ENOEXEC);
    LIE(s.sections[2].sh_size = 0, 0);
    LIE(s.symbols[1].st_name = UINT32_MAX, 0);
    LIE(s.symbols[1].st_value = UINT64_MAX, 0);
    LIE(s.note.head.n_namesz = UINT32_MAX, 0);
    LIE(s.note.head.n_descsz = UINT32_MAX, 0);
    LIE(s.segments[1].p_filesz = UINT64_MAX, 0);
    LIE(s.segments[1].p_offset = UINT64_MAX, 0);
    LIE(s.header.e_shnum = 0, 0);
}

static void narrow(void **state)
{
    struct {
        Elf32_Ehdr header;
        Elf32_Phdr segment;
        Elf32_Shdr sections[2];
        Elf32_Sym symbols[2];
        char names[64];
    } s = {.header = {.e_phoff = sizeof(Elf32_Ehdr),
                      .e_phentsize = sizeof(Elf32_Phdr),
                      .e_phnum = 1,
                      .e_shoff = sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr),
                      .e_shentsize = sizeof(Elf32_Shdr),
                      .e_shnum = 2},
           .segment = {.p_type = PT_LOAD, .p_vaddr = 0x8000, .p_filesz = 0x1000}};
    struct elf_symbols e;
    uint64_t into;
    (void)state;
    memcpy(s.header.e_ident, ELFMAG, SELFMAG);
    s.header.e_ident[EI_CLASS] = ELFCLASS32;
    s.header.e_ident[EI_DATA] = ELFDATA2LSB;
    s.sections[0] = (Elf32_Shdr){.sh_type = SHT_DYNSYM,
                                 .sh_offset = (uint32_t)((char *)s.symbols - (char *)&s),
                                 .sh_size = sizeof(s.symbols),
                                 .sh_link = 1};
    s.sections[1] = (Elf32_Shdr){.sh_type = SHT_STRTAB,
                                 .sh_offset = (uint32_t)((char *)s.names - (char *)&s),
                                 .sh_size = sizeof(names)};
    s.symbols[1] = (Elf32_Sym){.st_name = name_at("second"),
                               .st_value = 0x8010,
                               .st_size = 16,
                               .st_info = ELF32_ST_INFO(STB_GLOBAL, STT_FUNC),
                               .st_shndx = 1};
    memcpy(s.names, names, sizeof(names));
    assert_int_equal(elf_read_memory(&e, &s, sizeof(s)), 0);
    assert_false(e.whole);
    assert_string_equal(elf_find(&e, 0x18, &into), "second");
    assert_int_equal(into, 8);
    elf_free(&e);
}

/* A real file: this program. */
static void itself(void **state)
{
    struct elf_symbols e;
    bool found = false;
    (void)state;
    int fd = open("/proc/self/exe", O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(elf_read(&e, fd), 0);
    close(fd);
    for (uint32_t i = 0; i < e.count; i++)
        found |= !strcmp(e.names + e.rows[i].name, "main");
    assert_true(found);
    assert_true(elf_bytes(&e) > e.count * sizeof(struct elf_symbol));
    elf_free(&e);
}

static void no_elf(void **state)
{
    struct elf_symbols e;
    (void)state;
    int fd = open("/dev/null", O_RDONLY);
    assert_int_equal(elf_read(&e, fd), -ENOEXEC);
    close(fd);
    assert_int_equal(elf_read_memory(&e, "#!/bin/sh\n", 10), -ENOEXEC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),  cmocka_unit_test(cut),    cmocka_unit_test(lies),
        cmocka_unit_test(narrow), cmocka_unit_test(itself), cmocka_unit_test(no_elf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
