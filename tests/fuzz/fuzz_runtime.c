/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What container runtimes answer, and cgroup paths: a letter, then the bytes. d docker's container,
 * i its image, p podman's pod, c CRI's container, s its pod, k containerd's container, g a cgroup's
 * path; H bytes of HTTP, G of gRPC, as a server sends them.
 */
#include <errno.h>
#include <sched.h>
#include <stdint.h>

#include "../unit/fake_server.h"
#include "base/clock.h"
#include "base/limits.h"
#include "source/http.h"
#include "source/runtime.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    const char *data;
    size_t size;
} input;

static void serve(int fd, void *ctx)
{
    (void)ctx;
    fake_send(fd, input.data, input.size);
    shutdown(fd, SHUT_WR);
}

static struct fake_server server;

static void remove_server(void)
{
    unlink(server.path);
    rmdir(server.folder);
}

static void start_server(void)
{
    static bool running;
    if (!running) {
        fake_start(&server, serve, NULL);
        atexit(remove_server);
    }
    running = true;
}

static void over_socket(char kind)
{
    const struct grpc_header none = {NULL, NULL};
    struct strbuf answer = STRBUF_INIT(RUNTIME_ANSWER_MAX);
    uint64_t until = clock_monotonic() + 1000000000;
    struct grpc *g = NULL;
    start_server();
    unsigned served = server.served;
    int rc = kind == 'H' ? http_get(server.path, "/", &answer, until) : grpc_new(&g, server.path);
    if (g && !rc)
        rc = grpc_call(g, "/a/b", none, "x", 1, &answer, until);
    if (rc == -ETIMEDOUT || answer.len > answer.limit)
        abort();
    grpc_free(g);
    while (server.served == served) /* it reads the input, too */
        sched_yield();
    strbuf_free(&answer);
}

static int read_answer(char kind, const char *s, size_t n, struct facts *f)
{
    struct docker_refs refs = {0};
    switch (kind) {
    case 'd':
        return runtime_docker_container(s, n, ID, f, &refs);
    case 'i':
        return runtime_docker_image(s, n, f);
    case 'b':
        return runtime_docker_sandbox(s, n, ID, f);
    case 'p':
        return runtime_podman_pod(s, n, f);
    case 'c':
        return runtime_cri_container(s, n, ID, f);
    case 's':
        return runtime_cri_pod(s, n, ID, true, f);
    case 'k':
        return runtime_containerd_container(s, n, ID, f);
    default:
        return -EINVAL;
    }
}

static void read_path(const char *s, size_t n)
{
    struct cgroup_identity is;
    if (cgroup_identify(s, n, &is) && !*is.id)
        abort();
    if (strlen(is.id) >= sizeof(is.id) || strlen(is.pod_uid) >= sizeof(is.pod_uid))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct facts f = {0};
    if (!size)
        return 0;
    input.data = (const char *)data + 1;
    input.size = size - 1;
    if (*data == 'H' || *data == 'G') {
        over_socket((char)*data);
        return 0;
    }
    if (*data == 'g')
        read_path(input.data, input.size);
    facts_clear(&f, ABI_WHY_ABSENT);
    read_answer((char)*data, input.data, input.size, &f);
    if (f.text.len > FACTS_BYTES)
        abort();
    for (unsigned i = 0; i < FACT_COUNT; i++)
        if (f.fact[i].len && f.fact[i].at + f.fact[i].len > f.text.len)
            abort();
    facts_free(&f);
    return 0;
}
