/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON: commas and quotes are put where they belong. */
#ifndef RATEL_CMD_JSON_H
#define RATEL_CMD_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "event/context.h"

struct json {
    struct strbuf *out;
    bool more;  /* a value stands before: the next one needs a comma */
    bool keyed; /* a key was just written: the next value needs none */
};

void json_open(struct json *j, char bracket); /* { or [ */
void json_close(struct json *j, char bracket);
void json_key(struct json *j, const char *key);
void json_text(struct json *j, const char *s); /* null for NULL */
void json_text_n(struct json *j, const char *s, size_t n);
void json_int(struct json *j, int64_t v);
void json_bool(struct json *j, bool v);
void json_none(struct json *j);
void json_strings(struct json *j, const struct text_view *strings); /* a list; each with its NUL */
/* A list, each element on a line of its own where that helps a reader. */
void json_newline(struct json *j);

#endif
