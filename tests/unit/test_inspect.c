/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of the kernel, on a kernel that is made of a few tables: honest ones and rootkits. */
#include "source/checks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "toy_kernel.h"

enum {
    CALLS = 0, /* sys_call_table */
    TCP = 400,
    MODULES = 410,
    KSET = 420,
    KSET_HEAD = 424,
    TREE = 430,
    FIRST = 500, /* modules: 64 words each */
};

/* Where the members of the pretended struct module are, in words. */
enum { M_LIST = 0, M_NAME = 2, M_SRC = 10, M_ENTRY = 12, M_KMOD = 14, M_NODE = 16, M_SIZE = 64 };

static const char symbols_text[] = "ffffffff81000000 T _stext\n"
                                   "ffffffff81001000 T __x64_sys_read\n"
                                   "ffffffff81002000 T tcp4_seq_show\n"
                                   "ffffffff81800000 T _etext\n"
                                   "ffffffff82000000 R sys_call_table\n"
                                   "ffffffff82000c80 R tcp4_seq_ops\n"
                                   "ffffffff82000cd0 D modules\n"
                                   "ffffffff82000d20 D module_kset\n"
                                   "ffffffff82000d70 D mod_tree\n"
                                   "ffffffffc0000100 t evil_read\t[evil]\n";

static void link_module(unsigned list, unsigned before, unsigned after)
{
    words[before] = AT(list);
    words[list] = AT(after);
}

/* Two modules that are in all lists. */
static void make_kernel(struct kernel *k)
{
    begin_kernel(k, symbols_text);
    for (unsigned i = 0; i < TCP; i++)
        words[CALLS + i] = 0xffffffff81001000;
    for (unsigned i = 0; i < 4; i++)
        words[TCP + i] = 0xffffffff81002000;
    words[KSET] = AT(KSET_HEAD);
    const unsigned a = FIRST, b = FIRST + M_SIZE;
    link_module(a + M_LIST, MODULES, b + M_LIST);
    link_module(b + M_LIST, a + M_LIST, MODULES);
    link_module(a + M_ENTRY, KSET_HEAD, b + M_ENTRY);
    link_module(b + M_ENTRY, a + M_ENTRY, KSET_HEAD);
    words[a + M_KMOD] = AT(a);
    words[b + M_KMOD] = AT(b);
    words[TREE] = AT(a + M_NODE + 1);
    words[a + M_NODE] = AT(a);
    words[a + M_NODE + 1 + 1] = AT(b + M_NODE + 1);
    words[b + M_NODE] = AT(b);
    memcpy(&words[a + M_NAME], "first", 6);
    memcpy(&words[b + M_NAME], "second", 7);
    k->in.modules = (struct module_layout){.list = M_LIST * 8,
                                           .name = M_NAME * 8,
                                           .srcversion = M_SRC * 8,
                                           .node_module = 0,
                                           .kobject_entry = 0,
                                           .kobject_module = (M_KMOD - M_ENTRY) * 8,
                                           .node_node = 8,
                                           .tree = 0,
                                           .left = 8,
                                           .right = 16,
                                           .known = true,
                                           .has_tree = true};
}

static void honest_kernel(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    check_syscalls(&k.in);
    check_seq_ops(&k.in);
    check_modules(&k.in);
    assert_string_equal(told(&k), "");
    free_kernel(&k);
}

static void led_elsewhere(void **state)
{
    struct kernel k;
    (void)state;
    make_kernel(&k);
    words[CALLS + 0] = 0xffffffffc0000100; /* of a module that is told of */
    words[CALLS + 2] = 0xffffffffc0900000; /* of nothing */
    check_syscalls(&k.in);
    assert_string_equal(told(&k),
                        "read 0xffffffffc0000100 evil_read evil sys_call_table "
                        "open 0xffffffffc0900000 -(there is none) hidden sys_call_table ");
    check_syscalls(&k.in);
    assert_string_equal(told(&k), ""); /* as before */
    words[CALLS + 0] = 0xffffffff81001000;
    check_syscalls(&k.in);
    words[CALLS + 0] = 0xffffffffc0000100; /* and again */
    check_syscalls(&k.in);
    assert_string_equal(told(&k), "read 0xffffffffc0000100 evil_read evil sys_call_table ");
    words[TCP + 3] = 0xffffffffc0000100;
    check_seq_ops(&k.in);
    assert_string_equal(told(&k), "{\"tcp4_seq_ops_show\":{\"SymbolName\":\"evil_read\","
                                  "\"ModuleOwner\":\"evil\"}} ");
    free_kernel(&k);
}

