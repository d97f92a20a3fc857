/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cmd/units.h"

static const char enrich_names[] =
#define ENRICH(id, name, parts, meaning) name "|"
#include "cmd/enrich.def"
#undef ENRICH
    ;

const struct option_def option_defs[OPTION_COUNT] = {
#define OPTION(id, name_, short, type_, argument_, choices_, initial_, commands_, group_, help_)   \
    [OPTION_##id] = {.name = name_,                                                                \
                     .argument = argument_,                                                        \
                     .choices = choices_,                                                          \
                     .initial = initial_,                                                          \
                     .help = help_,                                                                \
                     .offset = offsetof(struct options, id),                                       \
                     .commands = commands_,                                                        \
                     .type = OPTION_TYPE_##type_,                                                  \
                     .group = OPTION_GROUP_##group_,                                               \
                     .letter = short},
#include "cmd/options.def"
#undef OPTION
};

const char *const option_group_titles[OPTION_GROUP_COUNT] = {
#define X(id, title) [OPTION_GROUP_##id] = title,
    OPTION_GROUPS(X)
#undef X
};

static const char *const type_meanings[OPTION_TYPES_END] = {
#define X(type, member, what) [OPTION_TYPE_##type] = what,
    OPTION_TYPES(X)
#undef X
};

/* --log is handed on as it is numbered here. */
_Static_assert(LOG_ERROR == 0 && LOG_WARN == 1 && LOG_INFO == 2 && LOG_DEBUG == 3,
               "the choices of --log are in the order of enum log_level");

#define MEMBER(o, def, type) ((option_member_##type *)(void *)((char *)(o) + (def)->offset))

const char *option_choice(const char *choices, unsigned i, size_t *len)
{
    for (; *choices; i--) {
        *len = strcspn(choices, "|");
        if (!i)
            return choices;
        choices += *len;
        choices += *choices == '|';
    }
    return NULL;
}

/* Number of the choice written so, or -1. */
static int choice_find(const char *choices, const char *text, size_t len)
{
    const char *c;
    size_t n;

    for (unsigned i = 0; (c = option_choice(choices, i, &n)); i++)
        if (n == len && !memcmp(c, text, n))
            return (int)i;
    return -1;
}

/* "…, or one of: a, b": the choices for a message. */
static int wrong_choice(const struct option_def *def, const char *text, size_t len,
                        struct error *err)
{
    char list[256] = "";
    size_t at = 0, n;
    const char *c;

    for (unsigned i = 0; (c = option_choice(def->choices, i, &n)); i++) {
        if (at + n + 3 > sizeof(list))
            break;
        if (i) {
            memcpy(list + at, ", ", 2);
            at += 2;
        }
        memcpy(list + at, c, n);
        at += n;
    }
    list[at] = 0;
    return error_set(err, -EINVAL, "'%.*s' is not one of: %s", (int)(len < 100 ? len : 100), text,
                     list);
}

static int set_text(struct option_text *t, const struct option_text *where)
{
    char *copy = strdup(where->text);

    if (!copy)
        return -ENOMEM;
    free(t->text);
    *t = *where;
    t->text = copy;
    return 0;
}

static void list_clear(struct option_list *list)
{
    for (unsigned i = 0; i < list->count; i++)
        free(list->items[i].text);
    free(list->items);
    *list = (struct option_list){0};
}

static int list_append(struct option_list *list, const struct option_text *where)
{
    struct option_text *grown = realloc(list->items, (list->count + 1) * sizeof(*grown));

    if (!grown)
        return -ENOMEM;
    list->items = grown;
    grown[list->count] = (struct option_text){0};
    int rc = set_text(&grown[list->count], where);
    if (!rc)
        list->count++;
    return rc;
}

static int set_names(uint64_t *mask, const struct option_def *def, const char *text,
                     struct error *err)
{
    uint64_t all = 0;

    for (const char *p = text;; p++) {
        size_t n = strcspn(p, ",");
        int i = choice_find(def->choices, p, n);
        if (i < 0) {
            if (err)
                err->column = (int)(p - text) + 1;
            return wrong_choice(def, p, n, err);
        }
        all |= UINT64_C(1) << i;
        p += n;
        if (*p != ',')
            break;
    }
    *mask = all;
    return 0;
}

static bool set_flag(bool *flag, const char *text)
{
    if (strcmp(text, "true") && strcmp(text, "false"))
        return false;
    *flag = !strcmp(text, "true");
    return true;
}

static bool set_ring(uint64_t *bytes, const char *text)
{
    uint64_t v;

    if (!units_size(text, &v) || v < RING_MIN || v > RING_MAX || (v & (v - 1)))
        return false;
    *bytes = v;
    return true;
}

static bool set_time(struct option_time *t, const char *text)
{
    uint64_t ns;

    if (*text == '+') {
        if (!units_duration(text + 1, &ns))
            return false;
        *t = (struct option_time){.given = true, .relative = true, .ns = (int64_t)ns};
        return true;
    }
    t->relative = false;
    return t->given = units_time(text, &t->ns);
}

