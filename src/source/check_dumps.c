/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of kernel memory that the tests of print_mem_dump name. */
#include <sys/utsname.h>

#include "base/log.h"
#include "source/checks.h"

enum { DUMP_BYTES, DUMP_ADDRESS, DUMP_LENGTH, DUMP_CAUSE, DUMP_ARCH, DUMP_SYMBOL, DUMP_OWNER };

#define LENGTH_DEFAULT 5 /* bytes: what a jump over the beginning of a function takes */

/* symbol: what begins there; an empty name for nothing. */
static void dump(const struct inspection *in, const struct event_def *def, uint64_t at,
                 uint64_t length, const struct kallsyms_symbol *symbol)
{
    char bytes[INSPECT_CHUNK];
    struct record_builder b;
    struct utsname u;
    uname(&u);
    int rc = memory_read(in->memory, at, bytes, length);
    findings_begin(in->findings, &b, def);
    if (rc)
        record_add_missing(&b, DUMP_BYTES, rc == -EINVAL ? ABI_WHY_LIMIT : ABI_WHY_FAULT);
    else
        record_add_bytes(&b, DUMP_BYTES, bytes, length);
    record_add_int(&b, DUMP_ADDRESS, at);
    record_add_int(&b, DUMP_LENGTH, length);
    record_add_int(&b, DUMP_CAUSE, in->cause);
    findings_text(&b, DUMP_ARCH, u.machine);
    findings_text_or_none(&b, DUMP_SYMBOL, symbol->name);
    findings_text_or_none(&b, DUMP_OWNER, symbol->owner);
    findings_end(in->findings, &b, def, false);
}

void check_dumps(const struct inspection *in)
{
    const struct event_def *def = check_event("print_mem_dump");
    const struct inspect_wishes *w = in->wishes;
    struct kallsyms *k = in->symbols;
    uint64_t at[DUMPS_MAX], length = LENGTH_DEFAULT;
    unsigned dumps = 0;
    w->numbers(w->ctx, def->slot, DUMP_LENGTH, &length, 1);
    unsigned n = w->numbers(w->ctx, def->slot, DUMP_ADDRESS, at, DUMPS_MAX);
    for (unsigned i = 0; i < n && i < DUMPS_MAX; i++, dumps++) {
        struct kallsyms_symbol s;
        if (!kallsyms_find(k, at[i], &s) || s.offset)
            s = (struct kallsyms_symbol){.name = "", .owner = ""};
        dump(in, def, at[i], length, &s);
    }
    if (!w->named(w->ctx, def->slot, DUMP_SYMBOL)) {
        if (!n && !in->cause)
            log_warn("print_mem_dump tells nothing: name what to dump, by "
                     "print_mem_dump.data.symbol_name=NAME or print_mem_dump.data.address=ADDRESS");
        return;
    }
    for (uint32_t i = 0; i < k->count; i++) {
        const char *name = k->names + k->rows[i].name, *owner = k->names + k->rows[i].owner;
        if (!w->text(w->ctx, def->slot, DUMP_SYMBOL, name, strlen(name)) ||
            !w->text(w->ctx, def->slot, DUMP_OWNER, owner, strlen(owner)))
            continue;
        if (dumps++ < DUMPS_MAX)
            dump(in, def, k->rows[i].at, length, &(struct kallsyms_symbol){name, owner, 0, 0});
        else
            findings_drop(in->findings, def);
    }
}
