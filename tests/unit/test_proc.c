/* SPDX-License-Identifier: Apache-2.0 */
/* The check of /proc, on a kernel that is made of a few entries and tables. */
#include "source/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "toy_kernel.h"

#define IN      UINT64_C(0xffffffff81001000)
#define EVIL    UINT64_C(0xffffffffc0000100)
#define NOWHERE UINT64_C(0xffffffffc0900000)

enum {
    ROOT = 0, /* entries, 16 words each */
    FS = 16,
    VERSION = 32,
    THING = 48,
    SUPER_BLOCKS = 80,
    SB = 90,
    DENTRY = 100,
    INODE = 110,
    DIR_OPS = 128, /* tables */
    FILE_OPS = 144,
    THING_OPS = 160, /* of the module */
    NAMES = 200,
};

/* Members of an entry, in words. */
enum {
    E_NAME = 0,
    E_OPS = 1,
    E_SEQ = 2,
    E_SUBDIR = 3,
    E_MODE = 4,
    E_NODE = 5,
    E_LEFT = 1,
    E_RIGHT = 2
};

/* The table at THING_OPS is the module's: its symbols lie where its data does. */
static const char symbols_text[] = "ffffffff81000000 T _stext\n"
                                   "ffffffff81001000 T proc_reg_open\n"
                                   "ffffffff81800000 T _etext\n"
                                   "ffffffff82000000 D proc_root\n"
                                   "ffffffff82000280 D super_blocks\n"
                                   "ffffffff82000400 R proc_root_operations\n"
                                   "ffffffff82000480 R proc_seq_ops\n"
                                   "ffffffffc0000100 t evil_read\t[evil]\n"
                                   "ffffffffc0002000 t thing_ops\t[thing]\n"
                                   "ffffffffc0002100 t thing_open\t[thing]\n";

/* The module's table is at its own address. */
#define THING_TABLE UINT64_C(0xffffffffc0002000)

static int read_thing(void *ctx, uint64_t at, void *to, size_t len)
{
    if (at >= THING_TABLE && at + len <= THING_TABLE + 64)
        at = AT(THING_OPS) + (at - THING_TABLE);
    return read_words(ctx, at, to, len);
}

static void make_entry(unsigned e, unsigned name, const char *text, uint64_t ops, mode_t mode)
{
    memcpy(&words[name], text, strlen(text) + 1);
    words[e + E_NAME] = AT(name);
    words[e + E_OPS] = ops;
    words[e + E_MODE] = mode;
}

static void make_tables(void)
{
    words[DIR_OPS] = words[DIR_OPS + 1] = IN;
    words[FILE_OPS] = words[FILE_OPS + 1] = IN;
    words[THING_OPS] = THING_TABLE + 0x100;
    words[THING_OPS + 1] = IN;
    words[SUPER_BLOCKS] = AT(SB);
    words[SB] = AT(SUPER_BLOCKS);
    words[SB + 1] = 0x9fa0;
    words[SB + 2] = AT(DENTRY);
    words[DENTRY] = AT(INODE);
    words[INODE] = AT(DIR_OPS);
}

static const struct function_layout two = {
    .count = 2, .span = 16, .functions = {{"open", 0}, {"read", 8}}};

/* /proc with version, of the kernel, and fs/thing, of a module. */
static void make_kernel(struct kernel *k)
{
    begin_kernel(k, symbols_text);
    k->memory.read = read_thing;
    make_tables();
    make_entry(ROOT, NAMES, "/proc", AT(DIR_OPS), S_IFDIR | 0555);
    make_entry(FS, NAMES + 2, "fs", AT(DIR_OPS), S_IFDIR | 0555);
    make_entry(VERSION, NAMES + 4, "version", AT(FILE_OPS), S_IFREG | 0444);
    make_entry(THING, NAMES + 6, "thing", THING_TABLE, S_IFREG | 0444);
    words[ROOT + E_SUBDIR] = AT(FS + E_NODE);
    words[FS + E_NODE + E_RIGHT] = AT(VERSION + E_NODE);
    words[FS + E_SUBDIR] = AT(THING + E_NODE);
    k->in.proc = (struct proc_layout){.name = E_NAME * 8,
                                      .ops = E_OPS * 8,
                                      .dir_ops = E_OPS * 8,
                                      .seq_ops = E_SEQ * 8,
                                      .subdir = E_SUBDIR * 8,
                                      .mode = E_MODE * 8,
                                      .node = E_NODE * 8,
                                      .left = E_LEFT * 8,
                                      .right = E_RIGHT * 8,
                                      .net = -ENOENT,
                                      .sb_list = 0,
                                      .sb_magic = 8,
                                      .sb_root = 16,
                                      .span = (E_MODE + 1) * 8,
                                      .files = two,
                                      .entries = two,
                                      .lists = two,
                                      .known = true,
                                      .has_mounted = true};
}

