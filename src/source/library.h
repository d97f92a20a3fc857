/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What library files export, as far as somebody asks for it: read once, kept by device, inode and
 * time of change, and given up where there are too many.
 */
#ifndef RATEL_SOURCE_LIBRARY_H
#define RATEL_SOURCE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/figures.h"
#include "base/limits.h"
#include "base/sha256.h"

/* What a symbol is wanted for. */
enum { LIBRARY_WATCHED = 1 << 0, LIBRARY_COMPARED = 1 << 1 };

struct library_key {
    uint64_t inode, ctime; /* nanoseconds since the epoch */
    uint64_t dev;          /* as the kernel's programs tell it */
};

struct library_symbol {
    uint64_t hash;
    uint32_t at; /* in .text, with its NUL */
    uint32_t uses;
};

struct library {
    struct library_key key;
    uint32_t generation; /* 0: the place is free */
    int error;           /* -errno where the symbols could not be read; then there are none */
    uint64_t used;       /* when, by the cache's clock */
    char *path;          /* as it was first met */
    char *text;
    size_t bytes;                   /* of .text in use */
    struct library_symbol *symbols; /* in order, each once */
    unsigned count, watched;        /* watched: how many are */
    int hashed;                     /* 0, or why there is no .sha256: -EFBIG, -errno */
    unsigned char sha256[SHA256_LENGTH];
};

struct library_cache {
    struct library *places; /* LIBRARIES_MAX */
    uint64_t clock;
    size_t bytes; /* of all */
    uint32_t generation;
    uint64_t hits, misses, evictions;
    /* What a symbol is wanted for, 0 for nothing. */
    unsigned (*wanted)(void *ctx, const char *name, size_t len);
    void *ctx;
};

/* A library that was kept: it may be gone. */
struct library_ref {
    uint32_t place, generation;
};

int library_cache_init(struct library_cache *c); /* 0 or -ENOMEM */
void library_cache_free(struct library_cache *c);

void library_figures(const struct library_cache *c, struct cache_figures *out);

/* NULL where it is not known (any more). */
struct library *library_find(struct library_cache *c, const struct library_key *key);
struct library *library_get(struct library_cache *c, struct library_ref ref);
struct library_ref library_refer(const struct library_cache *c, const struct library *l);
/*
 * Reads an open file, which stays the caller's. NULL out of memory; what is no library, or too
 * large, has .error.
 */
struct library *library_read(struct library_cache *c, const struct library_key *key,
                             const char *path, int fd);

/* The order of symbols: by hash, then by name. Whoever makes a library may make hashes alike. */
int library_compare(const struct library *a, const struct library_symbol *x,
                    const struct library *b, const struct library_symbol *y);

static inline const char *library_name(const struct library *l, const struct library_symbol *s)
{
    return l->text + s->at;
}

/* Bytes that a cache takes at most. */
size_t library_memory(void);

#endif
