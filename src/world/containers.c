/* SPDX-License-Identifier: Apache-2.0 */
/* What events tell of containers, and what is told of them. */
#include "world/containers_impl.h"

#include "base/strbuf.h"
#include "event/cgroup_path.h"
#include "event/ids.h"
#include "world/fields.h"

static const char *const text_fields[TEXT_COUNT] = {
#define X(member, field) #field,
    TEXTS(X) LISTS(X)
#undef X
};

/* All that a record tells of its container. */
static void take_texts(struct containers_table *t, place p, const struct event *ev)
{
    struct container *c = &t->rows[p];
    struct value values[TEXT_COUNT];
    struct strbuf all = STRBUF_INIT(WORLD_CONTAINER_TEXT);
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        struct value *v = &values[i];
        *v = event_value(ev, (unsigned)event_field(ev, text_fields[i]));
        bool there = v->status != ABI_MISSING && v->len && strbuf_room(&all, v->len);
        c->text[i].at = (uint16_t)all.len;
        c->text[i].len = there ? (uint16_t)v->len : 0;
        c->text[i].why = there || v->status == ABI_MISSING ? v->reason : ABI_WHY_LIMIT;
        if (there)
            strbuf_put(&all, v->data, v->len);
    }
    container_set_texts(t, p, all.data ? all.data : "", (uint32_t)all.len);
    strbuf_free(&all);
}

/* container_create, existing_container */
static bool feed_told(struct containers_table *t, const struct event *ev)
{
    uint64_t cgroup = 0, sandbox = 0;
    if (!field_number(ev, "cgroup_id", &cgroup) || !cgroup)
        return false;
    place p = container_add(t, cgroup);
    if (!p)
        return false;
    struct container *c = &t->rows[p];
    c->answered = field_number(ev, "pod_sandbox", &sandbox);
    c->sandbox = sandbox;
    c->started |= ev->rec->event == EVENT_existing_container && !c->made;
    take_texts(t, p, ev);
    c->views = c->serial = 0;
    struct value below = event_value(ev, (unsigned)event_field(ev, "cgroups"));
    for (size_t i = 0; below.status == ABI_PRESENT && i + 8 <= below.len; i += 8) {
        uint64_t one;
        memcpy(&one, below.data + i, sizeof(one));
        container_has(t, one, p);
    }
    return true;
}

/* What the path tells by itself, until the runtime has answered. */
static void take_path(struct containers_table *t, place p, const struct cgroup_identity *is)
{
    const char *runtime = runtime_names[is->runtime];
    struct container *c = &t->rows[p];
    char texts[sizeof(is->id) + 32 + sizeof(is->pod_uid)];
    const char *const parts[] = {is->id, runtime, is->pod_uid};
    static const enum text which[] = {TEXT_id, TEXT_runtime, TEXT_pod_uid};
    uint16_t n = 0;
    for (unsigned i = 0; i < 3; i++) {
        uint16_t len = (uint16_t)strlen(parts[i]);
        memcpy(texts + n, parts[i], len);
        c->text[which[i]].at = n;
        c->text[which[i]].len = len;
        c->text[which[i]].why = len ? ABI_WHY_NONE : ABI_WHY_PENDING;
        n = (uint16_t)(n + len);
    }
    container_set_texts(t, p, texts, n);
}

static bool feed_mkdir(struct containers_table *t, const struct event *ev)
{
    struct value path = event_value(ev, (unsigned)event_field(ev, "cgroup_path"));
    struct cgroup_identity is;
    uint64_t cgroup = 0, hierarchy = 0;
    field_number(ev, "hierarchy_id", &hierarchy);
    t->unified |= !hierarchy;
    if ((t->unified && hierarchy) || path.status != ABI_PRESENT ||
        !field_number(ev, "cgroup_id", &cgroup) || !cgroup ||
        !cgroup_identify(path.data, path.len, &is))
        return false;
    if (is.inside) {
        place p = container_of_id(t, is.id);
        if (p)
            container_has(t, cgroup, p);
        return p;
    }
    place p = container_add(t, cgroup);
    if (!p)
        return false;
    t->rows[p].made = ev->rec->time;
    t->rows[p].maker_ns = ev->rec->mnt_ns;
    t->rows[p].views = t->rows[p].serial = 0;
    take_path(t, p, &is);
    return true;
}

