/* SPDX-License-Identifier: Apache-2.0 */
#include "source/verdict.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

#define SHOWN_LINES 100

/* libbpf's mark, in place of an access to something that the kernel's types do not have. */
#define POISON      "invalid func unknown#195896080"
#define POISON_TEXT "this kernel's types lack something that it reads"

/* The beginning of the line that ends at end. */
static const char *line_start(const char *log, const char *end)
{
    while (end > log && end[-1] != '\n')
        end--;
    return end;
}

static bool is_statistics(const char *line, size_t len)
{
    static const char *const starts[] = {"processed ", "verification time ", "stack depth "};
    for (unsigned i = 0; i < sizeof(starts) / sizeof(*starts); i++)
        if (len >= strlen(starts[i]) && !strncmp(line, starts[i], strlen(starts[i])))
            return true;
    return !len;
}

const char *verdict_reason(const char *log)
{
    static char reason[128];
    const char *end = log + strlen(log), *line = end;
    *reason = '\0';
    if (strstr(log, POISON))
        return POISON_TEXT;
    for (; end > log; end = line - (line > log)) {
        line = line_start(log, end);
        if (is_statistics(line, (size_t)(end - line)))
            continue;
        snprintf(reason, sizeof(reason), "%.*s", (int)(end - line), line);
        break;
    }
    return reason;
}

void verdict_show(const char *log)
{
    const char *end = log + strlen(log), *line = end;
    for (int i = 0; i < SHOWN_LINES && line > log; i++)
        line = line_start(log, line - 1);
    for (size_t len; line < end; line += len + (line[len] == '\n')) {
        len = strcspn(line, "\n");
        log_debug("verifier: %.*s", (int)len, line);
    }
}
