/* SPDX-License-Identifier: Apache-2.0 */
/* Which hooks a kernel has, which way an event takes, what the user may force; without a kernel. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <bpf/btf.h>

#include "cmd/hooks.h"
#include "plan.h"
#include "source/choice.h"
#include "source/core_types.h"
#include "source/symbols.h"
#include "source/verdict.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct event_def *named(const char *name)
{
    const struct event_def *def = catalog_by_name(catalog_builtin(), name, strlen(name));
    assert_non_null(def);
    return def;
}

/* What the kernel of the test lacks. */
static unsigned lacking; /* bits of enum abi_hook_kind */
static enum hook lacking_hook = HOOK_COUNT;

static const char *refusal(enum hook h)
{
    static const char *const whys[] = {[ABI_HOOK_lsm] = "no lsm", [ABI_HOOK_fentry] = "no fentry"};
    enum abi_hook_kind kind = hook_defs[h].kind;
    if (h == lacking_hook)
        return "no such hook";
    if (!(lacking >> kind & 1))
        return NULL;
    return kind < COUNT(whys) && whys[kind] ? whys[kind] : "no such kind";
}

static void lack(unsigned kinds)
{
    lacking = kinds;
    lacking_hook = HOOK_COUNT;
}

#define BIT(kind) (1u << ABI_HOOK_##kind)

static void the_best_way_is_taken(void **state)
{
    const struct event_def *def = named("security_file_open");
    const struct {
        unsigned lacking;
        enum abi_hook_kind forced, taken;
        const char *why;
    } table[] = {
        {0, ABI_HOOK_none, ABI_HOOK_lsm, NULL},
        {BIT(lsm), ABI_HOOK_none, ABI_HOOK_fentry, "no lsm"},
        {BIT(lsm) | BIT(fentry), ABI_HOOK_none, ABI_HOOK_kprobe, "no lsm"},
        {0, ABI_HOOK_kprobe, ABI_HOOK_kprobe, NULL},
        {BIT(lsm), ABI_HOOK_fentry, ABI_HOOK_fentry, NULL},
        {BIT(fentry), ABI_HOOK_fentry, ABI_HOOK_none, "no fentry"},
        {0, ABI_HOOK_tp_btf, ABI_HOOK_none, "no hook of this kind sees it"},
        {UINT32_MAX, ABI_HOOK_none, ABI_HOOK_none, "no lsm"},
    };
    (void)state;
    for (unsigned i = 0; i < COUNT(table); i++) {
        const char *why;
        lack(table[i].lacking);
        int way = way_choose(def, table[i].forced, refusal, &why);
        assert_int_equal(way < 0 ? ABI_HOOK_none : via_kind(&def->via[way]), table[i].taken);
        if (table[i].why)
            assert_string_equal(why, table[i].why);
        else
            assert_null(why);
    }
}

/* A way of several hooks is a way only with all of them. */
static void all_hooks_of_a_way_are_needed(void **state)
{
    const struct event_def *def = named("vfs_write");
    const char *why;
    (void)state;
    lack(BIT(fexit));
    int way = way_choose(def, ABI_HOOK_none, refusal, &why);
    assert_true(way > 0);
    assert_int_equal(via_kind(&def->via[way]), ABI_HOOK_kretprobe);
    assert_true(def->via[way].count > 1);
    lacking_hook = def->via[way].hooks[0];
    assert_true(way_choose(def, ABI_HOOK_kretprobe, refusal, &why) < 0);
    assert_string_equal(why, "no such hook");
}

static struct choice choice;

/* A hook that fails late takes its events with it, no others. */
static void a_hook_is_given_up(void **state)
{
    static uint64_t sets[PLAN_SLOTS];
    const struct event_def *open = named("security_file_open"), *fork = named("sched_process_fork");
    struct error err = {0};
    (void)state;
    lack(BIT(lsm) | BIT(fentry) | BIT(sys_exit) | BIT(sys_enter));
    sets[open->slot] = sets[fork->slot] = 1;
    assert_int_equal(choice_make(&choice, sets, NULL, refusal, &err), 0);
    assert_true(choice.via[open->slot] > 0 && choice.via[fork->slot] == 0);
    assert_int_equal(choice.row[HOOK_kprobe_security_file_open], open->slot);
    assert_int_equal(choice.row[HOOK_sched_process_fork], fork->slot);

    lacking_hook = HOOK_kprobe_security_file_open;
    assert_false(choice_has_other(&choice, lacking_hook, refusal));
    lacking &= ~BIT(fentry);
    assert_true(choice_has_other(&choice, lacking_hook, refusal));
    assert_int_equal(choice_give_up(&choice, lacking_hook, "it fails"), 1);
    assert_int_equal(choice.via[open->slot], -1);
    assert_string_equal(choice.why[open->slot], "it fails");
    assert_int_equal(choice.via[fork->slot], 0);
    assert_int_equal(choice_give_up(&choice, HOOK_sched_process_fork, "it fails too"), 0);
}