/* Stores a value of a type that is one word; -EINVAL when it does not read as such. */
static int set_word(struct options *o, const struct option_def *def, const char *text)
{
    bool ok = false;

    switch (def->type) {
    case OPTION_TYPE_FLAG:
        ok = set_flag(MEMBER(o, def, FLAG), text);
        break;
    case OPTION_TYPE_SIZE:
        ok = units_size(text, MEMBER(o, def, SIZE));
        break;
    case OPTION_TYPE_RING:
        ok = set_ring(MEMBER(o, def, RING), text);
        break;
    case OPTION_TYPE_COUNT:
        ok = units_number(text, MEMBER(o, def, COUNT));
        break;
    case OPTION_TYPE_DURATION:
        ok = units_duration(text, MEMBER(o, def, DURATION));
        break;
    case OPTION_TYPE_TIME:
        ok = set_time(MEMBER(o, def, TIME), text);
        break;
    default:
        break;
    }
    return ok ? 0 : -EINVAL;
}

static int set_value(struct options *o, const struct option_def *def,
                     const struct option_text *where, struct error *err)
{
    const char *text = where->text;
    int choice;

    switch (def->type) {
    case OPTION_TYPE_TEXT:
    case OPTION_TYPE_LIST:
        if (!*text)
            return error_set(err, -EINVAL, "the value is empty");
        return def->type == OPTION_TYPE_TEXT ? set_text(MEMBER(o, def, TEXT), where)
                                             : list_append(MEMBER(o, def, LIST), where);
    case OPTION_TYPE_CHOICE:
        choice = choice_find(def->choices, text, strlen(text));
        if (choice < 0)
            return wrong_choice(def, text, strlen(text), err);
        *MEMBER(o, def, CHOICE) = (unsigned)choice;
        return 0;
    case OPTION_TYPE_NAMES:
        return set_names(MEMBER(o, def, NAMES), def, text, err);
    default:
        if (!set_word(o, def, text))
            return 0;
        return error_set(err, -EINVAL, "'%.100s' is not %s", text, type_meanings[def->type]);
    }
}

int option_set(struct options *o, enum option id, const struct option_text *where,
               enum option_origin origin, struct error *err)
{
    int rc = set_value(o, &option_defs[id], where, err);

    if (!rc)
        o->origin[id] = (uint8_t)origin;
    return rc;
}

int options_init(struct options *o)
{
    *o = (struct options){0};
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (!*option_defs[i].initial)
            continue;
        /* The table is ours: the cast is safe, and a test proves that each row's default reads. */
        struct option_text t = {.text = (char *)option_defs[i].initial};
        int rc = option_set(o, i, &t, ORIGIN_DEFAULT, NULL);
        if (rc)
            return rc;
    }
    return 0;
}

static void option_free(struct options *o, const struct option_def *def)
{
    if (def->type == OPTION_TYPE_TEXT) {
        free(MEMBER(o, def, TEXT)->text);
        *MEMBER(o, def, TEXT) = (struct option_text){0};
    } else if (def->type == OPTION_TYPE_LIST) {
        list_clear(MEMBER(o, def, LIST));
    }
}

void options_free(struct options *o)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        option_free(o, &option_defs[i]);
    free(o->config_text);
    o->config_text = NULL;
}

/* Swaps two members, so that what is overwritten is freed with the other. */
static void option_swap(struct options *a, struct options *b, const struct option_def *def)
{
    static const size_t sizes[OPTION_TYPES_END] = {
#define X(type, member, what) [OPTION_TYPE_##type] = sizeof(option_member_##type),
        OPTION_TYPES(X)
#undef X
    };
    char kept[sizeof(struct option_text) + sizeof(struct option_list)];
    char *pa = (char *)a + def->offset, *pb = (char *)b + def->offset;
    size_t n = sizes[def->type];

    memcpy(kept, pa, n);
    memcpy(pa, pb, n);
    memcpy(pb, kept, n);
}

void options_merge(struct options *o, struct options *file)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        if (file->origin[i] != ORIGIN_FILE || o->origin[i] == ORIGIN_COMMAND_LINE)
            continue;
        option_swap(o, file, &option_defs[i]);
        o->origin[i] = ORIGIN_FILE;
    }
    free(o->config_text);
    o->config_text = file->config_text;
    file->config_text = NULL;
}

int option_by_name(unsigned mask, const char *name, size_t len)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++) {
        const struct option_def *def = &option_defs[i];
        if ((def->commands & mask) && strlen(def->name) == len && !memcmp(def->name, name, len))
            return (int)i;
    }
    return -1;
}

void option_text_place(const struct option_text *t, struct error *err)
{
    int within = err->column > 0 ? err->column : 1;

    if (t->file)
        error_place(err, t->file, t->line, t->column + within - 1, t->source);
    else
        error_place(err, NULL, 0, within, t->text);
}
