/* SPDX-License-Identifier: Apache-2.0 */
/* A template file: read, and run over an event with values and one without. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event/record.h"
#include "sink/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const struct template *t, bool filled)
{
    static const struct machine machine = {.hostname = "host", .kernel = "6.1", .arch = "x86_64"};
    static const struct format format = {0};
    const struct catalog *c = catalog_builtin();
    const struct event_def *def = catalog_by_name(c, "openat", 6);
    struct strbuf out = STRBUF_INIT(1 << 20);
    struct record_builder b;
    uint64_t room[64];
    struct event ev;

    record_begin(&b, room, sizeof(room), def);
    for (unsigned i = 0; filled && i < def->nfields; i++) {
        if (type_defs[def->fields[i].type].encoding == ABI_ENC_STR)
            record_add_bytes(&b, i, "/etc/\033[2J\xff\"\\", 12);
        else
            record_add_int(&b, i, i);
    }
    record_header(&b)->ret = filled ? 3 : -2;
    if (!record_end(&b) || event_decode(&ev, c, room, sizeof(room)))
        abort();
    template_run(t, &out, &format, &machine, &ev);
    strbuf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct template t = {0};
    struct error err = {0};
    char *source;

    if (size > TEMPLATE_BYTES)
        return 0;
    source = malloc(size + 1);
    if (!source)
        return 0;
    memcpy(source, data, size);
    source[size] = '\0';
    if (template_parse_take(&t, source, size, "fuzz.template", catalog_builtin(), &err)) {
        if (!err.message[0])
            abort();
    } else {
        run(&t, true);
        run(&t, false);
    }
    template_free(&t); /* err points into it until now */
    return 0;
}
