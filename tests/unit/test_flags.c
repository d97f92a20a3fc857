/* SPDX-License-Identifier: Apache-2.0 */
/* The names of bits and values: their numbers against the kernel's headers, to text and back. */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/ioctls.h>
#include <asm/mman.h>
#include <asm/termbits.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/dqblk_xfs.h>
#include <linux/eventpoll.h>
#include <linux/fadvise.h>
#include <linux/falloc.h>
#include <linux/fanotify.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_alg.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/inotify.h>
#include <linux/io_uring.h>
#include <linux/ioprio.h>
#include <linux/ipc.h>
#include <linux/kcmp.h>
#include <linux/kexec.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/membarrier.h>
#include <linux/memfd.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/msg.h>
#include <linux/net.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/personality.h>
#include <linux/pidfd.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/quota.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/rseq.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <linux/sem.h>
#include <linux/serial.h>
#include <linux/shm.h>
#include <linux/stat.h>
#include <linux/tcp.h>
#include <linux/timerfd.h>
#include <linux/tls.h>
#include <linux/udp.h>
#include <linux/userfaultfd.h>
#include <linux/wait.h>
#include <linux/xattr.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#if defined(__x86_64__)
#include <asm/prctl.h>
#include <asm/ptrace-abi.h>
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "event/catalog.h"
#include "event/flags.h"
#include "kernel_names.h"
#include "uapi_newer.h"

struct number {
    const char *table; /* NULL: one of its numbers */
    const char *name;
    uint64_t ours;
    int64_t theirs;
};

