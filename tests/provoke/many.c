/* SPDX-License-Identifier: Apache-2.0 */
/* Calls each of 500 functions once: many_000 to many_499. */
#include "provoke.h"

/* clang-format off */
#define TEN(X, n) X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9)
#define HUNDRED(X, n)                                                                              \
    TEN(X, n##0) TEN(X, n##1) TEN(X, n##2) TEN(X, n##3) TEN(X, n##4)                               \
    TEN(X, n##5) TEN(X, n##6) TEN(X, n##7) TEN(X, n##8) TEN(X, n##9)
#define ALL(X) HUNDRED(X, 0) HUNDRED(X, 1) HUNDRED(X, 2) HUNDRED(X, 3) HUNDRED(X, 4)
/* clang-format on */

#define DEFINE(n)                                                                                  \
    __attribute__((noinline)) static void many_##n(void)                                           \
    {                                                                                              \
        __asm__ volatile("" : : "r"(#n) : "memory");                                               \
    }
ALL(DEFINE)

int main(void)
{
#define CALL(n) many_##n();
    ALL(CALL)
    say("PID", "%d", getpid());
    return 0;
}
