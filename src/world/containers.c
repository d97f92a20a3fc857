/* SPDX-License-Identifier: Apache-2.0 */
#include "world/containers.h"

#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/strbuf.h"
#include "event/cgroup_path.h"
#include "event/ids.h"
#include "world/fields.h"

#define KEEP_NS     30000000000ull /* how long a container that was removed is still known */
#define CGROUP_ROWS (2 * WORLD_CGROUPS)

typedef uint32_t place; /* 0 is none */

/* X(member of container_view, field of the records) */
#define TEXTS(X)                                                                                   \
    X(id, container_id)                                                                            \
    X(runtime, runtime)                                                                            \
    X(name, container_name)                                                                        \
    X(image, container_image)                                                                      \
    X(digest, container_image_digest)                                                              \
    X(pod_name, pod_name)                                                                          \
    X(pod_namespace, pod_namespace) X(pod_uid, pod_uid)

/* The same of lists: KEY=VALUE in the records. */
#define LISTS(X) X(labels, container_labels) X(pod_labels, pod_labels)

enum text {
#define X(member, field) TEXT_##member,
    TEXTS(X) LISTS(X)
#undef X
        TEXT_COUNT
};

static const char *const text_fields[TEXT_COUNT] = {
#define X(member, field) #field,
    TEXTS(X) LISTS(X)
#undef X
};

struct container {
    uint64_t cgroup; /* 0: a free row */
    uint64_t made;   /* boot clock; 0: before ratel */
    uint64_t gone;   /* 0: not yet */
    uint64_t used;   /* number of the latest use */
    uint64_t views;  /* that .view was made for */
    uint64_t serial; /* of its views; 0: they would say something else now */
    const struct container_view *view;
    char *texts; /* one behind the other; owned */
    uint32_t bytes;
    uint32_t maker_ns; /* mount namespace of who made it; 0: not known */
    struct {
        uint32_t at, len;
        uint8_t why;
    } text[TEXT_COUNT];
    bool sandbox, answered, started;
};

/* Which container a cgroup belongs to. */
struct cgroup_row {
    uint64_t cgroup; /* 0: a free row */
    place container;
};

struct containers_table {
    struct container rows[WORLD_CONTAINERS + 1];
    struct cgroup_row cgroups[CGROUP_ROWS]; /* by hash */
    uint32_t count, ncgroups;
    place gone; /* how many rows are of removed ones */
    uint64_t uses, bytes, hits, misses, evictions;
    uint64_t last_age;
    bool unified; /* there is a unified hierarchy: cgroups of others mean nothing */
};

int containers_new(struct containers_table **out)
{
    *out = calloc(1, sizeof(**out));
    return *out ? 0 : -ENOMEM;
}

void containers_free_table(struct containers_table *t)
{
    for (place p = 1; t && p <= WORLD_CONTAINERS; p++)
        free(t->rows[p].texts);
    free(t);
}

size_t containers_table_memory(void)
{
    return sizeof(struct containers_table) + WORLD_CONTAINER_BYTES;
}

static uint32_t home_of(uint64_t cgroup)
{
    return (uint32_t)((cgroup * UINT64_C(0x9e3779b97f4a7c15)) >> 32) % CGROUP_ROWS;
}

static struct cgroup_row *cgroup_row(struct containers_table *t, uint64_t cgroup)
{
    uint32_t i = home_of(cgroup);
    while (t->cgroups[i].cgroup && t->cgroups[i].cgroup != cgroup)
        i = (i + 1) % CGROUP_ROWS;
    return &t->cgroups[i];
}

/* What stands behind it and was pushed away from its place moves up. */
static void cgroup_forget(struct containers_table *t, uint64_t cgroup)
{
    struct cgroup_row *row = cgroup_row(t, cgroup);
    uint32_t hole = (uint32_t)(row - t->cgroups);
    if (!row->cgroup)
        return;
    for (uint32_t i = (hole + 1) % CGROUP_ROWS; t->cgroups[i].cgroup; i = (i + 1) % CGROUP_ROWS) {
        uint32_t from_home = (i + CGROUP_ROWS - home_of(t->cgroups[i].cgroup)) % CGROUP_ROWS;
        if (from_home < (i + CGROUP_ROWS - hole) % CGROUP_ROWS)
            continue;
        t->cgroups[hole] = t->cgroups[i];
        hole = i;
    }
    t->cgroups[hole].cgroup = 0;
    t->ncgroups--;
}

