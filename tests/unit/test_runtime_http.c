/* SPDX-License-Identifier: Apache-2.0 */
/* Docker and podman as they answer, and as something answers that only sits on their socket. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "fake_runtime.h"
#include "source/http.h"
#include "source/runtimes.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

#define CONTAINER                                                                                      \
    "{\"Id\":\"" ID "\",\"Created\":\"2026-11-29T20:12:33.174384256Z\",\"Name\":\"/shop-web\","        \
    "\"State\":{\"StartedAt\":\"2026-11-29T21:12:34+01:00\"},\"Image\":\"sha256:08a7\","               \
    "\"Config\":{\"Image\":\"shop:1.4\",\"Labels\":{\"a\":\"b\",\"io.kubernetes.pod.name\":\"web-0\"," \
    "\"io.kubernetes.docker.type\":\"podsandbox\",\"n\":7}}}"

/* What is answered to a path that begins so; the last row to all others. */
struct page {
    const char *path, *answer;
    size_t len; /* 0: of the text */
    enum { END, HANG, FLOOD } then;
};

static void flood(int fd)
{
    static char much[64 * 1024];
    memset(much, 'x', sizeof(much));
    for (int i = 0; i < 1600; i++) /* 100 MB */
        fake_send(fd, much, sizeof(much));
}

static void serve(int fd, void *ctx)
{
    const struct page *page = ctx;
    char request[1024] = {0};
    size_t n = 0;
    while (n < sizeof(request) - 1 && !strstr(request, "\r\n\r\n")) {
        ssize_t got = read(fd, request + n, sizeof(request) - 1 - n);
        if (got <= 0)
            return;
        n += (size_t)got;
    }
    while (page->path && strncmp(request + 4, page->path, strlen(page->path)))
        page++;
    fake_send(fd, page->answer, page->len ? page->len : strlen(page->answer));
    if (page->then == HANG)
        fake_hang(fd);
    if (page->then == FLOOD)
        flood(fd);
}

static uint64_t soon(void)
{
    return clock_monotonic() + 200000000;
}

