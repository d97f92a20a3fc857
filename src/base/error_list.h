/* SPDX-License-Identifier: Apache-2.0 */
/* All mistakes of one file, to be reported at once. */
#ifndef RATEL_BASE_ERROR_LIST_H
#define RATEL_BASE_ERROR_LIST_H

#include "base/error.h"

struct error_list {
    struct error *errors; /* owned; the texts they point at are not */
    unsigned count;
    unsigned cap;
    unsigned dropped; /* mistakes past the limit, or past the memory */
};

/* Adds a copy of err. Never fails: what can't be kept is counted in .dropped. */
void error_list_add(struct error_list *list, const struct error *err);
/* How many mistakes there were, kept or not. */
unsigned error_list_total(const struct error_list *list);
/* Prints each with error_print, and how many more there were. */
void error_list_print(const struct error_list *list, FILE *out);
void error_list_free(struct error_list *list);

#endif
