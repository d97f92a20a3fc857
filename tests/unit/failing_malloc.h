/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the n-th allocation fail. The test that includes this says, in a comment of its own:
 * LINK, a colon, and -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
 */
#ifndef RATEL_TESTS_FAILING_MALLOC_H
#define RATEL_TESTS_FAILING_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static int allocations_left = -1; /* -1: all succeed */

/* From now on n allocations succeed and those after them fail; -1: all succeed. */
static void allocations_allow(int n)
{
    allocations_left = n;
}

static bool allocation_fails(void)
{
    if (allocations_left > 0)
        allocations_left--;
    else if (allocations_left == 0)
        return true;
    return false;
}

void *__wrap_malloc(size_t n)
{
    return allocation_fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return allocation_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
    return allocation_fails() ? NULL : __real_realloc(p, n);
}

#endif
