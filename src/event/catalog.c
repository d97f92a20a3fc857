/* SPDX-License-Identifier: Apache-2.0 */
#include "event/catalog.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "event/catalog_index.h"
#include "event/flags.h"
#include "event/ids.h"
#include "plan.h"

const char *const return_names[RETURN_COUNT] = {
#define X(name) #name,
    RETURN_TYPES(X)
#undef X
};

#define SIGNED_S32        true
#define SIGNED_LONG       true
#define SIGNED_S64        true
#define SIGNED_FD         true
#define SIGNED_U32        false
#define SIGNED_U16        false
#define SIGNED_U8         false
#define SIGNED_ULONG      false
#define SIGNED_U64        false
#define SIGNED_STR        false
#define SIGNED_STRV       false
#define SIGNED_OUTBUF     false
#define SIGNED_INBUF      false
#define SIGNED_SOCKADDR   false
#define SIGNED_OUTADDR    false
#define SIGNED_TIMESPEC   false
#define SIGNED_TIMESPEC32 false
#define SIGNED_FDPAIR     false

const struct type_def type_defs[TYPE_COUNT] = {
#define TYPE(id, enc, shown, regs, kind, text)                                                     \
    [TYPE_##id] = {                                                                                \
        .name = #id,                                                                               \
        .listed = shown,                                                                           \
        .meaning = text,                                                                           \
        .encoding = ABI_ENC_##enc,                                                                 \
        .wide = regs,                                                                              \
        .plan = PLAN_##kind,                                                                       \
        .is_signed = SIGNED_##kind,                                                                \
    },
#include "types.def"
#undef TYPE
};

const struct hook_def hook_defs[HOOK_COUNT] = {
#define HOOK(id, how, where, function, text)                                                       \
    [HOOK_##id] = {                                                                                \
        .name = #id,                                                                               \
        .target = where,                                                                           \
        .program = function,                                                                       \
        .meaning = text,                                                                           \
        .kind = ABI_HOOK_##how,                                                                    \
    },
#include "hooks.def"
#undef HOOK
};

const char *const hook_kind_names[ABI_HOOK_KIND_COUNT] = {
#define X(name) #name,
    ABI_HOOK_KINDS(X)
#undef X
};

_Static_assert(HOOK_COUNT <= AFTER_MAX, "every hook has a place in after_programs");

/* The fields of each event, as arrays of their own. */
#define F(type_, name_, text)                                                                      \
    {.name = #name_, .meaning = text, .flags = NULL, .type = TYPE_##type_},
#define DOTTED(type_, group, name_, text) F(type_, group.name_, text)
#define FLAGS(type_, table, name_, text)                                                           \
    {.name = #name_, .meaning = text, .flags = &flag_table_##table, .type = TYPE_##type_},
#define SYSCALL(name, id, x86_64, ia32, arm64, how, returns, sets, meaning, fields)                \
    static const struct field_def fields_##name[] = {fields};
#define EVENT(name, id, class, sets, hooks, meaning, fields)                                       \
    static const struct field_def fields_##name[] = {fields};
#include "events.def"
#undef SYSCALL
#undef EVENT

#define VIA_1(a)                              HOOK_##a
#define VIA_2(a, ...)                         HOOK_##a, VIA_1(__VA_ARGS__)
#define VIA_3(a, ...)                         HOOK_##a, VIA_2(__VA_ARGS__)
#define VIA_4(a, ...)                         HOOK_##a, VIA_3(__VA_ARGS__)
#define VIA_5(a, ...)                         HOOK_##a, VIA_4(__VA_ARGS__)
#define VIA_6(a, ...)                         HOOK_##a, VIA_5(__VA_ARGS__)
#define VIA_7(a, ...)                         HOOK_##a, VIA_6(__VA_ARGS__)
#define VIA_8(a, ...)                         HOOK_##a, VIA_7(__VA_ARGS__)
#define VIA_N(a, b, c, d, e, f, g, h, n, ...) n
#define VIA_COUNT(...)                        VIA_N(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, )
#define VIA_PASTE(n, ...)                     VIA_##n(__VA_ARGS__)
#define VIA_LIST(n, ...)                      VIA_PASTE(n, __VA_ARGS__)
#define VIA(...)                                                                                   \
    {.hooks = {VIA_LIST(VIA_COUNT(__VA_ARGS__), __VA_ARGS__)}, .count = VIA_COUNT(__VA_ARGS__)},

#define CALL_VIA_EXIT  VIA(sys_exit)
#define CALL_VIA_ENTER VIA(sys_enter)
#define CALL_VIA_STASH VIA(sys_enter, sys_exit)
#define CALL_VIA_FORKS VIA(sys_exit)

#define FIELDS(name)                                                                               \
    .fields = fields_##name, .nfields = sizeof(fields_##name) / sizeof(struct field_def)

static const struct event_def events[] = {
#define SYSCALL(name_, id_, nr64, nr32, nrarm, how_, returns_, sets_, text, fields_)               \
    [SLOT_##name_] = {                                                                             \
        .name = #name_,                                                                            \
        .sets = sets_,                                                                             \
        .meaning = text,                                                                           \
        FIELDS(name_),                                                                             \
        .id = id_,                                                                                 \
        .slot = SLOT_##name_,                                                                      \
        .class = CLASS_bulk,                                                                       \
        .is_syscall = true,                                                                        \
        .how = HOW_##how_,                                                                         \
        .returns = RETURN_##returns_,                                                              \
        .nr_x86_64 = nr64,                                                                         \
        .nr_ia32 = nr32,                                                                           \
        .nr_arm64 = nrarm,                                                                         \
        .via = {CALL_VIA_##how_},                                                                  \
    },
#define EVENT(name_, id_, class_, sets_, hooks, text, fields_)                                     \
    [SLOT_##name_] = {                                                                             \
        .name = #name_,                                                                            \
        .sets = sets_,                                                                             \
        .meaning = text,                                                                           \
        FIELDS(name_),                                                                             \
        .id = id_,                                                                                 \
        .slot = SLOT_##name_,                                                                      \
        .class = CLASS_##class_,                                                                   \
        .nr_x86_64 = NR_NONE,                                                                      \
        .nr_ia32 = NR_NONE,                                                                        \
        .nr_arm64 = NR_NONE,                                                                       \
        .via = {hooks},                                                                            \
    },
#include "events.def"
#undef SYSCALL
#undef EVENT
};

static const struct event_def *builtin_by_id[CATALOG_IDS];
static uint16_t builtin_names[NAME_SLOTS_MIN(SLOT_COUNT)];
static struct catalog_index builtin_index = {
    .names = builtin_names,
    .nnames = NAME_SLOTS_MIN(SLOT_COUNT),
};
static struct catalog builtin = {
    .events = events,
    .count = SLOT_COUNT,
    .by_id = builtin_by_id,
};
static pthread_once_t builtin_once = PTHREAD_ONCE_INIT;

static void builtin_make(void)
{
    for (unsigned i = 0; i < SLOT_COUNT; i++)
        builtin_by_id[events[i].id] = &events[i];
    catalog_index_fill(&builtin_index, events, SLOT_COUNT);
}

const struct catalog *catalog_builtin(void)
{
    pthread_once(&builtin_once, builtin_make);
    return &builtin;
}

/* An overlay's memory begins with its index; the built-in catalog owns none. */
static const struct catalog_index *index_of(const struct catalog *c)
{
    return c->own ? c->own : &builtin_index;
}

/* FNV-1a */
static uint32_t name_hash(const char *name, size_t len)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)name[i]) * 16777619u;
    return h;
}

