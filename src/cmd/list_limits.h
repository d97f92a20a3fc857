/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RATEL_CMD_LIST_LIMITS_H
#define RATEL_CMD_LIST_LIMITS_H

#include "cmd/command.h"

/* Appends catalog/limits.def and the options that set a size. An exit status. */
int list_limits(const struct options *o, struct strbuf *out);

#endif
