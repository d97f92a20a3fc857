/* SPDX-License-Identifier: Apache-2.0 */
#include "source/container_records.h"

#include <string.h>

#include "event/event.h"

static unsigned field(const struct event_def *def, const char *name)
{
    return (unsigned)event_def_field(def, name, strlen(name));
}

static void add_text(struct record_builder *b, const struct event_def *def, const char *name,
                     const char *text)
{
    record_add_bytes(b, field(def, name), text, strlen(text));
}

/* Where the runtime was not heard of, why is what is said of all that it would have told. */
static void add_told(struct record_builder *b, const struct event_def *def, const char *name,
                     uint64_t v, bool there, const struct facts *f)
{
    enum abi_reason why = f->fact[FACT_container_name].why;
    if (there)
        record_add_int(b, field(def, name), v);
    else
        record_add_missing(b, field(def, name), why == ABI_WHY_NONE ? ABI_WHY_ABSENT : why);
}

static void add_fact(struct record_builder *b, const struct event_def *def, const struct facts *f,
                     enum fact which)
{
    unsigned at = field(def, fact_names[which]);
    if (!f->fact[which].len)
        record_add_missing(b, at, f->fact[which].why);
    else if (f->fact[which].why == ABI_WHY_LIMIT)
        record_add_cut(b, at, facts_text(f, which), f->fact[which].len, ABI_WHY_LIMIT);
    else
        record_add_bytes(b, at, facts_text(f, which), f->fact[which].len);
}

/* The path tells of the pod where the runtime does not. */
static void add_pod_uid(struct record_builder *b, const struct event_def *def,
                        const struct container_place *place, const struct facts *f)
{
    if (!f->fact[FACT_pod_uid].len && *place->is.pod_uid)
        add_text(b, def, "pod_uid", place->is.pod_uid);
    else
        add_fact(b, def, f, FACT_pod_uid);
}

/* Cgroups of its own that were there when it was looked for: none of them is told of otherwise. */
static void add_below(struct record_builder *b, const struct event_def *def,
                      const struct container_place *place)
{
    if (place->nbelow)
        record_add_bytes(b, field(def, "cgroups"), place->below,
                         place->nbelow * sizeof(*place->below));
}

void container_record_fill(struct record_builder *b, const struct event_def *def,
                           const struct container_place *place, const struct facts *f)
{
    add_text(b, def, "runtime", runtime_names[f->runtime]);
    add_text(b, def, "container_id", place->is.id);
    record_add_int(b, field(def, "ctime"), place->ctime);
    for (unsigned i = 0; i < FACT_COUNT; i++)
        if (i != FACT_pod_uid)
            add_fact(b, def, f, (enum fact)i);
    add_pod_uid(b, def, place, f);
    add_told(b, def, "pod_sandbox", f->sandbox, f->answered, f);
    add_told(b, def, "created", f->created, f->created, f);
    add_told(b, def, "started", f->started, f->started, f);
    record_add_int(b, field(def, "cgroup_id"), place->cgroup);
    add_below(b, def, place);
}

static void copy_field(struct record_builder *b, const struct abi_field *f)
{
    if (f->status == ABI_PRESENT)
        record_add_bytes(b, f->index, f + 1, f->len);
    else if (f->status == ABI_TRUNCATED)
        record_add_cut(b, f->index, f + 1, f->len, f->reason);
    else
        record_add_missing(b, f->index, f->reason);
}

void container_record_again(struct record_builder *b, const struct event_def *def,
                            const struct container_place *place, const struct abi_record *kept)
{
    struct event ev;
    if (event_decode(&ev, catalog_builtin(), kept, kept->len))
        return;
    for (unsigned i = 0; i < def->nfields; i++)
        if (ev.fields[i] && i != field(def, "cgroups"))
            copy_field(b, ev.fields[i]);
    add_below(b, def, place);
}

void container_record_gone(struct record_builder *b, const struct event_def *def,
                           enum runtime runtime, const char *id, uint64_t cgroup)
{
    add_text(b, def, "runtime", runtime_names[runtime]);
    add_text(b, def, "container_id", id);
    record_add_int(b, field(def, "cgroup_id"), cgroup);
}

enum runtime container_record_runtime(const struct abi_record *r)
{
    struct event ev;
    if (event_decode(&ev, catalog_builtin(), r, r->len))
        return RUNTIME_unknown;
    struct value v = event_value(&ev, field(ev.def, "runtime"));
    int runtime = v.status == ABI_PRESENT ? runtime_find(v.data, v.len) : -1;
    return runtime < 0 ? RUNTIME_unknown : (enum runtime)runtime;
}