static void a_forced_way_must_be_had(void **state)
{
    static uint64_t sets[PLAN_SLOTS];
    static uint8_t forced[PLAN_SLOTS];
    const struct event_def *open = named("security_file_open");
    struct error err = {0};
    (void)state;
    sets[open->slot] = 1;
    assert_int_equal(hooks_force(forced, "security_file_open=fentry", &err), 0);
    assert_int_equal(forced[open->slot], ABI_HOOK_fentry);
    lack(0);
    assert_int_equal(choice_make(&choice, sets, forced, refusal, &err), 0);
    assert_int_equal(via_kind(&open->via[choice.via[open->slot]]), ABI_HOOK_fentry);
    lack(BIT(fentry));
    assert_true(choice_make(&choice, sets, forced, refusal, &err) < 0);
    assert_non_null(
        strstr(err.message, "security_file_open by fentry is not to be had here: no fentry"));

    assert_int_equal(hooks_force(forced, "vfs_write=kprobe", &err), 0);
    assert_int_equal(forced[named("vfs_write")->slot], ABI_HOOK_kretprobe);
}

static void what_can_t_be_forced_is_said(void **state)
{
    static const char *const table[][2] = {
        {"security_file_open", "write EVENT=KIND"},
        {"", "write EVENT=KIND"},
        {"nonsense=kprobe", "there is no event 'nonsense'"},
        {"=kprobe", "there is no event ''"},
        {"security_file_open=", "but by lsm, fentry"},
        {"security_file_open=none", "but by lsm, fentry"},
        {"security_file_open=tp_btf", "not seen by 'tp_btf', but by lsm"},
        {"sched_process_fork=kprobe", "but by tp_btf"},
    };
    uint8_t forced[PLAN_SLOTS] = {0}, untouched[PLAN_SLOTS] = {0};
    (void)state;
    for (unsigned i = 0; i < COUNT(table); i++) {
        struct error err = {0};
        assert_int_equal(hooks_force(forced, table[i][0], &err), -EINVAL);
        if (!strstr(err.message, table[i][1]))
            fail_msg("%s: %s", table[i][0], err.message);
    }
    assert_memory_equal(forced, untouched, sizeof(forced));
}

static const struct symbol *found(const struct symbols *s, const char *name)
{
    return symbols_find(s, name, strlen(name));
}

static void read_lines(struct symbols *s, const char *const *names, unsigned count,
                       const char *lines)
{
    FILE *f = fmemopen((void *)(uintptr_t)lines, strlen(lines), "r");
    assert_int_equal(symbols_init(s, names, count), 0);
    assert_non_null(f);
    assert_int_equal(symbols_read_kallsyms(s, f), 0);
    fclose(f);
}

static void names_are_looked_for(void **state)
{
    static const char *const names[] = {"vfs_open|do_open", "vfs_open", "|", "", "a||b", "vfs_o"};
    struct symbols s;
    (void)state;
    assert_int_equal(symbols_init(&s, names, COUNT(names)), 0);
    assert_int_equal(s.count, 5);
    assert_non_null(found(&s, "vfs_open"));
    assert_non_null(found(&s, "do_open"));
    assert_non_null(found(&s, "vfs_o"));
    assert_non_null(found(&s, "b"));
    assert_null(found(&s, "vfs_"));
    assert_null(found(&s, "vfs_open2"));
    assert_null(found(&s, ""));
    symbols_free(&s);
}

