/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of one process, a fact a line, above the tree that shows where it stands. */
#include "base/limits.h"
#include "cmd/tree.h"
#include "event/flags.h"

/* The facts of one process. The value of the next one is gathered, then written as a line. */
struct facts_page {
    struct strbuf *out;
    struct strbuf value;
    bool markdown;
};

static void end_fact(struct facts_page *p, const char *name)
{
    if (p->value.len && p->markdown) {
        tree_code(&p->value, 0);
        strbuf_printf(p->out, "- %s: `", name);
        strbuf_put(p->out, p->value.data, p->value.len);
        strbuf_lit(p->out, "`\n");
    } else if (p->value.len) {
        strbuf_printf(p->out, "  %-12s", name);
        strbuf_put(p->out, p->value.data, p->value.len);
        strbuf_putc(p->out, '\n');
    }
    p->out->overflow |= p->value.overflow;
    strbuf_clear(&p->value);
}

static void put_text(struct strbuf *out, const struct text_view *t)
{
    if (t->s)
        text_escape(out, t->s, t->len);
    if (t->s && t->why == ABI_WHY_LIMIT)
        strbuf_lit(out, " …");
}

/* Why it is not known, where that says something. */
static void put_why(struct strbuf *out, uint8_t why)
{
    if (why && why != ABI_WHY_ABSENT && why != ABI_WHY_NOT_ASKED)
        strbuf_printf(out, "(%s)", reason_text(why));
}

static void fact(struct facts_page *p, const char *name, const struct text_view *t)
{
    put_text(&p->value, t);
    if (!t->s)
        put_why(&p->value, t->why);
    end_fact(p, name);
}

/* root (0) */
static void fact_id(struct facts_page *p, const char *name, const struct text_view *t, uint32_t id)
{
    put_text(&p->value, t);
    strbuf_printf(&p->value, t->s ? " (%u)" : "%u", id);
    end_fact(p, name);
}

/* ["sh","-c"]: which argument ends where is seen. */
static void fact_strings(struct facts_page *p, const char *name, const struct text_view *t)
{
    const struct field_def def = {.type = TYPE_strv};
    const struct value v = {.encoding = ABI_ENC_STRV,
                            .status = t->why == ABI_WHY_LIMIT ? ABI_TRUNCATED : ABI_PRESENT,
                            .data = t->s,
                            .len = t->len};
    const struct format f = {0};
    if (t->s)
        value_text(&p->value, &f, &def, &v);
    else
        put_why(&p->value, t->why);
    end_fact(p, name);
}

static void fact_end(struct facts_page *p, const struct tree_report *r, const struct task_view *t)
{
    if (!t->exited) {
        strbuf_lit(&p->value, "not by ");
        time_text(&p->value, &r->format, r->at);
        end_fact(p, "ended");
        return;
    }
    time_text(&p->value, &r->format, t->exited);
    if (t->exit_signal) {
        strbuf_lit(&p->value, ", by ");
        flags_text(&p->value, &flag_table_signal, t->exit_signal);
    } else if (t->status_known) {
        strbuf_printf(&p->value, ", exit code %u", t->exit_code);
    }
    end_fact(p, "ended");
}

static void fact_executable(struct facts_page *p, const struct executable_view *e)
{
    const struct field_def dev = {.type = TYPE_dev};
    const struct value v = {.encoding = ABI_ENC_INT, .number = e->dev};
    const struct format raw = {0};
    put_text(&p->value, &e->path);
    if (!e->path.s)
        put_why(&p->value, e->path.why);
    if (e->has_file) {
        strbuf_lit(&p->value, " (device ");
        value_text(&p->value, &raw, &dev, &v);
        strbuf_lit(&p->value, " inode ");
        strbuf_put_u64(&p->value, e->inode);
        strbuf_putc(&p->value, ')');
    }
    end_fact(p, "executable");
    fact(p, "on the host", &e->host_path);
    fact(p, "SHA-256", &e->sha256);
    put_text(&p->value, &e->script);
    end_fact(p, "script");
}

/* ext4 /dev/sda1 at /usr */
static void fact_mount(struct facts_page *p, const struct mount_view *m)
{
    put_text(&p->value, &m->type);
    strbuf_putc(&p->value, ' ');
    put_text(&p->value, &m->source);
    strbuf_lit(&p->value, " at ");
    put_text(&p->value, &m->mountpoint);
    end_fact(p, "in");
}

static void fact_session(struct facts_page *p, const struct task_view *t)
{
    if (t->session)
        strbuf_put_u64(&p->value, t->session);
    if (t->entry_pid) {
        strbuf_printf(&p->value, "%sbegan by %s with %u ", t->session ? ", " : "",
                      entry_kind_names[t->entry], t->entry_pid);
        put_text(&p->value, &t->entry_name);
    }
    end_fact(p, "session");
}

static void fact_container(struct facts_page *p, const struct container_view *c)
{
    const struct text_view *const texts[] = {&c->id, &c->name, &c->image, &c->pod_namespace,
                                             &c->pod_name};
    for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        if (!texts[i]->s)
            continue;
        if (p->value.len)
            strbuf_putc(&p->value, ' ');
        put_text(&p->value, texts[i]);
    }
    end_fact(p, "container");
}

static void facts_of(struct facts_page *p, const struct tree_report *r, const struct tree_node *n)
{
    const struct task_view *t = n->task;
    fact_id(p, "process", &t->name, t->pid);
    time_text(&p->value, &r->format, t->start);
    end_fact(p, "started");
    fact_end(p, r, t);
    if (n->parent)
        fact_id(p, "parent", &n->parent->task->name, t->ppid);
    fact_id(p, "user", &t->user, t->uid);
    fact_id(p, "group", &t->group, t->gid);
    fact_executable(p, &t->exe);
    if (n->mount)
        fact_mount(p, n->mount);
    fact_strings(p, "arguments", &t->argv);
    fact(p, "folder", &t->pwd);
    fact_session(p, t);
    fact(p, "terminal", &t->tty);
    if (n->container)
        fact_container(p, n->container);
    if (n->threads > 1) {
        strbuf_put_u64(&p->value, n->threads);
        end_fact(p, "threads");
    }
}

void tree_facts(struct strbuf *out, const struct tree_report *r, bool markdown)
{
    struct facts_page p = {.out = out, .value = STRBUF_INIT(CELL_BYTES), .markdown = markdown};
    for (unsigned i = 0; i < r->count; i++) {
        if (!r->nodes[i].chosen)
            continue;
        facts_of(&p, r, &r->nodes[i]);
        strbuf_putc(out, '\n');
    }
    strbuf_free(&p.value);
}
