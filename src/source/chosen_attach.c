/* SPDX-License-Identifier: Apache-2.0 */
#include "source/chosen_attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* Three at most for each hook: where its function begins and where it returns, and what goes
 * before. */
struct chosen_links {
    unsigned count;
    struct bpf_link *links[3 * CHOSEN_MAX];
};

/* The programs for one kind of hook; a function's result takes two where it has fields besides. */
static const struct {
    const char *entry, *keep, *returned, *fetch;
} programs[] = {
    [CHOSEN_KIND_kprobe] = {"chosen_kprobe", "chosen_kprobe_keep", "chosen_kretprobe", NULL},
    [CHOSEN_KIND_uprobe] = {"chosen_uprobe", "chosen_uprobe_keep", "chosen_uretprobe",
                            "chosen_uprobe_fetch"},
    [CHOSEN_KIND_tracepoint] = {"chosen_tracepoint", NULL, NULL, NULL},
};

/* Whether text of the program is read, which must be in memory by then. */
static bool fetches(const struct chosen *c)
{
    for (unsigned i = 0; i < c->hook.nfields && programs[c->kind].fetch; i++)
        if (c->hook.fields[i].how == CHOSEN_STRING || c->hook.fields[i].how == CHOSEN_USER_STRING)
            return true;
    return false;
}

static int need(struct bpf_object *object, const char *program)
{
    struct bpf_program *p = bpf_object__find_program_by_name(object, program);
    return p ? bpf_program__set_autoload(p, true) : -ENOENT;
}

int chosen_prepare(const struct chosen_list *l, struct bpf_object *object)
{
    struct bpf_map *map = bpf_object__find_map_by_name(object, "chosen_hooks");
    int rc = map ? 0 : -ENOENT;
    if (!rc && l->count)
        rc = bpf_map__set_max_entries(map, l->count);
    for (unsigned i = 0; i < l->count && !rc; i++) {
        const struct chosen *c = &l->items[i];
        rc = need(object, c->returns ? programs[c->kind].returned : programs[c->kind].entry);
        if (!rc && c->returns && c->keeps)
            rc = need(object, programs[c->kind].keep);
        if (!rc && fetches(c))
            rc = need(object, programs[c->kind].fetch);
    }
    return rc;
}

/* SYMBOL, SYMBOL+OFFSET or 0xOFFSET in a file. */
static struct bpf_link *attach_uprobe(const struct chosen *c, struct bpf_program *p,
                                      uint64_t cookie, bool returned)
{
    LIBBPF_OPTS(bpf_uprobe_opts, o, .bpf_cookie = cookie, .retprobe = returned);
    char *symbol = strdup(c->target), *plus;
    struct bpf_link *link = NULL;
    size_t offset = 0;
    if (!symbol)
        return NULL;
    plus = strchr(symbol, '+');
    if (plus) {
        *plus = '\0';
        offset = strtoul(plus + 1, NULL, 0);
    }
    if (!strncmp(symbol, "0x", 2))
        offset = strtoul(symbol, NULL, 0);
    else
        o.func_name = symbol;
    link = bpf_program__attach_uprobe_opts(p, -1, c->group, offset, &o);
    free(symbol);
    return link;
}

static struct bpf_link *attach(const struct chosen *c, struct bpf_program *p, uint64_t cookie,
                               bool returned)
{
    LIBBPF_OPTS(bpf_kprobe_opts, kprobe, .bpf_cookie = cookie, .retprobe = returned);
    LIBBPF_OPTS(bpf_tracepoint_opts, tracepoint, .bpf_cookie = cookie);
    switch (c->kind) {
    case CHOSEN_KIND_kprobe:
        return bpf_program__attach_kprobe_opts(p, c->target, &kprobe);
    case CHOSEN_KIND_uprobe:
        return attach_uprobe(c, p, cookie, returned);
    case CHOSEN_KIND_tracepoint:
        return bpf_program__attach_tracepoint_opts(p, c->group, c->target, &tracepoint);
    }
    return NULL;
}

/* One program onto one hook. 0 or -errno. */
static int add_link(struct chosen_links *links, const struct chosen *c, unsigned cookie,
                    struct bpf_object *object, const char *program, bool returned)
{
    struct bpf_program *p = bpf_object__find_program_by_name(object, program);
    if (!p || bpf_program__fd(p) < 0)
        return -ENOENT;
    struct bpf_link *link = attach(c, p, cookie, returned);
    if (!link)
        return errno ? -errno : -EINVAL;
    links->links[links->count++] = link;
    return 0;
}

static int attach_one(struct chosen_links *links, const struct chosen *c, unsigned cookie,
                      struct bpf_object *object)
{
    unsigned before = links->count;
    int rc = 0;
    if (!c->returns || c->keeps)
        rc = add_link(links, c, cookie, object,
                      c->returns ? programs[c->kind].keep : programs[c->kind].entry, false);
    if (!rc && c->returns)
        rc = add_link(links, c, cookie, object, programs[c->kind].returned, true);
    if (!rc && fetches(c)) /* the kernel runs first what came last */
        rc = add_link(links, c, cookie, object, programs[c->kind].fetch, false);
    while (rc && links->count > before)
        bpf_link__destroy(links->links[--links->count]);
    return rc;
}

static const char *why(const struct chosen *c, int rc)
{
    switch (rc) {
    case -ENOENT:
        return c->kind == CHOSEN_KIND_kprobe ? "this kernel has no such function, or no kprobes"
                                             : "no such place";
    case -ESRCH:
        return "no such symbol";
    default:
        return strerror(-rc);
    }
}

int chosen_attach(struct chosen_links **out, const struct chosen_list *l, struct bpf_object *object)
{
    struct chosen_links *links = calloc(1, sizeof(*links));
    struct bpf_map *map = bpf_object__find_map_by_name(object, "chosen_hooks");
    unsigned missed = 0;
    if (!links)
        return -ENOMEM;
    for (uint32_t i = 0; i < l->count; i++) {
        int rc = bpf_map_update_elem(bpf_map__fd(map), &i, &l->items[i].hook, BPF_ANY) ? -errno : 0;
        rc = rc ? rc : attach_one(links, &l->items[i], i, object);
        if (!rc)
            continue;
        log_warn("%s is not to be had here: %s", l->items[i].name, why(&l->items[i], rc));
        missed++;
    }
    if (missed > 1)
        log_warn("%u of %u chosen hooks are not to be had here", missed, l->count);
    *out = links;
    return 0;
}

void chosen_detach(struct chosen_links *links)
{
    for (unsigned i = 0; links && i < links->count; i++)
        bpf_link__destroy(links->links[i]);
    free(links);
}
