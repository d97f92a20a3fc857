/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of x86-64 in the catalog are the kernel's. */
#if defined(__x86_64__)
#include <asm/unistd_64.h>
#endif
#include "kernel_numbers.h"

static void numbers_are_the_kernels(void **state)
{
    unsigned compared = 0, wrong = 0;

    (void)state;
#if !defined(__x86_64__)
    skip(); /* the headers of another architecture lack the table */
#endif
    for (unsigned i = 0; i < sizeof(kernel_numbers) / sizeof(kernel_numbers[0]); i++) {
        const struct kernel_number *k = &kernel_numbers[i];
        const struct event_def *def =
            catalog_by_name(catalog_builtin(), k->event, strlen(k->event));
        bool known, right = number_is_the_kernels(k, def->nr_x86_64, &known);

        if (!known || (def->nr_x86_64 == NR_NONE && number_is_another(k, ARCH_x86_64)))
            continue;
        compared++;
        if (!right) {
            print_error("%s is not %d\n", k->event, def->nr_x86_64);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(compared >= 350);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers_are_the_kernels)};

    return cmocka_run_group_tests_name("numbers_x86_64", tests, NULL, NULL);
}
