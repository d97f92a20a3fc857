/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the table of mounts: for mounts.c, mount_ask.c and mount_paths.c only. */
#ifndef RATEL_WORLD_MOUNTS_IMPL_H
#define RATEL_WORLD_MOUNTS_IMPL_H

#include "world/world_impl.h"

/* X(name): in the order in which a mount keeps them. */
#define MOUNT_TEXTS(X) X(root) X(mountpoint) X(type) X(source)

enum mount_text {
#define X(name) MOUNT_##name,
    MOUNT_TEXTS(X)
#undef X
        MOUNT_TEXT_COUNT
};

struct mount {
    uint64_t since, until;             /* until 0: it is still there. since 0: from the beginning */
    char *texts;                       /* one behind the other; owned */
    uint32_t at[MOUNT_TEXT_COUNT + 1]; /* where each begins; the last one: all bytes */
    uint32_t dev;
    int32_t id, parent;
    uint32_t reading; /* number of the reading that found it last */
    place next;       /* of the same namespace, in the order in which the kernel has them */
};

struct mount_space {
    uint32_t mnt_ns;
    bool known;     /* it was read */
    uint8_t why;    /* when not: the reason that was told */
    uint32_t pid;   /* a process that was in it, and may still be: only to ask */
    uint64_t stale; /* from that time on something else is mounted; 0: nothing that was seen */
    uint64_t read;  /* when it was read, the last time */
    uint64_t used;  /* number of the latest use */
    place first, last;
    /* While it is read: */
    uint64_t begin;    /* from when on what is new is there */
    uint32_t reading;  /* number of the latest reading */
    uint32_t expected; /* the next entry; 0: it is not read */
    place cursor;      /* the mount behind the one that was found last */
};

struct mounts_table {
    struct pool pool;
    struct mount *mounts; /* .pool's */
    struct mount_space spaces[WORLD_MOUNT_SPACES];
    uint32_t nspaces, last; /* last: the one that was found last */
    uint32_t host_ns;       /* 0: not known yet */
    uint8_t host_why;       /* why not */
    uint64_t uses, bytes, hits, misses, evictions;
    /* What is asked. It must not change what is told: a replay asks nothing. */
    uint64_t tokens_at; /* when the last token came */
    unsigned tokens;    /* namespaces that may be read now */
    struct world_question asking;
    uint32_t left;         /* further entries of it */
    const void *asked_for; /* the record that it was needed for: only to compare */
};

/* NULL where it is not known. */
struct mount_space *mounts_space(struct mounts_table *t, uint32_t mnt_ns);

static inline struct mount *mount_of(const struct mounts_table *t, place p)
{
    return p ? &t->mounts[p] : NULL;
}
static inline const char *mount_text(const struct mount *m, enum mount_text which)
{
    return m->texts + m->at[which];
}
static inline uint32_t mount_length(const struct mount *m, enum mount_text which)
{
    return m->at[which + 1] - m->at[which];
}

#endif
