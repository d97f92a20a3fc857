/* SPDX-License-Identifier: Apache-2.0 */
/* What ratel doctor says of hooks and events. */
#include <stdlib.h>
#include <string.h>

#include "cmd/doctor.h"
#include "cmd/hooks.h"
#include "cmd/show.h"
#include "source/hooks.h"
#include "source/kinds.h"

static void judge(struct finding *f, const char *refusal)
{
    if (refusal)
        finding_fails(f, "", "%s", refusal);
    else
        finding_works(f, "a program was attached and ran");
}

void report_kinds(struct report *r)
{
    for (int kind = 0; kind < ABI_HOOK_KIND_COUNT; kind++) {
        struct finding f = {0};
        char name[32], title[64];
        if (!kind_can_be_tried((enum abi_hook_kind)kind))
            continue;
        snprintf(name, sizeof(name), "kind:%s", hook_kind_names[kind]);
        snprintf(title, sizeof(title), "hooks of kind %s", hook_kind_names[kind]);
        judge(&f, kind_refusal((enum abi_hook_kind)kind));
        report_add(r, name, title, &f, kind == ABI_HOOK_tp_btf ? WEIGHT_NEEDED : WEIGHT_USEFUL);
    }
    struct finding f = {0};
    judge(&f, kind_multi_refusal());
    report_add(r, "kind:kprobe.multi", "many kprobes at once", &f, WEIGHT_USEFUL);
}

/* Whether every way of the event takes the hook. */
static bool depends_on(const struct event_def *def, enum hook h)
{
    for (int i = 0; def->via[i].count; i++) {
        bool takes = false;
        for (unsigned n = 0; n < def->via[i].count; n++)
            takes |= def->via[i].hooks[n] == h;
        if (!takes)
            return false;
    }
    return def->via[0].count;
}

/* Without system calls, or the lives of tasks, nothing is worth a start. */
static void find_needed(struct hook_set *needed)
{
    const struct catalog *c = catalog_builtin();
    memset(needed, 0, sizeof(*needed));
    for (unsigned i = 0; i < c->count; i++) {
        const struct event_def *def = &c->events[i];
        if (!def->is_syscall && !event_def_in_set(def, "default", strlen("default")))
            continue;
        for (unsigned n = 0; n < def->via[0].count; n++)
            if (depends_on(def, def->via[0].hooks[n]))
                hook_set_add(needed, def->via[0].hooks[n]);
    }
}

void report_hooks(struct report *r)
{
    struct hook_set needed;
    find_needed(&needed);
    for (int h = 0; h < HOOK_COUNT; h++) {
        struct finding f = {0};
        char name[128], title[128];
        const char *why = hook_why((enum hook)h);
        bool must = hook_set_has(&needed, (enum hook)h);
        if (hook_follows((enum hook)h) || hook_defs[h].kind == ABI_HOOK_user)
            continue;
        snprintf(name, sizeof(name), "hook:%s", hook_defs[h].name);
        snprintf(title, sizeof(title), "hook %s/%s", hook_kind_names[hook_defs[h].kind],
                 hook_defs[h].target);
        if (why)
            finding_fails(&f, "", "%s", why);
        else
            finding_works(&f, "this kernel has it");
        report_add(r, name, must ? title : NULL, &f, must ? WEIGHT_NEEDED : WEIGHT_USEFUL);
    }
}

static void json_event(struct json *j, const struct event_def *def)
{
    const char *why;
    const struct via *way = hooks_way(def, &why);
    json_newline(j);
    json_open(j, '{');
    json_key(j, "name");
    json_text(j, def->name);
    json_key(j, "available");
    json_bool(j, way);
    json_key(j, "via");
    json_text(j, way ? hook_kind_names[via_kind(way)] : NULL);
    json_key(j, "hooks");
    json_open(j, '[');
    for (unsigned i = 0; way && i < way->count; i++)
        json_text(j, hook_defs[way->hooks[i]].name);
    json_close(j, ']');
    json_key(j, "why");
    json_text(j, why);
    json_close(j, '}');
}

/* What is said of several events together. */
struct verdict {
    bool available;
    enum abi_hook_kind kind;
    const char *why;
};

static bool same(const struct verdict *a, const struct verdict *b)
{
    return a->available == b->available && (!a->available || a->kind == b->kind) &&
           !strcmp(a->why ? a->why : "", b->why ? b->why : "");
}

static void find_verdicts(struct verdict *verdicts, const struct catalog *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        const struct via *way = hooks_way(&c->events[i], &verdicts[i].why);
        verdicts[i].available = way;
        verdicts[i].kind = way ? via_kind(way) : ABI_HOOK_none;
    }
}

/* "12 events by kprobe": all events of the same verdict, in one line. */
static void add_group(struct report *r, const struct catalog *c, const struct verdict *verdicts,
                      unsigned first)
{
    const struct verdict *v = &verdicts[first];
    struct strbuf text = STRBUF_INIT(OUTPUT_MAX);
    char title[64];
    unsigned count = 0;
    for (unsigned i = first; i < c->count; i++) {
        if (!same(&verdicts[i], v))
            continue;
        if (v->why)
            strbuf_printf(&text, "%s%s", count ? ", " : "", c->events[i].name);
        count++;
    }
    if (v->why)
        strbuf_printf(&text, ": %s%s", v->available ? "not by what sees more: " : "", v->why);
    snprintf(title, sizeof(title), "%u event%s %s%s", count, count == 1 ? "" : "s",
             v->available ? "by " : "not to be had here",
             v->available ? hook_kind_names[v->kind] : "");
    report_line(r, v->available ? v->why ? "-" : "ok" : "no", title, strbuf_cstr(&text));
    strbuf_free(&text);
}

static void events_text(struct report *r, const struct catalog *c)
{
    struct verdict *verdicts = calloc(c->count, sizeof(*verdicts));
    if (!verdicts) {
        r->out.overflow = true; /* output_flush says it */
        return;
    }
    strbuf_putc(&r->out, '\n');
    find_verdicts(verdicts, c);
    for (unsigned i = 0; i < c->count; i++) {
        bool said = false;
        for (unsigned n = 0; n < i && !said; n++)
            said = same(&verdicts[n], &verdicts[i]);
        if (!said)
            add_group(r, c, verdicts, i);
    }
    free(verdicts);
}

void report_events(struct report *r)
{
    const struct catalog *c = catalog_builtin();
    if (!r->as_json) {
        events_text(r, c);
        return;
    }
    json_key(&r->json, "events");
    json_open(&r->json, '[');
    for (unsigned i = 0; i < c->count; i++)
        json_event(&r->json, &c->events[i]);
    json_close(&r->json, ']');
}
