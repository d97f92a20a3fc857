/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/show.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/hooks.h"
#include "cmd/text.h"
#include "event/flags.h"
#include "source/hooks.h"
#include "source/ways.h"

#define LABEL_WIDTH 10

const char *show_returns(const struct event_def *def)
{
    return return_names[def->returns];
}

void show_way(struct strbuf *out, const struct via *via)
{
    for (unsigned i = 0; i < via->count; i++) {
        const struct hook_def *hook = &hook_defs[via->hooks[i]];
        if (i)
            strbuf_lit(out, " + ");
        if (hook->kind == ABI_HOOK_user)
            strbuf_lit(out, "ratel itself");
        else if (hook->kind == ABI_HOOK_inspect)
            strbuf_lit(out, "ratel's look at the kernel");
        else if (hook->kind == ABI_HOOK_iter)
            strbuf_lit(out, "ratel's look at all tasks");
        else
            strbuf_printf(out, "%s/%s", hook_kind_names[hook->kind], hook->target);
    }
}

/* "  label     text, wrapped". */
static void add_line(struct strbuf *out, const char *label, const char *text, unsigned width)
{
    strbuf_printf(out, "  %-*s", LABEL_WIDTH, label);
    text_wrap(out, text, LABEL_WIDTH + 2, LABEL_WIDTH + 2, width);
    strbuf_putc(out, '\n');
}

static void add_sets(struct strbuf *out, const struct event_def *def)
{
    for (const char *s = *def->sets ? def->sets : "none"; *s; s++) {
        strbuf_putc(out, *s);
        if (*s == ',')
            strbuf_putc(out, ' ');
    }
}

static void add_number(struct strbuf *out, const char *arch, int nr)
{
    if (nr == NR_NONE)
        strbuf_printf(out, "%s%s none", out->len ? ", " : "", arch);
    else
        strbuf_printf(out, "%s%s %d", out->len ? ", " : "", arch, nr);
}

static void add_hooks(struct strbuf *out, const struct event_def *def)
{
    for (unsigned i = 0; def->via[i].count; i++) {
        if (i)
            strbuf_lit(out, ", or ");
        show_way(out, &def->via[i]);
    }
    if (!def->via[0].count)
        strbuf_lit(out, "none");
}

static void add_fields(struct strbuf *out, const struct event_def *def, unsigned width)
{
    unsigned names = 0, types = 0;

    for (unsigned i = 0; i < def->nfields; i++) {
        unsigned n = (unsigned)strlen(def->fields[i].name);
        unsigned t = (unsigned)strlen(type_defs[def->fields[i].type].name);
        names = n > names ? n : names;
        types = t > types ? t : types;
    }
    for (unsigned i = 0; i < def->nfields; i++) {
        const struct field_def *f = &def->fields[i];
        unsigned at = LABEL_WIDTH + 2 + names + 2 + types + 2;
        strbuf_printf(out, "  %-*s%-*s  %-*s  ", LABEL_WIDTH, i ? "" : "fields", (int)names,
                      f->name, (int)types, type_defs[f->type].name);
        struct strbuf text = STRBUF_INIT(1024);
        strbuf_puts(&text, f->meaning);
        if (f->flags && f->flags->by)
            strbuf_printf(&text, " (names: %s, by %s)", f->flags->name, f->flags->by);
        else if (f->flags)
            strbuf_printf(&text, " (names: %s)", f->flags->name);
        text_wrap(out, strbuf_cstr(&text), at, at, width);
        strbuf_putc(out, '\n');
        strbuf_free(&text);
    }
}

static void add_here(struct strbuf *out, const struct event_def *def)
{
    const char *why;
    const struct via *way = hooks_way(def, &why);

    if (!way) {
        strbuf_printf(out, "no: %s", why);
        return;
    }
    strbuf_lit(out, "yes, by ");
    show_way(out, way);
}

void show_event(struct strbuf *out, const struct event_def *def, unsigned width)
{
    struct strbuf line = STRBUF_INIT(4096);

    strbuf_printf(out, "%s (id %u)\n", def->name, def->id);
    add_line(out, "meaning", def->meaning, width);
    add_sets(&line, def);
    add_line(out, "sets", strbuf_cstr(&line), width);
    add_line(out, "class", def->class == CLASS_lifecycle ? "lifecycle" : "bulk", width);
    if (def->is_syscall) {
        strbuf_clear(&line);
        add_number(&line, "x86-64", def->nr_x86_64);
        add_number(&line, "32-bit x86", def->nr_ia32);
        add_number(&line, "arm64", def->nr_arm64);
        add_line(out, "number", strbuf_cstr(&line), width);
    }
    add_fields(out, def, width);
    add_line(out, "returns", show_returns(def), width);
    strbuf_clear(&line);
    add_hooks(&line, def);
    add_line(out, "hooks", strbuf_cstr(&line), width);
    strbuf_clear(&line);
    add_here(&line, def);
    add_line(out, "here", strbuf_cstr(&line), width);
    strbuf_free(&line);
}

static void json_sets(struct json *j, const char *sets)
{
    json_open(j, '[');
    while (*sets) {
        size_t n = strcspn(sets, ",");
        json_text_n(j, sets, n);
        sets += n;
        sets += *sets == ',';
    }
    json_close(j, ']');
}

static void json_number(struct json *j, const char *arch, int nr)
{
    json_key(j, arch);
    if (nr == NR_NONE)
        json_none(j);
    else
        json_int(j, nr);
}

