/* SPDX-License-Identifier: Apache-2.0 */
#include "source/http.h"

#include <errno.h>
#include <http_parser.h>
#include <unistd.h>

#include "base/limits.h"
#include "source/stream.h"

struct answer {
    struct strbuf *body;
    int status;
    bool whole;
};

static int on_body(http_parser *p, const char *s, size_t n)
{
    struct answer *a = p->data;
    strbuf_put(a->body, s, n);
    return a->body->overflow;
}

static int on_whole(http_parser *p)
{
    struct answer *a = p->data;
    a->status = (int)p->status_code;
    a->whole = a->status >= 200; /* before that there is more to come */
    http_parser_pause(p, a->whole);
    return 0;
}

/* 1: there is more to read. 0: the answer is whole. Or -errno. */
static int parse(http_parser *p, struct answer *a, const char *s, size_t n)
{
    static const http_parser_settings settings = {.on_body = on_body,
                                                  .on_message_complete = on_whole};
    http_parser_execute(p, &settings, s, n);
    if (a->body->overflow)
        return -EMSGSIZE;
    if (a->whole)
        return 0;
    if (!n)
        return -ECONNRESET; /* the end came before the answer's */
    return HTTP_PARSER_ERRNO(p) == HPE_OK ? 1 : -EPROTO;
}

static int read_answer(int fd, struct answer *a, uint64_t deadline)
{
    char chunk[RUNTIME_CHUNK_BYTES];
    http_parser parser;
    int rc = 1;
    http_parser_init(&parser, HTTP_RESPONSE);
    parser.data = a;
    while (rc > 0) {
        ssize_t n = stream_receive(fd, chunk, sizeof(chunk), deadline);
        rc = n < 0 ? (int)n : parse(&parser, a, chunk, (size_t)n);
    }
    return rc;
}

int http_get(const char *socket, const char *path, struct strbuf *body, uint64_t deadline)
{
    struct strbuf request = STRBUF_INIT(RUNTIME_REQUEST_MAX);
    struct answer a = {.body = body};
    strbuf_clear(body);
    strbuf_printf(&request,
                  "GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
                  "User-Agent: ratel\r\nConnection: close\r\n\r\n",
                  path);
    int fd = request.overflow ? -ENAMETOOLONG : stream_connect(socket, deadline);
    int rc = fd < 0 ? fd : stream_send(fd, request.data, request.len, deadline);
    rc = rc ? rc : read_answer(fd, &a, deadline);
    strbuf_free(&request);
    if (fd >= 0)
        close(fd);
    return rc ? rc : a.status;
}
