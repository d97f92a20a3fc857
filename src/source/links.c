/* SPDX-License-Identifier: Apache-2.0 */
#include "source/links.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "source/attach.h"
#include "source/hooks.h"
#include "source/kinds.h"
#include "source/programs.h"

/* The kernel waits for its CPUs each time; waiting at the same time makes it one wait. */
#define CLOSERS 16

struct hook_link {
    int fd;
    enum hook hook;
};

struct links {
    struct hook_link *items;
    unsigned count, room;
};

struct links *links_new(void)
{
    return calloc(1, sizeof(struct links));
}

/* Takes fd, which may be an error. */
static int add(struct links *l, enum hook h, int fd)
{
    if (fd < 0)
        return fd;
    if (l->count == l->room) {
        unsigned room = l->room ? 2 * l->room : 64;
        struct hook_link *items = realloc(l->items, room * sizeof(*items));
        if (!items) {
            close(fd);
            return -ENOMEM;
        }
        l->items = items;
        l->room = room;
    }
    l->items[l->count++] = (struct hook_link){.fd = fd, .hook = h};
    return 0;
}

/* All places with one link where the kernel can, else each by itself. */
static int attach_places(struct links *l, enum hook h, int program)
{
    const struct hook_place *place = hook_place(h);
    bool returns = hook_defs[h].kind == ABI_HOOK_kretprobe;
    if (place->at[0] && !kind_multi_refusal() &&
        !add(l, h, attach_kprobes(program, place->at, place->count, returns)))
        return 0;
    int rc = 0;
    for (unsigned i = 0; i < place->count && !rc; i++)
        rc = add(l, h, attach_kprobe(program, place->name, place->at[i], returns));
    return rc;
}

int links_attach(struct links *l, const struct bpf_object *object, enum hook h)
{
    const struct bpf_program *p = programs_find(object, h);
    int program = p ? bpf_program__fd(p) : -ENOENT, rc;
    if (program < 0)
        return -ENOENT;
    if (hook_defs[h].kind == ABI_HOOK_kprobe || hook_defs[h].kind == ABI_HOOK_kretprobe)
        rc = attach_places(l, h, program);
    else
        rc = add(l, h, attach_tracing(program));
    if (rc)
        links_detach(l, h);
    return rc;
}

void links_detach(struct links *l, enum hook h)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < l->count; i++) {
        if (l->items[i].hook == h)
            close(l->items[i].fd);
        else
            l->items[kept++] = l->items[i];
    }
    l->count = kept;
}

/* What several threads end at the same time. */
struct ending {
    atomic_uint next;
    unsigned count;
    void (*end)(void *all, unsigned i);
    void *all;
};

static void *end_some(void *ending)
{
    struct ending *e = ending;
    for (unsigned i; (i = atomic_fetch_add(&e->next, 1)) < e->count;)
        e->end(e->all, i);
    return NULL;
}

void links_end(unsigned count, void (*end)(void *all, unsigned i), void *all)
{
    struct ending e = {.count = count, .end = end, .all = all};
    pthread_t closers[CLOSERS];
    unsigned n = 0;
    uint64_t begin = clock_monotonic();
    while (n < CLOSERS && n + 1 < count && !pthread_create(&closers[n], NULL, end_some, &e))
        n++;
    end_some(&e);
    while (n)
        pthread_join(closers[--n], NULL);
    if (count)
        log_debug("%u hooks are left: %.1f ms", count, (double)(clock_monotonic() - begin) / 1e6);
}

static void close_one(void *links, unsigned i)
{
    close(((struct links *)links)->items[i].fd);
}

void links_free(struct links *l)
{
    if (!l)
        return;
    links_end(l->count, close_one, l);
    free(l->items);
    free(l);
}
