/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls getppid from known places: below functions with names, out of memory that has no file, from
 * a program that is deleted by then, inside of the kernel's vdso.
 * COMPILE: -fno-omit-frame-pointer -fno-optimize-sibling-calls
 */
#include "provoke.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

__attribute__((noinline)) static void stack_inner(void)
{
    check(syscall(SYS_getppid) > 0);
}

__attribute__((noinline)) static void stack_middle(void)
{
    stack_inner();
    check(errno == 0);
}

__attribute__((noinline)) static void stack_outer(void)
{
    errno = 0;
    stack_middle();
    check(errno == 0);
}

static void chain(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    stack_outer();
}

static void jit(int argc, char **argv)
{
    (void)argc;
    (void)argv;
#ifdef __x86_64__
    static const unsigned char code[] = {0xb8, SYS_getppid, 0, 0, 0, 0x0f, 0x05, 0xc3};
#else
    static const unsigned char code[] = {0x88, 0x15, 0x80, 0xd2, 0x01, 0,
                                         0,    0xd4, 0xc0, 0x03, 0x5f, 0xd6};
#endif
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    long (*call)(void);
    check(p != MAP_FAILED);
    memcpy(p, code, sizeof(code));
    check(mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0);
    __builtin___clear_cache(p, (char *)p + sizeof(code));
    memcpy(&call, &p, sizeof(call));
    check(call() > 0);
}

/* A copy of this program runs after nobody can find it by its name any more. */
static void deleted(int argc, char **argv)
{
    struct stat st;
    if (argc && !strcmp(argv[0], "now")) {
        check(unlink("copy") == 0);
        stack_outer();
        usleep(300000); /* it can be asked for its own file as long as it runs */
        return;
    }
    int from = open("/proc/self/exe", O_RDONLY), to = open("copy", O_WRONLY | O_CREAT, 0755);
    check(from >= 0 && to >= 0 && fstat(from, &st) == 0);
    for (off_t left = st.st_size; left > 0;) {
        ssize_t n = sendfile(to, from, NULL, (size_t)left);
        check(n > 0);
        left -= n;
    }
    check(close(to) == 0);
    execl("copy", "copy", "deleted", "now", NULL);
    check(false);
}

/* What the vdso can't tell by itself it asks the kernel for. */
static void vdso(int argc, char **argv)
{
    struct timespec t;
    (void)argc;
    (void)argv;
    check(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0);
}

int main(int argc, char **argv)
{
    static const struct mode modes[] = {
        {"chain", chain}, {"jit", jit}, {"deleted", deleted}, {"vdso", vdso}, {0}};
    say("PID", "%d", getpid());
    return run_mode(modes, argc, argv);
}
