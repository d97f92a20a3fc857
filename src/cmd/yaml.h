/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML text as a stream of libfyaml's events; its complaint is kept instead of printed. */
#ifndef RATEL_CMD_YAML_H
#define RATEL_CMD_YAML_H

#include <libfyaml.h>
#include <stddef.h>

#include "base/limits.h"

struct yaml {
    struct fy_parser *parser;
    struct fy_diag *diag;
    char complaint[YAML_COMPLAINT_MAX]; /* the first one, as libfyaml words it; "" for none */
};

/* text must outlive y, and y must not move. 0 or -ENOMEM; yaml_close in either case. */
int yaml_open(struct yaml *y, const char *text, size_t len);
void yaml_close(struct yaml *y);
/* What the reader found wrong, and where: line and column from 1, 0 when it does not say. */
const char *yaml_complaint(const struct yaml *y, int *line, int *column);

#endif
