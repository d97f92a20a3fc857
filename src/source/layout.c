/* SPDX-License-Identifier: Apache-2.0 */
#include "source/layout.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
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

static bool is_function_pointer(const struct btf *btf, uint32_t id)
{
    const struct btf_type *t = skip_names(btf, id);
    return t && btf_is_ptr(t) && btf_is_func_proto(btf__type_by_id(btf, t->type));
}

int layout_functions(const struct btf *btf, const char *structure, struct function_layout *out)
{
    int id = btf ? btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT) : -ENOENT;
    const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
    *out = (struct function_layout){0};
    for (unsigned i = 0; t && i < btf_vlen(t) && out->count < FUNCTIONS_MAX; i++) {
        const struct btf_member *m = btf_members(t) + i;
        uint32_t offset = btf_member_bit_offset(t, i) / 8;
        if (!is_function_pointer(btf, m->type) || offset + sizeof(uint64_t) > FUNCTIONS_SPAN)
            continue;
        struct function_place *f = &out->functions[out->count++];
        snprintf(f->name, sizeof(f->name), "%s", btf__name_by_offset(btf, m->name_off));
        f->offset = (uint16_t)offset;
        if (out->span < offset + sizeof(uint64_t))
            out->span = offset + sizeof(uint64_t);
    }
    return out->count ? 0 : -ENOENT;
}
