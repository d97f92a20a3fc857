/* SPDX-License-Identifier: Apache-2.0 */
#include "source/chosen.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clause.h"
#include "base/log.h"
#include "record/disk.h"
#include "source/chosen_format.h"

#define TARGET_CHARS       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.$@+"
#define ARGS_BEFORE_RETURN 5 /* that are kept while the function runs */

static const char *const kinds[] = {
    [CHOSEN_KIND_kprobe] = "kprobe:",
    [CHOSEN_KIND_uprobe] = "uprobe:",
    [CHOSEN_KIND_tracepoint] = "tracepoint:",
};

#define CHOSEN_TYPE(written, field, taken, text)                                                   \
    {.name = #written, .type = #field, .how = taken, .meaning = text},
const struct chosen_type chosen_types[] = {
#include "chosen.def"
    {.name = NULL},
};
#undef CHOSEN_TYPE

/* Where a text is being read. */
struct reader {
    const char *text;
    size_t at;
};

static int kind_of(const char *text)
{
    for (unsigned k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
        if (!strncmp(text, kinds[k], strlen(kinds[k])))
            return (int)k;
    return -1;
}

bool chosen_is(const char *text)
{
    return kind_of(text) >= 0 && !text[strcspn(text, "=<>!")];
}

size_t chosen_name_len(const char *text)
{
    size_t len = strcspn(text, "(");
    while (len && text[len - 1] == ' ')
        len--;
    return len;
}

static void skip_blanks(struct reader *r)
{
    r->at += strspn(r->text + r->at, " ");
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* A name of letters, digits and '_'; its length, 0 for none. */
static size_t word(const struct reader *r)
{
    size_t n = 0;
    while (is_word(r->text[r->at + n]))
        n++;
    return n;
}

static const struct chosen_type *type_named(const char *name, size_t len)
{
    for (const struct chosen_type *t = chosen_types; t->name; t++)
        if (strlen(t->name) == len && !memcmp(t->name, name, len))
            return t;
    return NULL;
}

static int unknown_type(const struct reader *r, size_t len, struct error *err)
{
    const char *names[64], *near[1];
    unsigned n = 0;
    for (const struct chosen_type *t = chosen_types; t->name && n < 64; t++)
        names[n++] = t->name;
    unsigned found = suggest_names(names, n, r->text + r->at, len, near, 1);
    return clause_fail(err, r->text, r->at, "unknown type `%.*s`%s%s%s", (int)len, r->text + r->at,
                       found ? "; did you mean " : "; see ratel-select(7)", found ? near[0] : "",
                       found ? "?" : "");
}

/* ":type" behind a field's name. */
static int read_type(struct reader *r, const struct chosen_type **type, struct error *err)
{
    skip_blanks(r);
    if (r->text[r->at] != ':')
        return clause_fail(err, r->text, r->at, "a field is written NAME:TYPE");
    r->at++;
    skip_blanks(r);
    size_t len = word(r);
    *type = type_named(r->text + r->at, len);
    if (!*type)
        return unknown_type(r, len, err);
    r->at += len;
    return 0;
}

static bool has_field(const struct chosen *c, const char *name, size_t len)
{
    for (unsigned i = 0; i < c->hook.nfields; i++)
        if (strlen(c->fields[i].name) == len && !memcmp(c->fields[i].name, name, len))
            return true;
    return false;
}

/* Appends a field; its place in the list is the argument that it is. */
static int add_field(struct chosen *c, const char *name, size_t len, const char *type,
                     struct chosen_field field)
{
    unsigned i = c->hook.nfields;
    c->fields[i].name = strndup(name, len);
    if (!c->fields[i].name)
        return -ENOMEM;
    c->fields[i].type = type;
    c->hook.fields[i] = field;
    c->hook.nfields++;
    return 0;
}

/* One field of a function: NAME:TYPE, ret:TYPE, or _ for an argument that is of no interest. */
static int read_argument(struct chosen *c, struct reader *r, unsigned *argument, struct error *err)
{
    const struct chosen_type *type;
    size_t at = r->at, len = word(r);
    const char *name = r->text + at;
    bool result = len == 3 && !memcmp(name, "ret", 3);
    if (!len)
        return clause_fail(err, r->text, at, "a field's name is missing");
    r->at += len;
    if (len == 1 && *name == '_') {
        ++*argument;
        return 0;
    }
    int rc = read_type(r, &type, err);
    if (rc)
        return rc;
    if (has_field(c, name, len))
        return clause_fail(err, r->text, at, "`%.*s` is there twice", (int)len, name);
    if (c->hook.nfields == CHOSEN_FIELDS || (!result && *argument == CHOSEN_ARGS))
        return clause_fail(err, r->text, at, "only the first %d arguments can be had", CHOSEN_ARGS);
    c->returns |= result;
    c->keeps |= !result;
    return add_field(c, name, len, type->type,
                     (struct chosen_field){
                         .how = type->how,
                         .from = (uint8_t)(result ? CHOSEN_RESULT : (*argument)++),
                     });
}

/* One field of a tracepoint: its name, as its format has it. */
static int read_format_field(struct chosen *c, struct reader *r, const struct chosen_format *format,
                             struct error *err)
{
    size_t at = r->at, len = word(r);
    const char *name = r->text + at;
    const struct chosen_format_field *f = chosen_format_find(format, name, len);
    if (!f)
        return clause_fail(err, r->text, at, "%s has no field `%.*s`", c->name, (int)len, name);
    if (has_field(c, name, len) || c->hook.nfields == CHOSEN_FIELDS)
        return clause_fail(err, r->text, at, "`%.*s` is there twice, or one too many", (int)len,
                           name);
    r->at += len;
    return add_field(c, name, len, f->type, f->field);
}

/* "(field, …)", to the end of the text. */
static int read_fields(struct chosen *c, struct reader *r, const struct chosen_format *format,
                       struct error *err)
{
    unsigned argument = 0;
    for (;;) {
        r->at++;
        skip_blanks(r);
        if (r->text[r->at] == ')' && !c->hook.nfields && !argument)
            break;
        int rc =
            format ? read_format_field(c, r, format, err) : read_argument(c, r, &argument, err);
        if (rc)
            return rc;
        skip_blanks(r);
        if (r->text[r->at] != ',')
            break;
    }
    if (r->text[r->at] != ')')
        return clause_fail(err, r->text, r->at, "a ')' or ',' is missing");
    r->at++;
    skip_blanks(r);
    if (r->text[r->at])
        return clause_fail(err, r->text, r->at, "nothing may stand behind the ')'");
    if (c->returns && argument > ARGS_BEFORE_RETURN)
        return clause_fail(err, r->text, 0,
                           "beside the result only the first %d arguments can be had",
                           ARGS_BEFORE_RETURN);
    return 0;
}

/* "GROUP:TARGET" up to the name's end; the file of a uprobe may have colons in it. */
static int read_target(struct chosen *c, const char *text, size_t from, size_t len,
                       struct error *err)
{
    size_t colon = len;
    if (c->kind != CHOSEN_KIND_kprobe) {
        while (colon > from && text[colon - 1] != ':')
            colon--;
        if (colon <= from + 1)
            return clause_fail(err, text, from,
                               c->kind == CHOSEN_KIND_uprobe
                                   ? "a uprobe is written uprobe:FILE:SYMBOL(…)"
                                   : "a tracepoint is written tracepoint:CATEGORY:NAME(…)");
        size_t bad = from + strspn(text + from, TARGET_CHARS "/:-");
        if (bad < colon)
            return clause_fail(err, text, bad, "files of such a name can't be written here");
        c->group = strndup(text + from, colon - 1 - from);
        from = colon;
    }
    if (from == len)
        return clause_fail(err, text, from, "a name is missing");
    size_t bad = from + strspn(text + from, TARGET_CHARS);
    if (bad < len)
        return clause_fail(err, text, bad,
                           "not part of a name; a hook is an argument of its own, with nothing "
                           "beside it");
    if (len > DISK_NAME_MAX)
        return clause_fail(err, text, DISK_NAME_MAX, "longer than %d bytes", DISK_NAME_MAX);
    c->name = strndup(text, len);
    c->target = strndup(text + from, len - from);
    return c->name && c->target && (c->group || c->kind == CHOSEN_KIND_kprobe) ? 0 : -ENOMEM;
}

/* The fields of a tracepoint are found in its format: those that are named, or all. */
static int read_tracepoint(struct chosen *c, struct reader *r, struct error *err)
{
    struct chosen_format format;
    int rc = chosen_format_read(&format, c->group, c->target);
    if (rc)
        return clause_fail(err, r->text, 0, "%s can't be had: %s", c->name,
                           rc == -ENODEV   ? "tracefs is not mounted"
                           : rc == -ENOENT ? "no such tracepoint"
                                           : strerror(-rc));
    if (r->text[r->at])
        return read_fields(c, r, &format, err);
    if (format.count > CHOSEN_FIELDS)
        log_warn("%s has %u fields, of which the first %d are shown: name others as in %s(%s)",
                 c->name, format.count, CHOSEN_FIELDS, c->name, format.fields[CHOSEN_FIELDS].name);
    for (unsigned i = 0; i < format.count && i < CHOSEN_FIELDS && !rc; i++)
        rc = add_field(c, format.fields[i].name, strlen(format.fields[i].name),
                       format.fields[i].type, format.fields[i].field);
    return rc;
}

static void chosen_clear(struct chosen *c)
{
    free(c->name);
    free(c->group);
    free(c->target);
    for (unsigned i = 0; i < c->hook.nfields; i++)
        free(c->fields[i].name);
}

static int parse(struct chosen *c, const char *text, struct error *err)
{
    struct reader r = {.text = text};
    size_t len = chosen_name_len(text);
    c->kind = (enum chosen_kind)kind_of(text);
    c->hook.user = c->kind == CHOSEN_KIND_uprobe;
    int rc = read_target(c, text, strlen(kinds[c->kind]), len, err);
    if (rc)
        return rc;
    r.at = len;
    skip_blanks(&r);
    if (c->kind == CHOSEN_KIND_tracepoint)
        return read_tracepoint(c, &r, err);
    return text[r.at] ? read_fields(c, &r, NULL, err) : 0;
}

int chosen_add(struct chosen_list *l, const char *text, struct error *err)
{
    if (l->count == CHOSEN_MAX)
        return clause_fail(err, text, 0, "more than %d hooks", CHOSEN_MAX);
    struct chosen *items = realloc(l->items, (l->count + 1) * sizeof(*items));
    if (!items)
        return -ENOMEM;
    l->items = items;
    struct chosen *c = &items[l->count];
    *c = (struct chosen){0};
    int rc = parse(c, text, err);
    for (unsigned i = 0; i < l->count && !rc; i++)
        if (!strcmp(items[i].name, c->name))
            rc = clause_fail(err, text, 0, "%s is there twice", c->name);
    if (rc) {
        chosen_clear(c);
        return rc;
    }
    c->hook.event = (uint16_t)(CHOSEN_FIRST_ID + l->count++);
    return 0;
}

int chosen_finish(struct chosen_list *l)
{
    if (!l->count)
        return 0;
    struct catalog_entry *entries = calloc(l->count, sizeof(*entries));
    if (!entries)
        return -ENOMEM;
    for (unsigned i = 0; i < l->count; i++) {
        const struct chosen *c = &l->items[i];
        struct catalog_entry *e = &entries[i];
        e->name = c->name;
        e->id = c->hook.event;
        e->nfields = c->hook.nfields;
        e->returns = "none";
        for (unsigned f = 0; f < e->nfields; f++) {
            e->fields[f].name = c->fields[f].name;
            e->fields[f].type = c->fields[f].type;
            e->fields[f].flags = "";
        }
    }
    int rc = catalog_overlay(entries, l->count, &l->overlay);
    free(entries);
    for (unsigned i = 0; i < l->count && !rc; i++)
        l->items[i].hook.slot = catalog_by_id(l->overlay, l->items[i].hook.event)->slot;
    return rc;
}

void chosen_free(struct chosen_list *l)
{
    for (unsigned i = 0; i < l->count; i++)
        chosen_clear(&l->items[i]);
    free(l->items);
    catalog_free(l->overlay);
    *l = (struct chosen_list){0};
}
