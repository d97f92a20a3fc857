/* SPDX-License-Identifier: Apache-2.0 */
/* The check of /proc, on a kernel that is made of a few entries and tables. */
#include "source/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/limits.h"
#include "event/format.h"

#define BASE     UINT64_C(0xffffffff82000000)
#define WORDS    1024
#define AT(word) (BASE + (word)*8)
#define IN       UINT64_C(0xffffffff81001000)
#define EVIL     UINT64_C(0xffffffffc0000100)
#define NOWHERE  UINT64_C(0xffffffffc0900000)

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

static uint64_t words[WORDS];
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

struct kernel {
    struct kallsyms symbols;
    struct kernel_memory memory;
    struct findings findings;
    struct inspection in;
};

/* The module's table is at its own address. */
#define THING_TABLE UINT64_C(0xffffffffc0002000)

static int read_words(void *ctx, uint64_t at, void *to, size_t len)
{
    (void)ctx;
    if (at >= THING_TABLE && at + len <= THING_TABLE + 64)
        at = AT(THING_OPS) + (at - THING_TABLE);
    if (at < BASE || at + len > BASE + sizeof(words))
        return -EFAULT;
    memcpy(to, (char *)words + (at - BASE), len);
    return 0;
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
    static uint64_t sets[PLAN_SLOTS];
    memset(sets, 1, sizeof(sets));
    memset(words, 0, sizeof(words));
    memset(k, 0, sizeof(*k));
    make_tables();
    make_entry(ROOT, NAMES, "/proc", AT(DIR_OPS), S_IFDIR | 0555);
    make_entry(FS, NAMES + 2, "fs", AT(DIR_OPS), S_IFDIR | 0555);
    make_entry(VERSION, NAMES + 4, "version", AT(FILE_OPS), S_IFREG | 0444);
    make_entry(THING, NAMES + 6, "thing", THING_TABLE, S_IFREG | 0444);
    words[ROOT + E_SUBDIR] = AT(FS + E_NODE);
    words[FS + E_NODE + E_RIGHT] = AT(VERSION + E_NODE);
    words[FS + E_SUBDIR] = AT(THING + E_NODE);
    FILE *f = fmemopen((void *)symbols_text, strlen(symbols_text), "r");
    assert_int_equal(kallsyms_read(&k->symbols, f), 0);
    fclose(f);
    assert_int_equal(findings_init(&k->findings, sets), 0);
    k->memory = (struct kernel_memory){.read = read_words};
    k->in = (struct inspection){
        .symbols = &k->symbols,
        .memory = &k->memory,
        .findings = &k->findings,
        .proc = {.name = E_NAME * 8,
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
                 .has_mounted = true},
    };
}

static void free_kernel(struct kernel *k)
{
    findings_free(&k->findings);
    kallsyms_free(&k->symbols);
}

/* What one look told: the data of all records, one behind the other. */
static const char *look(struct kernel *k)
{
    static struct strbuf out;
    const struct abi_record *records[64];
    struct format f = {0};
    check_proc(&k->in);
    strbuf_free(&out);
    unsigned n = findings_take(&k->findings, records, 64, UINT64_MAX);
    out.limit = 64 * KIB;
    strbuf_puts(&out, "");
    for (unsigned i = 0; i < n; i++) {
        struct event ev;
        assert_int_equal(event_decode(&ev, catalog_builtin(), records[i], records[i]->len), 0);
        for (unsigned j = event_next(&ev, 0); j < ev.def->nfields; j = event_next(&ev, j + 1)) {
            struct value v = event_value(&ev, j);
            value_text(&out, &f, &ev.def->fields[j], &v);
            strbuf_putc(&out, ' ');
        }
    }
    return strbuf_cstr(&out);
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
