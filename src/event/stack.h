/* SPDX-License-Identifier: Apache-2.0 */
/* The user stack that an event may come with: kernel/abi.h has how it travels. */
#ifndef RATEL_EVENT_STACK_H
#define RATEL_EVENT_STACK_H

#include "base/strbuf.h"
#include "event/event.h"

/* Texts are in the record, without a NUL. */
struct stack_frame {
    uint64_t address;
    uint64_t offset;    /* from the symbol; without one, in the object */
    const char *symbol; /* NULL: .why says why there is none */
    size_t symbol_len;
    const char *object; /* the file; NULL where there is none, or it is not known */
    size_t object_len;
    const uint8_t *build_id; /* NULL: none is known */
    unsigned build_id_len;
    uint8_t why; /* enum abi_frame_reason */
};

/* Walks the frames, innermost first: *pos starts at 0; false at the end, or where it is damaged. */
bool stack_next(const struct event *ev, size_t *pos, struct stack_frame *out);

/* Why there is no symbol, for people. */
const char *stack_why(uint8_t why);

/* The texts of a frame as it is recorded; appends it to memory. Bytes that it took, 0: no room. */
size_t stack_put(char *memory, size_t room, const struct stack_frame *f);

/* 0x7f… write+0x14 /usr/lib/…/libc.so.6 */
void stack_frame_text(struct strbuf *out, const struct stack_frame *f);
/* The whole stack as text, from the innermost function outwards, " < " between them. */
void stack_text(struct strbuf *out, const struct event *ev);
/* The whole stack as an array of objects; null where there is none. */
void stack_json(struct strbuf *out, const struct event *ev);

#endif
