/* SPDX-License-Identifier: Apache-2.0 */
#include "source/grpc.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/limits.h"
#include "source/stream.h"

#define PREFIX      5 /* of a message: a byte that says whether it is compressed, four of its length */
#define STATUS_NONE (-1)

/* The statuses of gRPC that mean something to us. */
enum status { STATUS_OK = 0, STATUS_NOT_FOUND = 5, STATUS_DENIED = 7, STATUS_UNIMPLEMENTED = 12 };

struct grpc {
    const char *socket;
    nghttp2_session *session; /* NULL: not connected */
    int fd;
    /* the call under way */
    int32_t stream;
    const char *out; /* what is left to be sent of the message */
    size_t out_left;
    struct strbuf sent;     /* it, with its prefix */
    struct strbuf received; /* the answer, with its prefix */
    int status;             /* of gRPC */
    int http;               /* status of HTTP */
    bool closed;            /* the answer is at its end */
    bool aborted;           /* not by a whole answer */
};

static ssize_t give_message(nghttp2_session *session, int32_t stream, uint8_t *buffer, size_t n,
                            uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
    struct grpc *g = ctx;
    (void)session, (void)stream, (void)source;
    n = n < g->out_left ? n : g->out_left;
    memcpy(buffer, g->out, n);
    g->out += n;
    g->out_left -= n;
    if (!g->out_left)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)n;
}

/* A number of HTTP or gRPC; -1 where it is none. */
static int read_status(const uint8_t *s, size_t n)
{
    int value = 0;
    if (!n || n > 3)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return -1;
        value = value * 10 + (s[i] - '0');
    }
    return value;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *ctx)
{
    static const char status[] = "grpc-status", http[] = ":status";
    struct grpc *g = ctx;
    (void)session, (void)flags;
    if (frame->hd.stream_id != g->stream)
        return 0;
    if (name_len == sizeof(status) - 1 && !memcmp(name, status, name_len))
        g->status = read_status(value, value_len);
    if (name_len == sizeof(http) - 1 && !memcmp(name, http, name_len))
        g->http = read_status(value, value_len);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
                   size_t n, void *ctx)
{
    struct grpc *g = ctx;
    (void)session, (void)flags;
    if (stream == g->stream)
        strbuf_put(&g->received, data, n);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t error, void *ctx)
{
    struct grpc *g = ctx;
    (void)session;
    if (stream == g->stream) {
        g->closed = true;
        g->aborted = error != NGHTTP2_NO_ERROR;
    }
    return 0;
}

static int new_session(struct grpc *g)
{
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks))
        return -ENOMEM;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    int rc = nghttp2_session_client_new(&g->session, callbacks, g);
    nghttp2_session_callbacks_del(callbacks);
    if (!rc)
        rc = nghttp2_submit_settings(g->session, NGHTTP2_FLAG_NONE, NULL, 0);
    return rc ? -ENOMEM : 0;
}

static void disconnect(struct grpc *g)
{
    nghttp2_session_del(g->session);
    g->session = NULL;
    if (g->fd >= 0)
        close(g->fd);
    g->fd = -1;
}

static int connect_session(struct grpc *g, uint64_t deadline)
{
    if (g->session)
        return 0;
    g->fd = stream_connect(g->socket, deadline);
    return g->fd < 0 ? g->fd : new_session(g);
}

static int flush(struct grpc *g, uint64_t deadline)
{
    const uint8_t *data;
    ssize_t n;
    int rc = 0;
    while (!rc && (n = nghttp2_session_mem_send(g->session, &data)) != 0)
        rc = n < 0 ? -EPROTO : stream_send(g->fd, data, (size_t)n, deadline);
    return rc;
}

static int submit(struct grpc *g, const char *method, struct grpc_header header)
{
#define HEADER(name_, value_)                                                                      \
    {                                                                                              \
        .name = (uint8_t *)(uintptr_t)(name_), .namelen = strlen(name_),                           \
        .value = (uint8_t *)(uintptr_t)(value_), .valuelen = strlen(value_)                        \
    }
    const char *name = header.name ? header.name : "", *value = header.value ? header.value : "";
    const nghttp2_nv headers[] = {
        HEADER(":method", "POST"),
        HEADER(":scheme", "http"),
        HEADER(":path", method),
        HEADER(":authority", "localhost"),
        HEADER("content-type", "application/grpc"),
        HEADER("te", "trailers"),
        HEADER("user-agent", "ratel"),
        HEADER(name, value),
    };
#undef HEADER
    const nghttp2_data_provider provider = {.read_callback = give_message};
    size_t count = sizeof(headers) / sizeof(*headers) - !header.name;
    g->stream = nghttp2_submit_request(g->session, NULL, headers, count, &provider, NULL);
    return g->stream < 0 ? -EPROTO : 0;
}

