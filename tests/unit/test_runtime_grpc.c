/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC, CRI and containerd's services: as a runtime answers, and as one that is none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake_grpc.h"
#include "fake_runtime.h"

static void begin(struct run *r, void (*how)(int fd, void *ctx), void *ctx)
{
    run_begin(r, how, ctx);
    assert_int_equal(grpc_new(&r->client.grpc, r->server.path), 0);
}

/* The answers about a container of a pod. */
static void cri_pages(struct answer *pages)
{
    struct message part = {0}, whole = {0};
    put_text(&part, 1, ID);
    put_text(&part, 2, POD);
    put(&pages[0].message, 1, part.data, part.len);
    pages[0].method = "/ListContainers";

    struct message name = {0}, image = {0};
    put_text(&name, 1, "web");
    put_text(&whole, 1, ID);
    put(&whole, 2, name.data, name.len);
    put_number(&whole, 4, 1795983153174384256);
    put_number(&whole, 5, 1795983154000000000);
    put_text(&image, 1, "shop:1.4");
    put(&whole, 8, image.data, image.len);
    put_text(&whole, 9, "docker.io/shop@sha256:ffa6");
    put_entry(&whole, 12, "a", "b");
    put_entry(&whole, 12, "io.kubernetes.pod.uid", "uid-of-label");
    put(&pages[1].message, 1, whole.data, whole.len);
    pages[1].method = "/ContainerStatus";

    struct message pod = {0};
    name = (struct message){0};
    put_text(&name, 1, "web-7d9");
    put_text(&name, 2, "uid");
    put_text(&name, 3, "shop");
    put_text(&pod, 1, POD);
    put(&pod, 2, name.data, name.len);
    put_number(&pod, 4, 1795983150000000000);
    put_entry(&pod, 5, "tier", "front");
    put(&pages[2].message, 1, pod.data, pod.len);
    pages[2].method = "/ListPodSandbox";
}

static void cri(void **state)
{
    struct answer pages[4] = {{0}};
    struct run r;
    (void)state;
    cri_pages(pages);
    begin(&r, fake_grpc, pages);
    for (int i = 0; i < 3; i++) { /* over one connection */
        assert_int_equal(runtime_cri_ask(&r.client, ID, &r.facts, later()), 0);
        assert_int_equal(r.facts.runtime, RUNTIME_crio);
        assert_fact(&r.facts, FACT_container_name, "web");
        assert_fact(&r.facts, FACT_container_image, "shop:1.4");
        assert_fact(&r.facts, FACT_container_image_digest, "sha256:ffa6");
        assert_fact(&r.facts, FACT_pod_name, "web-7d9");
        assert_fact(&r.facts, FACT_pod_namespace, "shop");
        assert_fact(&r.facts, FACT_pod_uid, "uid");
        assert_memory_equal(facts_text(&r.facts, FACT_container_labels), "a=b", 4);
        assert_memory_equal(facts_text(&r.facts, FACT_pod_labels), "tier=front", 11);
        assert_false(r.facts.sandbox);
        assert_int_equal(r.facts.created, 1795983153174384256);
        assert_int_equal(r.facts.started, 1795983154000000000);
    }
    assert_int_equal(r.server.served, 0);
    run_end(&r);
}

/* The pod's own container is no container to CRI. */
static void a_sandbox(void **state)
{
    struct answer pages[4] = {{0}};
    struct run r;
    (void)state;
    cri_pages(pages);
    pages[0].message.len = 0;
    begin(&r, fake_grpc, pages);
    assert_int_equal(runtime_cri_ask(&r.client, POD, &r.facts, later()), 0);
    assert_true(r.facts.sandbox);
    assert_fact(&r.facts, FACT_pod_name, "web-7d9");
    assert_int_equal(r.facts.created, 1795983150000000000);
    assert_int_equal(r.facts.fact[FACT_container_name].why, ABI_WHY_ABSENT);
    assert_int_equal(runtime_cri_ask(&r.client, ID, &r.facts, later()), -EBADMSG); /* another's */
    pages[2].message.len = 0;
    assert_int_equal(runtime_cri_ask(&r.client, ID, &r.facts, later()), -ESRCH);
    run_end(&r);
}

static void containerd(void **state)
{
    struct answer pages[6] = {{0}};
    struct message part = {0}, time = {0}, target = {0};
    struct run r;
    (void)state;
    pages[0] = (struct answer){.method = "/ListContainers", .status = 12}; /* no CRI */
    pages[1].method = "Namespaces/List";
    put_text(&part, 1, "default");
    put(&pages[1].message, 1, part.data, part.len);
    pages[2].method = "Containers/Get";
    part = (struct message){0};
    put_text(&part, 1, "shop");
    put_entry(&part, 2, "a", "b");
    put_text(&part, 3, "docker.io/shop:1");
    put_number(&time, 1, 1795983153);
    put_number(&time, 2, 5);
    put(&part, 8, time.data, time.len);
    put(&pages[2].message, 1, part.data, part.len);
    pages[3].method = "Images/Get";
    put_text(&target, 2, "sha256:ffa6");
    part = (struct message){0};
    put(&part, 3, target.data, target.len);
    put(&pages[3].message, 1, part.data, part.len);
    begin(&r, fake_grpc, pages);
    assert_int_equal(runtime_containerd_ask(&r.client, "shop", &r.facts, later()), 0);
    assert_int_equal(r.facts.runtime, RUNTIME_containerd);
    assert_fact(&r.facts, FACT_container_name, "shop");
    assert_fact(&r.facts, FACT_container_image, "docker.io/shop:1");
    assert_fact(&r.facts, FACT_container_image_digest, "sha256:ffa6");
    assert_int_equal(r.facts.created, 1795983153000000005);
    pages[2].status = 5;
    assert_int_equal(runtime_containerd_ask(&r.client, "shop", &r.facts, later()), -ESRCH);
    run_end(&r);
}

