/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls (getppid, and others that are not chosen) from places where they are not expected:
 * code in memory without a file, and stacks that are none; and from places that look like it.
 */
#include "provoke.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define PAGE       4096UL
#define STACK_SIZE (64 * 1024UL)

/* A function that makes a call: its number is put where NR stands. */
#ifdef __x86_64__
static const unsigned char code[] = {0xb8, 0, 0, 0, 0, 0x0f, 0x05, 0xc3}; /* mov, syscall, ret */

static void write_code(unsigned char *to, unsigned nr)
{
    memcpy(to, code, sizeof(code));
    memcpy(to + 1, &nr, 4);
}
#else
static void write_code(unsigned char *to, unsigned nr)
{
    unsigned insns[] = {0x52800008 | nr << 5, 0xd4000001, 0xd65f03c0}; /* mov w8, svc, ret */

    memcpy(to, insns, sizeof(insns));
    __builtin___clear_cache((char *)to, (char *)to + sizeof(insns));
}
#endif

static void run_code(unsigned char *at)
{
    long (*f)(void);

    memcpy(&f, &at, sizeof(f));
    f();
}

static unsigned char *fresh(size_t len)
{
    void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    check(p != MAP_FAILED);
    return p;
}

static void executable(void *at, int prot)
{
    check(mprotect(at, PAGE, prot) == 0);
}

/* getppid once more often than it is to be told of, and getuid, which nobody chose. */
static void from(const char *name, unsigned char *at, int prot)
{
    write_code(at, SYS_getppid);
    write_code(at + 64, SYS_getuid);
    executable(at, prot);
    run_code(at);
    run_code(at);
    run_code(at + 64);
    say(name, "%p", (void *)at);
}

static void mode_code(int argc, char **argv)
{
    const int rx = PROT_READ | PROT_EXEC, rwx = rx | PROT_WRITE;
    unsigned char stack[3 * PAGE], *file, *heap;
    char path[4096];
    int fd;

    check(argc == 1);
    from("FRESH", fresh(PAGE), rx);
    heap = sbrk(4 * PAGE);
    check(heap != (void *)-1);
    from("HEAP", (unsigned char *)(((unsigned long)heap + 2 * PAGE) & -PAGE), rwx);
    from("STACK", (unsigned char *)(((unsigned long)stack + PAGE) & -PAGE), rwx);
    snprintf(path, sizeof(path), "%s/code", argv[0]);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0755);
    file = fresh(PAGE);
    write_code(file, SYS_getppid);
    check(fd >= 0 && write(fd, file, PAGE) == PAGE);
    file = mmap(NULL, PAGE, rx, MAP_PRIVATE, fd, 0);
    check(file != MAP_FAILED);
    run_code(file);
    say("PARENT", "%d", (int)syscall(SYS_getppid));
    say("PID", "%d", getpid());
}

/* getppid with the stack pointer somewhere else. */
__attribute__((noinline)) static void call_on(void *stack)
{
#ifdef __x86_64__
    long nr = SYS_getppid;

    __asm__ volatile("mov %%rsp, %%rbx\n\tmov %1, %%rsp\n\tsyscall\n\tmov %%rbx, %%rsp"
                     : "+a"(nr)
                     : "r"(stack)
                     : "rbx", "rcx", "r11", "memory");
#else
    register long nr __asm__("x8") = SYS_getppid;

    __asm__ volatile("mov x19, sp\n\tmov sp, %1\n\tsvc 0\n\tmov sp, x19"
                     : "+r"(nr)
                     : "r"(stack)
                     : "x0", "x19", "memory");
#endif
}

static void pivot(const char *name, unsigned char *stack)
{
    say(name, "%p", (void *)stack);
    call_on(stack);
}

static void *thread(void *arg)
{
    syscall(SYS_getppid);
    pivot("THREAD", arg);
    return NULL;
}

static void *forks(void *arg)
{
    pid_t pid = fork();

    (void)arg;
    if (pid == 0) {
        syscall(SYS_getppid);
        _exit(42);
    }
    reap(pid, 42);
    return NULL;
}

static int cloned(void *arg)
{
    (void)arg;
    syscall(SYS_getppid);
    _exit(42);
}

static void handler(int sig)
{
    (void)sig;
    syscall(SYS_getppid);
}

static void on_signal_stack(void)
{
    stack_t stack = {.ss_sp = fresh(STACK_SIZE), .ss_size = STACK_SIZE};
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};

    check(sigaltstack(&stack, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    raise(SIGUSR1);
}

static void in_thread(void *(*f)(void *), void *arg)
{
    pthread_t t;

    check(pthread_create(&t, NULL, f, arg) == 0 && pthread_join(t, NULL) == 0);
}

/* What is outside of every stack, then what only looks like it. */
static void mode_stack(int argc, char **argv)
{
    unsigned char *end = fresh(STACK_SIZE) + STACK_SIZE, *heap = sbrk(STACK_SIZE);
    unsigned char *apart = fresh(3 * PAGE); /* the kernel would make one region of neighbours */

    (void)argc;
    (void)argv;
    check(heap != (void *)-1);
    pivot("FRESH", end - 64);
    pivot("HEAP", heap + 1024);
    pivot("NOWHERE", (unsigned char *)64);
    check(mprotect(apart, PAGE, PROT_NONE) == 0 &&
          mprotect(apart + 2 * PAGE, PAGE, PROT_NONE) == 0);
    in_thread(thread, apart + PAGE + 1024);

    syscall(SYS_getppid);
    in_thread(forks, NULL);
    reap(clone(cloned, fresh(STACK_SIZE) + STACK_SIZE, SIGCHLD, NULL), 42);
    reap(clone(cloned, fresh(STACK_SIZE) + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL), 42);
    on_signal_stack();
    say("PID", "%d", getpid());
}

/* Whether the kernel has a region down as one without huge pages, which it does for MAP_STACK. */
static bool without_huge_pages(const void *at)
{
    char line[512], start[32];
    bool here = false, found = false;
    FILE *f = fopen("/proc/self/smaps", "r");

    snprintf(start, sizeof(start), "%lx-", (unsigned long)at);
    while (f && fgets(line, sizeof(line), f)) {
        here = here || strncmp(line, start, strlen(start)) == 0;
        if (here && strncmp(line, "VmFlags:", 8) == 0) {
            found = strstr(line, " nh");
            break;
        }
    }
    if (f)
        fclose(f);
    return found;
}

/* A stack as a library for coroutines makes it. */
static void mode_coroutine(int argc, char **argv)
{
    unsigned char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

    (void)argc;
    (void)argv;
    check(stack != MAP_FAILED);
    pivot("SP", stack + STACK_SIZE - 64);
    if (!without_huge_pages(stack))
        say("SKIP", "this kernel keeps no mark of MAP_STACK");
}

static const struct mode modes[] = {
    {"code", mode_code},
    {"stack", mode_stack},
    {"coroutine", mode_coroutine},
    {NULL, NULL},
};

int main(int argc, char **argv)
{
    return run_mode(modes, argc, argv);
}
