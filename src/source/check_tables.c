/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of functions of the kernel that a rootkit leads to its own. */
#include "source/checks.h"

const struct event_def *check_event(const char *name)
{
    return catalog_by_name(catalog_builtin(), name, strlen(name));
}

void check_symbol(const struct inspection *in, uint64_t at, struct kallsyms_symbol *out)
{
    if (!kallsyms_find(in->symbols, at, out))
        *out = (struct kallsyms_symbol){.name = "", .owner = KALLSYMS_HIDDEN, .at = at};
}

static void report_call(const struct inspection *in, const char *table, const char *call,
                        uint64_t at)
{
    const struct event_def *def = check_event("hooked_syscall");
    struct record_builder b;
    struct kallsyms_symbol s;
    check_symbol(in, at, &s);
    findings_begin(in->findings, &b, def);
    findings_text(&b, 0, call);
    findings_address(&b, 1, at);
    findings_text_or_none(&b, 2, s.name);
    findings_text(&b, 3, s.owner);
    findings_text(&b, 4, table);
    findings_end(in->findings, &b, def, true);
}

/* Entries up to the next symbol: no table says how long it is. */
static unsigned table_entries(struct kallsyms *k, uint64_t at)
{
    uint64_t next = kallsyms_next(k, at), n = next ? (next - at) / sizeof(uint64_t) : 0;
    return n < SYSCALL_ENTRIES ? (unsigned)n : SYSCALL_ENTRIES;
}

static void check_table(const struct inspection *in, const char *table, bool compat)
{
    uint64_t entries[INSPECT_CHUNK / sizeof(uint64_t)];
    const unsigned chunk = sizeof(entries) / sizeof(*entries);
    uint64_t at = kallsyms_address(in->symbols, table, KALLSYMS_KERNEL);
    unsigned count = at ? table_entries(in->symbols, at) : 0;
    for (unsigned nr = 0; nr < count; nr++) {
        unsigned left = count - (nr - nr % chunk);
        if (nr % chunk == 0 && memory_read(in->memory, at + nr * sizeof(uint64_t), entries,
                                           (left < chunk ? left : chunk) * sizeof(uint64_t)))
            return;
        const struct event_def *call = catalog_by_syscall(catalog_builtin(), (int)nr, compat);
        uint64_t to = entries[nr % chunk];
        /* Behind the last entry there may be room up to the next symbol. */
        if (to && call && !kallsyms_in_kernel(in->symbols, to))
            report_call(in, table, call->name, to);
    }
}

void check_syscalls(const struct inspection *in)
{
    check_table(in, "sys_call_table", false);
#ifdef __x86_64__
    check_table(in, "ia32_sys_call_table", true);
#endif
    findings_round(in->findings, check_event("hooked_syscall"));
}

/* "name\0symbol\0owner\0": what a field of type hooked is made of. Bytes added. */
static size_t add_triple(char *to, size_t room, const char *table, const char *member,
                         const struct kallsyms_symbol *s)
{
    int n = snprintf(to, room, "%s_%s%c%s%c%s", table, member, 0, s->name, 0, s->owner);
    return n < 0 || (size_t)n >= room ? 0 : (size_t)n + 1;
}

void check_seq_ops(const struct inspection *in)
{
    static const char *const tables[] = {"tcp4_seq_ops", "tcp6_seq_ops", "udp_seq_ops",
                                         "udp6_seq_ops", "raw_seq_ops",  "raw6_seq_ops",
                                         "unix_seq_ops"};
    static const char *const members[] = {"start", "stop", "next", "show"};
    const struct event_def *def = check_event("hooked_seq_ops");
    char found[sizeof(tables) / sizeof(*tables) * 4 * 256];
    size_t used = 0;
    for (unsigned t = 0; t < sizeof(tables) / sizeof(*tables); t++) {
        uint64_t at = kallsyms_address(in->symbols, tables[t], NULL), to[4];
        struct kallsyms_symbol table, s;
        if (!at || memory_read(in->memory, at, to, sizeof(to)))
            continue;
        check_symbol(in, at, &table);
        for (unsigned m = 0; m < 4; m++) {
            check_symbol(in, to[m], &s);
            /* A protocol may be a module: then the functions are the module's too. */
            if (!to[m] || kallsyms_in_kernel(in->symbols, to[m]) || !strcmp(s.owner, table.owner))
                continue;
            used += add_triple(found + used, sizeof(found) - used, tables[t], members[m], &s);
        }
    }
    if (used) {
        struct record_builder b;
        findings_begin(in->findings, &b, def);
        record_add_bytes(&b, 0, found, used);
        findings_end(in->findings, &b, def, true);
    }
    findings_round(in->findings, def);
}
