/* SPDX-License-Identifier: Apache-2.0 */
/* What `ratel doctor` found, as it grows. */
#ifndef RATEL_CMD_DOCTOR_H
#define RATEL_CMD_DOCTOR_H

#include "base/strbuf.h"
#include "cmd/checks.h"
#include "cmd/json.h"

struct report {
    struct strbuf out;
    struct json json;
    bool as_json;
    unsigned width;
    unsigned broken; /* needed checks that fail */
};

/* A line, or an element of "checks". A title of NULL: only where it is needed and fails, or JSON.
 */
void report_add(struct report *r, const char *name, const char *title, const struct finding *f,
                enum check_weight weight);
/* A line alone: mark, title, text. */
void report_line(struct report *r, const char *mark, const char *title, const char *text);

/* Each kind of hooks, whether it works. */
void report_kinds(struct report *r);
/* Each hook of the catalog. */
void report_hooks(struct report *r);
/* Each event: by which hooks it is seen, and why not by better ones. */
void report_events(struct report *r);

#endif
