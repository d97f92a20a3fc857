/* SPDX-License-Identifier: Apache-2.0 */
/* A whole event as one JSON object. What repeats for most events is left out. */
#include "event/format.h"
#include "event/stack.h"

static void member(struct strbuf *out, const char *key, size_t len, uint64_t v)
{
    strbuf_put(out, key, len);
    strbuf_put_u64(out, v);
}

#define MEMBER(out, key, v) member((out), ",\"" key "\":", sizeof(",\"" key "\":") - 1, (v))

static void put_kept(struct strbuf *out, const struct strbuf *text)
{
    strbuf_put(out, text->data, text->len);
    out->overflow |= text->overflow;
}

/* Members that are the same as the host's view, or unknown, are left out. */
static void put_process(struct strbuf *out, const struct format *f, const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    member(out, ",\"process\":{\"pid\":", sizeof(",\"process\":{\"pid\":") - 1, r->pid);
    if (r->tid != r->pid)
        MEMBER(out, "tid", r->tid);
    MEMBER(out, "ppid", r->ppid);
    if (r->ns_pid != r->pid || r->ns_tid != r->tid || r->ns_ppid != r->ppid) {
        MEMBER(out, "ns_pid", r->ns_pid);
        if (r->ns_tid != r->ns_pid)
            MEMBER(out, "ns_tid", r->ns_tid);
        MEMBER(out, "ns_ppid", r->ns_ppid);
    }
    strbuf_lit(out, ",\"name\":");
    json_quote(out, r->comm, strnlen(r->comm, sizeof(r->comm)));
    MEMBER(out, "uid", r->uid);
    MEMBER(out, "gid", r->gid);
    MEMBER(out, "start", r->leader_start);
    if (r->tid != r->pid)
        MEMBER(out, "thread_start", r->task_start);
    if (r->parent_start)
        MEMBER(out, "parent_start", r->parent_start);
    MEMBER(out, "mntns", r->mnt_ns);
    MEMBER(out, "pidns", r->pid_ns);
    MEMBER(out, "netns", r->net_ns);
    MEMBER(out, "userns", r->user_ns);
    MEMBER(out, "cgroup", r->cgroup);
    if (ev->context && f->kept)
        put_kept(out, &context_text_of(f, ev->context)->process);
    else if (ev->context)
        context_process_json(out, f, ev->context);
    strbuf_putc(out, '}');
}

/* Whether the record tells of a task: an interrupt and ratel itself have none. */
static bool has_task(const struct abi_record *r)
{
    return !(r->flags & ABI_F_NO_TASK) && !((r->flags & ABI_F_USER) && !r->pid && !r->tid);
}

/* Names are escaped too: those of a recording's catalog are as hostile as its records. */
static void put_key(struct strbuf *out, const char *name)
{
    json_quote(out, name, strlen(name));
    strbuf_putc(out, ':');
}

/* Fills status with which statuses there were, so that most events need no second walk. */
static void put_data(struct strbuf *out, const struct format *f, const struct event *ev,
                     unsigned *statuses)
{
    bool first = true;
    strbuf_lit(out, ",\"data\":{");
    for (unsigned i = event_next(ev, 0); i < ev->def->nfields; i = event_next(ev, i + 1)) {
        const struct field_def *def = &ev->def->fields[i];
        struct value v = event_value(ev, i);
        if (!first)
            strbuf_putc(out, ',');
        first = false;
        put_key(out, def->name);
        value_json(out, f, def, &v);
        *statuses |= 1u << v.status;
    }
    strbuf_putc(out, '}');
}

static void put_reason(struct strbuf *out, const char *field, uint8_t reason, bool *first)
{
    if (!*first)
        strbuf_putc(out, ',');
    *first = false;
    put_key(out, field);
    strbuf_putc(out, '"');
    strbuf_puts(out, reason_text(reason));
    strbuf_putc(out, '"');
}

