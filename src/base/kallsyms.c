/* SPDX-License-Identifier: Apache-2.0 */
#include "base/kallsyms.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/*
 * Further than that from a symbol's beginning is not in it. Between modules there may be memory of
 * something that is not told of, so theirs reach less: to the end of the page, or to the module's
 * next symbol when it is near.
 */
#define KERNEL_REACH (4 * MIB)
#define MODULE_REACH (16 * KIB)
#define PAGE         4096

struct reading {
    struct kallsyms *k;
    char owner_name[SYMBOL_LINE_MAX]; /* of the last line */
    uint32_t owner;
    bool told; /* some address is not 0 */
};

/* Keeps a text; UINT32_MAX over the limit or when out of memory, which *rc then says. */
static uint32_t keep(struct kallsyms *k, const char *s, size_t len, int *rc)
{
    if (len + 1 > KALLSYMS_NAMES - k->used)
        return UINT32_MAX;
    if (k->used + len + 1 > k->room) {
        uint32_t room = k->room ? k->room * 2 : MIB;
        char *names = realloc(k->names, room);
        if (!names) {
            *rc = -ENOMEM;
            return UINT32_MAX;
        }
        k->names = names;
        k->room = room;
    }
    memcpy(k->names + k->used, s, len);
    k->names[k->used + len] = '\0';
    k->used += (uint32_t)len + 1;
    return k->used - (uint32_t)len - 1;
}

static int add(struct kallsyms *k, struct kallsyms_row row)
{
    if (k->count == k->cap) {
        uint32_t cap = k->cap ? k->cap * 2 : 64 * KIB;
        struct kallsyms_row *rows = realloc(k->rows, cap * sizeof(*rows));
        if (!rows)
            return -ENOMEM;
        k->rows = rows;
        k->cap = cap;
    }
    k->rows[k->count++] = row;
    return 0;
}

/* Symbols of a module follow one another: its name is kept once for all of them. */
static int take_owner(struct reading *r, const char *name, size_t len)
{
    int rc = 0;
    if (strlen(r->owner_name) == len && !memcmp(r->owner_name, name, len))
        return 0;
    uint32_t owner = keep(r->k, name, len, &rc);
    if (owner == UINT32_MAX)
        return rc ? rc : -ENOSPC;
    memcpy(r->owner_name, name, len);
    r->owner_name[len] = '\0';
    r->owner = owner;
    return 0;
}

static void take_bounds(struct kallsyms *k, const char *name, size_t len, uint64_t at)
{
    if (len != 6)
        return;
    if (!memcmp(name, "_stext", 6))
        k->text = at;
    else if (!memcmp(name, "_etext", 6))
        k->text_end = at;
}

static int take_line(void *ctx, const struct kallsyms_line *line)
{
    struct reading *r = ctx;
    const char *name = line->name, *owner = KALLSYMS_KERNEL;
    size_t len = line->len, owner_len = strlen(owner);
    uint64_t at = line->at;
    int rc = 0;
    if (line->type == 'A' || line->type == 'a' || !at)
        return 0; /* offsets of CPUs' own variables are no addresses */
    r->told = true;
    if (line->owner_len) {
        owner = line->owner;
        owner_len = line->owner_len;
    } else {
        take_bounds(r->k, name, len, at);
    }
    if (r->k->count >= KALLSYMS_MAX) {
        r->k->left_out++;
        return 0;
    }
    rc = take_owner(r, owner, owner_len);
    uint32_t kept = rc ? UINT32_MAX : keep(r->k, name, len, &rc);
    if (kept != UINT32_MAX)
        return add(r->k, (struct kallsyms_row){at, kept, r->owner});
    r->k->left_out++;
    return rc == -ENOMEM ? rc : 0;
}

static int compare(const void *a, const void *b)
{
    const struct kallsyms_row *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->name < y->name ? -1 : x->name > y->name; /* of the same address the first is told */
}

static bool parse(const char *line, struct kallsyms_line *out)
{
    char *end;
    out->at = strtoull(line, &end, 16);
    if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
        return false;
    out->type = end[1];
    out->name = end + 3;
    out->len = strcspn(out->name, " \t\n");
    out->owner = out->name + out->len + strspn(out->name + out->len, " \t");
    out->owner_len = *out->owner == '[' ? strcspn(++out->owner, "]\n") : 0;
    return out->len;
}

