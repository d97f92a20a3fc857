/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of processes: who is in it, its order, and how it is written for people and programs. */
#include "cmd/text.h"
#include "cmd/tree.h"
#include "event/flags.h"

static struct tree_node *find(struct tree_report *r, uint32_t pid, uint64_t before)
{
    struct tree_node *found = NULL;
    for (unsigned i = 0; i < r->count && r->nodes[i].task->start <= before; i++)
        if (r->nodes[i].task->pid == pid)
            found = &r->nodes[i];
    return found;
}

/* Of several that had a parent's id, it is the last that had started before the child. */
void tree_link(struct tree_report *r)
{
    for (unsigned i = 0; i < r->count; i++) {
        struct tree_node *n = &r->nodes[i];
        const struct task_view *t = n->task;
        struct tree_node *parent = t->ppid ? find(r, t->ppid, t->start) : NULL;
        n->shown = true;
        if (!parent || parent == n)
            continue;
        n->parent = parent;
        if (parent->last)
            parent->last->next = n;
        else
            parent->first = n;
        parent->last = n;
    }
}

bool tree_choose(struct tree_report *r, uint32_t pid)
{
    bool any = false;
    for (unsigned i = 0; i < r->count; i++) {
        struct tree_node *n = &r->nodes[i];
        /* In order of start a parent stands before its children. */
        n->chosen = n->task->pid == pid;
        n->shown = n->chosen || (n->parent && n->parent->shown);
        any |= n->chosen;
    }
    for (unsigned i = 0; i < r->count; i++)
        for (struct tree_node *n = &r->nodes[i]; r->nodes[i].chosen && n; n = n->parent)
            n->shown = true;
    return any;
}

static const struct tree_node *shown(const struct tree_node *n)
{
    while (n && !n->shown)
        n = n->next;
    return n;
}

const struct tree_node *tree_next(const struct tree_node *n, unsigned *deep)
{
    const struct tree_node *next = shown(n->first);
    if (next) {
        ++*deep;
        return next;
    }
    for (; n && *deep; n = n->parent, --*deep) {
        next = shown(n->next);
        if (next)
            return next;
    }
    return NULL;
}

const struct tree_node *tree_root(const struct tree_report *r, unsigned i)
{
    return r->nodes[i].shown && !r->nodes[i].parent ? &r->nodes[i] : NULL;
}

static void put_view(struct strbuf *out, const struct text_view *t, const char *otherwise)
{
    if (t->s)
        text_escape(out, t->s, t->len);
    else
        strbuf_puts(out, otherwise);
}

static void put_args(struct strbuf *out, const struct text_view *argv)
{
    const struct value v = {.encoding = ABI_ENC_STRV, .data = argv->s, .len = argv->len};
    const char *s;
    size_t pos = 0, len;
    while (argv->s && value_strv_next(&v, &pos, &s, &len)) {
        strbuf_putc(out, ' ');
        text_escape(out, s, len);
    }
    if (argv->why == ABI_WHY_LIMIT)
        strbuf_lit(out, " …");
}

/* How the session began with it, its threads, whether it has ended: [ssh, 3 threads, ended]. */
static void put_marks(struct strbuf *out, const struct tree_node *n)
{
    const struct task_view *t = n->task;
    const char *before = " [";
    if (t->entry_pid == t->pid && t->entry) {
        strbuf_puts(out, before);
        strbuf_puts(out, entry_kind_names[t->entry]);
        before = ", ";
    }
    if (n->threads > 1) {
        strbuf_puts(out, before);
        strbuf_put_u64(out, n->threads);
        strbuf_lit(out, " threads");
        before = ", ";
    }
    if (t->exited) {
        strbuf_puts(out, before);
        strbuf_lit(out, "ended");
        before = ", ";
    }
    if (*before == ',')
        strbuf_putc(out, ']');
}

static void put_container(struct strbuf *out, const struct container_view *c)
{
    strbuf_lit(out, " {");
    put_view(out, c->name.s ? &c->name : &c->id, "?");
    if (c->image.s) {
        strbuf_putc(out, ' ');
        put_view(out, &c->image, "");
    }
    strbuf_putc(out, '}');
}

void tree_label(struct strbuf *out, const struct tree_node *n, bool arguments)
{
    const struct task_view *t = n->task;
    strbuf_put_u64(out, t->pid);
    strbuf_putc(out, ' ');
    put_view(out, &t->name, "?");
    strbuf_lit(out, " (");
    if (t->user.s)
        put_view(out, &t->user, "");
    else
        strbuf_put_u64(out, t->uid);
    strbuf_putc(out, ')');
    put_marks(out, n);
    if (n->container)
        put_container(out, n->container);
    if (arguments)
        put_args(out, &t->argv);
}

/* The lines that lead to a node, from the root on. */
static void put_branch(struct strbuf *out, const struct tree_node *n, unsigned deep, bool own)
{
    if (!deep)
        return;
    put_branch(out, n->parent, deep - 1, false);
    bool more = shown(n->next);
    if (own)
        strbuf_puts(out, more ? "├─ " : "└─ ");
    else
        strbuf_puts(out, more ? "│  " : "   ");
}

void tree_text(struct strbuf *out, const struct tree_report *r)
{
    tree_facts(out, r, false);
    TREE_FOR_EACH(r, n, deep)
    {
        size_t from = out->len;
        put_branch(out, n, deep, true);
        tree_label(out, n, true);
        if (r->width)
            text_cut(out, from, r->width);
        strbuf_putc(out, '\n');
    }
}

/* Beside of the process: when and how it ended. */
static void put_end(struct strbuf *out, const struct tree_report *r, const struct task_view *t)
{
    strbuf_lit(out, ",\"ended\":\"");
    time_text(out, &r->format, t->exited);
    strbuf_putc(out, '"');
    if (!t->status_known)
        return;
    strbuf_lit(out, ",\"exit_code\":");
    strbuf_put_u64(out, t->exit_code);
    if (!t->exit_signal)
        return;
    strbuf_lit(out, ",\"signal\":\"");
    flags_text(out, &flag_table_signal, t->exit_signal);
    strbuf_putc(out, '"');
}

static void put_node(struct strbuf *out, const struct tree_report *r, const struct tree_node *n)
{
    strbuf_lit(out, "{\"threads\":");
    strbuf_put_u64(out, n->threads);
    strbuf_lit(out, ",\"started\":\"");
    time_text(out, &r->format, n->task->start);
    strbuf_putc(out, '"');
    if (n->task->exited)
        put_end(out, r, n->task);
    if (n->container) {
        strbuf_lit(out, ",\"container\":");
        container_json(out, n->container);
    }
    strbuf_lit(out, ",\"process\":");
    task_json(out, &r->format, n->task);
    strbuf_putc(out, '}');
}

void tree_json(struct strbuf *out, const struct tree_report *r)
{
    const char *before = "[\n";
    TREE_FOR_EACH(r, n, deep)
    {
        (void)deep;
        strbuf_puts(out, before);
        before = ",\n";
        put_node(out, r, n);
    }
    strbuf_puts(out, *before == '[' ? "[]\n" : "\n]\n");
}