static void answers(void **state)
{
    static const struct {
        struct page page;
        int expected;
        const char *body;
    } rows[] = {
        {{NULL, OK "Content-Length: 2\r\n\r\n{}", 0, HANG}, 200, "{}"},
        {{NULL, OK "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", 0, HANG},
         200,
         "{}"},
        {{NULL, "HTTP/1.0 200 OK\r\n\r\n{}", 0, END}, 200, "{}"},
        {{NULL, "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\n{}", 0, HANG},
         200,
         "{}"},
        {{NULL, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0, HANG}, 404, ""},
        {{NULL, "HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", 0, HANG}, 500, "no"},
        {{NULL, "", 0, END}, -ECONNRESET, NULL},
        {{NULL, "", 0, HANG}, -ETIMEDOUT, NULL},
        {{NULL, OK, 0, HANG}, -ETIMEDOUT, NULL},
        {{NULL, OK "Content-Length: 9\r\n\r\n{}", 0, END}, -ECONNRESET, NULL},
        {{NULL, OK "Content-Length: 9\r\n\r\n{}", 0, HANG}, -ETIMEDOUT, NULL},
        {{NULL, "\0\377garbage\r\n\r\n", 14, HANG}, -EPROTO, NULL},
        {{NULL, OK "Content-Length: 18446744073709551616\r\n\r\n", 0, HANG}, -EPROTO, NULL},
        {{NULL, OK "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 0, HANG}, -EPROTO, NULL},
        {{NULL, OK "Content-Length: 104857600\r\n\r\n", 0, FLOOD}, -EMSGSIZE, NULL},
        {{NULL, OK "X: ", 0, FLOOD}, -EPROTO, NULL},
        {{NULL, OK "\r\n", 0, FLOOD}, -EMSGSIZE, NULL},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fake_server s;
        struct strbuf body = STRBUF_INIT(RUNTIME_ANSWER_MAX);
        fake_start(&s, serve, (void *)&rows[i].page);
        bool hangs = rows[i].expected == -ETIMEDOUT;
        int rc = http_get(s.path, "/x", &body, hangs ? soon() : later());
        if (rc != rows[i].expected)
            fail_msg("row %u: %d in place of %d", i, rc, rows[i].expected);
        if (rows[i].body)
            assert_string_equal(strbuf_cstr(&body), rows[i].body);
        strbuf_free(&body);
        fake_end(&s);
    }
}

static void begin(struct run *r, const struct page *pages)
{
    run_begin(r, serve, (void *)(uintptr_t)pages);
}

static void docker(void **state)
{
    static const struct page pages[] = {
        {"/containers/" ID "/json ", OK "\r\n" CONTAINER, 0, END},
        {"/images/sha256:08a7/json ", OK "\r\n{\"RepoDigests\":[\"shop@sha256:ffa6\"]}", 0, END},
        {NULL, "HTTP/1.1 400 No\r\n\r\n", 0, END},
    };
    static const char labels[] =
        "a=b\0io.kubernetes.pod.name=web-0\0io.kubernetes.docker.type=podsandbox";
    struct run r;
    (void)state;
    begin(&r, pages);
    assert_int_equal(runtime_docker_ask(&r.client, ID, &r.facts, later()), 0);
    assert_int_equal(r.facts.runtime, RUNTIME_docker);
    assert_fact(&r.facts, FACT_container_name, "shop-web");
    assert_fact(&r.facts, FACT_container_image, "shop:1.4");
    assert_fact(&r.facts, FACT_container_image_digest, "sha256:ffa6");
    assert_fact(&r.facts, FACT_pod_name, "web-0");
    assert_int_equal(r.facts.fact[FACT_pod_uid].why, ABI_WHY_ABSENT);
    assert_int_equal(r.facts.fact[FACT_container_labels].len, sizeof(labels));
    assert_memory_equal(facts_text(&r.facts, FACT_container_labels), labels, sizeof(labels));
    assert_true(r.facts.sandbox);
    assert_int_equal(r.facts.created, 1795983153174384256);
    assert_int_equal(r.facts.started, 1795983154000000000);
    run_end(&r);
}

/* As cri-dockerd leaves it: the pod's container says what the pod is called by. */
static void kubernetes_on_docker(void **state)
{
    static const struct page pages[] = {
        {"/containers/" ID "/json ",
         OK
         "\r\n{\"Id\":\"" ID
         "\",\"Name\":\"/k8s_web_web-0_prod_u-1_0\",\"Config\":{\"Image\":\"shop:1\","
         "\"Labels\":{\"io.kubernetes.container.name\":\"web\",\"io.kubernetes.pod.name\":\"web-0\","
         "\"io.kubernetes.pod.namespace\":\"prod\",\"io.kubernetes.pod.uid\":\"u-1\","
         "\"io.kubernetes.docker.type\":\"container\",\"io.kubernetes.sandbox.id\":\"" POD "\"}}}",
         0, END},
        {"/containers/" POD "/json ",
         OK "\r\n{\"Id\":\"" POD "\",\"Config\":{\"Labels\":{\"app\":\"shop\","
            "\"annotation.seen\":\"now\",\"io.kubernetes.docker.type\":\"podsandbox\","
            "\"io.kubernetes.pod.name\":\"web-0\"}}}",
         0, END},
        {NULL, "HTTP/1.1 404 No\r\n\r\n", 0, END},
    };
    static const char labels[] = "app=shop\0io.kubernetes.pod.name=web-0";
    struct run r;
    (void)state;
    begin(&r, pages);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(runtime_docker_ask(&r.client, i ? POD : ID, &r.facts, later()), 0);
        assert_int_equal(r.facts.sandbox, i);
        assert_int_equal(r.facts.fact[FACT_pod_labels].len, sizeof(labels));
        assert_memory_equal(facts_text(&r.facts, FACT_pod_labels), labels, sizeof(labels));
        assert_fact(&r.facts, FACT_pod_name, "web-0");
        if (i)
            continue;
        assert_fact(&r.facts, FACT_container_name, "web");
        assert_fact(&r.facts, FACT_pod_namespace, "prod");
        assert_fact(&r.facts, FACT_pod_uid, "u-1");
    }
    run_end(&r);
}

static void podman(void **state)
{
    static const struct page pages[] = {
        {"/v4.0.0/libpod/containers/" ID "/json ",
         OK "\r\n{\"Id\":\"" ID "\",\"Name\":\"web\",\"ImageName\":\"localhost/shop:1\","
            "\"ImageDigest\":\"sha256:f666\",\"Image\":\"a9a6\",\"IsInfra\":true,\"Pod\":\"" POD
            "\","
            "\"Created\":\"yesterday\",\"Config\":{\"Labels\":null}}",
         0, END},
        {"/v4.0.0/libpod/pods/" POD "/json ",
         OK "\r\n{\"Name\":\"pod1\",\"Id\":\"" POD "\",\"Labels\":{\"tier\":\"front\"}}", 0, END},
        {NULL, "HTTP/1.1 400 No\r\n\r\n", 0, END},
    };
    struct run r;
    (void)state;
    begin(&r, pages);
    assert_int_equal(runtime_podman_ask(&r.client, ID, &r.facts, later()), 0);
    assert_fact(&r.facts, FACT_container_name, "web");
    assert_fact(&r.facts, FACT_container_image, "localhost/shop:1");
    assert_fact(&r.facts, FACT_container_image_digest, "sha256:f666");
    assert_fact(&r.facts, FACT_pod_name, "pod1");
    assert_fact(&r.facts, FACT_pod_uid, POD);
    assert_memory_equal(facts_text(&r.facts, FACT_pod_labels), "tier=front", 11);
    assert_true(r.facts.sandbox);
    assert_int_equal(r.facts.created, 0);
    assert_int_equal(r.facts.fact[FACT_container_labels].why, ABI_WHY_ABSENT);
    run_end(&r);
}

/* What a runtime may say that is not to be believed. */
static void lies(void **state)
{
    static const struct {
        const char *answer;
        int expected;
    } rows[] = {
        {"{\"Id\":\"" POD "\",\"Name\":\"other\"}", -EBADMSG},
        {"{\"Id\":\"01234\"}", -EBADMSG},
        {"{\"Id\":7}", -EBADMSG},
        {"{}", -EBADMSG},
        {"[]", -EBADMSG},
        {"", -EBADMSG},
        {"{\"Id\":\"" ID "\"", -EBADMSG},
        {"{\"Id\":\"" ID "\"} {}", -EBADMSG},
        {"{\"Id\":\"" ID "\",\"Name\":\"\377\376\"}", -EBADMSG}, /* no UTF-8 */
        {"{\"Id\":\"" ID "\",\"Name\":\"a\\u0000b\"}", -EBADMSG},
        {"{\"Id\":\"" ID "\",\"Name\":[],\"Config\":3,\"State\":\"x\",\"Image\":{},\"Created\":1}",
         0},
        {"{\"Id\":\"" ID "\",\"Image\":\"../../secret HTTP/1.1\"}", 0}, /* is not asked for */
    };
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct facts f = {0};
        struct docker_refs refs = {0};
        int rc = runtime_docker_container(rows[i].answer, strlen(rows[i].answer), ID, &f, &refs);
        if (rc != rows[i].expected)
            fail_msg("%s: %d", rows[i].answer, rc);
        assert_string_equal(refs.image, "");
        facts_free(&f);
    }
}

