/* SPDX-License-Identifier: Apache-2.0 */
/* What ratel needs of the kernel and of its own privileges. Each check looks, none changes
 * anything. */
#ifndef RATEL_CMD_CHECKS_H
#define RATEL_CMD_CHECKS_H

#include <stdbool.h>

#include "event/catalog.h"

enum check_weight { WEIGHT_NEEDED, WEIGHT_USEFUL, WEIGHT_FACT };
enum check_state { STATE_WORKS, STATE_FAILS, STATE_UNKNOWN };

struct finding {
    enum check_state state;
    char found[256];  /* what was seen; the kernel's own reason where it gave one */
    char remedy[256]; /* what to do; "" for nothing */
};

struct check {
    const char *name;
    const char *title;
    enum check_weight weight;
    void (*look)(struct finding *f);
};

enum check_id {
#define CHECK(name, weight, title) CHECK_##name,
#include "cmd/checks.def"
#undef CHECK
    CHECK_COUNT
};

extern const struct check checks[CHECK_COUNT];

#define CHECK(name, weight, title) void check_##name(struct finding *f);
#include "cmd/checks.def"
#undef CHECK

/* Fill a finding; return nothing, so that a check ends with one of them. */
void finding_works(struct finding *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void finding_fails(struct finding *f, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void finding_unknown(struct finding *f, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
