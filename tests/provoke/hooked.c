/* SPDX-License-Identifier: Apache-2.0 */
/* Calls functions of its own, and one of the kernel's, for hooks that the user chooses. */
#include "provoke.h"

#include <fcntl.h>

long hooked_work(int n, const char *text, const char *at);
const char *hooked_name(void);

__attribute__((noinline)) long hooked_work(int n, const char *text, const char *at)
{
    __asm__ volatile("" : : "r"(text), "r"(at) : "memory");
    return 3L * n;
}

__attribute__((noinline)) const char *hooked_name(void)
{
    __asm__ volatile("" : : : "memory");
    return "a name";
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "hooked.tmp";
    int fd = open(file, O_CREAT | O_WRONLY, 0600);

    check(fd >= 0 && close(fd) == 0);
    check(unlink(file) == 0);
    check(hooked_work(-7, "some text", NULL) == -21);
    check(hooked_name() != NULL);
    say("PID", "%d", getpid());
    return 0;
}
