/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text and as JSON. What a stranger wrote is escaped here, and only here. */
#ifndef RATEL_EVENT_FORMAT_H
#define RATEL_EVENT_FORMAT_H

#include "base/strbuf.h"
#include "event/event.h"

/* What formatting needs to know besides the value. */
struct format {
    int64_t realtime_offset; /* wall clock minus boot clock, nanoseconds */
    bool raw;                /* numbers stay numbers */
};

/* Text with control characters as \n, \t, \xNN, invalid UTF-8 bytes as \xNN, a backslash as \\. */
void text_escape(struct strbuf *out, const char *s, size_t n);
/* A JSON string with its quotes. Invalid UTF-8 bytes become \udc80 … \udcff (as Python's surrogateescape). */
void json_string(struct strbuf *out, const char *s, size_t n);
/* A field as text: 3, O_RDONLY|O_CLOEXEC, /etc/passwd, ["sh","-c"], 127.0.0.1:80, 0x7f…; "-" with reason when missing. */
void value_text(struct strbuf *out, const struct format *f, const struct field_def *def,
                const struct value *v);
/* The same as one JSON value; null when missing. */
void value_json(struct strbuf *out, const struct format *f, const struct field_def *def,
                const struct value *v);
/* What the call returned: 3, -2 ENOENT, 0x7f…; in raw just the number. */
void return_text(struct strbuf *out, const struct format *f, const struct event *ev);
/* 2026-11-21T05:06:07.123456789Z from boot-clock nanoseconds. */
void time_text(struct strbuf *out, const struct format *f, uint64_t boot_ns);

#endif