static int exchange(struct grpc *g, uint64_t deadline)
{
    uint8_t chunk[RUNTIME_CHUNK_BYTES];
    for (;;) {
        int rc = flush(g, deadline);
        if (rc || g->closed)
            return rc;
        if (!nghttp2_session_want_read(g->session)) /* it has given the other side up */
            return -EPROTO;
        ssize_t n = stream_receive(g->fd, chunk, sizeof(chunk), deadline);
        if (n <= 0)
            return n ? (int)n : -ECONNRESET;
        if (nghttp2_session_mem_recv(g->session, chunk, (size_t)n) != n)
            return -EPROTO;
        if (g->received.overflow)
            return -EMSGSIZE;
    }
}

/* What gRPC says of a call that it has understood. */
static int status_error(int status)
{
    switch (status) {
    case STATUS_OK:
        return 0;
    case STATUS_NOT_FOUND:
        return -ESRCH;
    case STATUS_DENIED:
        return -EACCES;
    case STATUS_UNIMPLEMENTED:
        return -ENOSYS;
    default:
        return -EREMOTEIO;
    }
}

/* The message of an answer that came whole. */
static int take_message(struct grpc *g, struct strbuf *answer)
{
    const uint8_t *p = (const uint8_t *)g->received.data;
    size_t n = g->received.len;
    if (n < PREFIX || p[0])
        return -EPROTO;
    size_t len = (size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4];
    if (len != n - PREFIX)
        return -EPROTO;
    strbuf_put(answer, p + PREFIX, len);
    return answer->overflow ? -EMSGSIZE : 0;
}

static int put_message(struct grpc *g, const void *message, size_t n)
{
    const uint8_t prefix[PREFIX] = {0, (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                                    (uint8_t)n};
    strbuf_clear(&g->sent);
    strbuf_clear(&g->received);
    strbuf_put(&g->sent, prefix, sizeof(prefix));
    strbuf_put(&g->sent, message, n);
    g->out = g->sent.data;
    g->out_left = g->sent.len;
    g->status = g->http = STATUS_NONE;
    g->closed = g->aborted = false;
    return g->sent.overflow ? -EMSGSIZE : 0;
}

static int try_call(struct grpc *g, const char *method, struct grpc_header header,
                    const void *message, size_t n, uint64_t deadline)
{
    int rc = put_message(g, message, n);
    rc = rc ? rc : connect_session(g, deadline);
    rc = rc ? rc : submit(g, method, header);
    rc = rc ? rc : exchange(g, deadline);
    if (!rc && (g->aborted || g->http != 200 || g->status == STATUS_NONE))
        rc = -EPROTO;
    if (rc)
        disconnect(g);
    return rc;
}

int grpc_call(struct grpc *g, const char *method, struct grpc_header header, const void *message,
              size_t n, struct strbuf *answer, uint64_t deadline)
{
    bool kept = g->session;
    strbuf_clear(answer);
    g->received.limit = answer->limit + PREFIX;
    int rc = try_call(g, method, header, message, n, deadline);
    /* The connection may have ended since the last call: the runtime was started again. */
    if (kept && (rc == -ECONNRESET || rc == -EPROTO))
        rc = try_call(g, method, header, message, n, deadline);
    rc = rc ? rc : status_error(g->status);
    return rc ? rc : take_message(g, answer);
}

int grpc_new(struct grpc **out, const char *socket)
{
    struct grpc *g = calloc(1, sizeof(*g));
    *out = g;
    if (!g)
        return -ENOMEM;
    g->socket = socket;
    g->fd = -1;
    g->sent.limit = RUNTIME_REQUEST_MAX;
    return 0;
}

void grpc_free(struct grpc *g)
{
    if (!g)
        return;
    disconnect(g);
    strbuf_free(&g->sent);
    strbuf_free(&g->received);
    free(g);
}
