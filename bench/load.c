/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generates system calls at a known number and rate, to measure what a tracer costs and loses.
 * It is pinned to one CPU: 0, or LOAD_CPU. Two ways to use it:
 *   load MODE N [REPEAT]  runs MODE for N operations and prints a line, REPEAT times
 *   load -s               serves: reads "MODE N [RATE]" lines, prints a line for each; so that one
 *                         process, with one pid, is measured with and without a tracer
 * A line: RES mode operations wall_ns_per_op cpu_ns_per_op system_calls elapsed_s
 * cpu: user and system time of this process and of its children that it waited for.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_EVERY  64  /* operations of mode mixed between two connections */
#define FORKEXEC_EVERY 512 /* and between two programs */

static char path[64];
static int pipe_fd[2], listener, file_fd;
static struct sockaddr_in address;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double timeval_ns(struct timeval t)
{
    return (double)t.tv_sec * 1e9 + (double)t.tv_usec * 1e3;
}

static double cpu_ns(void)
{
    struct rusage self, children;
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    return timeval_ns(self.ru_utime) + timeval_ns(self.ru_stime) + timeval_ns(children.ru_utime) +
           timeval_ns(children.ru_stime);
}

static void op_getppid(long i)
{
    (void)i;
    syscall(SYS_getppid);
}

static void op_openclose(long i)
{
    (void)i;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        die("open");
    close(fd);
}

static void op_pipe(long i)
{
    char c = 'x';
    (void)i;
    if (write(pipe_fd[1], &c, 1) != 1)
        die("write");
    if (read(pipe_fd[0], &c, 1) != 1)
        die("read");
}

static void wait_child(pid_t pid)
{
    int status;
    if (pid < 0)
        die("fork");
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
        die("child");
}

static void op_fork(long i)
{
    (void)i;
    pid_t pid = fork();
    if (!pid)
        _exit(0);
    wait_child(pid);
}

static void op_forkexec(long i)
{
    static char name[] = "true", env[] = "PATH=/bin";
    static char *const argv[] = {name, NULL}, *const envp[] = {env, NULL};
    (void)i;
    pid_t pid = fork();
    if (!pid) {
        execve("/bin/true", argv, envp);
        _exit(127);
    }
    wait_child(pid);
}

/* Closing with linger 0 resets the connection: no port is left waiting. */
static void op_connect(long i)
{
    struct linger linger = {.l_onoff = 1};
    (void)i;
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0)
        die("socket");
    setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    if (connect(client, (struct sockaddr *)&address, sizeof(address)))
        die("connect");
    int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (server < 0)
        die("accept4");
    close(client);
    close(server);
}

static void op_mixed(long i)
{
    char text[64];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        die("open");
    fstat(fd, &st);
    if (read(fd, text, sizeof(text)) < 0)
        die("read");
    close(fd);
    op_pipe(i);
    op_getppid(i);
    lseek(file_fd, 0, SEEK_SET);
    if (i % CONNECT_EVERY == CONNECT_EVERY - 1)
        op_connect(i);
    if (i % FORKEXEC_EVERY == FORKEXEC_EVERY - 1)
        op_forkexec(i);
}

static const struct mode {
    const char *name;
    void (*op)(long i);
    double calls; /* system calls of an operation, children's included, about */
} modes[] = {
    {"getppid", op_getppid, 1}, {"openclose", op_openclose, 2}, {"pipe", op_pipe, 2},
    {"fork", op_fork, 3},       {"forkexec", op_forkexec, 25},  {"connect", op_connect, 7},
    {"mixed", op_mixed, 8.16},
};

static const struct mode *mode_find(const char *name)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
        if (!strcmp(modes[i].name, name))
            return &modes[i];
    return NULL;
}

/* Paced, it spins in between: sleeping is too coarse, and lets the CPU's caches go cold. */
static void repeat(const struct mode *mode, long n, double rate)
{
    double start = now_ns(), gap = rate > 0 ? 1e9 / rate : 0;
    for (long i = 0; i < n; i++) {
        while (gap > 0 && now_ns() < start + (double)i * gap)
            ;
        mode->op(i);
    }
}

static int run(const char *name, long n, double rate)
{
    const struct mode *mode = mode_find(name);
    if (!mode || n <= 0) {
        printf("ERR no such mode, or nothing to do\n");
        fflush(stdout);
        return 1;
    }
    double cpu = cpu_ns(), start = now_ns();
    repeat(mode, n, rate);
    double wall = now_ns() - start;
    cpu = cpu_ns() - cpu;
    printf("RES %s %ld %.2f %.2f %.0f %.4f\n", name, n, wall / (double)n, cpu / (double)n,
           (double)n * mode->calls, wall / 1e9);
    fflush(stdout);
    return 0;
}

/* A pinned load is what makes its pairs comparable: without the pin there is no measurement. */
static void pin(void)
{
    const char *cpu = getenv("LOAD_CPU");
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu ? strtoul(cpu, NULL, 10) : 0, &set);
    if (sched_setaffinity(0, sizeof(set), &set))
        die("sched_setaffinity");
}

static void prepare(void)
{
    socklen_t len = sizeof(address);
    const char text[32] = "0123456789abcdef0123456789abcde";
    if (pipe2(pipe_fd, O_CLOEXEC))
        die("pipe2");
    snprintf(path, sizeof(path), "/tmp/ratel-load.%d", getpid());
    file_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file_fd < 0 || write(file_fd, text, sizeof(text)) != sizeof(text))
        die(path);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, len) || listen(listener, 16) ||
        getsockname(listener, (struct sockaddr *)&address, &len))
        die("listen");
}

static void serve(void)
{
    char line[128], name[32];
    long n;
    printf("READY %d\n", getpid());
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        double rate = 0;
        if (sscanf(line, "%31s %ld %lf", name, &n, &rate) < 2)
            break;
        run(name, n, rate);
    }
}

int main(int argc, char **argv)
{
    int rc = 0;
    if (!(argc == 2 && !strcmp(argv[1], "-s")) && argc != 3 && argc != 4) {
        fprintf(stderr, "usage: load MODE N [REPEAT] | load -s\n");
        return 2;
    }
    pin();
    prepare();
    if (argc == 2)
        serve();
    long repeats = argc == 4 ? strtol(argv[3], NULL, 10) : argc == 3;
    while (repeats-- > 0 && !rc)
        rc = run(argv[1], strtol(argv[2], NULL, 10), 0);
    unlink(path);
    return rc;
}
