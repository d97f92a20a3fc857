/* SPDX-License-Identifier: Apache-2.0 */
/* A line of /proc/PID/mountinfo. */
#ifndef RATEL_SOURCE_MOUNTINFO_H
#define RATEL_SOURCE_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mountinfo_text {
    const char *s;
    size_t len;
};

struct mountinfo {
    int32_t id, parent;
    uint32_t dev; /* as the kernel's programs tell it */
    struct mountinfo_text root, mountpoint, type, source;
};

/*
 * Takes a line without its newline apart. What is written as \ooo is undone in place, where the
 * texts point. False, with the line in any state, where it is none.
 */
bool mountinfo_parse(char *line, size_t len, struct mountinfo *out);

#endif
