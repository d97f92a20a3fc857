/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine says of itself, besides struct machine. */
#ifndef RATEL_SOURCE_SYSTEM_H
#define RATEL_SOURCE_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"

/* Texts are "" where they are not known. */
struct system_facts {
    char os_id[SYSTEM_TEXT];      /* debian */
    char os_version[SYSTEM_TEXT]; /* 12 */
    char os_name[SYSTEM_TEXT];    /* Debian GNU/Linux 12 (bookworm) */
    char machine_id[SYSTEM_TEXT]; /* 32 hexadecimal digits */
    char kernel_build[SYSTEM_TEXT];
    uint64_t memory; /* bytes; 0: not known */
};

/* The host's, as far as the first process's root can be seen, else ratel's own. */
void system_read(struct system_facts *out);
/* What os-release(5) says, a line at a time: takes what there is a place for. */
void system_take_line(struct system_facts *out, const char *line);

#endif
