/* SPDX-License-Identifier: Apache-2.0 */
#include "source/core_types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source/symbols.h"

#define DEPTH 64 /* of types inside each other; no compiler's output comes near */

/* Copies types from one BTF to another, each once. */
struct copy {
    const struct btf *from;
    struct btf *to;
    int *ids; /* by number there: that here, 0: not copied */
};

static int copy_type(struct copy *c, uint32_t id, int depth);

static const char *name_in(const struct btf *btf, uint32_t offset)
{
    const char *name = btf__name_by_offset(btf, offset);
    return name ? name : "";
}

/* What it is made of first: a type's members are added right behind it. */
static int copy_composite(struct copy *c, const struct btf_type *t, int depth)
{
    const struct btf_member *m = btf_members(t);
    unsigned count = btf_vlen(t);
    const char *name = name_in(c->from, t->name_off);
    int rc = 0, id;
    for (unsigned i = 0; i < count && rc >= 0; i++)
        rc = copy_type(c, m[i].type, depth);
    if (rc < 0)
        return rc;
    id = btf_is_union(t) ? btf__add_union(c->to, name, t->size)
                         : btf__add_struct(c->to, name, t->size);
    for (unsigned i = 0; i < count && rc >= 0 && id >= 0; i++)
        rc = btf__add_field(c->to, name_in(c->from, m[i].name_off), c->ids[m[i].type],
                            btf_member_bit_offset(t, i), btf_member_bitfield_size(t, i));
    return rc < 0 ? rc : id;
}

static int copy_enum(struct copy *c, const struct btf_type *t)
{
    const struct btf_enum *e = btf_enum(t);
    int id = btf__add_enum(c->to, name_in(c->from, t->name_off), t->size), rc = 0;
    for (unsigned i = 0; i < btf_vlen(t) && rc >= 0 && id >= 0; i++)
        rc = btf__add_enum_value(c->to, name_in(c->from, e[i].name_off), e[i].val);
    return rc < 0 ? rc : id;
}

static int copy_enum64(struct copy *c, const struct btf_type *t)
{
    const struct btf_enum64 *e = btf_enum64(t);
    int id = btf__add_enum64(c->to, name_in(c->from, t->name_off), t->size, btf_kflag(t)), rc = 0;
    for (unsigned i = 0; i < btf_vlen(t) && rc >= 0 && id >= 0; i++)
        rc = btf__add_enum64_value(c->to, name_in(c->from, e[i].name_off), btf_enum64_value(e + i));
    return rc < 0 ? rc : id;
}

static int copy_array(struct copy *c, const struct btf_array *a, int depth)
{
    int index = copy_type(c, a->index_type, depth);
    int element = index < 0 ? index : copy_type(c, a->type, depth);
    return element < 0 ? element : btf__add_array(c->to, index, element, a->nelems);
}

static int add_type(struct copy *c, const struct btf_type *t, int depth)
{
    const char *name = name_in(c->from, t->name_off);
    int inner;
    switch (btf_kind(t)) {
    case BTF_KIND_INT:
        return btf__add_int(c->to, name, t->size, btf_int_encoding(t));
    case BTF_KIND_FLOAT:
        return btf__add_float(c->to, name, t->size);
    case BTF_KIND_PTR:
        return btf__add_ptr(c->to, 0);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
        return copy_composite(c, t, depth);
    case BTF_KIND_ENUM:
        return copy_enum(c, t);
    case BTF_KIND_ENUM64:
        return copy_enum64(c, t);
    case BTF_KIND_ARRAY:
        return copy_array(c, btf_array(t), depth);
    case BTF_KIND_TYPEDEF:
        inner = copy_type(c, t->type, depth);
        return inner < 0 ? inner : btf__add_typedef(c->to, name, inner);
    case BTF_KIND_CONST:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_TYPE_TAG:
        return copy_type(c, t->type, depth);
    default: /* functions, and what is only declared: nothing to look into */
        return 0;
    }
}

/* The number here of a type there, 0 for void; or -errno. */
static int copy_type(struct copy *c, uint32_t id, int depth)
{
    if (id >= btf__type_cnt(c->from) || depth >= DEPTH)
        return -EINVAL;
    if (id && !c->ids[id]) {
        int copied = add_type(c, btf__type_by_id(c->from, id), depth + 1);
        if (copied < 0)
            return copied;
        c->ids[id] = copied;
    }
    return c->ids[id];
}

static bool has_members(const struct btf_type *t)
{
    return btf_is_composite(t) || btf_is_any_enum(t) || btf_is_typedef(t);
}

/* As libbpf compares names: what follows "___" tells versions of a type apart. */
static size_t base_length(const char *name)
{
    const char *flavor = strstr(name, "___");
    return flavor ? (size_t)(flavor - name) : strlen(name);
}

static int take_names(struct symbols *s, const struct btf *named)
{
    unsigned count = btf__type_cnt(named), n = 0;
    char **names = calloc(count, sizeof(*names));
    int rc = names ? 0 : -ENOMEM;
    for (unsigned id = 1; id < count && !rc; id++) {
        const struct btf_type *t = btf__type_by_id(named, id);
        const char *name = name_in(named, t->name_off);
        if (!has_members(t) || !*name)
            continue;
        names[n] = strndup(name, base_length(name));
        rc = names[n++] ? 0 : -ENOMEM;
    }
    rc = rc ? rc : symbols_init(s, (const char *const *)names, n);
    while (n)
        free(names[--n]);
    free(names);
    return rc;
}

static int copy_named(struct copy *c, const struct symbols *names)
{
    unsigned count = btf__type_cnt(c->from);
    int rc = 0;
    for (unsigned id = 1; id < count && rc >= 0; id++) {
        const struct btf_type *t = btf__type_by_id(c->from, id);
        if (!has_members(t) || !t->name_off)
            continue;
        const char *name = name_in(c->from, t->name_off);
        if (symbols_find(names, name, base_length(name)))
            rc = copy_type(c, id, 0);
    }
    return rc < 0 ? rc : 0;
}

struct btf *core_types_pick(const struct btf *all, const struct btf *named)
{
    struct symbols names = {0};
    struct copy c = {.from = all, .to = btf__new_empty()};
    c.ids = calloc(btf__type_cnt(all), sizeof(*c.ids));
    int rc = c.to && c.ids ? take_names(&names, named) : -ENOMEM;
    rc = rc ? rc : copy_named(&c, &names);
    symbols_free(&names);
    free(c.ids);
    if (rc) {
        btf__free(c.to);
        c.to = NULL;
        errno = -rc;
    }
    return c.to;
}

static int file = -1;
static bool filled;

const char *core_types_path(void)
{
    static char path[32];
    if (file < 0)
        file = memfd_create("types", MFD_CLOEXEC);
    if (file < 0)
        return NULL;
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    return path;
}

int core_types_fill(const struct btf *all, const struct btf *named)
{
    uint32_t size;
    if (filled || file < 0)
        return 0;
    if (!all || !named)
        return -ENOENT;
    struct btf *few = core_types_pick(all, named);
    if (!few)
        return -errno;
    const void *data = btf__raw_data(few, &size);
    int rc = !data ? -ENOMEM : pwrite(file, data, size, 0) != (ssize_t)size ? -EIO : 0;
    filled = !rc;
    btf__free(few);
    return rc;
}

void core_types_release(void)
{
    if (file >= 0)
        close(file);
    file = -1;
    filled = false;
}
