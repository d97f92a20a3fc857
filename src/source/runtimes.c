/* SPDX-License-Identifier: Apache-2.0 */
#include "source/runtimes.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "source/runtime.h"
#include "source/times.h"

typedef int ask_fn(struct runtime_client *c, const char *id, struct facts *out, uint64_t deadline);

static const struct {
    ask_fn *ask;
    bool grpc;
} kinds[RUNTIME_COUNT] = {
    [RUNTIME_docker] = {runtime_docker_ask, false},
    [RUNTIME_podman] = {runtime_podman_ask, false},
    [RUNTIME_containerd] = {runtime_containerd_ask, true},
    [RUNTIME_crio] = {runtime_cri_ask, true},
};

static const struct {
    enum runtime runtime;
    const char *path;
} usual[] = {
#define SOCKET(runtime, path) {RUNTIME_##runtime, path},
#include "source/sockets.def"
#undef SOCKET
};

struct target {
    struct runtime_client client;
    struct runtime_counts counts;
    uint64_t spared_until, spare_ns; /* after a failure; doubles with each */
    enum abi_reason last;            /* of that failure */
};

struct runtimes {
    pthread_mutex_t lock; /* of the counts */
    struct target targets[RUNTIME_SOCKETS_MAX];
    unsigned count;
};

int runtime_sockets_add(struct runtime_sockets *s, const char *argument, struct error *err)
{
    const char *equals = strchrnul(argument, '=');
    int runtime = runtime_find(argument, (size_t)(equals - argument));
    if (runtime < 0 || !kinds[runtime].ask)
        return error_set(
            err, -EINVAL,
            "`%s` names no runtime: docker, containerd, crio or podman, = and the path "
            "of its socket",
            argument);
    if (*equals != '=' || equals[1] != '/')
        return error_set(err, -EINVAL, "`%s` lacks the path of a socket: %s=/PATH", argument,
                         runtime_names[runtime]);
    if (s->count == RUNTIME_SOCKETS_MAX)
        return error_set(err, -EINVAL, "more than %d sockets of runtimes", RUNTIME_SOCKETS_MAX);
    s->items[s->count].runtime = (enum runtime)runtime;
    s->items[s->count++].path = equals + 1;
    return 0;
}

static int add_target(struct runtimes *r, enum runtime runtime, const char *path)
{
    struct target *t = &r->targets[r->count];
    if (r->count == RUNTIME_SOCKETS_MAX)
        return 0;
    t->client = (struct runtime_client){.socket = path, .answer = STRBUF_INIT(RUNTIME_ANSWER_MAX)};
    t->counts.runtime = runtime;
    t->counts.socket = path;
    r->count++;
    return kinds[runtime].grpc ? grpc_new(&t->client.grpc, path) : 0;
}

static bool named(const struct runtime_sockets *s, enum runtime runtime)
{
    for (unsigned i = 0; i < s->count; i++)
        if (s->items[i].runtime == runtime)
            return true;
    return false;
}

int runtimes_new(struct runtimes **out, const struct runtime_sockets *sockets)
{
    struct runtimes *r = *out = calloc(1, sizeof(*r));
    int rc = r ? pthread_mutex_init(&r->lock, NULL) : -ENOMEM;
    for (unsigned i = 0; !rc && i < sockets->count; i++)
        rc = add_target(r, sockets->items[i].runtime, sockets->items[i].path);
    for (unsigned i = 0; !rc && i < sizeof(usual) / sizeof(*usual); i++)
        if (!named(sockets, usual[i].runtime))
            rc = add_target(r, usual[i].runtime, usual[i].path);
    return rc;
}

void runtimes_free(struct runtimes *r)
{
    for (unsigned i = 0; r && i < r->count; i++) {
        grpc_free(r->targets[i].client.grpc);
        strbuf_free(&r->targets[i].client.answer);
    }
    if (r)
        pthread_mutex_destroy(&r->lock);
    free(r);
}

/* What an error of a client means to whoever reads the event. */
static enum abi_reason reason_of(int rc)
{
    switch (rc) {
    case 0:
        return ABI_WHY_NONE;
    case -ESRCH:
        return ABI_WHY_UNKNOWN;
    case -ENOENT:
    case -ENOTDIR:
    case -ECONNREFUSED: /* the socket of one that runs no more */
        return ABI_WHY_NO_RUNTIME;
    case -EACCES:
    case -EPERM:
        return ABI_WHY_DENIED;
    case -ETIMEDOUT:
        return ABI_WHY_SILENT;
    default:
        return ABI_WHY_BROKEN;
    }
}

