/* SPDX-License-Identifier: Apache-2.0 */
#include "world/mounts.h"

#include <errno.h>
#include <stdlib.h>

#include "world/fields.h"
#include "world/mounts_impl.h"

int mounts_new(struct mounts_table **out)
{
    struct mounts_table *t = calloc(1, sizeof(*t));
    *out = t;
    if (!t || pool_init(&t->pool, WORLD_MOUNTS, sizeof(struct mount), offsetof(struct mount, next)))
        return -ENOMEM;
    t->mounts = (void *)t->pool.rows;
    t->tokens = MOUNT_READS;
    return 0;
}

void mounts_free(struct mounts_table *t)
{
    if (!t)
        return;
    for (place p = 1; p < t->pool.fresh; p++)
        free(t->mounts[p].texts);
    pool_free(&t->pool);
    free(t);
}

size_t mounts_table_memory(void)
{
    return sizeof(struct mounts_table) + (WORLD_MOUNTS + 1) * sizeof(struct mount) +
           WORLD_MOUNT_BYTES;
}

struct mount_space *mounts_space(struct mounts_table *t, uint32_t mnt_ns)
{
    if (t->last < t->nspaces && t->spaces[t->last].mnt_ns == mnt_ns)
        return &t->spaces[t->last];
    for (uint32_t i = 0; i < t->nspaces; i++)
        if (t->spaces[i].mnt_ns == mnt_ns) {
            t->last = i;
            return &t->spaces[i];
        }
    return NULL;
}

static void forget_mount(struct mounts_table *t, place p)
{
    struct mount *m = &t->mounts[p];
    t->bytes -= m->at[MOUNT_TEXT_COUNT];
    free(m->texts);
    m->texts = NULL;
    pool_give(&t->pool, p);
}

static void forget_space(struct mounts_table *t, struct mount_space *s)
{
    for (place p = s->first, next; p; p = next) {
        next = t->mounts[p].next;
        forget_mount(t, p);
        t->evictions++;
    }
    *s = t->spaces[--t->nspaces];
}

/* The namespace that was unused for longest makes room, but not the host's, nor this one. */
static bool make_room(struct mounts_table *t, uint32_t spare)
{
    struct mount_space *oldest = NULL;
    for (uint32_t i = 0; i < t->nspaces; i++) {
        struct mount_space *s = &t->spaces[i];
        if (s->mnt_ns != spare && s->mnt_ns != t->host_ns && (!oldest || s->used < oldest->used))
            oldest = s;
    }
    if (oldest)
        forget_space(t, oldest);
    return oldest;
}

static struct mount_space *take_space(struct mounts_table *t, uint32_t mnt_ns)
{
    struct mount_space *s = mounts_space(t, mnt_ns);
    if (!s) {
        if (t->nspaces == WORLD_MOUNT_SPACES)
            make_room(t, mnt_ns);
        s = &t->spaces[t->nspaces++];
        *s = (struct mount_space){.mnt_ns = mnt_ns};
    }
    s->used = ++t->uses;
    return s;
}

void mounts_changed(struct world *w, uint32_t mnt_ns, uint64_t time)
{
    struct mount_space *s = mounts_space(w->mounts, mnt_ns);
    if (!s || s->stale || (s->known && s->read >= time)) /* it was read for that event */
        return;
    s->stale = time;
    world_corrected(w, time);
}

/* One mount as a record tells of it. Borrowed from there. */
struct told_mount {
    struct value text[MOUNT_TEXT_COUNT];
    uint64_t dev, id, parent;
};

static bool same_mount(const struct mount *m, const struct told_mount *told)
{
    if (m->id != (int32_t)told->id || m->parent != (int32_t)told->parent || m->dev != told->dev)
        return false;
    for (int i = 0; i < MOUNT_TEXT_COUNT; i++)
        if (mount_length(m, (enum mount_text)i) != told->text[i].len ||
            memcmp(mount_text(m, (enum mount_text)i), told->text[i].data, told->text[i].len) != 0)
            return false;
    return true;
}

/* The one that is still there. Readings mostly find all in the order of the last one. */
static struct mount *find_mount(struct mounts_table *t, struct mount_space *s,
                                const struct told_mount *told)
{
    const place from[] = {s->cursor, s->first};
    for (int i = 0; i < 2; i++)
        for (place p = from[i]; p; p = t->mounts[p].next) {
            struct mount *m = &t->mounts[p];
            if (m->until || !same_mount(m, told))
                continue;
            s->cursor = m->next;
            return m;
        }
    return NULL;
}

static place take_mount(struct mounts_table *t, uint32_t bytes, uint32_t mnt_ns)
{
    while (t->pool.used == t->pool.most || t->bytes + bytes > WORLD_MOUNT_BYTES)
        if (!make_room(t, mnt_ns))
            return 0;
    return pool_take(&t->pool);
}