static void symbols_of_a_kernel(void **state)
{
    static const char *const names[] = {"once|twice", "split",  "both",  "part",        "data",
                                        "hidden",     "module", "mixed", "mixed_later", "cold"};
    static const char lines[] = "ffffffff81000010 T once\n"
                                "ffffffff81000020 t twice\n"
                                "ffffffff81000030 t twice\n"
                                "ffffffff81000030 t twice\n"
                                "ffffffff81000040 t split.isra.0\n"
                                "ffffffff81000050 t both.constprop.0\n"
                                "ffffffff81000060 t both\n"
                                "ffffffff81000070 t part.part.3\n"
                                "ffffffff81000080 D data\n"
                                "0000000000000000 T hidden\n"
                                "ffffffffc0000010 t module\t[some]\n"
                                "ffffffff81000090 t mixed\n"
                                "ffffffffc0000020 t mixed\t[some]\n"
                                "ffffffffc0000030 t mixed_later\t[some]\n"
                                "ffffffff810000a0 W mixed_later\n"
                                "ffffffff810000b0 t cold.cold\n";
    struct symbols s;
    (void)state;
    read_lines(&s, names, COUNT(names), lines);
    assert_int_equal(found(&s, "once")->places, 1);
    assert_int_equal(found(&s, "once")->at[0], 0xffffffff81000010);
    assert_int_equal(found(&s, "twice")->places, 2);
    assert_int_equal(found(&s, "twice")->at[1], 0xffffffff81000030);
    assert_int_equal(found(&s, "split")->places, 0);
    assert_string_equal(found(&s, "split")->variant, "isra");
    assert_int_equal(found(&s, "both")->places, 1);
    assert_string_equal(found(&s, "part")->variant, "part");
    assert_int_equal(found(&s, "data")->places, 0);
    assert_int_equal(found(&s, "hidden")->places, 1);
    assert_int_equal(found(&s, "hidden")->at[0], 0);
    assert_true(found(&s, "module")->in_module);
    assert_int_equal(found(&s, "mixed")->places, 1);
    assert_false(found(&s, "mixed")->in_module);
    assert_int_equal(found(&s, "mixed_later")->places, 1);
    assert_int_equal(found(&s, "mixed_later")->at[0], 0xffffffff810000a0);
    assert_int_equal(found(&s, "cold")->places, 0);
    assert_string_equal(found(&s, "cold")->variant, "");
    symbols_free(&s);
}

static void hostile_lines(void **state)
{
    static const char *const names[] = {"name"};
    static const char before[] = "name\n\n \nffffffff81000010\nffffffff81000010 \n"
                                 "ffffffff81000010 T\nffffffff81000010 T \n"
                                 "ffffffff81000010 Tname\nxyz T name\n"
                                 "fffffffffffffffffffffffffffff T names\n"
                                 "ffffffff81000010 T .isra\nffffffff81000010 T name.\n";
    struct symbols s;
    char *lines = calloc(1, 1 << 20);
    size_t len = sizeof(before) - 1;
    (void)state;
    assert_non_null(lines);
    memcpy(lines, before, len);
    memcpy(lines + len, "ffffffff81000010 T ",
           19); /* a line longer than any buffer, that ends so: */
    memset(lines + len + 19, 'x', 100000);
    len += 100019;
    len += (size_t)snprintf(lines + len, 64, " T name\n");
    for (unsigned i = 0; i < 100; i++)
        len += (size_t)snprintf(lines + len, 64, "ffffffff8100%04x T name\n", 16 * i);
    read_lines(&s, names, 1, lines);
    assert_int_equal(found(&s, "name")->places, 100);
    symbols_free(&s);
    free(lines);
}

/* BTF with functions of the same name, a tracepoint, an LSM hook. */
static void types_of_a_kernel(void **state)
{
    static const char *const names[] = {"open", "twice", "event", "absent"};
    struct btf *btf = btf__new_empty();
    struct symbols s;
    (void)state;
    assert_non_null(btf);
    int proto = btf__add_func_proto(btf, 0);
    int open = btf__add_func(btf, "open", BTF_FUNC_STATIC, proto);
    btf__add_func(btf, "twice", BTF_FUNC_STATIC, proto);
    btf__add_func(btf, "twice", BTF_FUNC_STATIC, proto);
    int check = btf__add_func(btf, "bpf_lsm_open", BTF_FUNC_STATIC, proto);
    int event = btf__add_typedef(btf, "btf_trace_event", proto);
    btf__add_typedef(btf, "absent", proto);
    assert_int_equal(symbols_init(&s, names, COUNT(names)), 0);
    symbols_read_btf(&s, btf);
    assert_int_equal(found(&s, "open")->function, open);
    assert_int_equal(found(&s, "open")->functions, 1);
    assert_int_equal(found(&s, "open")->check, check);
    assert_int_equal(found(&s, "twice")->functions, 2);
    assert_int_equal(found(&s, "event")->tracepoint, event);
    assert_int_equal(found(&s, "event")->function, 0);
    assert_int_equal(found(&s, "absent")->tracepoint, 0);
    symbols_free(&s);
    btf__free(btf);
}

