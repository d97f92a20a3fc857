/* SPDX-License-Identifier: Apache-2.0 */
/* What the world knows, copied out for others to read. */
#include <string.h>

#include "world/world_impl.h"

/* Views are shared by all events of a batch, as long as nothing changed that they are made of. */
static uint64_t key_for(struct view_key *k, const struct arena *arena, uint64_t state)
{
    if (k->arena != arena->id || k->state != state)
        *k = (struct view_key){arena->id, state, k->number + 1};
    return k->number;
}

static struct text_view copy_text(struct arena *arena, const char *s, size_t n, uint8_t why)
{
    char *copy = n ? arena_copy(arena, s, n) : NULL;
    if (!copy)
        return text_unknown(n ? ABI_WHY_NO_ROOM : why);
    return (struct text_view){.s = copy, .len = (uint32_t)n};
}

static struct text_view copy_name(struct arena *arena, struct text_view name)
{
    return copy_text(arena, name.s, name.len, name.why);
}

/*
 * Where the host sees the program's file: as of when the task began to run it, in the namespace
 * that it was in then, since that is what the path is of.
 */
static void fill_host_path(struct world *w, struct task_view *out, const struct version *v,
                           struct arena *arena)
{
    const struct executable_view *e = &out->exe;
    out->exe.host_path = text_unknown(ABI_WHY_NOT_ASKED);
    if (!w->mounts)
        return;
    while (v && v->older && w->versions[v->older].image == v->image)
        v = &w->versions[v->older];
    out->exe.host_path = e->has_file && e->path.s && v
                             ? mounts_host_path(w, v->mnt_ns, e->dev, &e->path, v->time, arena)
                             : text_unknown(e->path.s ? ABI_WHY_NOT_SEEN : e->path.why);
}

static void fill_image(struct world *w, struct task_view *out, const struct image *i, uint8_t why,
                       struct arena *arena)
{
    struct text_view texts[IMAGE_TEXTS];
    for (int t = 0; t < IMAGE_TEXTS; t++)
        texts[t] = text_unknown(i ? ABI_WHY_NO_ROOM : why);
    if (i && image_texts(w, i, arena, texts)) {
        out->exe.has_file = i->has_file;
        out->exe.dev = i->dev;
        out->exe.inode = i->inode;
        out->exe.ctime = i->ctime;
        out->exe.mode = i->mode;
    }
    out->exe.path = texts[IMAGE_PATH];
    out->exe.script = texts[IMAGE_SCRIPT];
    out->exe.sha256 = text_unknown(ABI_WHY_NOT_ASKED);
    if (i && w->o.parts & CONTEXT_HASH)
        out->exe.sha256 = copy_name(arena, hashes_get(&w->hashes, i));
    out->argv = texts[IMAGE_ARGV];
    out->pwd = texts[IMAGE_PWD];
    out->tty = texts[IMAGE_TTY];
}

static void fill_names(struct world *w, struct task_view *out, struct arena *arena)
{
    out->user = out->group = text_unknown(ABI_WHY_NOT_ASKED);
    if (!(w->o.parts & CONTEXT_USER_NAMES))
        return;
    out->user = copy_name(arena, world_user(w, out->uid));
    out->group = copy_name(arena, world_group(w, out->gid));
}

static void fill_entry(struct world *w, struct task_view *out, struct task *leader, uint64_t at,
                       struct arena *arena)
{
    entry_find(w, leader, at);
    out->entry = leader->entry;
    out->entry_pid = leader->entry_pid;
    out->entry_start = leader->entry_start;
    if (leader->entry_pid)
        out->entry_name = copy_text(arena, leader->entry_name,
                                    strnlen(leader->entry_name, ABI_COMM_LEN), ABI_WHY_NOT_SEEN);
}

static void fill_state(struct task_view *out, const struct version *v, const struct task *t,
                       struct arena *arena)
{
    size_t n = v ? strnlen(v->comm, sizeof(v->comm)) : 0;
    out->pid = t->pid;
    out->tid = t->tid;
    out->start = t->start;
    out->name =
        copy_text(arena, n ? v->comm : NULL, n, t->image_why ? t->image_why : ABI_WHY_NOT_SEEN);
    if (!v) {
        out->uid = out->gid = out->euid = out->egid = ID_UNKNOWN;
        return;
    }
    out->ppid = v->ppid;
    out->parent_start = v->parent_start;
    out->cgroup = v->cgroup;
    out->uid = v->uid;
    out->gid = v->gid;
    out->euid = v->euid;
    out->egid = v->egid;
    out->mnt_ns = v->mnt_ns;
}

static void fill_process(struct world *w, struct task_view *out, struct task *leader, uint64_t at,
                         struct arena *arena)
{
    const struct version *v = leader ? task_version(w, leader, at) : NULL;
    uint8_t why = leader && leader->image_why ? leader->image_why : ABI_WHY_NOT_SEEN;
    out->session = v ? v->session : 0;
    fill_image(w, out, v ? image_at(w, v->image) : NULL, why, arena);
    if (v && v->left_tty)
        out->tty = text_unknown(ABI_WHY_ABSENT);
    fill_host_path(w, out, v, arena);
    if (leader)
        fill_entry(w, out, leader, at, arena);
}

