/* SPDX-License-Identifier: Apache-2.0 */
/* What the world adds to an event, as JSON. */
#include "event/format.h"

const char *const entry_kind_names[ENTRY_KIND_COUNT] = {
#define X(name, text) [ENTRY_##name] = text,
    ENTRY_KINDS(X)
#undef X
};

/*
 * What a text is of: the lower bits of its number in the cache, the serial being the upper ones.
 * TEXT_PROCESS: and why there are no more ancestors.
 */
enum text_kind { TEXT_TASK, TEXT_CONTAINER, TEXT_PROCESS };
#define TEXT_KIND_BITS 16

static uint64_t text_key(uint64_t serial, unsigned kind)
{
    return serial << TEXT_KIND_BITS | kind;
}

/* Appends a text that is ready; false: it is to be made. */
static bool put_ready(struct strbuf *out, const struct format *f, uint64_t serial, unsigned kind)
{
    return f->kept && serial && text_cache_get(&f->kept->texts, text_key(serial, kind), out);
}

/* What stands at the end of out from there on is ready from now on. */
static void keep_ready(const struct strbuf *out, const struct format *f, uint64_t serial,
                       unsigned kind, size_t from)
{
    if (f->kept && serial && !out->overflow)
        text_cache_put(&f->kept->texts, text_key(serial, kind), out->data + from, out->len - from);
}

static void put_key(struct strbuf *out, const char *key)
{
    strbuf_lit(out, ",\"");
    strbuf_puts(out, key);
    strbuf_lit(out, "\":");
}

static void put_number(struct strbuf *out, const char *key, uint64_t n)
{
    put_key(out, key);
    strbuf_put_u64(out, n);
}

static void put_text(struct strbuf *out, const char *key, const struct text_view *t)
{
    if (!t->s)
        return;
    put_key(out, key);
    json_quote(out, t->s, t->len);
}

/* As the catalog's type of that number is written. */
static void put_typed(struct strbuf *out, const struct format *f, const char *key,
                      enum field_type type, uint64_t n)
{
    const struct field_def def = {.type = type};
    const struct value v = {.encoding = ABI_ENC_INT, .number = n};
    put_key(out, key);
    value_json(out, f, &def, &v);
}

void strings_json(struct strbuf *out, const struct text_view *t, bool pairs)
{
    const struct value v = {.encoding = ABI_ENC_STRV, .data = t->s, .len = t->len};
    const char *s;
    size_t pos = 0, len;
    unsigned n = 0;
    strbuf_putc(out, pairs ? '{' : '[');
    for (; value_strv_next(&v, &pos, &s, &len); n++) {
        if (n)
            strbuf_putc(out, pairs && n % 2 ? ':' : ',');
        json_quote(out, s, len);
    }
    if (pairs && n % 2) /* the last name has no value */
        strbuf_lit(out, ":\"\"");
    strbuf_putc(out, pairs ? '}' : ']');
}

static void put_strings(struct strbuf *out, const char *key, const struct text_view *t, bool pairs)
{
    if (!t->s)
        return;
    put_key(out, key);
    strings_json(out, t, pairs);
}

/* A text's name, for the list of what is missing or cut. */
struct named_text {
    const char *name;
    const struct text_view *text;
};

static bool has_reason(const struct text_view *t, bool missing)
{
    /* That a daemon has no terminal, and a kernel thread no program, needs not be said. */
    if (t->why == ABI_WHY_ABSENT || t->why == ABI_WHY_NOT_ASKED)
        return false;
    return t->why && !t->s == missing;
}

/* ,"missing":{"cwd":"reason"} of those that are; or of those that are cut. */
static void put_reasons(struct strbuf *out, const char *key, bool missing,
                        const struct named_text *texts, unsigned count)
{
    bool any = false;
    for (unsigned i = 0; i < count; i++) {
        const struct text_view *t = texts[i].text;
        if (!has_reason(t, missing))
            continue;
        if (!any) {
            put_key(out, key);
            strbuf_putc(out, '{');
        } else {
            strbuf_putc(out, ',');
        }
        any = true;
        json_quote(out, texts[i].name, strlen(texts[i].name));
        strbuf_lit(out, ":\"");
        strbuf_puts(out, reason_text(t->why));
        strbuf_putc(out, '"');
    }
    if (any)
        strbuf_putc(out, '}');
}

static void put_executable(struct strbuf *out, const struct format *f,
                           const struct executable_view *e)
{
    if (!e->path.s)
        return;
    put_key(out, "executable");
    strbuf_lit(out, "{\"path\":");
    json_quote(out, e->path.s, e->path.len);
    if (e->has_file) {
        put_typed(out, f, "dev", TYPE_dev, e->dev);
        put_number(out, "inode", e->inode);
        put_typed(out, f, "ctime", TYPE_ctime, e->ctime);
        put_typed(out, f, "mode", TYPE_mode, e->mode);
    }
    put_text(out, "host_path", &e->host_path);
    put_text(out, "sha256", &e->sha256);
    put_text(out, "script", &e->script);
    strbuf_putc(out, '}');
}

static void put_entry(struct strbuf *out, const struct task_view *t)
{
    if (!t->entry_pid)
        return;
    put_key(out, "entry");
    strbuf_lit(out, "{\"type\":\"");
    strbuf_puts(out, entry_kind_names[t->entry]);
    strbuf_putc(out, '"');
    put_number(out, "pid", t->entry_pid);
    put_number(out, "start", t->entry_start);
    put_text(out, "name", &t->entry_name);
    strbuf_putc(out, '}');
}

