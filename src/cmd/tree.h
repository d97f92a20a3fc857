/* SPDX-License-Identifier: Apache-2.0 */
/* The lineage report: processes as a tree, in several forms. */
#ifndef RATEL_CMD_TREE_H
#define RATEL_CMD_TREE_H

#include "base/strbuf.h"
#include "event/format.h"
#include "world/world.h"

struct tree_node {
    const struct task_view *task;
    struct tree_node *parent;               /* NULL: not known, or there is none */
    struct tree_node *first, *next;         /* children in order, brothers and sisters */
    struct tree_node *last;                 /* of the children */
    const struct container_view *container; /* NULL: none, or not asked for */
    const struct mount_view *mount;         /* that its program is in; NULL: not known */
    unsigned threads;
    bool chosen; /* is what was asked for */
    bool shown;  /* belongs to it */
};

struct tree_report {
    struct tree_node *nodes; /* in order of start */
    unsigned count;
    struct format format;
    uint64_t at;
    unsigned width; /* columns of a line of text; 0: lines are not cut */
};

/* Links the nodes, whose tasks are filled, with their parents. */
void tree_link(struct tree_report *r);
/*
 * Shows one process, its ancestors and descendants; each, where several had the id. False: it is
 * not among them.
 */
bool tree_choose(struct tree_report *r, uint32_t pid);

/* The node behind n in the order of the tree, parents first; *deep follows. NULL at the end. */
const struct tree_node *tree_next(const struct tree_node *n, unsigned *deep);
/* The i-th node where it is shown and has no parent, else NULL. */
const struct tree_node *tree_root(const struct tree_report *r, unsigned i);

/* Each node that is shown, parents first. */
#define TREE_FOR_EACH(r, n, deep)                                                                  \
    for (unsigned i_ = 0, deep = 0; i_ < (r)->count; i_++)                                         \
        for (const struct tree_node *n = tree_root(r, i_); n; n = tree_next(n, &deep))

/*
 * 4711 sshd (root) [ssh, 3 threads, ended] {container image} /usr/sbin/sshd -D: what others may
 * have chosen comes last, and can be cut. Nothing in it steers a terminal.
 */
void tree_label(struct strbuf *out, const struct tree_node *n, bool arguments);
/* What is known of the chosen processes, a fact a line; markdown: as a list. */
void tree_facts(struct strbuf *out, const struct tree_report *r, bool markdown);
/* What began behind from is code in Markdown: of it only a backtick means something. */
void tree_code(struct strbuf *out, size_t from);

/* One for each choice of --format. */
void tree_text(struct strbuf *out, const struct tree_report *r);
void tree_json(struct strbuf *out, const struct tree_report *r);
void tree_dot(struct strbuf *out, const struct tree_report *r);
void tree_mermaid(struct strbuf *out, const struct tree_report *r);
void tree_markdown(struct strbuf *out, const struct tree_report *r);

#endif
