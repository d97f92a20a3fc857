/* SPDX-License-Identifier: Apache-2.0 */
/* A server that speaks gRPC, for fake_server.h: it answers each method with a message that the test
 * wrote. */
#ifndef RATEL_TESTS_FAKE_GRPC_H
#define RATEL_TESTS_FAKE_GRPC_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stdint.h>

#include "fake_server.h"

/* Messages, written down as they travel: key, length, payload. */
struct message {
    char data[2048];
    size_t len;
};

static inline void put_varint(struct message *m, uint64_t v)
{
    for (; v > 0x7f; v >>= 7)
        m->data[m->len++] = (char)((v & 0x7f) | 0x80);
    m->data[m->len++] = (char)v;
}

static inline void put(struct message *m, unsigned field, const char *s, size_t n)
{
    put_varint(m, field << 3 | 2);
    put_varint(m, n);
    memcpy(m->data + m->len, s, n);
    m->len += n;
}

static inline void put_text(struct message *m, unsigned field, const char *s)
{
    put(m, field, s, strlen(s));
}

static inline void put_entry(struct message *m, unsigned field, const char *key, const char *value)
{
    struct message entry = {0};
    put_text(&entry, 1, key);
    put_text(&entry, 2, value);
    put(m, field, entry.data, entry.len);
}

static inline void put_number(struct message *m, unsigned field, uint64_t v)
{
    put_varint(m, field << 3);
    put_varint(m, v);
}

/* What is answered to a method that ends so, asked about this; the last row to all others. */
struct answer {
    const char *method, *about; /* about: a text in the request; NULL: any */
    atomic_bool *from_now;      /* NULL: always */
    struct message message;
    int status; /* of gRPC; -1: no such trailer */
    size_t lie; /* added to the length before the message */
    const char *http;
};

struct peer {
    const struct answer *pages, *page;
    char method[128];
    char request[1024];
    size_t asked; /* its length */
};

static inline int peer_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name,
                              size_t name_len, const uint8_t *value, size_t value_len,
                              uint8_t flags, void *ctx)
{
    struct peer *p = ctx;
    (void)s, (void)frame, (void)flags;
    if (name_len == 5 && !memcmp(name, ":path", 5))
        snprintf(p->method, sizeof(p->method), "%.*s", (int)value_len, (const char *)value);
    return 0;
}

static inline int peer_asked(nghttp2_session *s, uint8_t flags, int32_t stream, const uint8_t *data,
                             size_t n, void *ctx)
{
    struct peer *p = ctx;
    (void)s, (void)flags, (void)stream;
    n = n < sizeof(p->request) - p->asked ? n : sizeof(p->request) - p->asked;
    memcpy(p->request + p->asked, data, n);
    p->asked += n;
    return 0;
}

static inline ssize_t peer_body(nghttp2_session *s, int32_t stream, uint8_t *buffer, size_t n,
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

static inline bool ends(const char *s, const char *with)
{
    size_t a = strlen(s), b = strlen(with);
    return a >= b && !strcmp(s + a - b, with);
}

static inline bool is_asked(const struct peer *p, const struct answer *a)
{
    return ends(p->method, a->method) && (!a->from_now || *a->from_now) &&
           (!a->about || memmem(p->request, p->asked, a->about, strlen(a->about)));
}

static inline int peer_frame(nghttp2_session *s, const nghttp2_frame *frame, void *ctx)
{
    struct peer *p = ctx;
    nghttp2_data_provider body = {.read_callback = peer_body};
    if (frame->hd.type != NGHTTP2_DATA || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    for (p->page = p->pages; p->page->method && !is_asked(p, p->page);)
        p->page++;
    p->asked = 0;
    const char *http = p->page->http ? p->page->http : "200";
    nghttp2_nv status = {(uint8_t *)":status", (uint8_t *)(uintptr_t)http, 7, 3, 0};
    return nghttp2_submit_response(s, frame->hd.stream_id, &status, 1, &body);
}

/* Serves one connection; ctx: the answers. */
static inline void fake_grpc(int fd, void *ctx)
{
    struct peer peer = {.pages = ctx};
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    uint8_t chunk[4096];
    const uint8_t *out;
    ssize_t n = 0;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, peer_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, peer_asked);
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

#endif
