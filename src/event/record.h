/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making records in user space: ratel's own events (loss, stats, ratel_info …) and the tests'.
 * They enter the pipeline, and recordings, like any other record.
 */
#ifndef RATEL_EVENT_RECORD_H
#define RATEL_EVENT_RECORD_H

#include "event/catalog.h"

struct record_builder {
    char *data; /* caller's memory, 8-byte aligned */
    size_t cap;
    bool full; /* a field did not fit and was left out */
};

/* Starts a record; its header is zero but for event, flags (ABI_F_USER), syscall (-1), len. */
void record_begin(struct record_builder *b, void *memory, size_t cap, const struct event_def *def);
struct abi_record *record_header(struct record_builder *b);
void record_add_int(struct record_builder *b, unsigned index, uint64_t v);
/* STR, STRV, SOCKADDR, BYTES; and what else has a payload, as kernel/abi.h says. */
void record_add_bytes(struct record_builder *b, unsigned index, const void *p, size_t n);
/* The same of a value that is the beginning of a longer one. */
void record_add_cut(struct record_builder *b, unsigned index, const void *p, size_t n,
                    enum abi_reason why);
void record_add_missing(struct record_builder *b, unsigned index, enum abi_reason why);
/* The finished record, or NULL when something did not fit. */
const struct abi_record *record_end(struct record_builder *b);

#endif
