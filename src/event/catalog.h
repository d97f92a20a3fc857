/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalog in memory: every event that ratel knows, from the tables in catalog/. A recording
 * brings a catalog of its own, made with catalog_overlay, so that it is read as it was written.
 */
#ifndef RATEL_EVENT_CATALOG_H
#define RATEL_EVENT_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"

enum field_type {
#define TYPE(name, encoding, listed, wide, plan, meaning) TYPE_##name,
#include "types.def"
#undef TYPE
    TYPE_COUNT
};

struct type_def {
    const char *name;
    const char *listed;
    const char *meaning;
    uint8_t encoding; /* enum abi_encoding */
    uint8_t wide;     /* registers in a 32-bit call */
    uint8_t plan;     /* enum plan_kind */
    bool is_signed;   /* an INT that is to be read as signed */
};

extern const struct type_def type_defs[TYPE_COUNT];

/* The hooks, from catalog/hooks.def. */
enum hook {
#define HOOK(name, kind, target, program, meaning) HOOK_##name,
#include "hooks.def"
#undef HOOK
    HOOK_COUNT
};

struct hook_def {
    const char *name;
    const char *target;
    const char *program;
    const char *meaning;
    enum abi_hook_kind kind;
};

extern const struct hook_def hook_defs[HOOK_COUNT];
extern const char *const hook_kind_names[ABI_HOOK_KIND_COUNT];

/* A set of hooks. */
struct hook_set {
    uint64_t bits[(HOOK_COUNT + 63) / 64];
};

static inline void hook_set_add(struct hook_set *s, enum hook h)
{
    s->bits[h / 64] |= UINT64_C(1) << (h % 64);
}

static inline void hook_set_remove(struct hook_set *s, enum hook h)
{
    s->bits[h / 64] &= ~(UINT64_C(1) << (h % 64));
}

static inline bool hook_set_has(const struct hook_set *s, enum hook h)
{
    return s->bits[h / 64] >> (h % 64) & 1;
}

/* Whether the hook's program is not attached, but reached from on_sys_enter or on_sys_exit. */
static inline bool hook_follows(enum hook h)
{
    return hook_defs[h].kind == ABI_HOOK_sys_exit || hook_defs[h].kind == ABI_HOOK_sys_enter;
}

/* One way of seeing an event: hooks that it takes together. */
#define VIA_HOOKS 8
struct via {
    uint16_t hooks[VIA_HOOKS]; /* enum hook */
    uint8_t count;             /* 0 ends the list of ways */
};

struct flag_table; /* event/flags.h */

struct field_def {
    const char *name;
    const char *meaning;
    const struct flag_table *flags; /* names of bits or values; NULL where there are none */
    enum field_type type;
};

enum event_class { CLASS_lifecycle, CLASS_bulk };

/* When a system call's arguments are taken. */
enum syscall_how { HOW_NONE, HOW_EXIT, HOW_ENTER, HOW_STASH, HOW_FORKS };

/* What a call returns. X(name) */
#define RETURN_TYPES(X) X(none) X(int) X(fd) X(pid) X(size) X(pointer)

enum return_type {
#define X(name) RETURN_##name,
    RETURN_TYPES(X)
#undef X
        RETURN_COUNT
};

extern const char *const return_names[RETURN_COUNT];

#define NR_NONE        (-1)
#define EVENT_VIAS_MAX 6 /* one place more than the longest list, to end it */

struct event_def {
    const char *name;
    const char *sets; /* comma-separated, "" for none */
    const char *meaning;
    const struct field_def *fields;
    uint16_t id;
    uint16_t slot; /* dense index: place in the catalog, row of the counters */
    uint8_t nfields;
    enum event_class class;
    bool is_syscall;
    enum syscall_how how;
    enum return_type returns;
    int nr_x86_64, nr_ia32, nr_arm64; /* of a system call */
    struct via via[EVENT_VIAS_MAX];   /* in order of preference */
};

/* The kind of a way: that of its last hook, which emits the event. */
static inline enum abi_hook_kind via_kind(const struct via *v)
{
    return v->count ? hook_defs[v->hooks[v->count - 1]].kind : ABI_HOOK_none;
}

/* Whether ratel itself can make the event, at least where the kernel has nothing better. */
static inline bool event_def_is_own(const struct event_def *def)
{
    for (unsigned i = 0; def->via[i].count; i++)
        if (via_kind(&def->via[i]) == ABI_HOOK_user)
            return true;
    return false;
}

struct catalog {
    const struct event_def *events; /* in order of slot */
    unsigned count;
    const struct event_def **by_id; /* [CATALOG_IDS], NULL where there is no such event */
    void *own;                      /* memory of an overlay; NULL for the built-in catalog */
};

#define CATALOG_IDS 8192 /* ids are below this */

/* The catalog of this ratel. Never NULL, never freed. Safe from any thread. */
const struct catalog *catalog_builtin(void);

static inline const struct event_def *catalog_by_id(const struct catalog *c, unsigned id)
{
    return id < CATALOG_IDS ? c->by_id[id] : NULL;
}
/* NULL where there is no such name. */
const struct event_def *catalog_by_name(const struct catalog *c, const char *name, size_t len);
/* Index of the field called so, or -1. */
int event_def_field(const struct event_def *def, const char *name, size_t len);
/* Whether set is one of the event's sets ("all" is every event's). */
bool event_def_in_set(const struct event_def *def, const char *set, size_t len);
/* The event of a system call number of a table, NULL where there is none. */
const struct event_def *catalog_by_syscall(const struct catalog *c, int nr, bool compat);

/* The same of any of the tables that the catalog has. */
enum arch { ARCH_x86_64, ARCH_ia32, ARCH_arm64, ARCH_COUNT };
const struct event_def *catalog_by_number(const struct catalog *c, enum arch arch, int nr);

/*
 * The register (0 to 5) that a system call of that table takes a field from, the first of two where
 * it takes two; -1 where no register holds it: it is in memory, or the call does not have it.
 */
int syscall_register(const struct event_def *def, unsigned field, enum arch arch);

/* The sets, sorted, each once; *count is filled. Built on first use, never freed. */
const char *const *catalog_sets(unsigned *count);

/*
 * The names nearest to what was written, for "did you mean": fills up to max pointers into the
 * catalog and returns how many. Nothing when nothing is near.
 */
unsigned catalog_suggest(const struct catalog *c, const char *name, size_t len, const char **out,
                         unsigned max);
/* The same over any list of names. */
unsigned suggest_names(const char *const *names, unsigned count, const char *name, size_t len,
                       const char **out, unsigned max);

/* One event as another catalog describes it (a recording's dictionary). Strings are borrowed. */
struct catalog_entry {
    const char *name;
    uint16_t id;
    uint8_t nfields;
    struct {
        const char *name;
        const char *type;
        const char *flags; /* name of the table, "" for none */
    } fields[ABI_FIELDS_MAX];
    const char *returns; /* int, fd, … as in syscalls.def; "none" */
};

/*
 * A catalog that has what the entries say: where an entry differs from the built-in row (fewer
 * fields, other types, an unknown event) the entry wins. Unknown types read as bytes or numbers by
 * their encoding. Copies what it needs. 0 or -errno (-EINVAL: ids twice or out of range).
 */
int catalog_overlay(const struct catalog_entry *entries, unsigned count, struct catalog **out);
void catalog_free(struct catalog *c); /* does nothing for NULL and the built-in */

#endif