static void add_syscall(uint16_t *table, int nr, unsigned slot)
{
    if (nr >= 0 && nr < PLAN_SYSCALLS)
        table[nr] = (uint16_t)(slot + 1);
}

void catalog_index_fill(struct catalog_index *index, const struct event_def *defs, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t at = name_hash(defs[i].name, strlen(defs[i].name)) & (index->nnames - 1);

        while (index->names[at])
            at = (at + 1) & (index->nnames - 1);
        index->names[at] = (uint16_t)(i + 1);
        if (!defs[i].is_syscall)
            continue;
        add_syscall(index->syscalls[ARCH_x86_64], defs[i].nr_x86_64, i);
        add_syscall(index->syscalls[ARCH_ia32], defs[i].nr_ia32, i);
        add_syscall(index->syscalls[ARCH_arm64], defs[i].nr_arm64, i);
    }
}

const struct event_def *catalog_by_name(const struct catalog *c, const char *name, size_t len)
{
    const struct catalog_index *index = index_of(c);
    uint32_t at = name_hash(name, len) & (index->nnames - 1);

    for (; index->names[at]; at = (at + 1) & (index->nnames - 1)) {
        const struct event_def *def = &c->events[index->names[at] - 1];

        if (strlen(def->name) == len && memcmp(def->name, name, len) == 0)
            return def;
    }
    return NULL;
}

int event_def_field(const struct event_def *def, const char *name, size_t len)
{
    for (unsigned i = 0; i < def->nfields; i++) {
        const char *n = def->fields[i].name;

        if (strlen(n) == len && memcmp(n, name, len) == 0)
            return (int)i;
    }
    return -1;
}

bool event_def_in_set(const struct event_def *def, const char *set, size_t len)
{
    const char *s = def->sets;

    if (len == 3 && memcmp(set, "all", 3) == 0)
        return true;
    while (*s) {
        size_t n = strcspn(s, ",");

        if (n == len && memcmp(s, set, len) == 0)
            return true;
        s += n + (s[n] == ',');
    }
    return false;
}

const struct event_def *catalog_by_number(const struct catalog *c, enum arch arch, int nr)
{
    unsigned slot;

    if (nr < 0 || nr >= PLAN_SYSCALLS)
        return NULL;
    slot = index_of(c)->syscalls[arch][nr];
    return slot ? &c->events[slot - 1] : NULL;
}

const struct event_def *catalog_by_syscall(const struct catalog *c, int nr, bool compat)
{
#if defined(__aarch64__)
    /* The 32-bit table of arm is not in the catalog. */
    return compat ? NULL : catalog_by_number(c, ARCH_arm64, nr);
#else
    return catalog_by_number(c, compat ? ARCH_ia32 : ARCH_x86_64, nr);
#endif
}
