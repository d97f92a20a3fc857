/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was found by looking at the kernel or at containers, as records that wait for the live
 * source. One thread makes them, another takes them.
 */
#ifndef RATEL_SOURCE_FINDINGS_H
#define RATEL_SOURCE_FINDINGS_H

#include <pthread.h>

#include "base/limits.h"
#include "event/record.h"
#include "plan.h"
#include "source/source.h"

/* A finding that was told: as long as it is found again it is not told again. */
struct known_finding {
    uint64_t hash; /* of the event and its fields */
    uint32_t round;
    uint16_t slot;
    uint16_t pad;
};

struct findings {
    pthread_mutex_t lock;
    char *made, *taken; /* FINDINGS_BYTES each; the second is what the other thread reads */
    size_t made_bytes, taken_bytes, read;
    char *scratch; /* FINDING_BYTES: the record that is being made */
    uint64_t sets[PLAN_SLOTS];
    uint64_t seen[PLAN_SLOTS], lost[PLAN_SLOTS];
    struct known_finding *known;
    unsigned nknown;
    uint32_t round[PLAN_SLOTS];
};

/* sets: by slot, who wants the event; copied. 0 or -ENOMEM. */
int findings_init(struct findings *f, const uint64_t *sets);
void findings_free(struct findings *f);

/* Whether anybody wants the event. */
bool findings_wanted(const struct findings *f, const struct event_def *def);
/* Begins a record; between this and the end no other one. */
void findings_begin(struct findings *f, struct record_builder *b, const struct event_def *def);
void findings_text(struct record_builder *b, unsigned field, const char *text);
/* "" is missing: there is none. */
void findings_text_or_none(struct record_builder *b, unsigned field, const char *text);
/* "0x…" */
void findings_address(struct record_builder *b, unsigned field, uint64_t at);
/* Ends it. once: it is not told when the last round told the same. */
void findings_end(struct findings *f, struct record_builder *b, const struct event_def *def,
                  bool once);
/* A whole record that was made elsewhere, as of now; NULL: one that did not fit, and is lost. */
void findings_put(struct findings *f, const struct abi_record *r, const struct event_def *def);
/* Whether so many bytes would find room by now. */
bool findings_room(struct findings *f, size_t bytes);
/* A look is over: what it did not find again would be news from now on. */
void findings_round(struct findings *f, const struct event_def *def);
/* Counts one that was handed on by somebody else. */
void findings_count(struct findings *f, const struct event_def *def);
/* Counts an event that was not made for want of room. */
void findings_drop(struct findings *f, const struct event_def *def);

/* Hands out up to max records of before the time; they stay valid until the next call. */
unsigned findings_take(struct findings *f, const struct abi_record **out, unsigned max,
                       uint64_t before);
void findings_counts(struct findings *f, unsigned slot, struct source_counts *out);
size_t findings_memory(void);

#endif
