/* SPDX-License-Identifier: Apache-2.0 */
/* The containers of this moment, for who wants no trace. */
#include <errno.h>

#include "source/containers.h"
#include "source/probe.h"
#include "source/times.h"

struct listing {
    struct runtimes *runtimes;
    struct facts facts;
    void (*each)(void *ctx, const struct container_place *place, const struct facts *facts);
    void *ctx;
};

static bool found(void *ctx, const struct container_place *p)
{
    struct listing *l = ctx;
    struct runtime_question q = {.runtime = p->is.runtime,
                                 .id = p->is.id,
                                 .space = *p->space ? p->space : NULL,
                                 .patience_ns = RUNTIME_TIMEOUT_NS};
    enum abi_reason why = runtimes_ask(l->runtimes, &q, &l->facts);
    if (why == ABI_WHY_NONE || !q.space)
        l->each(l->ctx, p, &l->facts);
    return true;
}

int containers_list(const struct runtime_sockets *sockets,
                    void (*each)(void *ctx, const struct container_place *place,
                                 const struct facts *facts),
                    void *ctx)
{
    struct listing l = {.each = each, .ctx = ctx};
    const struct cgroup_root *root = probe_cgroup_root();
    int rc = *root->path ? runtimes_new(&l.runtimes, sockets) : -ENOENT;
    rc = rc ? rc : container_scan(root->path, found, &l);
    runtimes_free(l.runtimes);
    facts_free(&l.facts);
    return rc;
}
