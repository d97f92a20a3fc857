/* SPDX-License-Identifier: Apache-2.0 */
/* gRPC, CRI and containerd's services: as a runtime answers, and as one that is none. */
#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "fake_server.h"
#include "source/runtime.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* Messages, written down as they travel: key, length, payload. */
#define KEY(n)       ((char)((n) << 3 | 2))
#define NUMBER(n)    ((char)((n) << 3))
#define TEXT_MAX_LEN 127

struct message {
    char data[2048];
    size_t len;
};

static void put(struct message *m, int field, const char *s, size_t n)
{
    m->data[m->len++] = KEY(field);
    if (n > TEXT_MAX_LEN)
        m->data[m->len++] = (char)((n & 0x7f) | 0x80);
    m->data[m->len++] = (char)(n > TEXT_MAX_LEN ? n >> 7 : n);
    memcpy(m->data + m->len, s, n);
    m->len += n;
}

static void put_text(struct message *m, int field, const char *s)
{
    put(m, field, s, strlen(s));
}

static void put_entry(struct message *m, int field, const char *key, const char *value)
{
    struct message entry = {0};
    put_text(&entry, 1, key);
    put_text(&entry, 2, value);
    put(m, field, entry.data, entry.len);
}

static void put_number(struct message *m, int field, uint64_t v)
{
    m->data[m->len++] = NUMBER(field);
    for (; v > 0x7f; v >>= 7)
        m->data[m->len++] = (char)((v & 0x7f) | 0x80);
    m->data[m->len++] = (char)v;
}

/* What is answered to a method that ends so. */
struct page {
    const char *method;
    struct message message;
    int status; /* of gRPC; -1: no such trailer */
    size_t lie; /* added to the length before the message */
    const char *http;
};

struct peer {
    const struct page *pages, *page;
    char method[128];
    char space[64];
    size_t sent;
};

static int peer_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name,
                       size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                       void *ctx)
{
    struct peer *p = ctx;
    (void)s, (void)frame, (void)flags;
    if (name_len == 5 && !memcmp(name, ":path", 5))
        snprintf(p->method, sizeof(p->method), "%.*s", (int)value_len, (const char *)value);
    if (name_len == 20 && !memcmp(name, "containerd-namespace", 20))
        snprintf(p->space, sizeof(p->space), "%.*s", (int)value_len, (const char *)value);
    return 0;
}

static ssize_t peer_body(nghttp2_session *s, int32_t stream, uint8_t *buffer, size_t n,
                         uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
    struct peer *p = ctx;
    char status[8];
    size_t len = p->page->message.len, told = len + p->page->lie;
    (void)source, (void)n;
    snprintf(status, sizeof(status), "%d", p->page->status);
    nghttp2_nv trailer = {(uint8_t *)"grpc-status", (uint8_t *)status, 11, strlen(status), 0};
    const uint8_t prefix[5] = {0, 0, (uint8_t)(told >> 16), (uint8_t)(told >> 8), (uint8_t)told};
    memcpy(buffer, prefix, 5);
    memcpy(buffer + 5, p->page->message.data, len);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (p->page->status < 0)
        return (ssize_t)len + 5;
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    nghttp2_submit_trailer(s, stream, &trailer, 1);
    return (ssize_t)len + 5;
}

static bool ends(const char *s, const char *with)
{
    size_t a = strlen(s), b = strlen(with);
    return a >= b && !strcmp(s + a - b, with);
}

static int peer_frame(nghttp2_session *s, const nghttp2_frame *frame, void *ctx)
{
    struct peer *p = ctx;
    nghttp2_data_provider body = {.read_callback = peer_body};
    if (frame->hd.type != NGHTTP2_DATA || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    for (p->page = p->pages; p->page->method && !ends(p->method, p->page->method);)
        p->page++;
    const char *http = p->page->http ? p->page->http : "200";
    nghttp2_nv status = {(uint8_t *)":status", (uint8_t *)(uintptr_t)http, 7, 3, 0};
    return nghttp2_submit_response(s, frame->hd.stream_id, &status, 1, &body);
}

static void serve(int fd, void *ctx)
{
    struct peer peer = {.pages = ctx};
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    uint8_t chunk[4096];
    const uint8_t *out;
    ssize_t n = 0;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, peer_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, peer_frame);
    nghttp2_session_server_new(&session, callbacks, &peer);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, 0, NULL, 0);
    do {
        nghttp2_session_mem_recv(session, chunk, (size_t)n);
        for (ssize_t m; (m = nghttp2_session_mem_send(session, &out)) > 0;)
            fake_send(fd, (const char *)out, (size_t)m);
        n = read(fd, chunk, sizeof(chunk));
    } while (n > 0);
    nghttp2_session_del(session);
}

