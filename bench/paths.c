/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nanoseconds that a file's path costs in the kernel, by the path's depth and kind:
 *   paths [FILE]...   without files: a set of its own in the folder of temporary files
 * Nothing is attached: the programs run for this program alone.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"

#include "paths.skel.h"

#define ROUNDS 20000
#define TIMES  15

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nanoseconds a round: the median of TIMES runs. */
static double run(struct paths_bpf *s, struct bpf_program *p)
{
    LIBBPF_OPTS(bpf_test_run_opts, options);
    double ns[TIMES];
    for (unsigned i = 0; i < TIMES; i++) {
        if (bpf_prog_test_run_opts(bpf_program__fd(p), &options))
            return -1;
        ns[i] = (double)s->bss->took_ns / ROUNDS;
    }
    qsort(ns, TIMES, sizeof(*ns), compare);
    return ns[TIMES / 2];
}

static int show(struct paths_bpf *s, const char *file)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "paths: %s: %s\n", file, strerror(errno));
        return 1;
    }
    s->bss->descriptor = fd;
    s->bss->rounds = ROUNDS;
    double empty = run(s, s->progs.empty), path = run(s, s->progs.path);
    printf("%7.1f ns  %4u bytes  %.60s\n", path - empty, s->bss->path_length, s->bss->path_text);
    printf("%7.1f ns  %4u bytes  %.60s, its mount unknown\n", run(s, s->progs.dentry) - empty,
           s->bss->path_length, s->bss->path_text);
    close(fd);
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const files[] = {"/", "/etc/passwd", "/proc/self/status", "/dev/null",
                                        "/usr/lib/x86_64-linux-gnu/libc.so.6"};
    struct paths_bpf *s = paths_bpf__open();
    int rc = 0;
    if (s && !bpf_map__set_max_entries(s->maps.scratches, 1024) && !paths_bpf__load(s)) {
        for (int i = 1; i < argc; i++)
            rc |= show(s, argv[i]);
        for (size_t i = 0; argc < 2 && i < sizeof(files) / sizeof(*files); i++)
            rc |= show(s, files[i]);
    } else {
        fprintf(stderr, "paths: can't load: %s\n", strerror(errno));
        rc = 1;
    }
    paths_bpf__destroy(s);
    return rc;
}
