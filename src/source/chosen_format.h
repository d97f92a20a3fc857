/* SPDX-License-Identifier: Apache-2.0 */
/* What a tracepoint's record looks like: tracefs tells it in events/CATEGORY/NAME/format. */
#ifndef RATEL_SOURCE_CHOSEN_FORMAT_H
#define RATEL_SOURCE_CHOSEN_FORMAT_H

#include <stddef.h>

#include "base/limits.h"
#include "chosen_plan.h"

struct chosen_format_field {
    char name[64];
    const char *type; /* of the catalog */
    struct chosen_field field;
};

struct chosen_format {
    struct chosen_format_field fields[CHOSEN_FORMAT_FIELDS];
    unsigned count;
};

/* 0 or -errno: -ENOENT for no such tracepoint, -ENODEV where tracefs is not mounted. */
int chosen_format_read(struct chosen_format *f, const char *category, const char *name);
/* One line of the file; adds its field where it is one that can be shown. Pure, for the above. */
void chosen_format_line(struct chosen_format *f, const char *line);
const struct chosen_format_field *chosen_format_find(const struct chosen_format *f,
                                                     const char *name, size_t len);

#endif
