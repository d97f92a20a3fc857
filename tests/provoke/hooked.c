/* SPDX-License-Identifier: Apache-2.0 */
/* Calls functions of its own, and one of the kernel's, for hooks that the user chooses. */
#include "provoke.h"

#include <fcntl.h>
#include <sys/mman.h>

long hooked_work(int n, const char *text, const char *at);
const char *hooked_name(void);
void hooked_far(const char *text);
int hooked_deep(int n);

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

__attribute__((noinline)) void hooked_far(const char *text)
{
    __asm__ volatile("" : : "r"(text) : "memory");
}

/* Calls itself n times. */
__attribute__((noinline)) int hooked_deep(int n)
{
    volatile int below = n ? hooked_deep(n - 1) : 0;
    return below + 1;
}

/* Text in a page that this program has not touched. */
static const char *untouched(void)
{
    static const char text[] = "not touched";
    const char *page;
    int fd = memfd_create("text", 0);

    check(fd >= 0 && write(fd, text, sizeof(text)) == sizeof(text));
    page = mmap(NULL, sizeof(text), PROT_READ, MAP_PRIVATE, fd, 0);
    check(page != MAP_FAILED && close(fd) == 0);
    return page;
}

int main(int argc, char **argv)
{
    const char *file = argc > 1 ? argv[1] : "hooked.tmp";
    int fd = open(file, O_CREAT | O_WRONLY, 0600);

    check(fd >= 0 && close(fd) == 0);
    check(unlink(file) == 0);
    check(hooked_work(-7, "some text", NULL) == -21);
    check(hooked_name() != NULL);
    hooked_far(untouched());
    check(hooked_deep(5) == 6);
    say("PID", "%d", getpid());
    return 0;
}
