/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of 64-bit arm in the catalog are the kernel's. */
#define __ARCH_WANT_RENAMEAT
#define __ARCH_WANT_NEW_STAT
#define __ARCH_WANT_SET_GET_RLIMIT
#define __ARCH_WANT_TIME32_SYSCALLS
#define __ARCH_WANT_SYS_CLONE3
#define __ARCH_WANT_MEMFD_SECRET
#include <asm-generic/unistd.h>

/* Behind the numbers that it puts beside the catalog. */
#include "kernel_numbers.h"

static void numbers_are_the_kernels(void **state)
{
    unsigned compared = 0, wrong = 0;

    (void)state;
    for (unsigned i = 0; i < sizeof(kernel_numbers) / sizeof(kernel_numbers[0]); i++) {
        const struct kernel_number *k = &kernel_numbers[i];
        const struct event_def *def =
            catalog_by_name(catalog_builtin(), k->event, strlen(k->event));
        bool known, right = number_is_the_kernels(k, def->nr_arm64, &known);

        if (!known || (def->nr_arm64 == NR_NONE && number_is_another(k, ARCH_arm64)))
            continue;
        compared++;
        if (!right) {
            print_error("%s is not %d\n", k->event, def->nr_arm64);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(compared >= 280);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_the_kernels)};

    return cmocka_run_group_tests_name("numbers_arm64", tests, NULL, NULL);
}
