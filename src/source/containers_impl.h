/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is behind containers.h. One thread, the keeper, looks for containers and sees to it that
 * each is asked about and told of in time; each runtime has a thread of its own that asks it, so
 * that one that hangs holds up no other. All of them work under one lock, which is let go while a
 * runtime is asked; whoever reads records takes another one, and never waits.
 */
#ifndef RATEL_SOURCE_CONTAINERS_IMPL_H
#define RATEL_SOURCE_CONTAINERS_IMPL_H

#include <pthread.h>

#include "source/container_cache.h"
#include "source/container_known.h"
#include "source/containers.h"
#include "source/findings.h"

/* A cgroup came or went, or somebody would like to know it. */
enum notice_kind { NOTICE_MADE, NOTICE_GONE, NOTICE_WANTED };

struct notice {
    struct container_place place;
    enum notice_kind kind;
};

enum lookup_kind {
    LOOKUP_MADE,  /* while ratel looks */
    LOOKUP_THERE, /* it was there before */
    LOOKUP_AGAIN, /* it is known: only what has changed is told */
};

/* A container that is to be asked about. Times are of the monotonic clock. */
struct lookup {
    struct container_place place;
    enum lookup_kind kind;
    uint64_t since, next, wait_ns;
    uint64_t gone_by;    /* the cgroup is gone: what is known by then is told. 0: it is there */
    uint64_t round;      /* number of the questions under way */
    uint64_t asked;      /* when they began */
    uint32_t todo, busy; /* runtimes that are still to be asked, and those that are being asked */
    enum abi_reason why; /* of those that were */
    bool told;           /* of what was known by then */
    bool pending;        /* that was nothing: nobody had answered */
    bool waits;          /* the walk found it, and it was not answered for yet */
    bool quiet;          /* what it is told for is the world: others know */
};

struct containers;

/* The thread of one runtime. */
struct asker {
    struct containers *of;
    unsigned runtime; /* its number */
    struct facts facts;
    pthread_t thread;
    bool running;
};

struct containers {
    struct findings findings;
    const char *state;
    struct cgroup_root root;
    int64_t realtime_offset;
    uint64_t refresh_ns;
    struct runtimes *runtimes;
    pthread_t thread;
    bool running;
    char *looked; /* CONTAINER_RECORD_BYTES: the record for who can't wait */
    struct facts unknown;

    /* under .work */
    pthread_mutex_t work;
    pthread_cond_t questions;
    struct known_containers known;
    struct container_cache *cache;
    struct lookup *lookups;      /* LOOKUPS_MAX */
    unsigned nlookups, nwaiting; /* of them, those that the walk waits for */
    uint64_t rounds;
    struct facts facts;
    char *scratch; /* CONTAINER_RECORD_BYTES: the record that is being made */
    struct container_walk *walk;
    bool walked;         /* once through all that was there at the start */
    uint64_t walk_again; /* when the next walk may begin, and go on */
    uint64_t walk_on;
    uint64_t last_by; /* it ends: what is known by then is told. 0: not yet */
    bool over;        /* and the askers end */
    struct asker askers[RUNTIME_SOCKETS_MAX];

    /* under .lock, the only one that who reads records takes */
    pthread_mutex_t lock;
    pthread_cond_t wake, scan_over;
    struct notice *notices; /* a ring */
    unsigned first, count;
    bool progress; /* a look-up was done */
    bool scanned;  /* what was there at the start is told */
    bool ending;
};

/* containers.c */
bool containers_ending(struct containers *c);

/* container_keeper.c: the thread */
void *containers_keep(void *ctx);
/* Of the monotonic clock, as pthread_cond_timedwait takes it. */
struct timespec containers_time(uint64_t ns);

/* container_tell.c: all under .work */
const struct event_def *containers_def(uint16_t event);
/* What is known of it by now; again: as existing_container. */
void container_tell(struct containers *c, struct lookup *l, struct facts *facts);
/* What is known from before, if anything is. */
bool container_tell_kept(struct containers *c, const struct container_place *p);
/* Once, of one that was told of. */
void container_tell_gone(struct containers *c, const struct container_place *p);

/* container_lookups.c: all under .work */
struct lookup *lookup_of(struct containers *c, uint64_t cgroup); /* NULL for none */
/* NULL where there is no room, which is counted. */
struct lookup *lookup_begin(struct containers *c, const struct container_place *p,
                            enum lookup_kind kind);
void lookup_forget(struct containers *c, struct lookup *l);
/* Its cgroup is gone. */
void lookup_gone(struct containers *c, const struct container_place *p);
/* What is due. */
void lookups_run(struct containers *c);
/* When there is something to do again. */
uint64_t lookups_due(const struct containers *c);
/* Whether all that were there before are told of. */
bool lookups_told(const struct containers *c);

struct lookup_question {
    uint64_t round;
    struct container_place place;
    uint64_t patience_ns;
};
/* The next one for that runtime. */
bool lookup_take(struct containers *c, unsigned runtime, struct lookup_question *out);
void lookup_answer(struct containers *c, unsigned runtime, uint64_t round, enum abi_reason why,
                   struct facts *facts);

/* container_ask.c */
int askers_start(struct containers *c);
void askers_end(struct containers *c); /* under .work; it is let go meanwhile */

static inline struct runtime_question question_of(const struct container_place *p,
                                                  uint64_t patience_ns)
{
    return (struct runtime_question){.runtime = p->is.runtime,
                                     .id = p->is.id,
                                     .space = *p->space ? p->space : NULL,
                                     .patience_ns = patience_ns};
}

#endif
