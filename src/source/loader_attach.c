/* SPDX-License-Identifier: Apache-2.0 */
/* The loaded programs on their hooks, and off again. */
#include "source/loader_impl.h"

#include <errno.h>

#include "ratel.skel.h"
#include "source/chosen_attach.h"
#include "source/hooks.h"
#include "source/kinds.h"
#include "source/links.h"

/* What runs when ratel wants it to is on no hook. */
static bool is_called(enum hook h)
{
    return hook_defs[h].kind == ABI_HOOK_inspect || hook_defs[h].kind == ABI_HOOK_iter;
}

static bool to_attach(const struct loader *l, enum hook h, bool returns)
{
    return hook_set_has(&l->plan.hooks, h) && !hook_follows(h) && !is_called(h) &&
           returns == (hook_defs[h].kind == ABI_HOOK_kretprobe);
}

/* *refused gets what the kernel refuses; a failure only where a scope could not be kept. */
static int attach_hook(struct loader *l, enum hook h, struct hook_set *refused, struct error *err)
{
    int rc = links_attach(l->links, l->skel->obj, h);
    if (!rc)
        return 0;
    const char *name = hook_place(h)->name;
    hook_refuse(h, "the kernel refuses to attach to %s/%s (%s)", hook_kind_names[hook_defs[h].kind],
                name ? name : hook_defs[h].target, kind_strerror(-rc));
    if (hook_set_has(&l->needed, h))
        return error_set(err, rc, "the scope can't be kept: %s", hook_why(h));
    hook_set_add(refused, h);
    return 0;
}

/* -EAGAIN where an event has another way, which takes other programs. */
static int go_without(struct loader *l, const struct hook_set *refused, struct error *err)
{
    unsigned left = 1;
    const char *why = "";
    for (int h = 0; h < HOOK_COUNT; h++)
        if (hook_set_has(refused, (enum hook)h) && choice_has_other(&l->choice, h, hook_why))
            return -EAGAIN;
    for (int h = 0; h < HOOK_COUNT; h++) {
        if (!hook_set_has(refused, (enum hook)h))
            continue;
        why = hook_why(h);
        left = choice_give_up(&l->choice, h, why);
    }
    return left || (l->chosen && l->chosen->count)
               ? 0
               : error_set(err, -EOPNOTSUPP, "nothing is left to trace: %s", why);
}

/* A call's return before its beginning: of what began, the end is sure to be seen. */
int loader_attach(struct loader *l, struct error *err)
{
    struct hook_set refused = {0};
    int rc = 0;
    l->attached = true;
    l->links = links_new();
    if (!l->links)
        return error_set(err, -ENOMEM, "out of memory");
    for (int returns = 1; returns >= 0; returns--)
        for (int h = 0; h < HOOK_COUNT && !rc; h++)
            if (to_attach(l, (enum hook)h, returns))
                rc = attach_hook(l, (enum hook)h, &refused, err);
    rc = rc ? rc : go_without(l, &refused, err);
    if (rc) {
        loader_detach(l);
        return rc;
    }
    rc = l->chosen ? chosen_attach(&l->chosen_links, l->chosen, l->skel->obj) : 0;
    return rc ? error_set(err, rc, "out of memory") : 0;
}

void loader_detach(struct loader *l)
{
    chosen_detach(l->chosen_links);
    l->chosen_links = NULL;
    links_free(l->links);
    l->links = NULL;
}