static void count(struct runtimes *r, struct runtime_counts *c, enum abi_reason why, bool spared)
{
    pthread_mutex_lock(&r->lock);
    c->spared += spared;
    why = spared ? ABI_WHY_NO_RUNTIME : why;
    c->asked += why != ABI_WHY_NO_RUNTIME;
    c->answered += why == ABI_WHY_NONE;
    c->unknown += why == ABI_WHY_UNKNOWN;
    c->refused += why == ABI_WHY_DENIED;
    c->silent += why == ABI_WHY_SILENT;
    c->broken += why == ABI_WHY_BROKEN;
    pthread_mutex_unlock(&r->lock);
}

/* One that did not answer as it should is left alone, for longer each time. */
static void spare(struct target *t, enum abi_reason why, int rc)
{
    if (why == ABI_WHY_NONE || why == ABI_WHY_UNKNOWN) {
        t->spare_ns = 0;
        return;
    }
    if (why == ABI_WHY_NO_RUNTIME)
        return;
    if (!t->spare_ns)
        log_warn("%s at %s can't be asked about containers: %s", runtime_names[t->counts.runtime],
                 t->counts.socket, strerror(-rc));
    t->spare_ns = t->spare_ns ? 2 * t->spare_ns : RUNTIME_SPARE_MIN_NS;
    t->spare_ns = t->spare_ns < RUNTIME_SPARE_MAX_NS ? t->spare_ns : RUNTIME_SPARE_MAX_NS;
    t->spared_until = clock_monotonic() + t->spare_ns;
    t->last = why;
}

bool runtimes_fits(const struct runtimes *r, unsigned i, const struct runtime_question *q)
{
    enum runtime runtime = r->targets[i].counts.runtime;
    if (q->space)
        return runtime == RUNTIME_containerd;
    return q->runtime == RUNTIME_unknown || q->runtime == runtime;
}

enum abi_reason runtimes_ask_one(struct runtimes *r, unsigned i, const struct runtime_question *q,
                                 struct facts *out)
{
    struct target *t = &r->targets[i];
    uint64_t now = clock_monotonic(), deadline = now + q->patience_ns;
    out->answered = false;
    if (now < t->spared_until) {
        count(r, &t->counts, t->last, true);
        return t->last;
    }
    int rc = q->space ? runtime_containerd_named(&t->client, q->space, q->id, out, deadline)
                      : kinds[t->counts.runtime].ask(&t->client, q->id, out, deadline);
    strbuf_free(&t->client.answer);
    enum abi_reason why = reason_of(rc);
    count(r, &t->counts, why, false);
    spare(t, why, rc);
    out->answered = why == ABI_WHY_NONE;
    return why;
}

/* A failure, then that it is not known, then that nobody is there. */
enum abi_reason runtimes_better(enum abi_reason a, enum abi_reason b)
{
    if (a == ABI_WHY_NO_RUNTIME || (a == ABI_WHY_UNKNOWN && b != ABI_WHY_NO_RUNTIME))
        return b;
    return a;
}

enum abi_reason runtimes_ask(struct runtimes *r, const struct runtime_question *q,
                             struct facts *out)
{
    enum abi_reason why = ABI_WHY_NO_RUNTIME;
    for (unsigned i = 0; i < r->count; i++) {
        if (!runtimes_fits(r, i, q))
            continue;
        enum abi_reason one = runtimes_ask_one(r, i, q, out);
        if (one == ABI_WHY_NONE)
            return one;
        why = runtimes_better(why, one);
    }
    facts_clear(out, why);
    out->runtime = q->runtime;
    return why;
}

unsigned runtimes_count(const struct runtimes *r)
{
    return r->count;
}

void runtimes_counts(struct runtimes *r, unsigned i, struct runtime_counts *out)
{
    pthread_mutex_lock(&r->lock);
    *out = r->targets[i].counts;
    pthread_mutex_unlock(&r->lock);
}

/* Of each: an answer as it comes, as it is taken, and as it is read. */
size_t runtimes_memory(void)
{
    return sizeof(struct runtimes) +
           (size_t)RUNTIME_SOCKETS_MAX *
               (RUNTIME_TREE_BYTES + 2 * RUNTIME_ANSWER_MAX + 2 * RUNTIME_REQUEST_MAX);
}
