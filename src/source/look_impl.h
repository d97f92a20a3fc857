/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of an existing_task record, however the task was looked at: for look*.c only. */
#ifndef RATEL_SOURCE_LOOK_IMPL_H
#define RATEL_SOURCE_LOOK_IMPL_H

#include "source/look.h"
#include "source/proc.h"

/* Fields of existing_task, in the order of its row. */
enum {
    LOOK_PATHNAME,
    LOOK_DEV,
    LOOK_INODE,
    LOOK_CTIME,
    LOOK_MODE,
    LOOK_ARGV,
    LOOK_PWD,
    LOOK_SESSION,
    LOOK_TTY,
    LOOK_RESOLUTION,
    LOOK_PARENT_RESOLUTION,
    LOOK_EUID,
    LOOK_EGID,
    LOOK_CRED,
    LOOK_GROUP,
    LOOK_KERNEL,
};

/* A file of the program. */
struct look_file {
    uint64_t dev, inode, ctime;
    uint32_t mode;
};

/* Begins the record; its header is the caller's to fill. */
struct abi_record *look_begin(struct look *l, struct record_builder *b, uint64_t time,
                              enum abi_hook_kind via);
/* What /proc tells of the process of the record: a path, its arguments. */
void look_add_link(struct look *l, struct record_builder *b, unsigned field, const char *link);
void look_add_argv(struct look *l, struct record_builder *b);
/* NULL: it has none, for this reason. */
void look_add_file(struct record_builder *b, const struct look_file *f, enum abi_reason why);
/* 0, "": there is none. */
void look_add_pid(struct record_builder *b, unsigned field, uint32_t pid);
void look_add_text(struct record_builder *b, unsigned field, const char *text);
/* Whether what was found is another task than the one that started then. */
bool look_is_other(const struct look *l, uint64_t wanted, const struct proc_stat *found);

#endif
