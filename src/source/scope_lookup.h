/* SPDX-License-Identifier: Apache-2.0 */
/* The values of scopes: names looked up on this machine, ranges checked. Used by scope.c alone. */
#ifndef RATEL_SOURCE_SCOPE_LOOKUP_H
#define RATEL_SOURCE_SCOPE_LOOKUP_H

#include "base/clause.h"
#include "source/scope.h"

/* Where the value stands, for the message. */
struct scope_place {
    const char *text;
    size_t at;
    struct error *err;
};

/* Each fills .number or .text of r (and may turn .op) from a value. 0, or -EINVAL with err filled.
 */
int scope_lookup_uid(const struct scope_place *p, const char *s, struct scope_rule *r);
int scope_lookup_pid(const struct scope_place *p, const char *s, struct scope_rule *r);
int scope_lookup_ns(const struct scope_place *p, const char *s, struct scope_rule *r);
int scope_lookup_cgroup(const struct scope_place *p, const char *s, struct scope_rule *r);
int scope_lookup_text(const struct scope_place *p, const char *s, struct scope_rule *r);
int scope_lookup_container(const struct scope_place *p, const char *s, struct scope_rule *r);
int scope_lookup_flag(const struct scope_place *p, const char *s, struct scope_rule *r);

#endif
