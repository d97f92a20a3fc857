/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of containers. Only for containers.c, which knows what events say, and
 * container_rows.c, which knows what is forgotten for want of room.
 */
#ifndef RATEL_WORLD_CONTAINERS_IMPL_H
#define RATEL_WORLD_CONTAINERS_IMPL_H

#include "world/world_impl.h"

#define KEEP_NS 30000000000ull /* how long a container that was removed is still known */

/* X(member of container_view, field of the records) */
#define TEXTS(X)                                                                                   \
    X(id, container_id)                                                                            \
    X(runtime, runtime)                                                                            \
    X(name, container_name)                                                                        \
    X(image, container_image)                                                                      \
    X(digest, container_image_digest)                                                              \
    X(pod_name, pod_name)                                                                          \
    X(pod_namespace, pod_namespace) X(pod_uid, pod_uid)

/* The same of lists: KEY=VALUE in the records. */
#define LISTS(X) X(labels, container_labels) X(pod_labels, pod_labels)

enum text {
#define X(member, field) TEXT_##member,
    TEXTS(X) LISTS(X)
#undef X
        TEXT_COUNT
};

struct container {
    uint64_t cgroup; /* 0: a free row */
    uint64_t made;   /* boot clock; 0: before ratel */
    uint64_t gone;   /* 0: not yet */
    uint64_t views;  /* that .view was made for */
    uint64_t serial; /* of its views; 0: they would say something else now */
    const struct container_view *view;
    char *texts; /* one behind the other; owned */
    uint32_t bytes;
    uint32_t maker_ns; /* mount namespace of who made it; 0: not known */
    place cgroups;     /* the first that belongs to it */
    place of_id;       /* with the same hash of the id: */
    uint32_t id_bucket;
    place colder, warmer; /* in the order of use, or of ends */
    struct {
        uint16_t at, len; /* WORLD_CONTAINER_TEXT in all */
        uint8_t why;
    } text[TEXT_COUNT];
    bool sandbox, answered, started, has_id;
};

/* Which container a cgroup belongs to. */
struct cgroup_row {
    uint64_t cgroup;
    place container;     /* 0: to none; whoever knows was asked */
    place next;          /* with the same hash */
    place before, after; /* of the same container */
};

struct containers_table {
    struct pool row_pool, cgroup_pool;
    struct container *rows; /* of the pools; rows[0] has the cgroups of none */
    struct cgroup_row *cgroups;
    place *by_cgroup, *by_id; /* by hash */
    uint32_t buckets;         /* of each; a power of two */
    struct order living, gone;
    uint64_t bytes, most_bytes; /* of the texts */
    uint64_t hits, misses, evictions;
    bool unified; /* there is a unified hierarchy: cgroups of others mean nothing */
};

/* 0: to none that is known. */
place container_find(struct containers_table *t, uint64_t cgroup);
/* The container of that cgroup, a new one where there is none; another may be forgotten for it. */
place container_add(struct containers_table *t, uint64_t cgroup);
/* The one of that id whose cgroup is there. */
place container_of_id(const struct containers_table *t, const char *id);
/* The cgroup belongs to it; 0: to none. */
void container_has(struct containers_table *t, uint64_t cgroup, place container);
void container_forget_cgroup(struct containers_table *t, uint64_t cgroup);
/*
 * Makes room for the texts, of others' if need be, and copies them; .text says where each is.
 * Without memory none is there.
 */
void container_set_texts(struct containers_table *t, place p, const char *texts, uint32_t n);
void container_used(struct containers_table *t, place p);
void container_gone(struct containers_table *t, place p, uint64_t time);
void container_forget(struct containers_table *t, place p);

#endif