static uint64_t later(void)
{
    return clock_monotonic() + 20000000000;
}

struct run {
    struct fake_server server;
    struct runtime_client client;
    struct facts facts;
};

static void begin(struct run *r, void (*how)(int fd, void *ctx), void *ctx)
{
    memset(r, 0, sizeof(*r));
    fake_start(&r->server, how, ctx);
    r->client.socket = r->server.path;
    r->client.answer.limit = RUNTIME_ANSWER_MAX;
    assert_int_equal(grpc_new(&r->client.grpc, r->server.path), 0);
    facts_clear(&r->facts, ABI_WHY_ABSENT);
}

static void end(struct run *r)
{
    grpc_free(r->client.grpc);
    fake_end(&r->server);
    strbuf_free(&r->client.answer);
    facts_free(&r->facts);
}

static void assert_fact(const struct facts *f, enum fact fact, const char *expected)
{
    if (f->fact[fact].len != strlen(expected) ||
        memcmp(facts_text(f, fact), expected, strlen(expected)))
        fail_msg("%s: '%.*s' in place of '%s'", fact_names[fact], (int)f->fact[fact].len,
                 facts_text(f, fact), expected);
}

/* The answers about a container of a pod. */
static void cri_pages(struct page *pages)
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
    struct page pages[4] = {{0}};
    struct run r;
    (void)state;
    cri_pages(pages);
    begin(&r, serve, pages);
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
    end(&r);
}

/* The pod's own container is no container to CRI. */
static void a_sandbox(void **state)
{
    struct page pages[4] = {{0}};
    struct run r;
    (void)state;
    cri_pages(pages);
    pages[0].message.len = 0;
    begin(&r, serve, pages);
    assert_int_equal(runtime_cri_ask(&r.client, POD, &r.facts, later()), 0);
    assert_true(r.facts.sandbox);
    assert_fact(&r.facts, FACT_pod_name, "web-7d9");
    assert_int_equal(r.facts.created, 1795983150000000000);
    assert_int_equal(r.facts.fact[FACT_container_name].why, ABI_WHY_ABSENT);
    assert_int_equal(runtime_cri_ask(&r.client, ID, &r.facts, later()), -EBADMSG); /* another's */
    pages[2].message.len = 0;
    assert_int_equal(runtime_cri_ask(&r.client, ID, &r.facts, later()), -ESRCH);
    end(&r);
}

static void containerd(void **state)
{
    struct page pages[6] = {{0}};
    struct message part = {0}, time = {0}, target = {0};
    struct run r;
    (void)state;
    pages[0] = (struct page){.method = "/ListContainers", .status = 12}; /* no CRI */
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
    begin(&r, serve, pages);
    assert_int_equal(runtime_containerd_ask(&r.client, "shop", &r.facts, later()), 0);
    assert_int_equal(r.facts.runtime, RUNTIME_containerd);
    assert_fact(&r.facts, FACT_container_name, "shop");
    assert_fact(&r.facts, FACT_container_image, "docker.io/shop:1");
    assert_fact(&r.facts, FACT_container_image_digest, "sha256:ffa6");
    assert_int_equal(r.facts.created, 1795983153000000005);
    pages[2].status = 5;
    assert_int_equal(runtime_containerd_ask(&r.client, "shop", &r.facts, later()), -ESRCH);
    end(&r);
}

static void statuses(void **state)
{
    static const struct {
        struct page page;
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
        begin(&r, serve, (void *)&rows[i].page);
        int rc = grpc_call(r.client.grpc, "/a/b", none, "x", 1, &r.client.answer, later());
        if (rc != rows[i].expected)
            fail_msg("row %u: %d", i, rc);
        end(&r);
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
        void (*serve)(int fd, void *ctx);
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
        begin(&r, rows[i].serve, NULL);
        uint64_t until = rows[i].expected == -ETIMEDOUT ? clock_monotonic() + 200000000 : later();
        int rc = grpc_call(r.client.grpc, "/a/b", none, "x", 1, &r.client.answer, until);
        if (rc != rows[i].expected && rc != rows[i].or)
            fail_msg("row %u: %d", i, rc);
        end(&r);
    }
}

/* The runtime was started again: the connection that was kept is not the end. */
static void serve_once(int fd, void *ctx)
{
    struct timeval soon = {.tv_usec = 300000};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
    serve(fd, ctx);
}

static void a_new_connection(void **state)
{
    static const struct page page = {.status = 0};
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
    end(&r);
}

/* Bytes that are no message, and messages that say little with much. */
static void bad_messages(void **state)
{
    static char many[RUNTIME_ANSWER_MAX];
    struct facts f = {0};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof(many); i += 2)
        many[i] = KEY(1); /* an empty item of a list, a hundred thousand times */
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