static void add_mount(struct mounts_table *t, uint32_t mnt_ns, const struct told_mount *told)
{
    uint32_t bytes = 0;
    for (int i = 0; i < MOUNT_TEXT_COUNT; i++)
        bytes += (uint32_t)told->text[i].len;
    place p = take_mount(t, bytes, mnt_ns);
    char *texts = p ? malloc(bytes + 1) : NULL;
    struct mount_space *s = mounts_space(t, mnt_ns); /* making room has moved it */
    if (!texts) {
        t->evictions++;
        if (p)
            pool_give(&t->pool, p);
        return;
    }
    struct mount *m = &t->mounts[p];
    *m = (struct mount){.since = s->begin,
                        .texts = texts,
                        .dev = (uint32_t)told->dev,
                        .id = (int32_t)told->id,
                        .parent = (int32_t)told->parent,
                        .reading = s->reading};
    uint32_t at = 0;
    for (int i = 0; i < MOUNT_TEXT_COUNT; i++) {
        memcpy(texts + at, told->text[i].data, told->text[i].len);
        m->at[i] = at;
        at += (uint32_t)told->text[i].len;
    }
    m->at[MOUNT_TEXT_COUNT] = at;
    t->bytes += at;
    if (s->last)
        t->mounts[s->last].next = p;
    else
        s->first = p;
    s->last = p;
}

/* False where it lacks something; of what was cut nobody knows how it goes on. */
static bool read_mount(const struct event *ev, struct told_mount *told)
{
    *told = (struct told_mount){0};
#define X(name) told->text[MOUNT_##name] = event_value(ev, (unsigned)event_field(ev, #name));
    MOUNT_TEXTS(X)
#undef X
    for (int i = 0; i < MOUNT_TEXT_COUNT; i++)
        if (told->text[i].status != ABI_PRESENT || told->text[i].encoding != ABI_ENC_STR)
            return false;
    return field_number(ev, "dev", &told->dev) && field_number(ev, "mount_id", &told->id) &&
           field_number(ev, "parent_id", &told->parent);
}

/* What was not found again has gone; what has gone for long is forgotten. */
static void end_reading(struct world *w, struct mount_space *s, uint64_t time)
{
    struct mounts_table *t = w->mounts;
    place last = 0;
    for (place *link = &s->first; *link;) {
        struct mount *m = &t->mounts[*link];
        if (!m->until && m->reading != s->reading)
            m->until = s->begin ? s->begin : time;
        if (w->o.keep_ns && m->until && m->until + w->o.keep_ns < time) {
            place p = *link;
            *link = m->next;
            forget_mount(t, p);
            continue;
        }
        last = *link;
        link = &m->next;
    }
    s->last = last;
    s->known = true;
    s->read = time;
    s->why = ABI_WHY_NONE;
    s->stale = 0;
    s->expected = 0;
    world_corrected(w, time);
}

static void begin_reading(struct mount_space *s, uint64_t time)
{
    s->reading++;
    s->expected = 1;
    s->cursor = s->first;
    s->begin = !s->known ? 0 : s->stale ? s->stale : time;
}

static void note_unread(struct world *w, struct mount_space *s, bool of_host,
                        const struct event *ev)
{
    struct value root = event_value(ev, (unsigned)event_field(ev, "root"));
    uint8_t why = root.status == ABI_MISSING && root.reason ? root.reason : ABI_WHY_GONE;
    if (of_host)
        w->mounts->host_why = why;
    if (s && !s->known)
        s->why = why;
    world_corrected(w, ev->rec->time);
}

void feed_mount(struct world *w, const struct event *ev)
{
    struct mounts_table *t = w->mounts;
    struct told_mount told;
    uint64_t mnt_ns = 0, of_host = 0, entry = 0, entries = 0, time = ev->rec->time;
    if (!t)
        return;
    field_number(ev, "mount_namespace", &mnt_ns);
    field_number(ev, "of_host", &of_host);
    field_number(ev, "entry", &entry);
    field_number(ev, "entries", &entries);
    struct mount_space *s = mnt_ns ? take_space(t, (uint32_t)mnt_ns) : NULL;
    t->left = t->left && entry < entries ? (uint32_t)(entries - entry) : 0;
    if (!s || !entries) {
        note_unread(w, s, of_host, ev);
        return;
    }
    if (of_host)
        t->host_ns = (uint32_t)mnt_ns;
    if (entry == 1)
        begin_reading(s, time);
    if (entry != s->expected || !entry)
        return;
    s->expected++;
    if (read_mount(ev, &told)) {
        struct mount *m = find_mount(t, s, &told);
        if (m)
            m->reading = s->reading;
        else
            add_mount(t, (uint32_t)mnt_ns, &told);
    }
    s = mounts_space(t, (uint32_t)mnt_ns);
    if (entry == entries)
        end_reading(w, s, time);
}

void mounts_figures(const struct mounts_table *t, struct cache_figures *out)
{
    *out = (struct cache_figures){
        .name = "mounts",
        .entries = t->pool.used,
        .most = t->pool.most,
        .hits = t->hits,
        .misses = t->misses,
        .evictions = t->evictions,
        .bytes = (uint64_t)(t->pool.fresh - 1) * t->pool.size + t->bytes,
    };
}
