/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: YAML, one mapping, whose keys are the long names of options. */
#ifndef RATEL_CMD_CONFIG_H
#define RATEL_CMD_CONFIG_H

#include "base/error_list.h"
#include "base/limits.h"
#include "cmd/options.h"

/*
 * Reads a configuration into o (made by options_init), whose origins become ORIGIN_FILE. text
 * (with a NUL behind its len bytes) and file (the name for messages) must outlive o and errors. All
 * mistakes are added to errors. 0, -EINVAL when there was a mistake, -ENOMEM.
 */
int config_parse(const char *text, size_t len, const char *file, struct options *o,
                 struct error_list *errors);

/* The same from a file; the text is kept in o->config_text. -errno with errors filled. */
int config_load(const char *file, struct options *o, struct error_list *errors);

#endif
