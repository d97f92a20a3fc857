/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What hooks inside of the kernel add to a call, beside an empty program on the same hook:
 *   hooks RATEL   for a machine that lets programs attach there, such as those of tests/vm
 * Every figure is the median of PAIRS pairs of the call with and without, in nanoseconds.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hooks.skel.h"

#define PAIRS  5
#define ROUNDS 20000

static const char file[] = "/etc/passwd";
static int null_fd;

static void do_open(void)
{
    close(open(file, O_RDONLY | O_CLOEXEC));
}

static void do_write(void)
{
    if (write(null_fd, "x", 1) != 1)
        exit(1);
}

struct row {
    const char *what;
    void (*call)(void);
    const char *kind, *event;
    const char *empty[2]; /* programs that are attached for the figure of an empty one */
    bool wanted;          /* the call is in ratel's scope */
};

static const struct row rows[] = {
    {"open and close, captured with path",
     do_open,
     "lsm",
     "security_file_open",
     {"open_lsm"},
     true},
    {"", do_open, "fentry", "security_file_open", {"open_fentry"}, true},
    {"", do_open, "kprobe", "security_file_open", {"open_kprobe"}, true},
    {"open and close, of no one's scope",
     do_open,
     "lsm",
     "security_file_open",
     {"open_lsm"},
     false},
    {"write, of no one's scope", do_write, "fexit", "vfs_write", {"write_fexit"}, false},
    {"", do_write, "kretprobe", "vfs_write", {"write_kprobe", "write_kretprobe"}, false},
    {"write not at the beginning", do_write, "fexit", "magic_write", {"write_fexit"}, true},
};

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double take(void (*call)(void))
{
    double start = now_ns();
    for (int i = 0; i < ROUNDS; i++)
        call();
    return (now_ns() - start) / ROUNDS;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void attach_empty(struct hooks_bpf *s, const struct row *r, struct bpf_link **links)
{
    for (int i = 0; i < 2; i++) {
        struct bpf_program *p =
            r->empty[i] ? bpf_object__find_program_by_name(s->obj, r->empty[i]) : NULL;
        links[i] = p ? bpf_program__attach(p) : NULL;
    }
}

/* The load as a process of its own, of ratel's where there is one: it begins when hooks are there.
 */
static void become(const char *self, const char *ratel, const struct row *r)
{
    char hook[96];
    const char *load = r->call == do_open ? "open" : "write";
    snprintf(hook, sizeof(hook), "%s=%s", r->event, r->kind);
    if (!ratel)
        execl(self, self, "load", load, NULL);
    else
        execl(ratel, ratel, "trace", "-e", r->event, "--hook", hook, "-o", "json:/dev/null",
              "--ring-size", "64M", "--queue-size", "256M", "--scope",
              r->wanted ? "uid=0" : "pid=1", "--", self, "load", load, NULL);
    _exit(127);
}

static double run(const char *self, const char *ratel, const struct row *r)
{
    char line[64] = "";
    int out[2], status = 1;
    ssize_t n;
    if (pipe(out))
        exit(1);
    pid_t pid = fork();
    if (!pid) {
        dup2(out[1], 1);
        become(self, ratel, r);
    }
    close(out[1]);
    n = read(out[0], line, sizeof(line) - 1);
    close(out[0]);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || status || n <= 0) {
        fprintf(stderr, "%s by %s: failed\n", r->event, r->kind);
        exit(1);
    }
    return strtod(line, NULL);
}

static double median(double *ns)
{
    qsort(ns, PAIRS, sizeof(*ns), compare);
    return ns[PAIRS / 2];
}

static void measure(struct hooks_bpf *s, const char *self, const char *ratel, const struct row *r)
{
    double base[PAIRS], empty[PAIRS], ours[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        struct bpf_link *links[2];
        base[i] = run(self, NULL, r);
        attach_empty(s, r, links);
        empty[i] = run(self, NULL, r) - base[i];
        bpf_link__destroy(links[0]);
        bpf_link__destroy(links[1]);
        ours[i] = run(self, ratel, r) - base[i];
    }
    printf("%-36s %-10s %8.0f %+8.0f %+8.0f\n", r->what, r->kind, median(base), median(empty),
           median(ours));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char self[512] = "";
    null_fd = open("/dev/null", O_WRONLY);
    if (argc == 3 && !strcmp(argv[1], "load")) {
        take(strcmp(argv[2], "open") ? do_write : do_open); /* once to get warm */
        printf("%f\n", take(strcmp(argv[2], "open") ? do_write : do_open));
        return 0;
    }
    struct hooks_bpf *s = argc == 2 ? hooks_bpf__open_and_load() : NULL;
    if (!s || readlink("/proc/self/exe", self, sizeof(self) - 1) <= 0) {
        fprintf(stderr, "usage: hooks RATEL, as root, where hooks can be attached\n");
        return 1;
    }
    printf("%-36s %-10s %8s %8s %8s\n", "what", "hook", "base", "+ empty", "+ ratel");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        measure(s, self, argv[1], &rows[i]);
    hooks_bpf__destroy(s);
    return 0;
}
