/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of 32-bit x86 in the catalog are the kernel's. */
#if defined(__x86_64__)
#include <asm/unistd_32.h>
#endif
#include "kernel_numbers.h"

/* What the kernel's 32-bit table calls otherwise: its plain names are mostly those of old calls. */
static const struct kernel_number renamed[] = {
    {"chown16", {TEXT(__NR_chown)}},
    {"clock_getres_time32", {TEXT(__NR_clock_getres)}},
    {"clock_gettime32", {TEXT(__NR_clock_gettime)}},
    {"clock_nanosleep_time32", {TEXT(__NR_clock_nanosleep)}},
    {"clock_settime32", {TEXT(__NR_clock_settime)}},
    {"fchown16", {TEXT(__NR_fchown)}},
    {"futex_time32", {TEXT(__NR_futex)}},
    {"getegid16", {TEXT(__NR_getegid)}},
    {"geteuid16", {TEXT(__NR_geteuid)}},
    {"getgid16", {TEXT(__NR_getgid)}},
    {"getgroups16", {TEXT(__NR_getgroups)}},
    {"getresgid16", {TEXT(__NR_getresgid)}},
    {"getresuid16", {TEXT(__NR_getresuid)}},
    {"getrlimit", {TEXT(__NR_ugetrlimit)}},
    {"getuid16", {TEXT(__NR_getuid)}},
    {"io_pgetevents_time32", {TEXT(__NR_io_pgetevents)}},
    {"lchown16", {TEXT(__NR_lchown)}},
    {"llseek", {TEXT(__NR__llseek)}},
    {"mq_timedreceive_time32", {TEXT(__NR_mq_timedreceive)}},
    {"mq_timedsend_time32", {TEXT(__NR_mq_timedsend)}},
    {"old_getrlimit", {TEXT(__NR_getrlimit)}},
    {"old_select", {TEXT(__NR_select)}},
    {"ppoll_time32", {TEXT(__NR_ppoll)}},
    {"pselect6_time32", {TEXT(__NR_pselect6)}},
    {"recvmmsg_time32", {TEXT(__NR_recvmmsg)}},
    {"rt_sigtimedwait_time32", {TEXT(__NR_rt_sigtimedwait)}},
    {"sched_rr_get_interval_time32", {TEXT(__NR_sched_rr_get_interval)}},
    {"select", {TEXT(__NR__newselect)}},
    {"sendfile32", {TEXT(__NR_sendfile)}},
    {"setfsgid16", {TEXT(__NR_setfsgid)}},
    {"setfsuid16", {TEXT(__NR_setfsuid)}},
    {"setgid16", {TEXT(__NR_setgid)}},
    {"setgroups16", {TEXT(__NR_setgroups)}},
    {"setregid16", {TEXT(__NR_setregid)}},
    {"setresgid16", {TEXT(__NR_setresgid)}},
    {"setresuid16", {TEXT(__NR_setresuid)}},
    {"setreuid16", {TEXT(__NR_setreuid)}},
    {"setuid16", {TEXT(__NR_setuid)}},
    {"sysctl", {TEXT(__NR__sysctl)}},
    {"timer_gettime32", {TEXT(__NR_timer_gettime)}},
    {"timer_settime32", {TEXT(__NR_timer_settime)}},
    {"timerfd_gettime32", {TEXT(__NR_timerfd_gettime)}},
    {"timerfd_settime32", {TEXT(__NR_timerfd_settime)}},
    {"utimensat_time32", {TEXT(__NR_utimensat)}},
};

static const struct kernel_number *rename_of(const struct kernel_number *k)
{
    for (unsigned i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
        if (strcmp(renamed[i].event, k->event) == 0)
            return &renamed[i];
    return k;
}

static void numbers_are_the_kernels(void **state)
{
    unsigned compared = 0, wrong = 0;

    (void)state;
#if !defined(__x86_64__)
    skip(); /* the headers of another architecture lack the table */
#endif
    for (unsigned i = 0; i < sizeof(kernel_numbers) / sizeof(kernel_numbers[0]); i++) {
        const struct kernel_number *k = rename_of(&kernel_numbers[i]);
        const struct event_def *def =
            catalog_by_name(catalog_builtin(), k->event, strlen(k->event));
        bool known, right = number_is_the_kernels(k, def->nr_ia32, &known);

        if (!known)
            continue;
        compared++;
        if (!right) {
            print_error("%s is not %d\n", k->event, def->nr_ia32);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(compared >= 380);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_the_kernels)};

    return cmocka_run_group_tests_name("numbers_ia32", tests, NULL, NULL);
}