/* Brackets are short and their tree is large: it ends at its limit. */
static void a_large_tree(void **state)
{
    struct facts f = {0};
    struct docker_refs refs = {0};
    struct strbuf text = STRBUF_INIT(RUNTIME_ANSWER_MAX);
    (void)state;
    strbuf_putc(&text, '[');
    while (text.len < RUNTIME_ANSWER_MAX - 8)
        strbuf_puts(&text, "[],");
    strbuf_puts(&text, "1]");
    assert_int_equal(runtime_docker_container(text.data, text.len, ID, &f, &refs), -EMSGSIZE);
    strbuf_free(&text);
    facts_free(&f);
}

static void huge_labels(void **state)
{
    struct facts f = {0};
    struct docker_refs refs = {0};
    struct strbuf text = STRBUF_INIT(RUNTIME_ANSWER_MAX);
    (void)state;
    strbuf_puts(&text, "{\"Id\":\"" ID "\",\"Name\":\"");
    for (int i = 0; i < 5000; i++)
        strbuf_putc(&text, 'n');
    strbuf_puts(&text, "\",\"Config\":{\"Labels\":{");
    for (int i = 0; i < 2000; i++)
        strbuf_printf(&text, "\"key%d\":\"value%d\",", i, i);
    strbuf_puts(&text, "\"\":\"\"}}}");
    assert_int_equal(runtime_docker_container(text.data, text.len, ID, &f, &refs), 0);
    assert_int_equal(f.fact[FACT_container_name].why, ABI_WHY_LIMIT);
    assert_int_equal(f.fact[FACT_container_name].len, 0);
    assert_int_equal(f.fact[FACT_container_labels].why, ABI_WHY_LIMIT);
    assert_in_range(f.fact[FACT_container_labels].len, 1, FACT_LABELS_BYTES);
    assert_true(f.text.len <= FACTS_BYTES);
    strbuf_free(&text);
    facts_free(&f);
}

