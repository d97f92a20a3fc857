/* SPDX-License-Identifier: Apache-2.0 */
/* The lineage report: processes as a tree, in several forms. */
#ifndef RATEL_CMD_TREE_H
#define RATEL_CMD_TREE_H

#include "base/strbuf.h"
#include "event/format.h"

struct tree_node {
    const struct task_view *task;
    struct tree_node *parent;               /* NULL: not known, or there is none */
    struct tree_node *first, *next;         /* children in order, brothers and sisters */
    struct tree_node *last;                 /* of the children */
    const struct container_view *container; /* NULL: none, or not asked for */
    unsigned threads;
    bool shown; /* belongs to what was asked for */
};

struct tree_report {
    struct tree_node *nodes; /* in order of start */
    unsigned count;
    struct format format;
    uint64_t at;
};

/* Links the nodes, whose tasks are filled, with their parents. */
void tree_link(struct tree_report *r);
/* Shows one process, its ancestors and descendants. False: it is not among them. */
bool tree_choose(struct tree_report *r, uint32_t pid);

/* One for each choice of --format. */
void tree_text(struct strbuf *out, const struct tree_report *r);
void tree_json(struct strbuf *out, const struct tree_report *r);
void tree_dot(struct strbuf *out, const struct tree_report *r);
void tree_mermaid(struct strbuf *out, const struct tree_report *r);
void tree_markdown(struct strbuf *out, const struct tree_report *r);

#endif
