/* SPDX-License-Identifier: Apache-2.0 */
#include "event/context_values.h"

enum shape { TEXT, LIST, PAIRS, NUMBER, OTHER };

const struct context_value_def context_values[CONTEXT_VALUE_COUNT] = {
#define CONTEXT_VALUE(id, name, part, shape, owner, member) [CONTEXT_VALUE_##id] = {name, part},
#define CONTEXT_OTHER(id, name, part)                       [CONTEXT_VALUE_##id] = {name, part},
#include "event/context.def"
#undef CONTEXT_VALUE
#undef CONTEXT_OTHER
};

static enum shape shape_of(enum context_value which)
{
    static const uint8_t shapes[CONTEXT_VALUE_COUNT] = {
#define CONTEXT_VALUE(id, name, part, shape, owner, member) [CONTEXT_VALUE_##id] = shape,
#define CONTEXT_OTHER(id, name, part)                       [CONTEXT_VALUE_##id] = OTHER,
#include "event/context.def"
#undef CONTEXT_VALUE
#undef CONTEXT_OTHER
    };
    return (enum shape)shapes[which];
}

/* The member, a struct text_view or a uint32_t as the shape says; NULL where it has no owner. */
static const void *member_of(const struct event_context *c, enum context_value which)
{
    const struct task_view *task = c->task, *parent = c->nancestors ? c->ancestors[0] : NULL;
    const struct container_view *container = c->container;
    switch (which) {
#define CONTEXT_VALUE(id, name, part, shape, owner, member)                                        \
    case CONTEXT_VALUE_##id:                                                                       \
        return owner ? &owner->member : NULL;
#define CONTEXT_OTHER(id, name, part)
#include "event/context.def"
#undef CONTEXT_VALUE
#undef CONTEXT_OTHER
    default:
        return NULL;
    }
}

static void put_text(struct strbuf *out, const struct text_view *t, bool json)
{
    if (json)
        json_quote(out, t->s, t->len);
    else
        text_escape(out, t->s, t->len);
}

/* ssh; as JSON the same in quotes. */
static bool put_entry(struct strbuf *out, const struct event_context *c, bool json)
{
    const char *name = c->task && c->task->entry_pid ? entry_kind_names[c->task->entry] : NULL;
    if (name)
        put_text(out, &(struct text_view){.s = name, .len = (uint32_t)strlen(name)}, json);
    return name;
}

/* sh < sshd < systemd; as JSON the objects that the event has. */
static bool put_ancestors(struct strbuf *out, const struct format *f, const struct event_context *c,
                          bool json)
{
    if (!c->ancestors || !c->nancestors)
        return false;
    if (json)
        strbuf_putc(out, '[');
    for (unsigned i = 0; i < c->nancestors; i++) {
        const struct task_view *t = c->ancestors[i];
        if (i)
            strbuf_puts(out, json ? "," : " < ");
        if (json)
            task_json(out, f, t);
        else if (t->name.s)
            text_escape(out, t->name.s, t->name.len);
        else
            strbuf_putc(out, '?');
    }
    if (json)
        strbuf_putc(out, ']');
    return true;
}

static bool put_member(struct strbuf *out, enum shape shape, const void *member, bool json)
{
    const struct text_view *text = member;
    uint32_t number = 0;
    if (!member)
        return false;
    if (shape == NUMBER) {
        memcpy(&number, member, sizeof(number));
        if (number)
            strbuf_put_u64(out, number);
        return number;
    }
    if (!text->s)
        return false;
    if (shape == TEXT)
        put_text(out, text, json);
    else
        strings_json(out, text, shape == PAIRS);
    return true;
}

void context_value_put(struct strbuf *out, const struct format *f, const struct event_context *c,
                       enum context_value which, bool json)
{
    bool put = false;
    if (c && which == CONTEXT_VALUE_entry)
        put = put_entry(out, c, json);
    else if (c && which == CONTEXT_VALUE_ancestors)
        put = put_ancestors(out, f, c, json);
    else if (c)
        put = put_member(out, shape_of(which), member_of(c, which), json);
    if (!put && json)
        strbuf_lit(out, "null");
}