/* Of all runtimes: who is asked, what is said of none, and that the dead are left alone. */
static void all_of_them(void **state)
{
    static const struct page found[] = {{"/containers/", OK "\r\n" CONTAINER, 0, END},
                                        {NULL, "HTTP/1.1 404 No\r\n\r\n", 0, END}};
    static const struct page broken[] = {{NULL, "HTTP/1.1 500 Oh\r\n\r\n", 0, END}};
    struct fake_server docker_server, podman_server;
    struct runtime_sockets sockets = {0};
    struct runtimes *r;
    struct facts f = {0};
    struct runtime_counts counts;
    struct error err = {0};
    char argument[2][96];
    (void)state;
    fake_start(&docker_server, serve, (void *)found);
    fake_start(&podman_server, serve, (void *)broken);
    snprintf(argument[0], sizeof(argument[0]), "podman=%s", podman_server.path);
    snprintf(argument[1], sizeof(argument[1]), "docker=%s", docker_server.path);
    for (int i = 0; i < 2; i++)
        assert_int_equal(runtime_sockets_add(&sockets, argument[i], &err), 0);
    assert_int_equal(runtime_sockets_add(&sockets, "containerd=/nowhere", &err), 0);
    assert_int_equal(runtime_sockets_add(&sockets, "crio=/nowhere", &err), 0);
    assert_int_equal(runtimes_new(&r, &sockets), 0);

    struct runtime_question q = {.runtime = RUNTIME_unknown, .id = ID, .patience_ns = 20000000000};
    assert_int_equal(runtimes_ask(r, &q, &f), ABI_WHY_NONE);
    assert_int_equal(f.runtime, RUNTIME_docker);
    assert_fact(&f, FACT_container_name, "shop-web");
    q.runtime = RUNTIME_podman;
    assert_int_equal(runtimes_ask(r, &q, &f), ABI_WHY_BROKEN);
    assert_int_equal(f.fact[FACT_container_name].why, ABI_WHY_BROKEN);
    runtimes_counts(r, 0, &counts);
    assert_int_equal(counts.asked, 1); /* and the second time it was left alone */
    assert_int_equal(counts.spared, 1);
    assert_int_equal(counts.broken, 1);
    q.runtime = RUNTIME_crio;
    assert_int_equal(runtimes_ask(r, &q, &f), ABI_WHY_NO_RUNTIME);
    q.runtime = RUNTIME_docker;
    q.id = POD;
    assert_int_equal(runtimes_ask(r, &q, &f), ABI_WHY_BROKEN); /* it tells of another one */
    runtimes_free(r);
    facts_free(&f);
    fake_end(&docker_server);
    fake_end(&podman_server);
}

static void not_ours_to_read(void **state)
{
    static const struct page pages[] = {{NULL, OK "\r\n{}", 0, END}};
    struct fake_server s;
    struct strbuf body = STRBUF_INIT(64);
    (void)state;
    if (geteuid())
        skip();
    fake_start(&s, serve, (void *)pages);
    assert_int_equal(chmod(s.path, 0600), 0);
    assert_int_equal(seteuid(65534), 0);
    int rc = http_get(s.path, "/x", &body, later());
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(rc, -EACCES);
    strbuf_free(&body);
    fake_end(&s);
}

static void options(void **state)
{
    static const char *const wrong[] = {"",         "docker",     "docker=",  "docker=sock",
                                        "lxc=/run", "moby=/sock", "=/x/sock", "unknown=/x"};
    struct runtime_sockets s = {0};
    struct error err = {0};
    (void)state;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        assert_int_equal(runtime_sockets_add(&s, wrong[i], &err), -EINVAL);
    for (unsigned i = 0; i < RUNTIME_SOCKETS_MAX; i++)
        assert_int_equal(runtime_sockets_add(&s, "docker=/x", &err), 0);
    assert_int_equal(runtime_sockets_add(&s, "docker=/x", &err), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(docker),
        cmocka_unit_test(kubernetes_on_docker),
        cmocka_unit_test(podman),
        cmocka_unit_test(lies),
        cmocka_unit_test(a_large_tree),
        cmocka_unit_test(huge_labels),
        cmocka_unit_test(all_of_them),
        cmocka_unit_test(not_ours_to_read),
        cmocka_unit_test(options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
