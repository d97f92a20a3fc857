/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of flags: TABLE, a newline, what a user wrote. What ratel writes for the value can be read
 * again, and is then written the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event/flags.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    const struct flag_table *t;
    struct strbuf out = STRBUF_INIT(1 << 20), twice = STRBUF_INIT(1 << 20);
    uint64_t value = 0, again = 0;
    char name[64];
    size_t n;

    if (!end || (size_t)(end - data) >= sizeof(name))
        return 0;
    n = (size_t)(end - data);
    memcpy(name, data, n);
    name[n] = '\0';
    t = flag_table_find(name);
    if (!t || !flags_parse(t, (const char *)end + 1, size - n - 1, &value))
        return 0;
    flags_text(&out, t, value);
    if (!flags_parse(t, out.data, out.len, &again))
        abort();
    flags_text(&twice, t, again);
    if (out.len != twice.len || memcmp(out.data, twice.data, out.len))
        abort();
    strbuf_free(&out);
    strbuf_free(&twice);
    return 0;
}
