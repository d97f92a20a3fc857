/* SPDX-License-Identifier: Apache-2.0 */
#include "source/symbols.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/kallsyms.h"

#define HASHES 8192

static unsigned hash_name(const char *name, size_t len)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)name[i]) * 16777619u;
    return (h ^ h >> 16) % HASHES;
}

static int compare_name(const char *a, size_t len, const struct symbol *b)
{
    int d = strncmp(a, b->name, len);
    return d ? d : b->name[len] ? -1 : 0;
}

static int compare_rows(const void *a, const void *b)
{
    return strcmp(((const struct symbol *)a)->name, ((const struct symbol *)b)->name);
}

struct symbol *symbols_find(const struct symbols *s, const char *name, size_t len)
{
    unsigned low = 0, high = s->count, h = hash_name(name, len);
    if (!s->count || !(s->hashes[h / 8] >> (h % 8) & 1))
        return NULL;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        int d = compare_name(name, len, &s->rows[middle]);
        if (!d)
            return &s->rows[middle];
        if (d < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static unsigned count_names(const char *const *texts, unsigned count)
{
    unsigned n = 0;
    for (unsigned i = 0; i < count; i++) {
        n++;
        for (const char *p = texts[i]; (p = strchr(p, '|')); p++)
            n++;
    }
    return n;
}

static int add(struct symbols *s, const char *name, size_t len)
{
    unsigned h = hash_name(name, len);
    struct symbol *row = &s->rows[s->count];
    if (!len)
        return 0;
    row->name = strndup(name, len);
    if (!row->name)
        return -ENOMEM;
    s->count++;
    s->hashes[h / 8] |= (uint8_t)(1 << (h % 8));
    return 0;
}

/* Sorts the rows and leaves one of each name. */
static void sort(struct symbols *s)
{
    unsigned kept = 0;
    qsort(s->rows, s->count, sizeof(*s->rows), compare_rows);
    for (unsigned i = 0; i < s->count; i++) {
        if (kept && !strcmp(s->rows[kept - 1].name, s->rows[i].name))
            free(s->rows[i].name);
        else
            s->rows[kept++] = s->rows[i];
    }
    s->count = kept;
}

int symbols_init(struct symbols *s, const char *const *texts, unsigned count)
{
    unsigned n = count_names(texts, count);
    int rc = 0;
    memset(s, 0, sizeof(*s));
    s->rows = calloc(n + 1, sizeof(*s->rows));
    s->hashes = calloc(1, HASHES / 8);
    if (!s->rows || !s->hashes)
        return -ENOMEM;
    for (unsigned i = 0; i < count && !rc; i++) {
        const char *p = texts[i];
        for (size_t len; !rc; p += len + 1) {
            len = strcspn(p, "|");
            rc = add(s, p, len);
            if (!p[len])
                break;
        }
    }
    sort(s);
    return rc;
}

void symbols_free(struct symbols *s)
{
    for (unsigned i = 0; i < s->count; i++)
        free(s->rows[i].name);
    free(s->rows);
    free(s->hashes);
    memset(s, 0, sizeof(*s));
}

static bool has_prefix(const char *name, const char *prefix)
{
    return !strncmp(name, prefix, strlen(prefix));
}

static void read_function(struct symbols *s, const char *name, unsigned id)
{
    struct symbol *row = symbols_find(s, name, strlen(name));
    if (row) {
        row->function = id;
        row->functions++;
    }
    if (!has_prefix(name, "bpf_lsm_"))
        return;
    name += strlen("bpf_lsm_");
    row = symbols_find(s, name, strlen(name));
    if (row)
        row->check = id;
}

static void read_tracepoint(struct symbols *s, const char *name, unsigned id)
{
    if (!has_prefix(name, "btf_trace_"))
        return;
    name += strlen("btf_trace_");
    struct symbol *row = symbols_find(s, name, strlen(name));
    if (row)
        row->tracepoint = id;
}

void symbols_read_btf(struct symbols *s, const struct btf *btf)
{
    unsigned count = btf__type_cnt(btf);
    for (unsigned id = 1; id < count; id++) {
        const struct btf_type *t = btf__type_by_id(btf, id);
        if (!btf_is_func(t) && !btf_is_typedef(t))
            continue;
        const char *name = btf__name_by_offset(btf, t->name_off);
        if (name && btf_is_func(t))
            read_function(s, name, id);
        else if (name)
            read_tracepoint(s, name, id);
    }
}

/*
 * The compiler's own copies of a function: .isra and .constprop take other arguments, .part and
 * .cold are a piece of it. What a linker adds (.llvm.NUMBER) and LTO's numbers say the same.
 */
static void add_variant(struct symbol *row, const char *suffix, size_t len)
{
    if (len && !*row->variant)
        snprintf(row->variant, sizeof(row->variant), "%.*s", (int)len, suffix);
}

static void add_place(struct symbol *row, uint64_t at, bool in_module)
{
    if (in_module && row->places && !row->in_module)
        return; /* the kernel's own goes before one of a module */
    if (!in_module && row->in_module) {
        row->places = 0;
        row->in_module = false;
    }
    if (!row->places)
        row->in_module = in_module;
    for (unsigned i = 0; at && i < row->places && i < SYMBOL_PLACES; i++)
        if (row->at[i] == at)
            return;
    if (row->places < SYMBOL_PLACES)
        row->at[row->places] = at;
    if (row->places < UINT16_MAX)
        row->places++;
}

static void add_variable(struct symbol *row, uint64_t at)
{
    row->variable = true;
    row->variable_at = row->variable_at ? row->variable_at : at;
}

static int take_line(void *ctx, const struct kallsyms_line *line)
{
    const char *name = line->name;
    size_t base = strcspn(name, ". \t\n");
    struct symbol *row = strchr("tTwWdDrRbB", line->type) ? symbols_find(ctx, name, base) : NULL;
    if (!row)
        return 0;
    if (base == line->len && !strchr("tTwW", line->type))
        add_variable(row, line->at);
    else if (base == line->len)
        add_place(row, line->at, line->owner_len);
    else if (strncmp(name + base, ".cold", 5))
        add_variant(row, name + base + 1, strcspn(name + base + 1, ". \t\n"));
    return 0;
}

int symbols_read_kallsyms(struct symbols *s, FILE *f)
{
    bool any;
    return kallsyms_lines(f, take_line, s, &any);
}