static bool feed_rmdir(struct containers_table *t, const struct event *ev)
{
    uint64_t cgroup = 0;
    if (!field_number(ev, "cgroup_id", &cgroup) || !cgroup)
        return false;
    place p = container_find(t, cgroup);
    if (!p)
        container_forget_cgroup(t, cgroup);
    if (!p || t->rows[p].cgroup != cgroup || t->rows[p].gone)
        return false;
    container_gone(t, p, ev->rec->time);
    return true;
}

bool containers_feed(struct containers_table *t, const struct event *ev)
{
    switch (ev->rec->event) {
    case EVENT_cgroup_mkdir:
        return feed_mkdir(t, ev);
    case EVENT_cgroup_rmdir:
    case EVENT_container_remove:
        return feed_rmdir(t, ev);
    case EVENT_container_create:
    case EVENT_existing_container:
        return feed_told(t, ev);
    default:
        return false;
    }
}

/* The runtime's own programs run in the mount namespace of whoever made the cgroup. */
bool containers_exec(struct containers_table *t, const struct abi_record *r)
{
    place p = container_find(t, r->cgroup);
    if (!p || t->rows[p].started || !t->rows[p].maker_ns || t->rows[p].maker_ns == r->mnt_ns)
        return false;
    t->rows[p].started = true;
    t->rows[p].views = t->rows[p].serial = 0;
    return true;
}

static struct text_view copy_text(const struct container *c, enum text which, struct arena *arena)
{
    struct text_view out = {.why = c->text[which].why};
    char *copy = c->text[which].len
                     ? arena_copy(arena, c->texts + c->text[which].at, c->text[which].len)
                     : NULL;
    if (copy)
        out = (struct text_view){.s = copy, .len = c->text[which].len, .why = out.why};
    else if (c->text[which].len)
        out.why = ABI_WHY_NO_ROOM;
    return out;
}

/* KEY=VALUE NUL becomes KEY NUL VALUE NUL. */
static struct text_view copy_pairs(const struct container *c, enum text which, struct arena *arena)
{
    struct text_view out = copy_text(c, which, arena);
    char *s = (char *)(uintptr_t)out.s, *end = s ? s + out.len : NULL;
    while (s < end) {
        char *next = memchr(s, '\0', (size_t)(end - s));
        next = next ? next + 1 : end;
        char *equals = memchr(s, '=', (size_t)(next - s));
        if (equals)
            *equals = '\0';
        s = next;
    }
    return out;
}

static const struct container_view *make_view(struct container *c, uint64_t *serials,
                                              struct arena *arena)
{
    struct container_view *v = arena_alloc(arena, sizeof(*v));
    if (!v)
        return NULL;
    if (!c->serial)
        c->serial = ++*serials;
    *v = (struct container_view){.serial = c->serial,
                                 .cgroup = c->cgroup,
                                 .created = c->made,
                                 .sandbox = c->sandbox,
                                 .answered = c->answered,
                                 .started = c->started,
#define X(member, field) .member = copy_text(c, TEXT_##member, arena),
                                 TEXTS(X)
#undef X
#define X(member, field) .member = copy_pairs(c, TEXT_##member, arena),
                                     LISTS(X)
#undef X
    };
    return v;
}

bool containers_has(struct containers_table *t, uint64_t cgroup)
{
    return container_find(t, cgroup);
}

const struct container_view *containers_view(struct containers_table *t, uint64_t cgroup,
                                             uint64_t at, uint64_t views, uint64_t *serials,
                                             struct arena *arena)
{
    place p = container_find(t, cgroup);
    struct container *c = &t->rows[p];
    if (!p || (c->gone && at > c->gone + KEEP_NS)) {
        t->misses++;
        return NULL;
    }
    t->hits++;
    container_used(t, p);
    if (c->views != views) {
        c->view = make_view(c, serials, arena);
        c->views = c->view ? views : 0;
    }
    return c->view;
}