/* What one look tells. */
static const char *look(struct kernel *k)
{
    check_proc(&k->in);
    return told(k);
}

static void honest(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    assert_string_equal(look(&k), "");
    free_kernel(&k);
}

/* A table is changed, once for all that use it: told for /proc once, though it is met three times.
 */
static void table_changed(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    words[DIR_OPS + 1] = EVIL;
    const char *text = look(&k);
    assert_non_null(strstr(text, "[{\"SymbolName\":\"read\",\"ModuleOwner\":\"evil\"}] /proc "
                                 "{\"read\":{\"SymbolName\":\"evil_read\",\"ModuleOwner\":"
                                 "\"evil\"}} "));
    assert_non_null(strstr(text, " /proc/fs "));
    assert_null(strstr(strstr(text, " /proc ") + 1, " /proc "));
    assert_string_equal(look(&k), ""); /* as before */
    free_kernel(&k);
}

/* A file of the kernel's is given the table of a module that nobody hides. */
static void table_exchanged(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    words[VERSION + E_OPS] = THING_TABLE;
    assert_string_equal(look(&k), "[{\"SymbolName\":\"open\",\"ModuleOwner\":\"thing\"}] "
                                  "/proc/version {\"open\":{\"SymbolName\":\"thing_open\","
                                  "\"ModuleOwner\":\"thing\"}} ");
    free_kernel(&k);
}

static void module_file(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    words[THING_OPS] = EVIL; /* of another module */
    assert_string_equal(look(&k), "[{\"SymbolName\":\"open\",\"ModuleOwner\":\"evil\"}] "
                                  "/proc/fs/thing {\"open\":{\"SymbolName\":\"evil_read\","
                                  "\"ModuleOwner\":\"evil\"}} ");
    words[THING_OPS] = NOWHERE;
    assert_non_null(strstr(look(&k), "hidden"));
    free_kernel(&k);
}

/* The kernel's own table for lists, and a list that is nobody's behind it. */
static void list_exchanged(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    words[VERSION + E_SEQ] = THING_TABLE;
    assert_non_null(strstr(look(&k), "/proc/version"));
    free_kernel(&k);
}

static void mounted(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    words[INODE] = AT(THING_OPS); /* the inode's alone: neither table nor entry know of it */
    assert_string_equal(look(&k), "[{\"SymbolName\":\"open\",\"ModuleOwner\":\"thing\"}] /proc "
                                  "{\"open\":{\"SymbolName\":\"thing_open\",\"ModuleOwner\":"
                                  "\"thing\"}} ");
    free_kernel(&k);
}

/* Trees without an end, names and tables that are nowhere. */
static void broken(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    words[FS + E_NODE + E_LEFT] = AT(FS + E_NODE);
    words[FS + E_SUBDIR] = AT(FS + E_NODE);
    words[VERSION + E_NAME] = 0x10;
    words[THING + E_OPS] = 0x20;
    words[SB] = 0x30;
    assert_string_equal(look(&k), "");
    free_kernel(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest),          cmocka_unit_test(table_changed),
        cmocka_unit_test(table_exchanged), cmocka_unit_test(module_file),
        cmocka_unit_test(list_exchanged),  cmocka_unit_test(mounted),
        cmocka_unit_test(broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
