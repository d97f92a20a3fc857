/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalog's names of system calls beside the kernel's numbers for them, from the table of
 * numbers that was included before. A name that the table lacks stays a name as text.
 */
#ifndef RATEL_TESTS_KERNEL_NUMBERS_H
#define RATEL_TESTS_KERNEL_NUMBERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "event/catalog.h"

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

#define SPELLINGS 5
struct kernel_number {
    const char *event;
    const char *numbers[SPELLINGS]; /* of the names that the kernel's table may use for it */
};

static const struct kernel_number kernel_numbers[] = {
#define SYSCALL(name, id, x86_64, ia32, arm64, how, returns, sets, meaning, fields)                \
    {#name,                                                                                        \
     {TEXT(__NR_##name), TEXT(__NR_##name##64), TEXT(__NR_##name##_time64), TEXT(__NR_##name##32), \
      TEXT(__NR__##name)}},
#define EVENT(name, id, class, sets, hooks, meaning, fields)
#include "events.def"
#undef SYSCALL
#undef EVENT
};

/* Whether the event has one of the numbers that the table gives its names; *known: it gives any. */
static bool number_is_the_kernels(const struct kernel_number *k, int number, bool *known)
{
    bool right = false;

    *known = false;
    for (unsigned i = 0; i < SPELLINGS; i++) {
        char *end;
        long n = k->numbers[i] ? strtol(k->numbers[i], &end, 10) : -1;

        if (n < 0 || end == k->numbers[i] || *end)
            continue;
        *known = true;
        right |= n == number;
    }
    return right;
}

/* Whether the table's number belongs to a row of another name: it spells two calls nearly alike. */
__attribute__((unused)) static bool number_is_another(const struct kernel_number *k, enum arch arch)
{
    for (unsigned i = 0; i < SPELLINGS; i++) {
        char *end;
        long n = strtol(k->numbers[i], &end, 10);

        if (end != k->numbers[i] && !*end && catalog_by_number(catalog_builtin(), arch, (int)n))
            return true;
    }
    return false;
}

#endif
