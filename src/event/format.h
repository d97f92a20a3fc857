/* SPDX-License-Identifier: Apache-2.0 */
/* Values as text and as JSON. What a stranger wrote is escaped here, and only here. */
#ifndef RATEL_EVENT_FORMAT_H
#define RATEL_EVENT_FORMAT_H

#include "base/strbuf.h"
#include "event/context.h"
#include "event/event.h"
#include "event/machine.h"
#include "event/text_cache.h"

/* What formatting needs to know besides the value. */
struct format {
    int64_t realtime_offset;       /* wall clock minus boot clock, nanoseconds */
    bool raw;                      /* numbers stay numbers */
    const struct catalog *catalog; /* for names of system calls; NULL: the built-in */
    struct context_text *kept;     /* of the last context, for the next event; NULL: none */
};

/* A context as JSON: events one after the other are often made by the same task. */
struct context_text {
    uint64_t serial; /* that it is of, 0 for none */
    struct strbuf process, rest;
    struct text_cache texts; /* of tasks and containers that it is put together from */
};

/* Text with control characters as \n, \t, \xNN, invalid UTF-8 bytes as \xNN, a backslash as \\. */
void text_escape(struct strbuf *out, const char *s, size_t n);
/*
 * A JSON string with its quotes. Invalid UTF-8 bytes become \udc80 … \udcff (as Python's
 * surrogateescape).
 */
void json_quote(struct strbuf *out, const char *s, size_t n);
/*
 * Bytes of the UTF-8 sequence at s (n > 0 bytes long), 1 to 4; 0 when it is not one. *code is
 * filled: no surrogates, nothing over U+10FFFF, no longer form than needed.
 */
unsigned utf8_next(const char *s, size_t n, uint32_t *code);
/* Lower-case hexadecimal, two digits a byte. */
void hex_text(struct strbuf *out, const void *p, size_t n);

/*
 * A field as text: 3, O_RDONLY|O_CLOEXEC, /etc/passwd, ["sh","-c"], 127.0.0.1:80, 0x7f…;
 * "-(reason)" when missing.
 */
void value_text(struct strbuf *out, const struct format *f, const struct field_def *def,
                const struct value *v);
/* The same as one JSON value; null when missing. */
void value_json(struct strbuf *out, const struct format *f, const struct field_def *def,
                const struct value *v);
/* A struct sockaddr_* of any length: 127.0.0.1:80, [::1]:443, /run/x.sock, @abstract, … */
void sockaddr_text(struct strbuf *out, const char *addr, size_t len);
/* The same as an object: {"family":"AF_INET","addr":"127.0.0.1","port":80}. */
void sockaddr_json(struct strbuf *out, const struct format *f, const char *addr, size_t len);

/* A struct abi_cred, at any place: {uid=0,gid=0,…,cap_ambient=0}; all is every capability. */
void cred_text(struct strbuf *out, const struct format *f, const char *data);
/* The same as an object. */
void cred_json(struct strbuf *out, const struct format *f, const char *data);

/* Whether the event has a result. */
bool event_returns(const struct event *ev);
/* Name of the errno that the call failed with; NULL when it did not fail or has no name. */
const char *event_error(const struct event *ev);
/* The kind of hook that it was seen by; NULL where there is only one way to see it. */
const char *event_via(const struct event *ev);
/* The system call that it happened in; NULL outside of one, or when it has no name. */
const char *event_syscall(const struct format *f, const struct event *ev);
/* Why a field is missing or truncated, for people; "" for a reason that is none. */
const char *reason_text(uint8_t reason);
/* What the call returned: 3, -2 ENOENT, 0x7f…; in raw just the number; - when it has no result. */
void return_text(struct strbuf *out, const struct format *f, const struct event *ev);
/* 2026-11-21T05:06:07.123456789Z from boot-clock nanoseconds. */
void time_text(struct strbuf *out, const struct format *f, uint64_t boot_ns);

/* The whole event as one JSON object, without a newline: docs/event.schema.json. */
void event_json(struct strbuf *out, const struct format *f, const struct machine *machine,
                const struct event *ev);

/* Members of "process" that the world adds, each with a comma before it. */
void context_process_json(struct strbuf *out, const struct format *f,
                          const struct event_context *c);
/* Members of the event that it adds: ancestors, container, user_stack; the same way. */
void context_json(struct strbuf *out, const struct format *f, const struct event_context *c);
/* Both, of the context that is kept, or is from now on. */
const struct context_text *context_text_of(const struct format *f, const struct event_context *c);
void context_text_free(struct context_text *t);
/* A list of strings, each with its NUL: an array; or KEY NUL VALUE NUL … as an object. */
void strings_json(struct strbuf *out, const struct text_view *t, bool pairs);
/* One object. */
void task_json(struct strbuf *out, const struct format *f, const struct task_view *t);
void container_json(struct strbuf *out, const struct container_view *c);

#endif
