/* SPDX-License-Identifier: Apache-2.0 */
#include "source/chosen_attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/log.h"
#include "source/kinds.h"
#include "source/links.h"
#include "source/symbols.h"

/* Three at most for each hook: where its function begins, where it returns, what goes before. */
struct chosen_links {
    unsigned count;
    struct bpf_link *links[3 * CHOSEN_MAX];
};

/* The programs for a kind of hook. A function's result takes two where arguments are wanted too. */
struct programs {
    const char *entry, *keep, *returned, *fetch;
};

static const struct programs programs[] = {
    [CHOSEN_KIND_kprobe] = {"chosen_kprobe", "chosen_kprobe_keep", "chosen_kretprobe", NULL},
    [CHOSEN_KIND_uprobe] = {"chosen_uprobe", "chosen_uprobe_keep", "chosen_uretprobe",
                            "chosen_uprobe_fetch"},
    [CHOSEN_KIND_tracepoint] = {"chosen_tracepoint", NULL, NULL, NULL},
};

/* The same for many functions of the kernel at once. */
static const struct programs multi = {"chosen_multi", "chosen_multi_keep", "chosen_multi_return",
                                      NULL};

static bool is_multi(const struct chosen *c)
{
    return c->kind == CHOSEN_KIND_kprobe && !kind_multi_refusal();
}

static const struct programs *programs_of(const struct chosen *c)
{
    return is_multi(c) ? &multi : &programs[c->kind];
}

/* Whether text of the program is read, which must be in memory by then. */
static bool fetches(const struct chosen *c)
{
    for (unsigned i = 0; i < c->hook.nfields && programs_of(c)->fetch; i++)
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
        rc = need(object, c->returns ? programs_of(c)->returned : programs_of(c)->entry);
        if (!rc && c->returns && c->keeps)
            rc = need(object, programs_of(c)->keep);
        if (!rc && fetches(c))
            rc = need(object, programs_of(c)->fetch);
    }
    return rc;
}

