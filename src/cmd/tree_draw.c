/* SPDX-License-Identifier: Apache-2.0 */
/* The tree for programs that draw: what means something to them is written otherwise. */
#include "base/limits.h"
#include "cmd/text.h"
#include "cmd/tree.h"

/* A label of dot is read with the escapes of C, more of its own, and the entities of HTML. */
static void put_dot(struct strbuf *out, char c)
{
    if (c == '&')
        strbuf_lit(out, "&amp;");
    else if (c == '"' || c == '\\')
        strbuf_printf(out, "\\%c", c);
    else
        strbuf_putc(out, c);
}

static void put_mermaid(struct strbuf *out, char c)
{
    if (strchr("\"<>&#[](){}|`\\;%*_~", c))
        strbuf_printf(out, "#%d;", c);
    else
        strbuf_putc(out, c);
}

static void put_quoted(struct strbuf *out, const struct tree_node *n,
                       void (*put)(struct strbuf *out, char c))
{
    struct strbuf label = STRBUF_INIT(CELL_BYTES);
    tree_label(&label, n, false);
    for (size_t i = 0; i < label.len; i++)
        put(out, label.data[i]);
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
    TREE_FOR_EACH(r, n, deep)
    {
        (void)deep;
        strbuf_lit(out, "  ");
        put_name(out, n);
        strbuf_lit(out, " [label=\"");
        put_quoted(out, n, put_dot);
        strbuf_puts(out, n->chosen ? "\", style=bold];\n" : "\"];\n");
        put_edge(out, n, " -> ");
    }
    strbuf_lit(out, "}\n");
}

void tree_mermaid(struct strbuf *out, const struct tree_report *r)
{
    strbuf_lit(out, "flowchart LR\n");
    TREE_FOR_EACH(r, n, deep)
    {
        (void)deep;
        strbuf_lit(out, "  ");
        put_name(out, n);
        strbuf_lit(out, "[\"");
        put_quoted(out, n, put_mermaid);
        strbuf_lit(out, "\"]\n");
        if (n->chosen) {
            strbuf_lit(out, "  style ");
            put_name(out, n);
            strbuf_lit(out, " stroke-width:4px\n");
        }
        put_edge(out, n, " --> ");
    }
}

void tree_code(struct strbuf *out, size_t from)
{
    for (size_t i = from; i < out->len; i++)
        if (out->data[i] == '`')
            out->data[i] = '\'';
}

void tree_markdown(struct strbuf *out, const struct tree_report *r)
{
    tree_facts(out, r, true);
    TREE_FOR_EACH(r, n, deep)
    {
        text_pad(out, 2 * deep);
        strbuf_lit(out, "- `");
        size_t from = out->len;
        tree_label(out, n, true);
        tree_code(out, from);
        strbuf_lit(out, "`\n");
    }
}