static void cgroup_belongs(struct containers_table *t, uint64_t cgroup, place container)
{
    struct cgroup_row *row = cgroup ? cgroup_row(t, cgroup) : NULL;
    if (!row || (!row->cgroup && t->ncgroups == WORLD_CGROUPS)) {
        t->evictions++;
        return;
    }
    t->ncgroups += !row->cgroup;
    *row = (struct cgroup_row){.cgroup = cgroup, .container = container};
}

static void forget(struct containers_table *t, place p)
{
    struct container *c = &t->rows[p];
    for (uint32_t i = 0; i < CGROUP_ROWS;) {
        if (t->cgroups[i].cgroup && t->cgroups[i].container == p)
            cgroup_forget(t, t->cgroups[i].cgroup); /* and look at what moved here */
        else
            i++;
    }
    t->count--;
    t->gone -= c->gone != 0;
    t->bytes -= c->bytes;
    free(c->texts);
    *c = (struct container){0};
}

/* The one that was used longest ago; those that are gone before the others. */
static void evict(struct containers_table *t, place spare)
{
    place oldest = 0;
    for (place p = 1; p <= WORLD_CONTAINERS; p++) {
        const struct container *c = &t->rows[p], *o = &t->rows[oldest];
        if (!c->cgroup || p == spare)
            continue;
        if (!oldest || (c->gone && !o->gone) || (!c->gone == !o->gone && c->used < o->used))
            oldest = p;
    }
    if (!oldest)
        return;
    t->evictions++;
    forget(t, oldest);
}

static place find(struct containers_table *t, uint64_t cgroup)
{
    const struct cgroup_row *row = cgroup ? cgroup_row(t, cgroup) : NULL;
    return row && row->cgroup ? row->container : 0;
}

static place add(struct containers_table *t, uint64_t cgroup)
{
    place p = find(t, cgroup);
    if (p && t->rows[p].cgroup == cgroup)
        return p;
    if (t->count == WORLD_CONTAINERS)
        evict(t, 0);
    for (p = 1; p < WORLD_CONTAINERS && t->rows[p].cgroup; p++)
        ;
    t->rows[p] = (struct container){.cgroup = cgroup, .used = ++t->uses};
    for (unsigned i = 0; i < TEXT_COUNT; i++)
        t->rows[p].text[i].why = ABI_WHY_PENDING;
    t->count++;
    cgroup_belongs(t, cgroup, p);
    return p;
}

/* Makes room for the texts, of others' if need be. */
static bool set_texts(struct containers_table *t, place p, const char *texts, uint32_t n)
{
    struct container *c = &t->rows[p];
    char *copy = malloc(n ? n : 1);
    if (!copy)
        return false;
    memcpy(copy, texts, n);
    t->bytes -= c->bytes;
    free(c->texts);
    c->texts = copy;
    c->bytes = n;
    t->bytes += n;
    for (uint32_t i = 0; t->bytes > WORLD_CONTAINER_BYTES && i < WORLD_CONTAINERS; i++)
        evict(t, p);
    return true;
}

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
        c->text[i].at = (uint32_t)all.len;
        c->text[i].len = there ? (uint32_t)v->len : 0;
        c->text[i].why = there || v->status == ABI_MISSING ? v->reason : ABI_WHY_LIMIT;
        if (there)
            strbuf_put(&all, v->data, v->len);
    }
    if (!set_texts(t, p, all.data ? all.data : "", (uint32_t)all.len))
        for (unsigned i = 0; i < TEXT_COUNT; i++)
            c->text[i].len = 0;
    strbuf_free(&all);
}

