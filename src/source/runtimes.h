/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's container runtimes: which of them to ask about a container, how long to wait for
 * one, and how long to leave one alone that does not answer. Each of them is for one thread at a
 * time; different ones may be asked by different threads.
 */
#ifndef RATEL_SOURCE_RUNTIMES_H
#define RATEL_SOURCE_RUNTIMES_H

#include "base/error.h"
#include "base/limits.h"
#include "source/facts.h"

/* Sockets that the user names. A runtime without one is looked for where it usually listens. */
struct runtime_sockets {
    struct {
        enum runtime runtime;
        const char *path; /* borrowed */
    } items[RUNTIME_SOCKETS_MAX];
    unsigned count;
};

/* NAME=PATH. 0 or -EINVAL with err filled. */
int runtime_sockets_add(struct runtime_sockets *s, const char *argument, struct error *err);

struct runtime_question {
    enum runtime runtime; /* unknown: whoever knows it */
    const char *id;
    const char *space;    /* containerd's namespace, for ids that are no hexadecimal digits; NULL */
    uint64_t patience_ns; /* for each runtime that is asked */
};

/* What became of what one runtime was asked. */
struct runtime_counts {
    enum runtime runtime;
    const char *socket;
    uint64_t asked, answered, unknown; /* unknown: it has no such container */
    uint64_t refused, silent, broken;  /* no answer, and why */
    uint64_t spared;                   /* not asked because it had not answered before */
};

struct runtimes;

/* sockets is copied, its paths are borrowed. 0 or -ENOMEM. */
int runtimes_new(struct runtimes **out, const struct runtime_sockets *sockets);
void runtimes_free(struct runtimes *r);
/*
 * Asks all that may know it, one after the other. ABI_WHY_NONE with facts filled; or why there are
 * none: NO_RUNTIME, UNKNOWN, DENIED, SILENT, BROKEN.
 */
enum abi_reason runtimes_ask(struct runtimes *r, const struct runtime_question *q,
                             struct facts *out);

/* How many there are to be asked; whether the i-th may know it; the same of that one alone. */
unsigned runtimes_count(const struct runtimes *r);
bool runtimes_fits(const struct runtimes *r, unsigned i, const struct runtime_question *q);
enum abi_reason runtimes_ask_one(struct runtimes *r, unsigned i, const struct runtime_question *q,
                                 struct facts *out);
/* Of two reasons the one that tells more. */
enum abi_reason runtimes_better(enum abi_reason a, enum abi_reason b);
/* For any thread at any time. */
void runtimes_counts(struct runtimes *r, unsigned i, struct runtime_counts *out);
size_t runtimes_memory(void); /* bytes that they take at most, all asked at once */

#endif