static int keep_link(struct chosen_links *links, struct bpf_link *link)
{
    if (!link)
        return errno ? -errno : -EINVAL;
    links->links[links->count++] = link;
    return 0;
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

/* A program that was loaded; NULL where the kernel refused it. */
static struct bpf_program *loaded(struct bpf_object *object, const char *name)
{
    struct bpf_program *p = bpf_object__find_program_by_name(object, name);
    return p && bpf_program__fd(p) >= 0 ? p : NULL;
}

/* One program onto one hook. 0 or -errno. */
static int add_link(struct chosen_links *links, const struct chosen *c, unsigned cookie,
                    struct bpf_object *object, const char *program, bool returned)
{
    struct bpf_program *p = loaded(object, program);
    return p ? keep_link(links, attach(c, p, cookie, returned)) : -ENOENT;
}

static int attach_one(struct chosen_links *links, const struct chosen *c, unsigned cookie,
                      struct bpf_object *object)
{
    const struct programs *p = programs_of(c);
    unsigned before = links->count;
    int rc = 0;
    if (!c->returns || c->keeps)
        rc = add_link(links, c, cookie, object, c->returns ? p->keep : p->entry, false);
    if (!rc && c->returns)
        rc = add_link(links, c, cookie, object, p->returned, true);
    if (!rc && fetches(c)) /* the kernel runs first what came last */
        rc = add_link(links, c, cookie, object, p->fetch, false);
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

static void say_missing(const struct chosen *c, int rc, unsigned *missed)
{
    log_warn("%s is not to be had here: %s", c->name, why(c, rc));
    ++*missed;
}

/* Functions that one program goes onto with a single link. */
struct many {
    struct chosen_links *links;
    struct bpf_program *program;
    bool returned;
    unsigned long at[CHOSEN_MAX];
    __u64 cookies[CHOSEN_MAX];
    unsigned count;
};

/*
 * One function that can't be had spoils the link: halves are tried then, down to single ones, which
 * are told in failed, by cookie.
 */
static void attach_many(struct many *m, unsigned from, unsigned count, int *failed)
{
    LIBBPF_OPTS(bpf_kprobe_multi_opts, o, .addrs = &m->at[from], .cookies = &m->cookies[from],
                .cnt = count, .retprobe = m->returned);
    if (!count)
        return;
    int rc = m->program
                 ? keep_link(m->links, bpf_program__attach_kprobe_multi_opts(m->program, NULL, &o))
                 : -ENOENT;
    if (!rc)
        return;
    if (count == 1) {
        failed[m->cookies[from]] = rc;
        return;
    }
    attach_many(m, from, count / 2, failed);
    attach_many(m, from + count / 2, count - count / 2, failed);
}

/* Where the functions are, by the symbol table. 0 or -errno. */
static int find_functions(const struct chosen_list *l, struct symbols *s)
{
    const char *names[CHOSEN_MAX];
    unsigned n = 0;
    FILE *f = NULL;
    for (unsigned i = 0; i < l->count; i++)
        if (is_multi(&l->items[i]))
            names[n++] = l->items[i].target;
    int rc = symbols_init(s, names, n);
    if (rc)
        return rc;
    f = fopen("/proc/kallsyms", "re");
    rc = f ? symbols_read_kallsyms(s, f) : -errno;
    if (f)
        fclose(f);
    return rc;
}

/* Those hooks that use the one of the multi programs that wants says. */
static void collect(struct many *m, const struct chosen_list *l, const struct symbols *s,
                    bool (*wants)(const struct chosen *), int *failed)
{
    m->count = 0;
    for (unsigned i = 0; i < l->count; i++) {
        const struct chosen *c = &l->items[i];
        if (failed[i] || !is_multi(c) || !wants(c))
            continue;
        const struct symbol *f = symbols_find(s, c->target, strlen(c->target));
        if (!f || !f->places || !f->at[0]) {
            failed[i] = -ENOENT;
            continue;
        }
        m->at[m->count] = f->at[0];
        m->cookies[m->count++] = i;
    }
}

static bool wants_return(const struct chosen *c)
{
    return c->returns;
}

static bool wants_keep(const struct chosen *c)
{
    return c->returns && c->keeps;
}

static bool wants_entry(const struct chosen *c)
{
    return !c->returns;
}

/* All functions of the kernel, where it can attach to many at once. failed is by hook. */
static int attach_functions(struct chosen_links *links, const struct chosen_list *l,
                            struct bpf_object *object, int *failed)
{
    static const struct {
        bool (*wants)(const struct chosen *);
        const char *const *program;
        bool returned;
    } steps[] = {
        /* the return first: what is kept is sure to be taken */
        {wants_return, &multi.returned, true},
        {wants_keep, &multi.keep, false},
        {wants_entry, &multi.entry, false},
    };
    struct many *m = calloc(1, sizeof(*m));
    struct symbols s = {0};
    int rc = m ? find_functions(l, &s) : -ENOMEM;
    for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps) && !rc; i++) {
        m->links = links;
        m->program = loaded(object, *steps[i].program);
        m->returned = steps[i].returned;
        collect(m, l, &s, steps[i].wants, failed);
        attach_many(m, 0, m->count, failed);
    }
    symbols_free(&s);
    free(m);
    return rc;
}

/* Each hook is two descriptors for each of its links; what the user may have at most is often more
 * than what is set. The traced command was forked before, with what was set. */
static void allow_descriptors(unsigned hooks)
{
    struct rlimit limit;
    rlim_t wanted = 256 + 2 * 3 * (rlim_t)hooks;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int chosen_attach(struct chosen_links **out, const struct chosen_list *l, struct bpf_object *object)
{
    int failed[CHOSEN_MAX] = {0};
    struct chosen_links *links = calloc(1, sizeof(*links));
    struct bpf_map *map = bpf_object__find_map_by_name(object, "chosen_hooks");
    unsigned missed = 0, many = 0;
    if (!links)
        return -ENOMEM;
    allow_descriptors(l->count);
    for (uint32_t i = 0; i < l->count; i++) {
        if (bpf_map_update_elem(bpf_map__fd(map), &i, &l->items[i].hook, BPF_ANY))
            failed[i] = -errno;
        many += is_multi(&l->items[i]);
    }
    int rc = many ? attach_functions(links, l, object, failed) : 0;
    for (uint32_t i = 0; i < l->count; i++) {
        if (!failed[i])
            failed[i] = !is_multi(&l->items[i]) ? attach_one(links, &l->items[i], i, object) : rc;
        if (failed[i])
            say_missing(&l->items[i], failed[i], &missed);
    }
    if (missed > 1)
        log_warn("%u of %u chosen hooks are not to be had here", missed, l->count);
    *out = links;
    return 0;
}

static void destroy_one(void *links, unsigned i)
{
    bpf_link__destroy(((struct chosen_links *)links)->links[i]);
}

void chosen_detach(struct chosen_links *links)
{
    if (links)
        links_end(links->count, destroy_one, links);
    free(links);
}
