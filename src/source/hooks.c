/* SPDX-License-Identifier: Apache-2.0 */
#include "source/hooks.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "source/kernel.h"
#include "source/kinds.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct hook_place places[HOOK_COUNT];
static char whys[HOOK_COUNT][HOOK_WHY_MAX];
static bool asked[HOOK_COUNT];

/* What the kernel has under one of the target's names. */
typedef bool (*find_fn)(enum hook h, const struct symbol *s);

__attribute__((format(printf, 2, 3))) static bool refuse(enum hook h, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    vsnprintf(whys[h], HOOK_WHY_MAX, format, ap);
    va_end(ap);
    return false;
}

static bool find_tracepoint(enum hook h, const struct symbol *s)
{
    places[h].type_id = s->tracepoint;
    return s->tracepoint || refuse(h, "this kernel has no tracepoint %s", s->name);
}

static bool find_check(enum hook h, const struct symbol *s)
{
    places[h].type_id = s->check;
    return s->check || refuse(h, "this kernel has no LSM hook %s", s->name);
}

/* Of functions of the same name the kernel would take any. */
static bool find_function(enum hook h, const struct symbol *s)
{
    places[h].type_id = s->function;
    if (!s->function)
        return refuse(h, "this kernel's types (BTF) have no function %s", s->name);
    return s->functions == 1 || refuse(h, "this kernel has %u functions %s", s->functions, s->name);
}

static bool find_places(enum hook h, const struct symbol *s)
{
    if (!s->places && *s->variant)
        return refuse(h, "the compiler made %s.%s of it, with other arguments", s->name,
                      s->variant);
    if (!s->places)
        return refuse(h, "this kernel has no function %s", s->name);
    if (s->places > SYMBOL_PLACES)
        return refuse(h, "this kernel has %u functions %s, more than are told apart", s->places,
                      s->name);
    places[h].at = s->at;
    places[h].count = s->at[0] ? s->places : 1;
    return true;
}

/* A file, or a symbol whose address is told. */
static bool find_inspected(enum hook h, const struct symbol *s)
{
    if (*s->name == '/')
        return !access(s->name, R_OK) ||
               refuse(h, "%s can't be read: %s", s->name, strerror(errno));
    if (!s->places && !s->variable)
        return refuse(h, "this kernel's symbol table has no %s", s->name);
    return s->at[0] || s->variable_at ||
           refuse(h, "the kernel hides the addresses of its symbols (kernel.kptr_restrict)");
}

static find_fn finder(enum abi_hook_kind kind)
{
    switch (kind) {
    case ABI_HOOK_tp_btf:
        return find_tracepoint;
    case ABI_HOOK_lsm:
        return find_check;
    case ABI_HOOK_fentry:
    case ABI_HOOK_fexit:
    case ABI_HOOK_iter:
        return find_function;
    case ABI_HOOK_kprobe:
    case ABI_HOOK_kretprobe:
        return find_places;
    case ABI_HOOK_inspect:
        return find_inspected;
    default:
        return NULL;
    }
}

/* The first of the target's names that this kernel has; the reason is the last one's. */
static void find(enum hook h, find_fn found)
{
    bool by_place = found == find_places || found == find_inspected;
    const char *name = hook_defs[h].target;
    int err = 0;
    for (size_t len;; name += len + 1) {
        len = strcspn(name, "|");
        const struct symbol *s =
            by_place ? kernel_symbol_places(name, len, &err) : kernel_symbol(name, len);
        if (err) {
            refuse(h, "the symbol table can't be read: %s", strerror(-err));
        } else if (!s) {
            refuse(h, "out of memory");
        } else if (found(h, s)) {
            places[h].name = s->name;
            return;
        }
        if (!name[len])
            break;
    }
    places[h].why = whys[h];
}

static void ask(enum hook h)
{
    find_fn found = finder(hook_defs[h].kind);
    if (!found || !*hook_defs[h].target)
        return; /* ratel's own, and what another hook's program goes on to */
    places[h].why = kind_refusal(hook_defs[h].kind);
    if (!places[h].why)
        find(h, found);
}

const struct hook_place *hook_place(enum hook h)
{
    pthread_mutex_lock(&lock);
    if (!asked[h])
        ask(h);
    asked[h] = true;
    pthread_mutex_unlock(&lock);
    return &places[h];
}

void hook_refuse(enum hook h, const char *format, ...)
{
    va_list ap;
    pthread_mutex_lock(&lock);
    va_start(ap, format);
    vsnprintf(whys[h], HOOK_WHY_MAX, format, ap);
    va_end(ap);
    places[h].why = whys[h];
    asked[h] = true;
    pthread_mutex_unlock(&lock);
}
