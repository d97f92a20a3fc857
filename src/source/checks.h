/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checks of the kernel itself: each looks once, through what it is given, and leaves what it
 * found with the findings. None attaches anything.
 */
#ifndef RATEL_SOURCE_CHECKS_H
#define RATEL_SOURCE_CHECKS_H

#include "base/kallsyms.h"
#include "source/findings.h"
#include "source/layout.h"
#include "source/memory.h"

/* What the user's tests of an event say, for checks that must know what to look for. */
struct inspect_wishes {
    void *ctx;
    /* Whether a text passes the tests of a field. */
    bool (*text)(void *ctx, unsigned slot, unsigned field, const char *text, size_t len);
    /* Numbers that a field is to be equal to: how many there are, the first max of them in out. */
    unsigned (*numbers)(void *ctx, unsigned slot, unsigned field, uint64_t *out, unsigned max);
    /* Whether there is such a test at all that names something: with =. */
    bool (*named)(void *ctx, unsigned slot, unsigned field);
};

/* Where members are in the structures that lists of modules are made of; bytes. */
struct module_layout {
    int list, name, srcversion, state, node_module, kobject_entry, kobject_module, node_node;
    int tree, left, right;
    bool known, has_tree; /* false: the kernel's types lack some */
};

#define PROC_ENTRY_SPAN 512 /* bytes of an entry of /proc that are read, at most */

/* The same of what /proc is made of: entries, file systems that are mounted, tables of functions.
 */
struct proc_layout {
    int name, ops, dir_ops, seq_ops, subdir, mode, node, left, right;
    int net; /* root of /proc/net in struct net; -ENOENT: it is not looked at */
    int sb_list, sb_magic, sb_root, dentry_inode, inode_functions;
    int span; /* bytes of an entry up to the end of the last member above */
    struct function_layout files, entries, lists; /* file, proc and seq_operations */
    bool known, has_mounted;                      /* false: the kernel's types lack some */
};

struct inspection {
    struct kallsyms *symbols;
    const struct kernel_memory *memory;
    struct findings *findings;
    const struct inspect_wishes *wishes;
    struct module_layout modules;
    struct proc_layout proc;
    uint32_t cause;       /* event that the look is made for, 0: the start or the clock */
    void (*settle)(void); /* waits for what is under way to end; NULL: nothing changes */
    /* Whether ratel itself hooks the function. NULL: it hooks none. */
    bool (*is_ours)(void *ctx, const char *function);
    void *ours;
};

void check_syscalls(const struct inspection *in);
void check_seq_ops(const struct inspection *in);
void check_modules(const struct inspection *in);
void check_proc(const struct inspection *in);
void check_dumps(const struct inspection *in);
/* Reads the list of ftrace from f. */
void check_ftrace(const struct inspection *in, FILE *f);

/* The event of a name; every check has one. */
const struct event_def *check_event(const char *name);
/* Fills name and owner of what is at an address; what nobody tells of is hidden, without a name. */
void check_symbol(const struct inspection *in, uint64_t at, struct kallsyms_symbol *out);

#endif
