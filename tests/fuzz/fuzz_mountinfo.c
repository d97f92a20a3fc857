/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of mountinfo: whatever is told of one lies within the line. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "source/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(struct mountinfo_text t, const char *line, size_t len)
{
    if (t.len && (t.s < line || t.len > len || t.s + t.len > line + len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mountinfo m;
    char *line = malloc(size ? size : 1); /* exactly as long: what reads on is caught */
    if (!line)
        return 0;
    memcpy(line, data, size);
    if (mountinfo_parse(line, size, &m)) {
        within(m.root, line, size);
        within(m.mountpoint, line, size);
        within(m.type, line, size);
        within(m.source, line, size);
    }
    free(line);
    return 0;
}
