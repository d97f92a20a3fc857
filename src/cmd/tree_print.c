/* SPDX-License-Identifier: Apache-2.0 */
/* The tree as text, as JSON, and for programs that draw. */
#include "base/limits.h"
#include "cmd/text.h"
#include "cmd/tree.h"

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
    struct tree_node *chosen = find(r, pid, UINT64_MAX);
    for (unsigned i = 0; i < r->count; i++) {
        struct tree_node *n = &r->nodes[i];
        /* In order of start a parent stands before its children. */
        n->shown = n == chosen || (chosen && n->parent && n->parent->shown);
    }
    for (struct tree_node *n = chosen; n; n = n->parent)
        n->shown = true;
    return chosen;
}

static const struct tree_node *shown(const struct tree_node *n)
{
    while (n && !n->shown)
        n = n->next;
    return n;
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

/* 4711 sshd (root) /usr/sbin/sshd -D [ssh, 3 threads, ended] */
static void put_label(struct strbuf *out, const struct tree_node *n, bool long_one)
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
    if (long_one)
        put_args(out, &t->argv);
    if (t->entry_pid == t->pid && t->entry) {
        strbuf_lit(out, " [");
        strbuf_puts(out, entry_kind_names[t->entry]);
        strbuf_putc(out, ']');
    }
    if (n->container) {
        strbuf_lit(out, " {");
        put_view(out, n->container->name.s ? &n->container->name : &n->container->id, "?");
        if (n->container->image.s) {
            strbuf_putc(out, ' ');
            put_view(out, &n->container->image, "");
        }
        strbuf_putc(out, '}');
    }
    if (n->threads > 1) {
        strbuf_lit(out, " [");
        strbuf_put_u64(out, n->threads);
        strbuf_lit(out, " threads]");
    }
    if (t->exited)
        strbuf_lit(out, " [ended]");
}

/* The node behind n in the order of the tree; *deep follows. */
static const struct tree_node *next_node(const struct tree_node *n, unsigned *deep)
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

/* Each node that is shown, parents first. */
#define FOR_EACH_NODE(r, n, deep)                                                                  \
    for (unsigned i_ = 0, deep = 0; i_ < (r)->count; i_++)                                         \
        for (const struct tree_node *n = root_at(r, i_); n; n = next_node(n, &deep))

static const struct tree_node *root_at(const struct tree_report *r, unsigned i)
{
    return r->nodes[i].shown && !r->nodes[i].parent ? &r->nodes[i] : NULL;
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
    FOR_EACH_NODE(r, n, deep)
    {
        put_branch(out, n, deep, true);
        put_label(out, n, true);
        strbuf_putc(out, '\n');
    }
}

void tree_json(struct strbuf *out, const struct tree_report *r)
{
    const char *before = "";
    strbuf_lit(out, "[");
    FOR_EACH_NODE(r, n, deep)
    {
        (void)deep;
        strbuf_puts(out, before);
        before = ",";
        strbuf_lit(out, "\n{\"threads\":");
        strbuf_put_u64(out, n->threads);
        if (n->task->exited) {
            strbuf_lit(out, ",\"ended\":\"");
            time_text(out, &r->format, n->task->exited);
            strbuf_putc(out, '"');
        }
        if (n->container) {
            strbuf_lit(out, ",\"container\":");
            container_json(out, n->container);
        }
        strbuf_lit(out, ",\"process\":");
        task_json(out, &r->format, n->task);
        strbuf_putc(out, '}');
    }
    strbuf_lit(out, "\n]\n");
}

/* The label inside of quotes of dot or mermaid: what means something there is written otherwise. */
static void put_quoted(struct strbuf *out, const struct tree_node *n, bool html)
{
    struct strbuf label = STRBUF_INIT(CELL_BYTES);
    put_label(&label, n, false);
    for (size_t i = 0; i < label.len; i++) {
        char c = label.data[i];
        if (html && strchr("\"<>&#[](){}|`\\", c))
            strbuf_printf(out, "#%d;", c);
        else if (!html && strchr("\"\\", c))
            strbuf_printf(out, "\\%c", c);
        else
            strbuf_putc(out, c);
    }
    out->overflow |= label.overflow;
    strbuf_free(&label);
}

/* A process's name for such a program: its id may have been another's before. */
static void put_name(struct strbuf *out, const struct tree_node *n)
{
    strbuf_printf(out, "p%u_%llu", n->task->pid, (unsigned long long)n->task->start);
}

static void put_edge(struct strbuf *out, const struct tree_node *n, const char *arrow)
{
    if (!n->parent || !n->parent->shown)
        return;
    strbuf_lit(out, "  ");
    put_name(out, n->parent);
    strbuf_puts(out, arrow);
    put_name(out, n);
    strbuf_putc(out, '\n');
}

void tree_dot(struct strbuf *out, const struct tree_report *r)
{
    strbuf_lit(out, "digraph processes {\n  rankdir=LR;\n  node [shape=box];\n");
    FOR_EACH_NODE(r, n, deep)
    {
        (void)deep;
        strbuf_lit(out, "  ");
        put_name(out, n);
        strbuf_lit(out, " [label=\"");
        put_quoted(out, n, false);
        strbuf_lit(out, "\"];\n");
        put_edge(out, n, " -> ");
    }
    strbuf_lit(out, "}\n");
}

void tree_mermaid(struct strbuf *out, const struct tree_report *r)
{
    strbuf_lit(out, "flowchart LR\n");
    FOR_EACH_NODE(r, n, deep)
    {
        (void)deep;
        strbuf_lit(out, "  ");
        put_name(out, n);
        strbuf_lit(out, "[\"");
        put_quoted(out, n, true);
        strbuf_lit(out, "\"]\n");
        put_edge(out, n, " --> ");
    }
}

/* As code, in which only a backtick means something. */
void tree_markdown(struct strbuf *out, const struct tree_report *r)
{
    FOR_EACH_NODE(r, n, deep)
    {
        text_pad(out, 2 * deep);
        strbuf_lit(out, "- `");
        size_t from = out->len;
        put_label(out, n, true);
        for (size_t i = from; i < out->len; i++)
            if (out->data[i] == '`')
                out->data[i] = '\'';
        strbuf_lit(out, "`\n");
    }
}