/* container_create, existing_container */
static bool feed_told(struct containers_table *t, const struct event *ev)
{
    uint64_t cgroup = 0, sandbox = 0;
    if (!field_number(ev, "cgroup_id", &cgroup) || !cgroup)
        return false;
    place p = add(t, cgroup);
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
        cgroup_belongs(t, one, p);
    }
    return true;
}

/* The container of that id whose cgroup is above. */
static place find_id(const struct containers_table *t, const char *id)
{
    size_t n = strlen(id);
    for (place p = 1; p <= WORLD_CONTAINERS; p++) {
        const struct container *c = &t->rows[p];
        if (c->cgroup && !c->gone && c->text[TEXT_id].len == n &&
            !memcmp(c->texts + c->text[TEXT_id].at, id, n))
            return p;
    }
    return 0;
}

/* What the path tells by itself, until the runtime has answered. */
static void take_path(struct containers_table *t, place p, const struct cgroup_identity *is)
{
    const char *runtime = runtime_names[is->runtime];
    struct container *c = &t->rows[p];
    char texts[sizeof(is->id) + 32 + sizeof(is->pod_uid)];
    const char *const parts[] = {is->id, runtime, is->pod_uid};
    static const enum text which[] = {TEXT_id, TEXT_runtime, TEXT_pod_uid};
    uint32_t n = 0;
    for (unsigned i = 0; i < 3; i++) {
        uint32_t len = (uint32_t)strlen(parts[i]);
        memcpy(texts + n, parts[i], len);
        c->text[which[i]].at = n;
        c->text[which[i]].len = len;
        c->text[which[i]].why = len ? ABI_WHY_NONE : ABI_WHY_PENDING;
        n += len;
    }
    set_texts(t, p, texts, n);
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
        place p = find_id(t, is.id);
        if (p)
            cgroup_belongs(t, cgroup, p);
        return p;
    }
    place p = add(t, cgroup);
    t->rows[p].made = ev->rec->time;
    t->rows[p].maker_ns = ev->rec->mnt_ns;
    take_path(t, p, &is);
    return true;
}

static bool feed_rmdir(struct containers_table *t, const struct event *ev)
{
    uint64_t cgroup = 0;
    place p = field_number(ev, "cgroup_id", &cgroup) ? find(t, cgroup) : 0;
    if (!p || t->rows[p].cgroup != cgroup || t->rows[p].gone)
        return false;
    t->rows[p].gone = ev->rec->time;
    t->gone++;
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
    place p = find(t, r->cgroup);
    if (!p || t->rows[p].started || !t->rows[p].maker_ns || t->rows[p].maker_ns == r->mnt_ns)
        return false;
    t->rows[p].started = true;
    t->rows[p].views = t->rows[p].serial = 0;
    return true;
}

void containers_age(struct containers_table *t, uint64_t now)
{
    if (!t->gone || now - t->last_age < KEEP_NS / 30)
        return;
    t->last_age = now;
    for (place p = 1; p <= WORLD_CONTAINERS; p++)
        if (t->rows[p].gone && now > t->rows[p].gone + KEEP_NS)
            forget(t, p);
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

const struct container_view *containers_view(struct containers_table *t, uint64_t cgroup,
                                             uint64_t at, uint64_t views, uint64_t *serials,
                                             struct arena *arena)
{
    place p = find(t, cgroup);
    struct container *c = &t->rows[p];
    if (!p || (c->gone && at > c->gone + KEEP_NS)) {
        t->misses++;
        return NULL;
    }
    t->hits++;
    c->used = ++t->uses;
    if (c->views != views) {
        c->view = make_view(c, serials, arena);
        c->views = c->view ? views : 0;
    }
    return c->view;
}

void containers_figures(const struct containers_table *t, struct world_figures *out)
{
    *out = (struct world_figures){
        .name = "containers",
        .entries = t->count,
        .most = WORLD_CONTAINERS,
        .hits = t->hits,
        .misses = t->misses,
        .evictions = t->evictions,
        .bytes = t->bytes,
    };
}