/* The same for all views of the version, until one would say something else. */
static uint64_t serial_of(struct world *w, struct version *v)
{
    if (v->serial <= w->outdated)
        v->serial = ++w->serial;
    return v->serial;
}

const struct task_view *view_task(struct world *w, struct task *t, uint64_t at, struct arena *arena)
{
    struct version *v = task_version(w, t, at);
    struct task *leader = task_at(w, t->leader);
    uint64_t key = key_for(&w->views, arena, w->corrections);
    if (v && v->key == key && !t->exited)
        return v->view;
    struct task_view *out = arena_alloc(arena, sizeof(*out));
    if (!out)
        return NULL;
    *out = (struct task_view){0};
    fill_state(out, v, t, arena);
    fill_names(w, out, arena);
    if (w->o.parts & CONTEXT_PROCESS)
        fill_process(w, out, leader, at, arena);
    else
        fill_image(w, out, NULL, ABI_WHY_NOT_ASKED, arena);
    if (!(w->o.parts & CONTEXT_PROCESS))
        out->exe.host_path = text_unknown(ABI_WHY_NOT_ASKED);
    out->exited = t->exited && t->exited <= at ? t->exited : 0;
    out->status_known = out->exited && t->status_known;
    out->exit_code = out->status_known ? t->exit_code : 0;
    out->exit_signal = out->status_known ? t->exit_signal : 0;
    if (v) {
        out->serial = serial_of(w, v);
        v->key = key;
        v->view = out;
    }
    return out;
}

unsigned view_ancestors(struct world *w, const struct task *t, uint64_t at,
                        const struct task_view **out, unsigned max, uint8_t *why,
                        struct arena *arena)
{
    unsigned n = 0;
    t = task_at(w, t->leader);
    *why = ABI_WHY_NOT_SEEN;
    while (t) {
        const struct version *v = task_version(w, t, at);
        if (v && !v->ppid)
            *why = ABI_WHY_NONE;
        struct task *parent = version_parent(w, v, at);
        if (!parent)
            return n;
        if (n == max) {
            *why = ABI_WHY_LIMIT;
            return n;
        }
        out[n] = view_task(w, parent, at, arena);
        if (!out[n]) {
            *why = ABI_WHY_NO_ROOM;
            return n;
        }
        n++;
        t = parent;
    }
    return n;
}

static void fill_ancestors(struct world *w, struct event_context *c, const struct task *t,
                           uint64_t at, struct arena *arena)
{
    const struct task_view *found[WORLD_ANCESTORS];
    c->nancestors = view_ancestors(w, t, at, found, WORLD_ANCESTORS, &c->ancestors_why, arena);
    size_t bytes = c->nancestors * sizeof(*found);
    const struct task_view **copy = arena_alloc(arena, bytes ? bytes : 1);
    if (!copy) {
        c->nancestors = 0;
        c->ancestors_why = ABI_WHY_NO_ROOM;
        return;
    }
    memcpy(copy, found, bytes);
    c->ancestors = copy;
}

const struct container_view *world_container(struct world *w, uint64_t cgroup, uint64_t at,
                                             struct arena *arena)
{
    uint64_t key = key_for(&w->views, arena, w->corrections);
    return w->containers ? containers_view(w->containers, cgroup, at, key, &w->serial, arena)
                         : NULL;
}

static const struct event_context *make_context(struct world *w, struct task *t, uint64_t at,
                                                struct arena *arena)
{
    struct event_context *c = arena_alloc(arena, sizeof(*c));
    if (!c)
        return NULL;
    *c = (struct event_context){
        .parts = w->o.parts,
        .serial = ++w->serial,
        .container_why = ABI_WHY_NOT_ASKED,
    };
    c->task = view_task(w, t, at, arena);
    if (w->o.parts & CONTEXT_ANCESTORS)
        fill_ancestors(w, c, t, at, arena);
    if (w->o.parts & CONTEXT_CONTAINER) {
        const struct version *v = task_version(w, t, at);
        c->container = v ? world_container(w, v->cgroup, at, arena) : NULL;
        c->container_why = v ? ABI_WHY_ABSENT : ABI_WHY_NOT_SEEN;
    }
    return c;
}

const struct event_context *world_context(struct world *w, const struct event *ev,
                                          struct arena *arena)
{
    const struct abi_record *r = ev->rec;
    uint64_t key = key_for(&w->contexts, arena, w->changes);
    if ((r->flags & ABI_F_NO_TASK) || !r->tid)
        return NULL;
    struct task *t = task_find(w, r->tid, r->task_start, r->time);
    if (!t)
        return NULL;
    if (t->context_key == key && r->time >= w->changed_at)
        return t->context;
    const struct event_context *c = make_context(w, t, r->time, arena);
    if (c && r->time >= w->changed_at) {
        t->context_key = key;
        t->context = c;
    }
    return c;
}
