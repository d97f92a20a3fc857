/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime of the tests and who asks it. Include after cmocka.h. */
#ifndef RATEL_TESTS_FAKE_RUNTIME_H
#define RATEL_TESTS_FAKE_RUNTIME_H

#include "base/clock.h"
#include "base/limits.h"
#include "fake_server.h"
#include "source/runtime.h"

#define ID  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"

/* A client of that server and facts; free with run_end. */
struct run {
    struct fake_server server;
    struct runtime_client client;
    struct facts facts;
};

/* A client of gRPC needs grpc_new as well. */
static inline void run_begin(struct run *r, void (*serve)(int fd, void *ctx), void *ctx)
{
    memset(r, 0, sizeof(*r));
    fake_start(&r->server, serve, ctx);
    r->client.socket = r->server.path;
    r->client.answer.limit = RUNTIME_ANSWER_MAX;
    facts_clear(&r->facts, ABI_WHY_ABSENT);
}

static inline void run_end(struct run *r)
{
    grpc_free(r->client.grpc);
    fake_end(&r->server);
    strbuf_free(&r->client.answer);
    facts_free(&r->facts);
}

/* A time that no test waits for. */
static inline uint64_t later(void)
{
    return clock_monotonic() + 20000000000;
}

static inline void assert_fact(const struct facts *f, enum fact fact, const char *expected)
{
    if (f->fact[fact].len != strlen(expected) ||
        memcmp(facts_text(f, fact), expected, strlen(expected)))
        fail_msg("%s: '%.*s' in place of '%s'", fact_names[fact], (int)f->fact[fact].len,
                 facts_text(f, fact), expected);
}

#endif