/* ,"missing":{"field":"reason"} of the fields with that status. */
static void put_reasons(struct strbuf *out, const struct event *ev, const char *key, uint8_t status)
{
    bool first = true;
    strbuf_putc(out, ',');
    put_key(out, key);
    strbuf_putc(out, '{');
    for (unsigned i = event_next(ev, 0); i < ev->def->nfields; i = event_next(ev, i + 1)) {
        struct value v = event_value(ev, i);
        if (v.status == status)
            put_reason(out, ev->def->fields[i].name, v.reason, &first);
    }
    if (ev->stack && ev->stack->status == status)
        put_reason(out, "user_stack", ev->stack->reason, &first);
    strbuf_putc(out, '}');
}

static void put_stack(struct strbuf *out, const struct event *ev, unsigned *statuses)
{
    if (!ev->stack)
        return;
    strbuf_lit(out, ",\"user_stack\":");
    stack_json(out, ev);
    *statuses |= 1u << ev->stack->status;
}

static void put_flags(struct strbuf *out, unsigned flags)
{
    static const struct {
        unsigned bit;
        const char *name;
    } names[] = {
        {ABI_F_COMPAT, "compat"},
        {ABI_F_ENTER, "enter"},
        {ABI_F_NO_TASK, "no_task"},
        {ABI_F_USER, "ratel"},
    };
    const char *before = ",\"flags\":[\"";
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!(flags & names[i].bit))
            continue;
        strbuf_puts(out, before);
        strbuf_puts(out, names[i].name);
        strbuf_putc(out, '"');
        before = ",\"";
    }
    strbuf_putc(out, ']');
}

static void put_syscall(struct strbuf *out, const struct format *f, const struct event *ev)
{
    if (ev->rec->syscall < 0)
        return;
    const char *name = event_syscall(f, ev);
    strbuf_lit(out, ",\"syscall\":");
    if (name && !f->raw)
        json_quote(out, name, strlen(name));
    else
        strbuf_put_s64(out, ev->rec->syscall);
}

static void put_via(struct strbuf *out, const struct event *ev)
{
    const char *via = event_via(ev);
    if (!via)
        return;
    strbuf_lit(out, ",\"via\":\"");
    strbuf_puts(out, via);
    strbuf_putc(out, '"');
}

static void put_ret(struct strbuf *out, const struct event *ev)
{
    strbuf_lit(out, ",\"ret\":");
    strbuf_put_s64(out, ev->rec->ret);
    const char *error = event_error(ev);
    if (!error)
        return;
    strbuf_lit(out, ",\"error\":\"");
    strbuf_puts(out, error);
    strbuf_putc(out, '"');
}

void event_json(struct strbuf *out, const struct format *f, const struct machine *machine,
                const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    unsigned statuses = 0;
    strbuf_lit(out, "{\"time\":\"");
    time_text(out, f, r->time);
    strbuf_lit(out, "\",\"event\":");
    json_quote(out, ev->def->name, strlen(ev->def->name));
    MEMBER(out, "id", r->event);
    strbuf_lit(out, ",\"host\":");
    json_quote(out, machine->hostname, strnlen(machine->hostname, sizeof(machine->hostname)));
    MEMBER(out, "cpu", r->cpu);
    if (has_task(r))
        put_process(out, f, ev);
    if (ev->context && f->kept)
        put_kept(out, &context_text_of(f, ev->context)->rest);
    else if (ev->context)
        context_json(out, f, ev->context);
    put_syscall(out, f, ev);
    put_via(out, ev);
    put_data(out, f, ev, &statuses);
    if (event_returns(ev))
        put_ret(out, ev);
    put_stack(out, ev, &statuses);
    if (statuses & 1u << ABI_MISSING)
        put_reasons(out, ev, "missing", ABI_MISSING);
    if (statuses & 1u << ABI_TRUNCATED)
        put_reasons(out, ev, "truncated", ABI_TRUNCATED);
    if (r->flags & (ABI_F_COMPAT | ABI_F_ENTER | ABI_F_NO_TASK | ABI_F_USER))
        put_flags(out, r->flags);
    strbuf_putc(out, '}');
}
