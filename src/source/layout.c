/* SPDX-License-Identifier: Apache-2.0 */
#include "source/layout.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#define DEPTH 8 /* of structures inside each other */

static const struct btf_type *skip_names(const struct btf *btf, uint32_t id)
{
    const struct btf_type *t = btf__type_by_id(btf, id);
    for (int i = 0; i < DEPTH && t; i++) {
        if (btf_is_array(t))
            t = btf__type_by_id(btf, btf_array(t)->type);
        else if (btf_is_mod(t) || btf_is_typedef(t))
            t = btf__type_by_id(btf, t->type);
        else
            break;
    }
    return t;
}

static int find(const struct btf *btf, const struct btf_type *t, const char *path, int depth)
{
    size_t len = strcspn(path, ".");
    if (!t || !btf_is_composite(t) || depth > DEPTH)
        return -ENOENT;
    for (unsigned i = 0; i < btf_vlen(t); i++) {
        const struct btf_member *m = btf_members(t) + i;
        const char *name = btf__name_by_offset(btf, m->name_off);
        int here = (int)(btf_member_bit_offset(t, i) / 8), inside = 0;
        if (!name || !*name)
            inside = find(btf, skip_names(btf, m->type), path, depth + 1);
        else if (strlen(name) != len || memcmp(name, path, len))
            continue;
        else if (path[len])
            inside = find(btf, skip_names(btf, m->type), path + len + 1, depth + 1);
        if (inside >= 0)
            return here + inside;
    }
    return -ENOENT;
}

int layout_offset(const struct btf *btf, const char *structure, const char *member)
{
    int id = btf ? btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT) : -ENOENT;
    return id < 0 ? -ENOENT : find(btf, btf__type_by_id(btf, (uint32_t)id), member, 0);
}