static void statuses(void **state)
{
    static const struct {
        struct answer page;
        int expected;
    } rows[] = {
        {{.status = 0}, 0},
        {{.status = 5}, -ESRCH},
        {{.status = 7}, -EACCES},
        {{.status = 12}, -ENOSYS},
        {{.status = 13}, -EREMOTEIO},
        {{.status = 9999}, -EPROTO},
        {{.status = -1}, -EPROTO},
        {{.status = 0, .lie = 1}, -EPROTO},
        {{.status = 0, .lie = 70000}, -EPROTO},
        {{.status = 0, .http = "500"}, -EPROTO},
    };
    const struct grpc_header none = {NULL, NULL};
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct run r;
        begin(&r, fake_grpc, (void *)&rows[i].page);
        int rc = grpc_call(r.client.grpc, "/a/b", none, "x", 1, &r.client.answer, later());
        if (rc != rows[i].expected)
            fail_msg("row %u: %d", i, rc);
        run_end(&r);
    }
}

/* Servers that do not speak HTTP/2, or stop in the middle. */
static void say_nothing(int fd, void *ctx)
{
    (void)ctx;
    fake_hang(fd);
}

static void say_garbage(int fd, void *ctx)
{
    char byte;
    (void)ctx;
    fake_send(fd, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
    while (read(fd, &byte, 1) > 0)
        ;
}

static void end_at_once(int fd, void *ctx)
{
    (void)fd, (void)ctx;
}

static const char settings[] = "\0\0\0\4\0\0\0\0\0";

static void end_after_settings(int fd, void *ctx)
{
    char byte[64];
    (void)ctx;
    fake_send(fd, settings, 9);
    while (read(fd, byte, sizeof(byte)) == sizeof(byte))
        ;
}

/* A hundred megabytes of frames for a stream that nobody opened, and of one that is open. */
static void flood(int fd, void *ctx)
{
    static char frame[9 + 16384] = "\0\x40\0\0\0\0\0\0\1";
    (void)ctx;
    fake_send(fd, settings, 9);
    fake_send(fd, "\0\0\1\1\4\0\0\0\1\x88", 10); /* :status 200 */
    for (int i = 0; i < 6400; i++)
        fake_send(fd, frame, sizeof(frame));
}

static void bad_servers(void **state)
{
    static const struct {
        void (*fake_grpc)(int fd, void *ctx);
        int expected, or ;
    } rows[] = {
        {say_nothing, -ETIMEDOUT, -ETIMEDOUT},
        {say_garbage, -EPROTO, -EPROTO},
        {end_at_once, -ECONNRESET, -ECONNRESET},
        {end_after_settings, -ECONNRESET, -ECONNRESET},
        {flood, -EMSGSIZE, -EPROTO},
    };
    const struct grpc_header none = {NULL, NULL};
    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct run r;
        begin(&r, rows[i].fake_grpc, NULL);
        uint64_t until = rows[i].expected == -ETIMEDOUT ? clock_monotonic() + 200000000 : later();
        int rc = grpc_call(r.client.grpc, "/a/b", none, "x", 1, &r.client.answer, until);
        if (rc != rows[i].expected && rc != rows[i].or)
            fail_msg("row %u: %d", i, rc);
        run_end(&r);
    }
}

/* The runtime was started again: the connection that was kept is not the end. */
static void serve_once(int fd, void *ctx)
{
    struct timeval soon = {.tv_usec = 300000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    fake_grpc(fd, ctx);
}

static void a_new_connection(void **state)
{
    static const struct answer page = {.status = 0};
    const struct grpc_header none = {NULL, NULL};
    struct run r;
    (void)state;
    begin(&r, serve_once, (void *)&page);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(grpc_call(r.client.grpc, "/a/b", none, "x", 1, &r.client.answer, later()),
                         0);
        while (r.server.served <= i)
            usleep(10000);
    }
    run_end(&r);
}

/* Bytes that are no message, and messages that say little with much. */
static void bad_messages(void **state)
{
    static char many[RUNTIME_ANSWER_MAX];
    struct facts f = {0};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof(many); i += 2)
        many[i] = 1 << 3 | 2; /* an empty item of a list, a hundred thousand times */
    facts_clear(&f, ABI_WHY_ABSENT);
    assert_int_equal(runtime_cri_pod(many, sizeof(many), ID, true, &f), -EBADMSG);
    assert_int_equal(runtime_cri_container("\xff\xff", 2, ID, &f), -EBADMSG);
    assert_int_equal(runtime_cri_container("\x0a\x7fx", 3, ID, &f), -EBADMSG);
    assert_int_equal(runtime_cri_container("", 0, ID, &f), -EBADMSG);
    assert_int_equal(runtime_containerd_container("\x0a\x00", 2, ID, &f), -EBADMSG);
    assert_int_equal(runtime_cri_pod("", 0, ID, true, &f), -ESRCH);
    facts_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cri),          cmocka_unit_test(a_sandbox),
        cmocka_unit_test(containerd),   cmocka_unit_test(statuses),
        cmocka_unit_test(bad_servers),  cmocka_unit_test(a_new_connection),
        cmocka_unit_test(bad_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
