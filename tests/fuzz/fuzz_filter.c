/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What -e and --scope take. The input's lines are arguments: one that begins with '@' is a scope,
 * every other one is for -e. What was compiled is run over an event that has values and one that
 * has none.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event/record.h"
#include "policy/selection.h"

#define LINE_LEN_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const struct selection *s, const char *name, bool filled)
{
    static char memory[4096] __attribute__((aligned(8)));
    const struct event_def *def = catalog_by_name(catalog_builtin(), name, strlen(name));
    struct record_builder b;
    struct event ev;
    if (!def)
        abort();
    record_begin(&b, memory, sizeof(memory), def);
    for (unsigned i = 0; filled && i < def->nfields; i++) {
        uint8_t encoding = type_defs[def->fields[i].type].encoding;
        if (encoding == ABI_ENC_INT || encoding == ABI_ENC_FD)
            record_add_int(&b, i, UINT64_MAX);
        else
            record_add_bytes(&b, i, "\2\0\0\0/etc/passwd\0\0", 17);
    }
    const struct abi_record *rec = record_end(&b);
    if (!rec || event_decode(&ev, catalog_builtin(), rec, rec->len))
        abort();
    selection_match(s, &ev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct selection s;
    struct error err = {0};
    char line[LINE_LEN_MAX];
    if (selection_init(&s, catalog_builtin()))
        return 0;
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t n = end ? (size_t)(end - data) - at : size - at;
        size_t kept = n < sizeof(line) ? n : sizeof(line) - 1;
        memcpy(line, data + at, kept);
        line[kept] = '\0';
        if (line[0] == '@')
            scope_parse(&s.scope, line + 1, &err);
        else
            selection_events(&s, line, &err);
        at += n + 1;
    }
    if (!selection_finish(&s, &err)) {
        run(&s, "openat", true);
        run(&s, "openat", false);
        run(&s, "execve", true);
        run(&s, "read", true);
    }
    selection_free(&s);
    return 0;
}