static void json_fields(struct json *j, const struct event_def *def)
{
    json_open(j, '[');
    for (unsigned i = 0; i < def->nfields; i++) {
        const struct field_def *f = &def->fields[i];
        json_open(j, '{');
        json_key(j, "name");
        json_text(j, f->name);
        json_key(j, "type");
        json_text(j, type_defs[f->type].name);
        json_key(j, "listed_type");
        json_text(j, type_defs[f->type].listed);
        json_key(j, "flags");
        json_text(j, f->flags ? f->flags->name : NULL);
        if (f->flags && f->flags->by) {
            json_key(j, "flags_by");
            json_text(j, f->flags->by);
        }
        json_key(j, "meaning");
        json_text(j, f->meaning);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void json_way(struct json *j, const struct via *way)
{
    json_open(j, '[');
    for (unsigned i = 0; i < way->count; i++)
        json_text(j, hook_defs[way->hooks[i]].name);
    json_close(j, ']');
}

static void json_ways(struct json *j, const struct event_def *def)
{
    json_open(j, '[');
    for (unsigned i = 0; def->via[i].count; i++) {
        json_open(j, '{');
        json_key(j, "kind");
        json_text(j, hook_kind_names[via_kind(&def->via[i])]);
        json_key(j, "hooks");
        json_way(j, &def->via[i]);
        json_key(j, "why_not");
        json_text(j, way_refusal(&def->via[i], hook_why));
        json_close(j, '}');
    }
    json_close(j, ']');
}

void show_event_json(struct json *j, const struct event_def *def)
{
    const char *why;
    const struct via *way = hooks_way(def, &why);

    json_open(j, '{');
    json_key(j, "name");
    json_text(j, def->name);
    json_key(j, "id");
    json_int(j, def->id);
    json_key(j, "class");
    json_text(j, def->class == CLASS_lifecycle ? "lifecycle" : "bulk");
    json_key(j, "sets");
    json_sets(j, def->sets);
    json_key(j, "meaning");
    json_text(j, def->meaning);
    json_key(j, "syscall");
    if (def->is_syscall) {
        json_open(j, '{');
        json_number(j, "x86_64", def->nr_x86_64);
        json_number(j, "ia32", def->nr_ia32);
        json_number(j, "arm64", def->nr_arm64);
        json_close(j, '}');
    } else {
        json_none(j);
    }
    json_key(j, "fields");
    json_fields(j, def);
    json_key(j, "returns");
    json_text(j, show_returns(def));
    json_key(j, "ways");
    json_ways(j, def);
    json_key(j, "available");
    json_bool(j, way);
    json_key(j, "via");
    if (way)
        json_way(j, way);
    else
        json_none(j);
    json_key(j, "why_not");
    json_text(j, way ? NULL : why);
    json_close(j, '}');
}

/* The names of a table, or of each that a choice may come to; when says for which values. */
static void add_flag_names(struct strbuf *out, const char *field, const struct flag_table *t,
                           const char *when, unsigned width)
{
    struct strbuf text = STRBUF_INIT(64 << 10);

    for (unsigned i = 0; i < t->nchoices; i++) {
        const struct flag_choice *c = &t->choices[i];
        strbuf_clear(&text);
        if (c->name)
            strbuf_printf(&text, "%s%s %s=%s", when, *when ? "," : " where", t->by, c->name);
        else
            strbuf_printf(&text, "%s otherwise", when);
        char *deeper = strdup(strbuf_cstr(&text));
        if (deeper)
            add_flag_names(out, field, c->table, deeper, width);
        out->overflow |= !deeper;
        free(deeper);
    }
    if (!t->by) {
        strbuf_printf(&text, "%s:", t->is_enum ? "one of" : "any of");
        for (unsigned i = 0; i < t->count; i++)
            strbuf_printf(&text, " %s", t->names[i].name);
        strbuf_printf(out, "\nNames for %s%s\n  ", field, when);
        text_wrap(out, strbuf_cstr(&text), 2, 2, width);
        strbuf_putc(out, '\n');
    }
    strbuf_free(&text);
}

/* A test of the first field that a user is likely to test, in the shape of its type. */
static void add_field_example(struct strbuf *out, const struct event_def *def)
{
    for (unsigned i = 0; i < def->nfields; i++) {
        const struct field_def *f = &def->fields[i];
        if (f->type == TYPE_path)
            strbuf_printf(out, "  ratel -e '%s.data.%s=/etc/*'\n", def->name, f->name);
        else if (f->flags && f->flags->count)
            strbuf_printf(out, "  ratel -e '%s.data.%s=%s'\n", def->name, f->name,
                          f->flags->names[f->flags->count - 1].name);
        else
            continue;
        return;
    }
}

int show_help_event(const struct event_def *def)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
    unsigned width = text_width(TEXT_WIDTH);

    show_event(&out, def, width);
    for (unsigned i = 0; i < def->nfields; i++)
        if (def->fields[i].flags)
            add_flag_names(&out, def->fields[i].name, def->fields[i].flags, "", width);
    strbuf_printf(&out, "\nExamples\n  ratel -e %s\n", def->name);
    add_field_example(&out, def);
    if (def->returns != RETURN_none)
        strbuf_printf(&out, "  ratel -e '%s.retval=<0'\n", def->name);
    return output_flush(&out);
}
