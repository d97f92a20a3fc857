/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules that hide: the kernel has three lists of them, and a rootkit seldom takes itself out of
 * all. The lists are walked without their locks, while they may change: nothing of them is
 * believed, and what differs is looked at once more a moment later.
 */
#include <stdlib.h>

#include "source/checks.h"

enum module_list { IN_LIST, IN_SYSFS, IN_TREE, LISTS };

static const char *const list_names[LISTS] = {"modules", "/sys/module", "mod_tree"};

struct seen_module {
    uint64_t at;
    uint8_t in; /* bits of 1 << enum module_list */
};

struct survey {
    struct seen_module *modules;
    unsigned count;
    uint8_t lists; /* that could be walked to the end */
    bool too_many;
};

/* A pointer of the kernel's is in the upper half, and a structure is not at an odd address. */
static bool is_address(uint64_t at)
{
    return at >> 63 && !(at & 7);
}

static bool note(struct survey *s, uint64_t module, enum module_list list)
{
    unsigned i = 0;
    while (i < s->count && s->modules[i].at != module)
        i++;
    if (i == MODULES_MAX) {
        s->too_many = true;
        return false;
    }
    if (i == s->count)
        s->modules[s->count++] = (struct seen_module){.at = module};
    s->modules[i].in |= (uint8_t)(1 << list);
    return true;
}

/* Walks a list_head; entries of sysfs have the module's address at .kobject_module. */
static bool walk_list(const struct inspection *in, struct survey *s, uint64_t head, int offset,
                      enum module_list list)
{
    const struct kernel_memory *m = in->memory;
    uint64_t at = head, module;
    for (unsigned i = 0; i < 4 * MODULES_MAX; i++) { /* sysfs has those that are built in, too */
        if (memory_pointer(m, at, &at))
            return false;
        if (at == head)
            return true;
        if (!is_address(at))
            return false;
        module = at - (uint64_t)offset;
        if (list == IN_SYSFS &&
            memory_pointer(m, module + (uint64_t)in->modules.kobject_module, &module))
            return false;
        if (module && !note(s, module, list))
            return false;
    }
    return false;
}

/* A tree of addresses; a module may be there several times, once for each piece of its memory. */
static bool walk_tree(const struct inspection *in, struct survey *s, uint64_t root)
{
    const struct kernel_memory *m = in->memory;
    const struct module_layout *l = &in->modules;
    uint64_t stack[64], node, module, left, right;
    unsigned depth = 0;
    if (memory_pointer(m, root, &node))
        return false;
    if (node)
        stack[depth++] = node;
    for (unsigned i = 0; depth; i++) {
        node = stack[--depth];
        uint64_t entry = node - (uint64_t)l->node_node;
        if (i > 8 * MODULES_MAX || !is_address(node) || depth + 2 > 64 ||
            memory_pointer(m, entry + (uint64_t)l->node_module, &module) ||
            memory_pointer(m, node + (uint64_t)l->left, &left) ||
            memory_pointer(m, node + (uint64_t)l->right, &right) || !note(s, module, IN_TREE))
            return false;
        if (left)
            stack[depth++] = left;
        if (right)
            stack[depth++] = right;
    }
    return true;
}

static void survey(const struct inspection *in, struct survey *s)
{
    struct kallsyms *k = in->symbols;
    const struct module_layout *l = &in->modules;
    uint64_t head = kallsyms_address(k, "modules", KALLSYMS_KERNEL), kset;
    uint64_t set = kallsyms_address(k, "module_kset", KALLSYMS_KERNEL);
    uint64_t tree = kallsyms_address(k, "mod_tree", KALLSYMS_KERNEL);
    s->count = s->lists = 0;
    if (head && walk_list(in, s, head, l->list, IN_LIST))
        s->lists |= 1 << IN_LIST;
    /* A kset begins with its list; what hangs there is a kobject, the first member of its module's.
     */
    if (set && !memory_pointer(in->memory, set, &kset) &&
        walk_list(in, s, kset, l->kobject_entry, IN_SYSFS))
        s->lists |= 1 << IN_SYSFS;
    if (tree && l->has_tree && walk_tree(in, s, tree + (uint64_t)l->tree))
        s->lists |= 1 << IN_TREE;
}

static const struct seen_module *find(const struct survey *s, uint64_t at)
{
    for (unsigned i = 0; i < s->count; i++)
        if (s->modules[i].at == at)
            return &s->modules[i];
    return NULL;
}

static void add_lists(struct record_builder *b, unsigned field, unsigned lists)
{
    char text[64];
    size_t used = 0;
    for (unsigned i = 0; i < LISTS; i++) {
        if (!(lists & 1u << i))
            continue;
        memcpy(text + used, list_names[i], strlen(list_names[i]) + 1);
        used += strlen(list_names[i]) + 1;
    }
    record_add_bytes(b, field, text, used);
}

static void report(const struct inspection *in, const struct seen_module *m, unsigned lists)
{
    const struct event_def *def = check_event("hidden_kernel_module");
    const struct module_layout *l = &in->modules;
    char name[56], version[64];
    uint64_t at;
    struct record_builder b;
    findings_begin(in->findings, &b, def);
    findings_address(&b, 0, m->at);
    if (memory_text(in->memory, m->at + (uint64_t)l->name, name, sizeof(name)))
        record_add_missing(&b, 1, ABI_WHY_FAULT);
    else
        findings_text(&b, 1, name);
    if (memory_pointer(in->memory, m->at + (uint64_t)l->srcversion, &at))
        record_add_missing(&b, 2, ABI_WHY_FAULT);
    else if (!at)
        record_add_missing(&b, 2, ABI_WHY_ABSENT);
    else if (memory_text(in->memory, at, version, sizeof(version)))
        record_add_missing(&b, 2, ABI_WHY_FAULT);
    else
        findings_text(&b, 2, version);
    add_lists(&b, 3, m->in & lists);
    add_lists(&b, 4, lists & ~(unsigned)m->in);
    findings_end(in->findings, &b, def, true);
}

/* In the same lists both times, and missing in the same: no module that was just coming or going.
 */
static void compare(const struct inspection *in, const struct survey *first,
                    const struct survey *second)
{
    unsigned lists = first->lists & second->lists;
    for (unsigned i = 0; i < second->count; i++) {
        const struct seen_module *now = &second->modules[i], *before = find(first, now->at);
        if (before && (before->in & lists) == (now->in & lists) && (now->in & lists) &&
            (now->in & lists) != lists)
            report(in, now, lists);
    }
}

static bool all_alike(const struct survey *s)
{
    for (unsigned i = 0; i < s->count; i++)
        if ((s->modules[i].in & s->lists) != s->lists)
            return false;
    return true;
}

void check_modules(const struct inspection *in)
{
    struct survey first = {.modules = calloc(MODULES_MAX, sizeof(*first.modules))};
    struct survey second = {.modules = calloc(MODULES_MAX, sizeof(*second.modules))};
    if (first.modules && second.modules && in->modules.known) {
        survey(in, &first);
        if (!all_alike(&first)) {
            if (in->settle)
                in->settle();
            survey(in, &second);
            compare(in, &first, &second);
        }
        findings_round(in->findings, check_event("hidden_kernel_module"));
    }
    free(first.modules);
    free(second.modules);
}
