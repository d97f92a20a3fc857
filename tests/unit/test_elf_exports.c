/* SPDX-License-Identifier: Apache-2.0 */
/* What a library exports, honest ones and broken ones; and SHA-256. */
#include "base/elf_exports.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "../provoke/library.h"
#include "base/sha256.h"

struct bytes {
    const void *data;
    size_t size;
};

static int read_bytes(void *ctx, uint64_t at, void *to, size_t len)
{
    const struct bytes *b = ctx;
    if (at > b->size || len > b->size - at)
        return -ENOEXEC;
    memcpy(to, (const char *)b->data + at, len);
    return 0;
}

static void add(void *ctx, const char *name, size_t len)
{
    char *text = ctx;
    assert_int_equal(strlen(name), len);
    text += strlen(text);
    memcpy(text, name, len);
    memcpy(text + len, " ", 2);
}

static int exports(const void *data, size_t size, char *text)
{
    struct bytes b = {data, size};
    *text = '\0';
    return elf_exports(&(struct elf_file){read_bytes, &b}, add, text);
}

static void names(void **state)
{
    struct library_image l;
    char text[512];
    (void)state;
    library_make(&l, "one two three");
    assert_int_equal(exports(&l, sizeof(l), text), 0);
    assert_string_equal(text, "one two three ");
}

/* Each is a change that leaves a symbol out. */
static void what_is_no_export(void **state)
{
    struct library_image l;
    char text[512];
    (void)state;
    library_make(&l, "a b c d e f");
    l.symbols[1].st_shndx = SHN_UNDEF;
    l.symbols[2].st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC);
    l.symbols[3].st_other = STV_HIDDEN;
    l.symbols[4].st_info = ELF64_ST_INFO(STB_GLOBAL, STT_SECTION);
    l.symbols[5].st_shndx = SHN_ABS; /* a version's name */
    l.symbols[5].st_value = 0;
    l.symbols[6].st_info = ELF64_ST_INFO(STB_WEAK, STT_OBJECT);
    assert_int_equal(exports(&l, sizeof(l), text), 0);
    assert_string_equal(text, "f ");
}

/* GNU's table instead: symbols from the second on, in one chain. */
static void gnu_hash(void **state)
{
    struct library_image l;
    char text[512];
    (void)state;
    library_make(&l, "one two three");
    l.tags[3] = (Elf64_Dyn){.d_tag = DT_GNU_HASH, .d_un.d_ptr = LIBRARY_AT(hash)};
    const uint32_t table[] = {1, 1, 1, 0, /* bloom */ 0, 0, /* buckets */ 1, /* chain */ 2, 4, 7};
    memcpy(l.hash, table, sizeof(table));
    assert_int_equal(exports(&l, sizeof(l), text), 0);
    assert_string_equal(text, "one two three ");
    l.hash[0] = UINT32_MAX;
    assert_int_equal(exports(&l, sizeof(l), text), -E2BIG);
}

/* Of 32 bits: one of the fuzzer's. */
static void narrow(void **state)
{
    char data[1024], text[512];
    FILE *f = fopen(RATEL_SOURCE_DIR "/tests/fuzz/corpus/elf/narrow", "re");
    (void)state;
    assert_non_null(f);
    size_t size = fread(data, 1, sizeof(data), f);
    fclose(f);
    assert_int_equal(exports(data, size, text), 0);
    assert_string_equal(text, "one two ");
}

static void broken(void **state)
{
    struct library_image l, good;
    char text[512];
    (void)state;
    library_make(&good, "one two");
    for (size_t size = 0; size < sizeof(good); size += 8) /* every length up to the whole */
        assert_int_not_equal(exports(&good, size, text), 0);
#define BREAK(change, expected)                                                                    \
    l = good;                                                                                      \
    change;                                                                                        \
    assert_int_equal(exports(&l, sizeof(l), text), expected)
    BREAK(l.header.e_type = ET_EXEC, -ENOEXEC);
    BREAK(l.header.e_ident[EI_DATA] = ELFDATANONE, -ENOEXEC);
    BREAK(l.header.e_phentsize = 8, -ENOEXEC);
    BREAK(l.header.e_phoff = UINT64_MAX - 8, -ENOEXEC);
    BREAK(l.dynamic.p_type = PT_NOTE, -ENOEXEC);
    BREAK(l.tags[0].d_un.d_ptr = UINT64_MAX, -ENOEXEC);
    BREAK(l.load.p_filesz = 16, -ENOEXEC);
    BREAK(l.tags[2].d_un.d_val = UINT64_MAX, -E2BIG);
    BREAK(l.hash[1] = UINT32_MAX, -E2BIG);
    BREAK(l.hash[1] = 100000, -ENOEXEC);
    BREAK(l.symbols[1].st_name = 1 << 30, 0);
    assert_string_equal(text, "two ");
    BREAK(memset(l.names, 'x', sizeof(l.names)), 0); /* no end but the table's */
}

static const char *sum(const char *text, size_t times)
{
    static char out[2 * SHA256_LENGTH + 1];
    unsigned char hash[SHA256_LENGTH];
    int fd = memfd_create("sum", MFD_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t i = 0; i < times; i++)
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(sha256_file(fd, (off_t)(strlen(text) * times), hash), 0);
    close(fd);
    for (int i = 0; i < SHA256_LENGTH; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
    return out;
}

/* The examples of FIPS 180. */
static void sha256(void **state)
{
    (void)state;
    assert_string_equal(sum("", 1),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_string_equal(sum("abc", 1),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1),
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_string_equal(sum("aaaaaaaaaa", 100000),
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),    cmocka_unit_test(what_is_no_export),
        cmocka_unit_test(gnu_hash), cmocka_unit_test(narrow),
        cmocka_unit_test(broken),   cmocka_unit_test(sha256),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