static void hidden_modules(void **state)
{
    const unsigned a = FIRST, b = FIRST + M_SIZE;
    struct kernel k;
    (void)state;
    make_kernel(&k);
    link_module(a + M_LIST, MODULES, MODULES); /* the second leaves the list */
    check_modules(&k.in);
    assert_string_equal(told(&k), "0xffffffff820011a0 second -(there is none) "
                                  "[\"/sys/module\",\"mod_tree\"] [\"modules\"] ");
    link_module(a + M_ENTRY, KSET_HEAD, KSET_HEAD); /* and sysfs */
    check_modules(&k.in);
    assert_string_equal(told(&k), "0xffffffff820011a0 second -(there is none) "
                                  "[\"mod_tree\"] [\"modules\",\"/sys/module\"] ");
    (void)b;
    free_kernel(&k);
}

/* Lists without an end, and such that lead nowhere: they are not compared with. */
static void broken_lists(void **state)
{
    const unsigned a = FIRST;
    struct kernel k;
    (void)state;
    make_kernel(&k);
    words[a + M_LIST] = AT(a + M_LIST);
    words[KSET_HEAD] = 0x1234;
    words[TREE] = AT(a + M_NODE + 1);
    words[a + M_NODE + 2] = AT(a + M_NODE + 1);
    words[a + M_NODE + 3] = AT(a + M_NODE + 1);
    check_modules(&k.in);
    assert_string_equal(told(&k), "");
    free_kernel(&k);
}

static bool ours(void *ctx, const char *function)
{
    (void)ctx;
    return !strcmp(function, "security_file_open");
}

static void diverted(void **state)
{
    static const char list[] =
        "vfs_mkdir (1) R    \ttramp: 0xffffffffc0219000 (kprobe_ftrace_handler+0x0/0x1b0) "
        "->kprobe_ftrace_handler+0x0/0x1b0\n"
        "do_thing [ext4] (2) R I     \ttramp: 0xffffffffc021b000 (evil_call+0x10/0x120 [evil]) "
        "->ftrace_ops_assist_func+0x0/0x100\n"
        "security_file_open (1)   D   \ttramp: ftrace_regs_caller+0x0/0x65 "
        "(call_direct_funcs+0x0/0x20)\n"
        "\tdirect-->bpf_trampoline_6442466225+0x0/0x6b\n"
        "vfs_open (1)   D   \ttramp: ftrace_regs_caller+0x0/0x65 (call_direct_funcs+0x0/0x20)\n"
        "\tdirect-->0xffffffffc0900000\n"
        "many (3)           \t->arch_ftrace_ops_list_func+0x0/0x210\n"
        "garbage\n"
        "(1)\n"
        "open (\n";
    struct kernel k;
    (void)state;
    make_kernel(&k);
    k.in.is_ours = ours;
    FILE *f = fmemopen((void *)list, strlen(list), "r");
    check_ftrace(&k.in, f);
    fclose(f);
    assert_string_equal(told(&k),
                        "vfs_mkdir 0xffffffffc0219000 kprobe_ftrace_handler 0 system R 1 "
                        "do_thing 0xffffffffc021b000 evil_call 16 evil R I 2 "
                        "vfs_open ftrace_regs_caller 0xffffffffc0900000 0 hidden D 1 "
                        "many -(there is none) arch_ftrace_ops_list_func 0 system \"\" 3 ");
    free_kernel(&k);
}

static bool wish_text(void *ctx, unsigned slot, unsigned field, const char *text, size_t len)
{
    (void)ctx;
    (void)slot;
    return field == 6 || (len == 14 && !memcmp(text, "sys_call_table", 14));
}

static unsigned wish_numbers(void *ctx, unsigned slot, unsigned field, uint64_t *out, unsigned max)
{
    (void)ctx;
    (void)slot;
    (void)max;
    if (field == 1)
        *out = 0x1000;
    else if (field == 2)
        *out = 3;
    return field == 1 || field == 2;
}

static bool wish_named(void *ctx, unsigned slot, unsigned field)
{
    (void)ctx;
    (void)slot;
    return field == 5;
}

static void dumps(void **state)
{
    struct kernel k;
    char expected[256];
    (void)state;
    make_kernel(&k);
    k.wishes =
        (struct inspect_wishes){.text = wish_text, .numbers = wish_numbers, .named = wish_named};
    check_dumps(&k.in);
    const char *text = told(&k), *second = strstr(text, "001000");
    assert_non_null(strstr(text, "-(memory not readable) 0x1000 3 0 "));
    assert_non_null(second);
    snprintf(expected, sizeof(expected), "sys_call_table system ");
    assert_non_null(strstr(second, expected));
    free_kernel(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(honest_kernel),  cmocka_unit_test(led_elsewhere),
        cmocka_unit_test(hidden_modules), cmocka_unit_test(broken_lists),
        cmocka_unit_test(diverted),       cmocka_unit_test(dumps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
