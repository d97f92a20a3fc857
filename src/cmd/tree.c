/* SPDX-License-Identifier: Apache-2.0 */
/* ratel tree: who descends from whom, on this machine or in a recording. */
#include "cmd/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/run.h"
#include "cmd/text.h"
#include "cmd/tree_read.h"

#define TREE_PARTS                                                                                 \
    (CONTEXT_PROCESS | CONTEXT_ANCESTORS | CONTEXT_USER_NAMES | CONTEXT_HASH | CONTEXT_MOUNTS)

/* What nobody was asked for is not said to be missing from every one. */
static const struct task_view *as_asked(const struct tree_past *t, const struct task_view *task,
                                        struct arena *arena)
{
    struct task_view *copy = arena_alloc(arena, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = *task;
    if (!t->hashes)
        copy->exe.sha256 = text_unknown(ABI_WHY_NOT_ASKED);
    if (!t->mounts)
        copy->exe.host_path = text_unknown(ABI_WHY_NOT_ASKED);
    return copy;
}

static int fill_node(struct tree_node *n, const struct tree_past *t, const struct task_view *task,
                     bool containers, struct arena *arena)
{
    const struct task_view **threads;
    int count = world_threads(t->world, task->pid, task->start, t->at, &threads, arena);
    if (count < 0)
        return count;
    *n = (struct tree_node){.task = as_asked(t, task, arena), .threads = (unsigned)count};
    n->mount = world_mount(t->world, task->mnt_ns, &task->exe.path,
                           task->exited ? task->exited : t->at, arena);
    if (containers)
        n->container = world_container(t->world, task->cgroup, t->at, arena);
    return n->task ? 0 : -ENOMEM;
}

static int fill_report(struct tree_report *r, const struct tree_past *t, const struct options *o,
                       struct arena *arena)
{
    const struct task_view **tasks;
    int n = world_processes(t->world, t->since, t->at, &tasks, arena);
    if (n < 0)
        return n;
    r->nodes = arena_alloc(arena, ((size_t)n + 1) * sizeof(*r->nodes));
    if (!r->nodes)
        return -ENOMEM;
    r->count = (unsigned)n;
    r->at = t->at;
    r->format = (struct format){.realtime_offset = t->machine.realtime_offset};
    r->width = o->origin[OPTION_width] ? (unsigned)o->width : text_width(0);
    for (int i = 0; i < n; i++) {
        int rc = fill_node(&r->nodes[i], t, tasks[i], o->containers, arena);
        if (rc)
            return rc;
    }
    tree_link(r);
    return 0;
}

static int print(const struct tree_report *r, const struct tree_past *t, const struct options *o)
{
    static void (*const forms[])(struct strbuf *, const struct tree_report *) = {
        tree_text, tree_json, tree_dot, tree_mermaid, tree_markdown}; /* as --format has them */
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
    forms[o->format](&out, r);
    int status = output_flush(&out);
    if (o->stats)
        world_print(t->world, stderr);
    return status;
}

static const char *when(const struct options *o)
{
    if (!o->read.text)
        return "";
    return o->at.given ? " at that time" : o->since.given || o->until.given ? " in that time" : "";
}

static int report(const struct tree_past *t, const struct options *o, uint32_t pid)
{
    struct tree_report r = {0};
    struct error err = {0};
    struct arena arena;
    arena_init(&arena);
    int rc = fill_report(&r, t, o, &arena);
    if (rc)
        error_set(&err, rc, "out of memory");
    else if (pid && !tree_choose(&r, pid))
        rc = error_set(&err, -ESRCH, "there is no process %u%s", pid, when(o));
    int status = rc ? run_fail(o, rc, NULL, &err) : print(&r, t, o);
    arena_free(&arena);
    return status;
}

/* What does not go together. */
static int check(const struct options *o, uint32_t *pid)
{
    char *end = NULL;
    unsigned long n = o->noperands ? strtoul(o->operands[0], &end, 10) : 0;
    if (o->noperands > 1)
        return usage_say(o, "ratel tree shows one process at a time, or all");
    if (o->noperands && (!n || *end || n > INT32_MAX))
        return usage_say(o, "'%.100s' is not the id of a process", o->operands[0]);
    if (!o->read.text && (o->at.given || o->since.given || o->until.given))
        return usage_say(o, "of this machine only the present is known: --at, --since and --until "
                            "need a recording (--read FILE)");
    if (o->at.given && (o->since.given || o->until.given))
        return usage_say(o, "--at is a moment, --since and --until are a range: only one of them");
    if (o->width > UINT16_MAX)
        return usage_say(o, "--width is at most %u columns", UINT16_MAX);
    *pid = (uint32_t)n;
    return EXIT_OK;
}

static int read_all(struct tree_past *t, const struct options *o, uint32_t pid)
{
    struct runtime_sockets sockets = {0};
    struct error err = {0};
    int status = o->containers ? run_runtimes(o, &sockets) : EXIT_OK;
    if (status)
        return status;
    int rc = o->read.text ? tree_read_recording(t, o, &err) : tree_read_machine(t, pid, &err);
    if (!rc && o->containers && !o->read.text)
        rc = tree_read_containers(t, &sockets, &err);
    return rc ? run_fail(o, rc == -EINVAL ? -EIO : rc, NULL, &err) : EXIT_OK;
}

int cmd_tree(const struct options *o)
{
    const struct world_options world = {.parts =
                                            TREE_PARTS | (o->containers ? CONTEXT_CONTAINER : 0)};
    struct tree_past t = {0};
    struct error err = {0};
    uint32_t pid = 0;
    int status = check(o, &pid);
    if (status)
        return status;
    int rc = world_new(&t.world, &world);
    if (rc)
        return run_fail(o, error_set(&err, rc, "out of memory"), NULL, &err);
    status = read_all(&t, o, pid);
    if (!status)
        status = report(&t, o, pid);
    world_free(t.world);
    return status;
}
