/* SPDX-License-Identifier: Apache-2.0 */
#include "source/library.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/elf_exports.h"

int library_cache_init(struct library_cache *c)
{
    c->places = calloc(LIBRARIES_MAX, sizeof(*c->places));
    return c->places ? 0 : -ENOMEM;
}

static size_t size_of(const struct library *l)
{
    return l->bytes + l->count * sizeof(*l->symbols);
}

static void forget(struct library_cache *c, struct library *l)
{
    if (l->generation) {
        c->bytes -= size_of(l);
        c->evictions++;
    }
    free(l->path);
    free(l->text);
    free(l->symbols);
    *l = (struct library){0};
}

void library_cache_free(struct library_cache *c)
{
    for (unsigned i = 0; c->places && i < LIBRARIES_MAX; i++)
        forget(c, &c->places[i]);
    free(c->places);
    c->places = NULL;
}

struct library *library_find(struct library_cache *c, const struct library_key *key)
{
    for (unsigned i = 0; i < LIBRARIES_MAX; i++) {
        struct library *l = &c->places[i];
        if (!l->generation || memcmp(&l->key, key, sizeof(*key)) != 0)
            continue;
        l->used = ++c->clock;
        c->hits++;
        return l;
    }
    c->misses++;
    return NULL;
}

void library_figures(const struct library_cache *c, struct cache_figures *out)
{
    *out = (struct cache_figures){
        .name = "libraries",
        .most = LIBRARIES_MAX,
        .hits = c->hits,
        .misses = c->misses,
        .evictions = c->evictions,
        .bytes = c->bytes,
    };
    for (unsigned i = 0; i < LIBRARIES_MAX; i++)
        out->entries += c->places[i].generation != 0;
}

struct library *library_get(struct library_cache *c, struct library_ref ref)
{
    struct library *l = &c->places[ref.place];
    return l->generation == ref.generation ? l : NULL;
}

struct library_ref library_refer(const struct library_cache *c, const struct library *l)
{
    return (struct library_ref){(uint32_t)(l - c->places), l->generation};
}

/* The one that was used longest ago; a free place before all. */
static struct library *oldest(struct library_cache *c, bool taken)
{
    struct library *found = NULL;
    for (unsigned i = 0; i < LIBRARIES_MAX; i++) {
        struct library *l = &c->places[i];
        if (taken && !l->generation)
            continue;
        if (!found || l->used < found->used)
            found = l;
    }
    return found;
}

/* Of a library that is being read. */
struct reading {
    struct library_cache *cache;
    struct library *l;
    size_t text_room;
    unsigned symbols_room;
    int error;
};

static int make_room(struct reading *r, size_t len)
{
    struct library *l = r->l;
    if (size_of(l) + len + 1 + sizeof(*l->symbols) > LIBRARIES_BYTES / 2)
        return -E2BIG;
    if (l->bytes + len + 1 > r->text_room) {
        size_t room = r->text_room * 2 > l->bytes + len + 1 ? r->text_room * 2 : len + 4096;
        char *text = realloc(l->text, l->bytes + room);
        if (!text)
            return -ENOMEM;
        l->text = text;
        r->text_room = l->bytes + room;
    }
    if (l->count == r->symbols_room) {
        unsigned room = r->symbols_room ? r->symbols_room * 2 : 64;
        struct library_symbol *symbols = realloc(l->symbols, room * sizeof(*symbols));
        if (!symbols)
            return -ENOMEM;
        l->symbols = symbols;
        r->symbols_room = room;
    }
    return 0;
}

static void take_symbol(void *ctx, const char *name, size_t len)
{
    struct reading *r = ctx;
    struct library *l = r->l;
    unsigned uses = r->error ? 0 : r->cache->wanted(r->cache->ctx, name, len);
    if (!uses)
        return;
    r->error = make_room(r, len);
    if (r->error)
        return;
    memcpy(l->text + l->bytes, name, len + 1);
    l->symbols[l->count++] = (struct library_symbol){
        .hash = XXH64(name, len, 0), .at = (uint32_t)l->bytes, .uses = uses};
    l->bytes += len + 1;
}

int library_compare(const struct library *a, const struct library_symbol *x,
                    const struct library *b, const struct library_symbol *y)
{
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return strcmp(library_name(a, x), library_name(b, y));
}

static int in_order(const void *x, const void *y, void *l)
{
    return library_compare(l, x, l, y);
}

/* In order, and each name once: those of several versions come several times. */
static void sort_symbols(struct library *l)
{
    unsigned kept = 0;
    if (l->count)
        qsort_r(l->symbols, l->count, sizeof(*l->symbols), in_order, l);
    for (unsigned i = 0; i < l->count; i++)
        if (!kept || library_compare(l, &l->symbols[kept - 1], l, &l->symbols[i]) != 0)
            l->symbols[kept++] = l->symbols[i];
    l->count = kept;
    for (unsigned i = 0; i < kept; i++)
        l->watched += !!(l->symbols[i].uses & LIBRARY_WATCHED);
}

static int read_file(void *ctx, uint64_t at, void *to, size_t len)
{
    const int *fd = ctx;
    size_t got = 0;
    while (got < len) {
        ssize_t n =
            at + got > INT64_MAX ? 0 : pread(*fd, (char *)to + got, len - got, (off_t)(at + got));
        if (n <= 0)
            return n ? -errno : -ENOEXEC;
        got += (size_t)n;
    }
    return 0;
}

struct library *library_read(struct library_cache *c, const struct library_key *key,
                             const char *path, int fd)
{
    struct library *l = oldest(c, false);
    struct reading r = {.cache = c, .l = l};
    const struct elf_file file = {read_file, &fd};
    forget(c, l);
    l->path = strdup(path);
    if (!l->path)
        return NULL;
    l->error = elf_exports(&file, take_symbol, &r);
    l->error = l->error ? l->error : r.error;
    if (l->error)
        l->bytes = l->count = 0;
    sort_symbols(l);
    if (l->watched)
        l->hashed = sha256_file(fd, LIBRARY_HASH_MAX, l->sha256);
    l->key = *key;
    l->used = ++c->clock;
    l->generation = ++c->generation ? c->generation : ++c->generation;
    c->bytes += size_of(l);
    while (c->bytes > LIBRARIES_BYTES)
        forget(c, oldest(c, true));
    return l;
}

size_t library_memory(void)
{
    /* One is being read while the others are there. */
    return LIBRARIES_MAX * sizeof(struct library) + LIBRARIES_BYTES + LIBRARIES_BYTES / 2 +
           ELF_NAMES_MAX;
}
