/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the machine's users and groups, read again when their files change. */
#ifndef RATEL_SOURCE_NAMES_H
#define RATEL_SOURCE_NAMES_H

#include <sys/stat.h>

#include "base/limits.h"
#include "event/record.h"

struct account_name {
    uint32_t id;
    char name[NAME_BYTES + 2];
};

/* One of the two files. */
struct account_file {
    const char *path;
    struct stat seen;          /* what it was when it was read */
    struct account_name *rows; /* WORLD_NAMES, by id */
    struct account_name *previous;
    unsigned count, nprevious;
    unsigned next, next_previous; /* what is told so far */
    uint64_t sets;
    bool said; /* that it is too long */
};

struct account_names {
    struct account_file files[2]; /* users, groups */
    uint64_t look_again;          /* boot-clock ns */
};

/* sets: who wants known_user, known_group. NULL without memory. */
struct account_names *account_names_new(uint64_t user_sets, uint64_t group_sets);
void account_names_free(struct account_names *n);
/* The next name that is new, or gone, into memory; NULL when there is none. *group: which row. */
const struct abi_record *account_names_next(struct account_names *n, void *memory, size_t cap,
                                            uint64_t time, bool *group);
size_t account_names_memory(void);

#endif
