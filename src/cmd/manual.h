/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the manual that come from tables, in scdoc's markup. */
#ifndef RATEL_CMD_MANUAL_H
#define RATEL_CMD_MANUAL_H

#include "base/error.h"
#include "base/strbuf.h"

/*
 * Appends a page's text with its tables filled in: a line "@TABLE@" or "@TABLE NAME@" is replaced.
 * 0, or -EINVAL with err filled (line in text) for an unknown table.
 */
int manual_fill(struct strbuf *out, const char *text, struct error *err);

#endif