static const struct number numbers[] = {
#define VALUE(name_, v)      {NULL, #name_, (uint64_t)(int64_t)(v), (int64_t)(name_)},
#define GROUP(name_, v, m)   {NULL, #name_, (uint64_t)(v), (int64_t)(name_)},
#define BIT(name_, v)        {NULL, #name_, (uint64_t)(v), (int64_t)(name_)},
#define WHEN(name_, v, then) VALUE(name_, v)
#define OTHERWISE(then)
#define FLAG_TABLE(table_, kind, meaning, names) {#table_, NULL, 0, 0}, names
#define FLAG_CHOICE(table_, by, meaning, rows)   {#table_, NULL, 0, 0}, rows
#include "choices.def"
#include "flags.def"
#undef FLAG_TABLE
#undef FLAG_CHOICE
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void numbers_are_the_kernels(void **state)
{
    const char *table = "";
    unsigned wrong = 0;

    (void)state;
    for (unsigned i = 0; i < COUNT(numbers); i++) {
        const struct number *n = &numbers[i];
        uint64_t theirs = (uint64_t)n->theirs;

        if (n->table) {
            table = n->table;
            continue;
        }
        if (strcmp(table, "quotactl") == 0 && strncmp(n->name, "Q_", 2) == 0)
            theirs <<= 8; /* QCMD */
        if ((uint32_t)theirs != (uint32_t)n->ours ||
            (n->ours >> 32 && n->ours >> 32 != theirs >> 32)) {
            print_error("%s: %s is %#llx, not %#llx\n", table, n->name, (unsigned long long)theirs,
                        (unsigned long long)n->ours);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void tables_are_in_order(void **state)
{
    (void)state;
    for (const struct flag_table *const *t = flag_tables; *t; t++) {
        assert_true((*t)->by ? (*t)->nchoices > 1 : (*t)->count > 0);
        assert_true((*t)->meaning[0]);
        assert_ptr_equal(flag_table_find((*t)->name), *t);
        for (unsigned i = 0; i < (*t)->count; i++) {
            const struct flag_name *n = &(*t)->names[i], *p = n - 1;

            assert_int_equal(n->value & ~n->mask, 0);
            assert_ptr_equal(flag_find(*t, n->name, strlen(n->name)), n);
            if (i == 0)
                continue;
            if ((*t)->is_enum)
                assert_true((int64_t)p->value < (int64_t)n->value);
            else if (p->value == p->mask && n->value != n->mask)
                assert_true(p->mask & (p->mask - 1)); /* the top of a group, not a bit */
        }
    }
    assert_null(flag_table_find("no_such_table"));
}

/* Fields of the catalog that choose for others, and that what they choose by has such values. */
static void choices_can_be_made(void **state)
{
    const struct catalog *c = catalog_builtin();
    unsigned seen = 0;

    (void)state;
    for (unsigned e = 0; e < c->count; e++) {
        const struct event_def *def = &c->events[e];

        for (unsigned f = 0; f < def->nfields; f++) {
            const struct flag_table *t = def->fields[f].flags;

            if (!t || !t->by)
                continue;
            int by = event_def_field(def, t->by, strlen(t->by));
            assert_in_range(by, 0, def->nfields - 1);
            for (unsigned i = 0; i < t->nchoices; i++) {
                const struct flag_choice *row = &t->choices[i];
                const struct flag_name *name =
                    row->name ? flag_find(def->fields[by].flags, row->name, strlen(row->name))
                              : NULL;

                assert_true(name ? name->value == row->value : !row->name && i + 1 == t->nchoices);
            }
            assert_non_null(flags_possible(t, 0));
            seen++;
        }
    }
    assert_true(seen >= 8);
}

static void choices_are_made(void **state)
{
    static const struct {
        const struct flag_table *choice;
        uint64_t by;
        const struct flag_table *table;
    } cases[] = {
        {&flag_table_option_of_level, 1, &flag_table_socket_option},
        {&flag_table_option_of_level, 6, &flag_table_tcp_option},
        {&flag_table_option_of_level, 5, NULL},
        {&flag_table_sig_code, 17, &flag_table_si_code_chld},
        {&flag_table_sig_code, 15, &flag_table_si_code},
        {&flag_table_fcntl_arg, 4, &flag_table_open},
        {&flag_table_fcntl_arg, 0, NULL},
        {&flag_table_prctl_arg2, 24, &flag_table_capability},
        {&flag_table_prctl_arg3, 47, &flag_table_cap_ambient_arg},
        {&flag_table_cap_ambient_arg, 4, NULL},
        {&flag_table_protocol, 1, NULL},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++)
        assert_ptr_equal(flags_choose(cases[i].choice, &cases[i].by), cases[i].table);
    assert_ptr_equal(flags_choose(&flag_table_sig_code, NULL), &flag_table_si_code);
    assert_null(flags_choose(&flag_table_fcntl_arg, NULL));
    assert_ptr_equal(flags_possible(&flag_table_open, 0), &flag_table_open);
    assert_null(flags_possible(&flag_table_open, 1));
    /* A table that stands in several rows comes once, one behind another choice comes too. */
    assert_non_null(flags_possible(&flag_table_prctl_arg3, 1));
    assert_null(flags_possible(&flag_table_prctl_arg3, 2));
}

static void check_text(const struct flag_table *t, uint64_t value, const char *want)
{
    struct strbuf b = STRBUF_INIT(1024);

    flags_text(&b, t, value);
    assert_string_equal(strbuf_cstr(&b), want);
    strbuf_free(&b);
}

static void values_become_names(void **state)
{
    static const struct {
        const struct flag_table *table;
        uint64_t value;
        const char *text;
    } cases[] = {
        {&flag_table_open, 0, "O_RDONLY"},
        {&flag_table_open, 02000102, "O_RDWR|O_CREAT|O_CLOEXEC"},
        {&flag_table_open, 3, "0x3"},
        {&flag_table_open, 04010000, "O_RDONLY|O_SYNC"},
        {&flag_table_open, 010000, "O_RDONLY|O_DSYNC"},
        {&flag_table_open, 01 | 0x40000000, "O_WRONLY|0x40000000"},
        {&flag_table_open, 0xffffffff80000000, "O_RDONLY|0x80000000"},
        {&flag_table_at, 0, "0"},
        {&flag_table_prot, 0, "PROT_NONE"},
        {&flag_table_prot, 7, "PROT_READ|PROT_WRITE|PROT_EXEC"},
        {&flag_table_mmap, 0x22, "MAP_PRIVATE|MAP_ANONYMOUS"},
        {&flag_table_clone, 0x11, "SIGCHLD"},
        {&flag_table_clone, 0x200000100, "CLONE_VM|CLONE_INTO_CGROUP"},
        {&flag_table_socket_type, 02000001, "SOCK_STREAM|SOCK_CLOEXEC"},
        {&flag_table_socket_type, 2, "SOCK_DGRAM"},
        {&flag_table_futex, 129, "FUTEX_WAKE|FUTEX_PRIVATE_FLAG"},
        {&flag_table_signal, 9, "SIGKILL"},
        {&flag_table_signal, 0, "0"},
        {&flag_table_signal, 64, "64"},
        {&flag_table_signal, (uint64_t)-1, "-1"},
        {&flag_table_si_code, (uint64_t)-6, "SI_TKILL"},
        {&flag_table_reboot, 0x4321fedc, "LINUX_REBOOT_CMD_POWER_OFF"},
        {&flag_table_reboot, 0xffffffff89abcdef, "LINUX_REBOOT_CMD_CAD_ON"},
        {&flag_table_keyring, 0xfffffffd, "KEY_SPEC_SESSION_KEYRING"},
        {&flag_table_quotactl, 0x80000701, "GRPQUOTA|Q_GETQUOTA"},
        {&flag_table_capability, 21, "CAP_SYS_ADMIN"},
        {&flag_table_ptrace, 0x4206, "PTRACE_SEIZE"},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++)
        check_text(cases[i].table, cases[i].value, cases[i].text);
}

static void names_become_values(void **state)
{
    static const struct {
        const struct flag_table *table;
        const char *text;
        bool good;
        uint64_t value;
    } cases[] = {
        {&flag_table_open, "O_RDONLY", true, 0},
        {&flag_table_open, "O_CREAT|O_EXCL", true, 0300},
        {&flag_table_open, "O_CREAT|0x40000000", true, 0x40000040},
        {&flag_table_open, "O_CREATE", false, 0},
        {&flag_table_open, "O_CREA", false, 0},
        {&flag_table_open, "", false, 0},
        {&flag_table_open, "O_CREAT|", false, 0},
        {&flag_table_open, "|O_CREAT", false, 0},
        {&flag_table_open, "0755", true, 0755},
        {&flag_table_open, "0789", false, 0},
        {&flag_table_open, "0x", false, 0},
        {&flag_table_open, "99999999999999999999", false, 0},
        {&flag_table_signal, "SIGKILL", true, 9},
        {&flag_table_signal, "9", true, 9},
        {&flag_table_signal, "SIGKILL|SIGTERM", false, 0},
        {&flag_table_si_code, "-6", true, (uint64_t)-6},
        {&flag_table_si_code, "SI_TKILL", true, (uint64_t)-6},
    };

    (void)state;
    for (unsigned i = 0; i < COUNT(cases); i++) {
        uint64_t v = 0;

        assert_int_equal(flags_parse(cases[i].table, cases[i].text, strlen(cases[i].text), &v),
                         cases[i].good);
        assert_int_equal(v, cases[i].value);
    }
}

/* What flags_text writes of any one name, and of many bits, flags_parse reads back. */
static void text_and_back(void **state)
{
    (void)state;
    for (const struct flag_table *const *t = flag_tables; *t; t++) {
        for (unsigned i = 0; !(*t)->by && i < (*t)->count + 64; i++) {
            uint64_t value =
                i < (*t)->count ? (*t)->names[i].value : 0x9e3779b97f4a7c15 * i >> (i % 33);
            struct strbuf b = STRBUF_INIT(4096);
            uint64_t back = 0;

            flags_text(&b, *t, value);
            assert_true(flags_parse(*t, b.data, b.len, &back));
            assert_int_equal(back, value);
            strbuf_free(&b);
        }
    }
}

static void parts_decide_by_their_mask(void **state)
{
    uint64_t value, mask;

    (void)state;
    assert_true(flags_parse_masked(&flag_table_open, "O_RDONLY", 8, &value, &mask));
    assert_int_equal(value, 0);
    assert_int_equal(mask, 3);
    assert_true(flags_parse_masked(&flag_table_open, "O_RDWR|O_CREAT", 14, &value, &mask));
    assert_int_equal(value, 0102);
    assert_int_equal(mask, 0103);
}

static void errors_and_signals(void **state)
{
    (void)state;
    assert_string_equal(errno_name(ENOENT), "ENOENT");
    assert_string_equal(errno_name(EAGAIN), "EAGAIN");
    assert_string_equal(errno_name(133), "EHWPOISON");
    assert_null(errno_name(0));
    assert_null(errno_name(-2));
    assert_null(errno_name(134));
    assert_null(errno_name(512)); /* ERESTARTSYS is not for user space */
    assert_null(errno_name(41));  /* never given out */
    assert_string_equal(signal_name(SIGHUP), "SIGHUP");
    assert_string_equal(signal_name(31), "SIGSYS");
    assert_null(signal_name(0));
    assert_null(signal_name(32));
    for (int s = 1; s <= 31; s++)
        assert_non_null(signal_name(s));
    for (int e = 1; e <= 133; e++)
        assert_true(errno_name(e) || e == 41 || e == 58);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_the_kernels), cmocka_unit_test(tables_are_in_order),
        cmocka_unit_test(values_become_names),     cmocka_unit_test(names_become_values),
        cmocka_unit_test(text_and_back),           cmocka_unit_test(parts_decide_by_their_mask),
        cmocka_unit_test(errors_and_signals),      cmocka_unit_test(choices_can_be_made),
        cmocka_unit_test(choices_are_made),
    };

    return cmocka_run_group_tests_name("flags", tests, NULL, NULL);
}