int kallsyms_lines(FILE *f, int (*take)(void *ctx, const struct kallsyms_line *line), void *ctx,
                   bool *any)
{
    char line[SYMBOL_LINE_MAX];
    struct kallsyms_line parsed;
    bool whole = true; /* the line began at its beginning */
    int rc = 0;
    *any = false;
    while (!rc && fgets(line, sizeof(line), f)) {
        *any = true;
        if (whole && parse(line, &parsed))
            rc = take(ctx, &parsed);
        whole = strchr(line, '\n');
    }
    return rc ? rc : ferror(f) ? -EIO : 0;
}

int kallsyms_read(struct kallsyms *k, FILE *f)
{
    struct reading r = {.k = k};
    bool any;
    memset(k, 0, sizeof(*k));
    int rc = kallsyms_lines(f, take_line, &r, &any);
    if (rc)
        return rc;
    if (k->count)
        qsort(k->rows, k->count, sizeof(*k->rows), compare);
    return any && !r.told ? -EACCES : 0;
}

void kallsyms_free(struct kallsyms *k)
{
    free(k->rows);
    free(k->names);
    memset(k, 0, sizeof(*k));
}

/* Number of rows that begin at or before the address. */
static uint32_t rows_to(const struct kallsyms *k, uint64_t at)
{
    uint32_t low = 0, high = k->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (k->rows[middle].at <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool kallsyms_in_kernel(const struct kallsyms *k, uint64_t at)
{
    return at >= k->text && at < k->text_end;
}

static bool reaches(const struct kallsyms *k, uint32_t row, uint64_t at)
{
    const struct kallsyms_row *r = &k->rows[row], *next = r + 1;
    if (kallsyms_in_kernel(k, at) != kallsyms_in_kernel(k, r->at))
        return false;
    if (!strcmp(k->names + r->owner, KALLSYMS_KERNEL))
        return at - r->at < KERNEL_REACH;
    return at / PAGE == r->at / PAGE ||
           (row + 1 < k->count && next->owner == r->owner && next->at - r->at <= MODULE_REACH);
}

bool kallsyms_find(struct kallsyms *k, uint64_t at, struct kallsyms_symbol *out)
{
    uint32_t i = rows_to(k, at);
    if (!i || !reaches(k, i - 1, at)) {
        k->misses++;
        return false;
    }
    uint64_t begin = k->rows[i - 1].at;
    k->hits++;
    while (i > 1 && k->rows[i - 2].at == begin)
        i--;
    const struct kallsyms_row *row = &k->rows[i - 1];
    *out = (struct kallsyms_symbol){.name = k->names + row->name,
                                    .owner = k->names + row->owner,
                                    .at = begin,
                                    .offset = at - begin};
    return true;
}

uint64_t kallsyms_address(const struct kallsyms *k, const char *name, const char *owner)
{
    uint64_t found = 0;
    for (uint32_t i = 0; i < k->count; i++) {
        const struct kallsyms_row *row = &k->rows[i];
        const char *of = k->names + row->owner;
        if (strcmp(k->names + row->name, name) || (owner && strcmp(of, owner)))
            continue;
        if (owner || !strcmp(of, KALLSYMS_KERNEL))
            return row->at;
        found = found ? found : row->at;
    }
    return found;
}

uint64_t kallsyms_next(const struct kallsyms *k, uint64_t at)
{
    uint32_t i = rows_to(k, at);
    return i < k->count ? k->rows[i].at : 0;
}

void kallsyms_figures(const struct kallsyms *k, struct cache_figures *out)
{
    *out = (struct cache_figures){
        .name = "kernel symbols",
        .entries = k->count,
        .most = KALLSYMS_MAX,
        .hits = k->hits,
        .misses = k->misses,
        .evictions = k->left_out,
        .bytes = k->cap * sizeof(*k->rows) + k->room,
    };
}

size_t kallsyms_memory(void)
{
    return (size_t)KALLSYMS_MAX * sizeof(struct kallsyms_row) + KALLSYMS_NAMES;
}
