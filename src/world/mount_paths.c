/* SPDX-License-Identifier: Apache-2.0 */
/* Where a path leads, and where the same file is for the host. */
#include <string.h>

#include "world/mounts_impl.h"

/* A path: of a mount, and behind it. */
struct piece {
    const char *s;
    size_t len;
};

static struct piece text_of(const struct mount *m, enum mount_text which)
{
    struct piece p = {mount_text(m, which), mount_length(m, which)};
    if (p.len == 1 && *p.s == '/') /* so that each path below begins behind it */
        p.len = 0;
    return p;
}

/* Whether a path is that one or below it; *rest is what follows, with its slash. */
static bool is_below(struct piece path, struct piece top, struct piece *rest)
{
    if (path.len < top.len || memcmp(path.s, top.s, top.len) != 0 ||
        (path.len > top.len && path.s[top.len] != '/'))
        return false;
    *rest = (struct piece){path.s + top.len, path.len - top.len};
    return true;
}

static bool is_there(const struct mount *m, uint64_t at)
{
    return m->since <= at && (!m->until || m->until > at);
}

/* The mount that the path leads into: at the longest of the paths, and of several the upper one. */
static const struct mount *covering(const struct mounts_table *t, const struct mount_space *s,
                                    struct piece path, uint64_t at, struct piece *rest)
{
    const struct mount *best = NULL;
    size_t longest = 0;
    for (place p = s->first; p; p = t->mounts[p].next) {
        const struct mount *m = &t->mounts[p];
        struct piece behind, top = text_of(m, MOUNT_mountpoint);
        if (!is_there(m, at) || (best && top.len < longest) || !is_below(path, top, &behind))
            continue;
        best = m;
        longest = top.len;
        *rest = behind;
    }
    return best;
}

/* A namespace's mounts as of the time; NULL and why, where they are not known. */
static struct mount_space *space_at(struct mounts_table *t, uint32_t mnt_ns, uint64_t at,
                                    uint8_t *why)
{
    struct mount_space *s = mounts_space(t, mnt_ns);
    *why = s && !s->known && s->why ? s->why : ABI_WHY_PENDING;
    if (!s || !s->known || (s->stale && at >= s->stale)) {
        t->misses++;
        return NULL;
    }
    t->hits++;
    s->used = ++t->uses;
    return s;
}

static bool is_absolute(const struct text_view *path)
{
    return path->s && path->len && *path->s == '/';
}

static struct text_view join(struct arena *arena, struct piece a, struct piece b)
{
    char *s = arena_alloc(arena, a.len + b.len + 1);
    if (!s)
        return text_unknown(ABI_WHY_NO_ROOM);
    memcpy(s, a.s, a.len);
    memcpy(s + a.len, b.s, b.len);
    return (struct text_view){.s = s, .len = (uint32_t)(a.len + b.len)};
}

/* The file at root/rest of a file system, as that namespace sees it. */
static struct text_view path_of(const struct mounts_table *t, const struct mount_space *s,
                                uint32_t dev, struct piece root, struct piece rest, uint64_t at,
                                struct arena *arena)
{
    struct text_view inside = join(arena, root, rest);
    if (!inside.s)
        return inside;
    for (place p = s->first; p; p = t->mounts[p].next) {
        const struct mount *m = &t->mounts[p];
        struct piece behind, ignored;
        if (m->dev != dev || !is_there(m, at) ||
            !is_below((struct piece){inside.s, inside.len}, text_of(m, MOUNT_root), &behind))
            continue;
        struct text_view path = join(arena, text_of(m, MOUNT_mountpoint), behind);
        /* Another mount may lie over it. */
        if (!path.s || covering(t, s, (struct piece){path.s, path.len}, at, &ignored) == m)
            return path;
    }
    return text_unknown(ABI_WHY_NO_PATH);
}

struct text_view mounts_host_path(struct world *w, uint32_t mnt_ns, uint32_t dev,
                                  const struct text_view *path, uint64_t at, struct arena *arena)
{
    struct mounts_table *t = w->mounts;
    struct piece rest;
    uint8_t why;
    if (!mnt_ns)
        return text_unknown(ABI_WHY_NOT_SEEN);
    if (!t->host_ns)
        return text_unknown(t->host_why ? t->host_why : ABI_WHY_PENDING);
    if (mnt_ns == t->host_ns)
        return text_unknown(ABI_WHY_ABSENT);
    if (!is_absolute(path))
        return text_unknown(ABI_WHY_NO_PATH);
    const struct mount_space *own = space_at(t, mnt_ns, at, &why);
    const struct mount_space *host = own ? space_at(t, t->host_ns, at, &why) : NULL;
    if (!host)
        return text_unknown(why);
    const struct mount *m = covering(t, own, (struct piece){path->s, path->len}, at, &rest);
    if (!m || m->dev != dev) /* its path leads elsewhere by now: rather none than another file's */
        return text_unknown(ABI_WHY_NO_PATH);
    return path_of(t, host, dev, text_of(m, MOUNT_root), rest, at, arena);
}

static struct text_view copy_of(const struct mount *m, enum mount_text which, struct arena *arena)
{
    const char *s = arena_copy(arena, mount_text(m, which), mount_length(m, which));
    if (!s)
        return text_unknown(ABI_WHY_NO_ROOM);
    return (struct text_view){.s = s, .len = mount_length(m, which)};
}

const struct mount_view *world_mount(struct world *w, uint32_t mnt_ns, const struct text_view *path,
                                     uint64_t at, struct arena *arena)
{
    struct piece rest;
    uint8_t why;
    const struct mount_space *s = w->mounts ? space_at(w->mounts, mnt_ns, at, &why) : NULL;
    const struct mount *m =
        s && is_absolute(path)
            ? covering(w->mounts, s, (struct piece){path->s, path->len}, at, &rest)
            : NULL;
    struct mount_view *out = m ? arena_alloc(arena, sizeof(*out)) : NULL;
    if (!out)
        return NULL;
    *out = (struct mount_view){.dev = m->dev, .id = m->id, .parent = m->parent};
#define X(name) out->name = copy_of(m, MOUNT_##name, arena);
    MOUNT_TEXTS(X)
#undef X
    return out;
}

bool world_knows_mounts(struct world *w, uint32_t mnt_ns)
{
    const struct mount_space *s = w->mounts ? mounts_space(w->mounts, mnt_ns) : NULL;
    return s && s->known && !s->stale;
}
