/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the rate of the processor's time-stamp counter, in kHz; fails where there is none. */
#include "provoke.h"

#include <time.h>

#define MEASURED_NS 200000000

#ifdef __x86_64__
static double nanoseconds(void)
{
    struct timespec t;
    check(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
    const struct timespec pause = {.tv_nsec = MEASURED_NS};
    double begun = nanoseconds();
    unsigned long long first = __builtin_ia32_rdtsc();
    nanosleep(&pause, NULL);
    double ended = nanoseconds();
    unsigned long long last = __builtin_ia32_rdtsc();
    printf("%.0f\n", (double)(last - first) / (ended - begun) * 1e6);
    return 0;
}
#else
int main(void)
{
    return 1;
}
#endif
