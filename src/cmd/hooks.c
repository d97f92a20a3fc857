/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "source/hooks.h"
#include "source/ways.h"

/* On x86-64 a call that only 32-bit programs have is seen when one makes it. */
static bool has_number(const struct event_def *def)
{
#if defined(__aarch64__)
    return def->nr_arm64 != NR_NONE;
#else
    return def->nr_x86_64 != NR_NONE || def->nr_ia32 != NR_NONE;
#endif
}

const struct via *hooks_way(const struct event_def *def, const char **why)
{
    if (def->is_syscall && !has_number(def)) {
        *why = "no such system call on this architecture";
        return NULL;
    }
    int via = way_choose(def, ABI_HOOK_none, hook_why, why);
    return via < 0 ? NULL : &def->via[via];
}

/* "lsm, fentry or kprobe": the kinds that an event's ways are of. */
static void list_kinds(char *out, size_t size, const struct event_def *def)
{
    size_t len = 0;
    *out = '\0';
    for (int i = 0; def->via[i].count && len < size; i++) {
        const char *before = !i ? "" : def->via[i + 1].count ? ", " : " or ";
        len += (size_t)snprintf(out + len, size - len, "%s%s", before,
                                hook_kind_names[via_kind(&def->via[i])]);
    }
}

static enum abi_hook_kind kind_by_name(const char *name)
{
    for (int kind = 1; kind < ABI_HOOK_KIND_COUNT; kind++)
        if (!strcmp(hook_kind_names[kind], name))
            return (enum abi_hook_kind)kind;
    return ABI_HOOK_none;
}

/* The end of a function is watched from its beginning on where that takes kprobes. */
static int find_way(const struct event_def *def, enum abi_hook_kind kind)
{
    int way = way_of_kind(def, kind);
    return way < 0 && kind == ABI_HOOK_kprobe ? way_of_kind(def, ABI_HOOK_kretprobe) : way;
}

int hooks_force(uint8_t *forced, const char *text, struct error *err)
{
    const char *equals = strchr(text, '=');
    char kinds[128];
    if (!equals)
        return error_set(err, -EINVAL, "write EVENT=KIND, such as security_file_open=kprobe");
    const struct event_def *def = catalog_by_name(catalog_builtin(), text, (size_t)(equals - text));
    if (!def)
        return error_set(err, -EINVAL, "there is no event '%.*s'", (int)(equals - text), text);
    list_kinds(kinds, sizeof(kinds), def);
    enum abi_hook_kind kind = kind_by_name(equals + 1);
    int way = kind ? find_way(def, kind) : -1;
    if (way < 0)
        return error_set(err, -EINVAL, "%s is not seen by '%.32s', but by %s", def->name,
                         equals + 1, *kinds ? kinds : "ratel itself");
    forced[def->slot] = (uint8_t)via_kind(&def->via[way]);
    return 0;
}