static void the_verifier_s_reason(void **state)
{
    static const char *const table[][2] = {
        {"", ""},
        {"\n\n", ""},
        {"R1 invalid mem access 'scalar'", "R1 invalid mem access 'scalar'"},
        {"1: (85) call\nR1 is bad\nprocessed 75 insns (limit 1000000)\n", "R1 is bad"},
        {"math\nverification time 12 usec\nstack depth 0\nprocessed 2 insns\n", "math"},
        {"5: (85) call unknown#195896080\ninvalid func unknown#195896080\nprocessed 1 insns\n",
         "this kernel's types lack something that it reads"},
    };
    (void)state;
    for (unsigned i = 0; i < COUNT(table); i++)
        assert_string_equal(verdict_reason(table[i][0]), table[i][1]);
}

/* Adds "struct name { int first; struct { unsigned low : 3; unsigned high : 5; } in; }". */
static void add_nested(struct btf *btf, const char *name, int number, int pointer)
{
    int inner = btf__add_struct(btf, "", 4);
    btf__add_field(btf, "low", number, 0, 3);
    btf__add_field(btf, "high", number, 3, 5);
    btf__add_struct(btf, name, 24);
    btf__add_field(btf, "first", number, 0, 0);
    btf__add_field(btf, "in", inner, 32, 0);
    btf__add_field(btf, "next", pointer, 64, 0);
}

/* What libbpf is given in place of all types: members where they were, nothing behind pointers. */
static void types_are_picked(void **state)
{
    struct btf *all = btf__new_empty(), *named = btf__new_empty();
    (void)state;
    int number = btf__add_int(all, "int", 4, BTF_INT_SIGNED);
    int other = btf__add_struct(all, "other", 4);
    btf__add_field(all, "first", number, 0, 0);
    int pointer = btf__add_ptr(all, other);
    add_nested(all, "wanted", number, pointer);
    add_nested(all, "wanted___old", number, pointer);
    btf__add_func(all, "wanted", BTF_FUNC_STATIC, btf__add_func_proto(all, number));
    btf__add_enum(all, "choices", 4);
    btf__add_enum_value(all, "SECOND", 2);
    btf__add_struct(named, "wanted___new", 4);
    btf__add_enum(named, "choices", 4);
    btf__add_struct(named, "absent", 4);

    struct btf *few = core_types_pick(all, named);
    assert_non_null(few);
    assert_true(btf__find_by_name(few, "other") < 0);
    assert_true(btf__find_by_name_kind(few, "wanted", BTF_KIND_FUNC) < 0);
    assert_true(btf__find_by_name_kind(few, "wanted___old", BTF_KIND_STRUCT) > 0);
    int id = btf__find_by_name_kind(few, "wanted", BTF_KIND_STRUCT);
    assert_true(id > 0);
    const struct btf_type *t = btf__type_by_id(few, (uint32_t)id);
    assert_int_equal(t->size, 24);
    assert_int_equal(btf_vlen(t), 3);
    assert_int_equal(btf_member_bit_offset(t, 1), 32);
    assert_string_equal(btf__name_by_offset(few, btf_members(t)[2].name_off), "next");
    assert_int_equal(btf__type_by_id(few, btf_members(t)[2].type)->type, 0);
    t = btf__type_by_id(few, btf_members(t)[1].type);
    assert_int_equal(btf_member_bit_offset(t, 1), 3);
    assert_int_equal(btf_member_bitfield_size(t, 1), 5);
    id = btf__find_by_name_kind(few, "choices", BTF_KIND_ENUM);
    assert_true(id > 0);
    assert_int_equal(btf_enum(btf__type_by_id(few, (uint32_t)id))->val, 2);
    btf__free(few);
    btf__free(all);
    btf__free(named);
}

/* A file of the user's may say that a type is in itself. */
static void types_that_are_in_themselves(void **state)
{
    struct btf *all = btf__new_empty(), *named = btf__new_empty();
    (void)state;
    btf__add_struct(all, "wanted", 4);
    btf__add_field(all, "self", 1, 0, 0);
    btf__add_struct(named, "wanted", 4);
    assert_null(core_types_pick(all, named));
    btf__free(all);
    btf__free(named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_way_is_taken),
        cmocka_unit_test(all_hooks_of_a_way_are_needed),
        cmocka_unit_test(a_hook_is_given_up),
        cmocka_unit_test(a_forced_way_must_be_had),
        cmocka_unit_test(what_can_t_be_forced_is_said),
        cmocka_unit_test(names_are_looked_for),
        cmocka_unit_test(symbols_of_a_kernel),
        cmocka_unit_test(hostile_lines),
        cmocka_unit_test(types_of_a_kernel),
        cmocka_unit_test(types_are_picked),
        cmocka_unit_test(types_that_are_in_themselves),
        cmocka_unit_test(the_verifier_s_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
