/* SPDX-License-Identifier: Apache-2.0 */
/* One event through a template. */
#include "event/stack.h"
#include "sink/template.h"
#include "sink/text.h"

struct run {
    const struct format *f;
    const struct machine *machine;
    const struct event *ev;
    unsigned field; /* of the loop over data */
};

/* Something that is a string, in the form that the filter says; NULL is nothing, or null. */
static void put_string(struct strbuf *out, bool json, const char *s, size_t n)
{
    if (json && s)
        json_quote(out, s, n);
    else if (json)
        strbuf_lit(out, "null");
    else if (s)
        text_escape(out, s, n);
}

static void put_field(struct strbuf *out, const struct run *r, int field, bool json)
{
    if (field < 0 || !event_has(r->ev, (unsigned)field)) {
        if (json)
            strbuf_lit(out, "null");
        return;
    }
    const struct field_def *def = &r->ev->def->fields[field];
    struct value v = event_value(r->ev, (unsigned)field);
    if (json)
        value_json(out, r->f, def, &v);
    else
        value_text(out, r->f, def, &v);
}

static void put_ret(struct strbuf *out, const struct run *r, bool json)
{
    if (!json)
        return_text(out, r->f, r->ev);
    else if (event_returns(r->ev))
        strbuf_put_s64(out, r->ev->rec->ret);
    else
        strbuf_lit(out, "null");
}

static void put_time(struct strbuf *out, const struct run *r, bool json)
{
    if (json)
        strbuf_putc(out, '"');
    time_text(out, r->f, r->ev->rec->time);
    if (json)
        strbuf_putc(out, '"');
}

static void put_all(struct strbuf *out, const struct run *r)
{
    event_json(out, r->f, r->machine, r->ev);
}

static void put_args(struct strbuf *out, const struct run *r, bool json)
{
    if (!json) {
        sink_args_text(out, r->f, r->ev, "=", " ");
        return;
    }
    strbuf_putc(out, '{');
    const struct event *ev = r->ev;
    bool first = true;
    for (unsigned i = event_next(ev, 0); i < ev->def->nfields; i = event_next(ev, i + 1)) {
        const char *name = ev->def->fields[i].name;
        if (!first)
            strbuf_putc(out, ',');
        first = false;
        json_quote(out, name, strlen(name));
        strbuf_putc(out, ':');
        put_field(out, r, (int)i, true);
    }
    strbuf_putc(out, '}');
}

static uint64_t number_of(const struct abi_record *r, enum template_what what)
{
    switch (what) {
    case T_id:
        return r->event;
    case T_cpu:
        return r->cpu;
    case T_pid:
        return r->pid;
    case T_tid:
        return r->tid;
    case T_ppid:
        return r->ppid;
    case T_ns_pid:
        return r->ns_pid;
    case T_ns_tid:
        return r->ns_tid;
    case T_ns_ppid:
        return r->ns_ppid;
    case T_uid:
        return r->uid;
    case T_gid:
        return r->gid;
    case T_start:
        return r->leader_start;
    case T_thread_start:
        return r->task_start;
    case T_parent_start:
        return r->parent_start;
    case T_mntns:
        return r->mnt_ns;
    case T_pidns:
        return r->pid_ns;
    case T_netns:
        return r->net_ns;
    case T_userns:
        return r->user_ns;
    default:
        return r->cgroup;
    }
}

static const char *string_of(const struct run *r, enum template_what what)
{
    const struct field_def *field = &r->ev->def->fields[r->field];
    switch (what) {
    case T_event:
        return r->ev->def->name;
    case T_host:
        return r->machine->hostname;
    case T_syscall:
        return event_syscall(r->f, r->ev);
    case T_via:
        return event_via(r->ev);
    case T_error:
        return event_error(r->ev);
    case T_name:
        return field->name;
    default:
        return type_defs[field->type].listed;
    }
}

static void put_op(struct strbuf *out, const struct run *r, const struct template_op *op)
{
    const char *s;
    switch (op->what) {
    case T_context:
        context_value_put(out, r->f, r->ev->context, op->value, op->json);
        break;
    case T_literal:
        strbuf_put(out, op->text, op->len);
        break;
    case T_field:
        put_field(out, r, event_def_field(r->ev->def, op->text, op->len), op->json);
        break;
    case T_value:
        put_field(out, r, (int)r->field, op->json);
        break;
    case T_time:
        put_time(out, r, op->json);
        break;
    case T_ret:
        put_ret(out, r, op->json);
        break;
    case T_args:
        put_args(out, r, op->json);
        break;
    case T_all:
        put_all(out, r);
        break;
    case T_user_stack:
        if (op->json)
            stack_json(out, r->ev);
        else
            stack_text(out, r->ev);
        break;
    case T_comm:
        put_string(out, op->json, r->ev->rec->comm, comm_length(r->ev->rec));
        break;
    case T_event:
    case T_host:
    case T_syscall:
    case T_via:
    case T_error:
    case T_name:
    case T_type:
        s = string_of(r, op->what);
        put_string(out, op->json, s, s ? strlen(s) : 0);
        break;
    default:
        strbuf_put_u64(out, number_of(r->ev->rec, op->what));
    }
}

void template_run(const struct template *t, struct strbuf *out, const struct format *f,
                  const struct machine *machine, const struct event *ev)
{
    struct run r = {.f = f, .machine = machine, .ev = ev};
    for (unsigned i = 0; i < t->count;) {
        const struct template_op *op = &t->ops[i++];
        switch (op->what) {
        case T_loop:
            r.field = event_next(ev, 0);
            if (r.field >= ev->def->nfields)
                i = op->jump;
            break;
        case T_next:
            r.field = event_next(ev, r.field + 1);
            if (r.field < ev->def->nfields)
                i = op->jump;
            break;
        case T_more:
            if (event_next(ev, r.field + 1) >= ev->def->nfields)
                i = op->jump;
            break;
        case T_failed:
            if (!event_error(ev))
                i = op->jump;
            break;
        default:
            put_op(out, &r, op);
        }
    }
}