/* What a header does not tell of the task; last: behind all texts of the same object. */
static void put_about(struct strbuf *out, const struct format *f, const struct task_view *t,
                      const struct text_view *ancestors)
{
    const struct named_text texts[] = {
        {"executable", &t->exe.path}, {"args", &t->argv},   {"cwd", &t->pwd},
        {"user", &t->user},           {"group", &t->group}, {"sha256", &t->exe.sha256},
        {"ancestors", ancestors},     {"tty", &t->tty},     {"host_path", &t->exe.host_path},
    };
    unsigned count = sizeof(texts) / sizeof(*texts);
    put_text(out, "user", &t->user);
    put_text(out, "group", &t->group);
    put_executable(out, f, &t->exe);
    put_strings(out, "args", &t->argv, false);
    put_text(out, "cwd", &t->pwd);
    if (t->euid != t->uid && t->euid != UINT32_MAX)
        put_number(out, "euid", t->euid);
    if (t->egid != t->gid && t->egid != UINT32_MAX)
        put_number(out, "egid", t->egid);
    if (t->session)
        put_number(out, "session", t->session);
    put_text(out, "tty", &t->tty);
    put_entry(out, t);
    put_reasons(out, "missing", true, texts, count);
    put_reasons(out, "truncated", false, texts, count);
}

void context_process_json(struct strbuf *out, const struct format *f, const struct event_context *c)
{
    const struct text_view ancestors = text_unknown(c->ancestors_why);
    unsigned kind = TEXT_PROCESS + c->ancestors_why;
    size_t from = out->len;
    if (!c->task || put_ready(out, f, c->task->serial, kind))
        return;
    put_about(out, f, c->task, &ancestors);
    keep_ready(out, f, c->task->serial, kind, from);
}

void task_json(struct strbuf *out, const struct format *f, const struct task_view *t)
{
    const struct text_view none = {0};
    strbuf_lit(out, "{\"pid\":");
    strbuf_put_u64(out, t->pid);
    if (t->tid != t->pid)
        put_number(out, "tid", t->tid);
    put_number(out, "ppid", t->ppid);
    put_text(out, "name", &t->name);
    put_number(out, "uid", t->uid);
    put_number(out, "gid", t->gid);
    put_number(out, "start", t->start);
    put_about(out, f, t, &none);
    strbuf_putc(out, '}');
}

void container_json(struct strbuf *out, const struct container_view *c)
{
    const struct named_text texts[] = {
        {"name", &c->name},         {"image", &c->image},
        {"digest", &c->digest},     {"labels", &c->labels},
        {"pod_name", &c->pod_name}, {"pod_namespace", &c->pod_namespace},
        {"pod_uid", &c->pod_uid},   {"pod_labels", &c->pod_labels},
        {"runtime", &c->runtime},
    };
    strbuf_lit(out, "{\"id\":");
    json_quote(out, c->id.s ? c->id.s : "", c->id.s ? c->id.len : 0);
    put_text(out, "runtime", &c->runtime);
    put_text(out, "name", &c->name);
    put_text(out, "image", &c->image);
    put_text(out, "digest", &c->digest);
    put_strings(out, "labels", &c->labels, true);
    put_text(out, "pod_name", &c->pod_name);
    put_text(out, "pod_namespace", &c->pod_namespace);
    put_text(out, "pod_uid", &c->pod_uid);
    put_strings(out, "pod_labels", &c->pod_labels, true);
    if (c->sandbox)
        strbuf_lit(out, ",\"sandbox\":true");
    if (c->started)
        strbuf_lit(out, ",\"started\":true");
    put_number(out, "cgroup", c->cgroup);
    put_reasons(out, "missing", true, texts, sizeof(texts) / sizeof(*texts));
    put_reasons(out, "truncated", false, texts, sizeof(texts) / sizeof(*texts));
    strbuf_putc(out, '}');
}

static void put_ancestor(struct strbuf *out, const struct format *f, const struct task_view *t)
{
    size_t from = out->len;
    if (put_ready(out, f, t->serial, TEXT_TASK))
        return;
    task_json(out, f, t);
    keep_ready(out, f, t->serial, TEXT_TASK, from);
}

/* The container, or as text why it is not known. Nothing on the host. */
static void put_container(struct strbuf *out, const struct format *f, const struct event_context *c)
{
    if (c->container) {
        put_key(out, "container");
        size_t from = out->len;
        if (put_ready(out, f, c->container->serial, TEXT_CONTAINER))
            return;
        container_json(out, c->container);
        keep_ready(out, f, c->container->serial, TEXT_CONTAINER, from);
    } else if (c->container_why && c->container_why != ABI_WHY_ABSENT &&
               c->container_why != ABI_WHY_NOT_ASKED) {
        strbuf_lit(out, ",\"container\":{\"missing\":{\"id\":\"");
        strbuf_puts(out, reason_text(c->container_why));
        strbuf_lit(out, "\"}}");
    }
}

void context_json(struct strbuf *out, const struct format *f, const struct event_context *c)
{
    if (c->ancestors) {
        put_key(out, "ancestors");
        strbuf_putc(out, '[');
        for (unsigned i = 0; i < c->nancestors; i++) {
            if (i)
                strbuf_putc(out, ',');
            put_ancestor(out, f, c->ancestors[i]);
        }
        strbuf_putc(out, ']');
    }
    put_container(out, f, c);
}

void context_text_free(struct context_text *t)
{
    strbuf_free(&t->process);
    strbuf_free(&t->rest);
    text_cache_free(&t->texts);
}

const struct context_text *context_text_of(const struct format *f, const struct event_context *c)
{
    struct context_text *t = f->kept;
    if (t->serial == c->serial)
        return t;
    strbuf_clear(&t->process);
    strbuf_clear(&t->rest);
    context_process_json(&t->process, f, c);
    context_json(&t->rest, f, c);
    t->serial = t->process.overflow || t->rest.overflow ? 0 : c->serial;
    return t;
}
