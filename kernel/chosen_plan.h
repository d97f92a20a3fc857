/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Hooks that the user chooses by name: what one generic program for each kind is told about each
 * place that it is attached to. The attachment's cookie is the index into the map chosen_hooks.
 */
#ifndef RATEL_CHOSEN_PLAN_H
#define RATEL_CHOSEN_PLAN_H

#include "plan.h"

#define CHOSEN_MAX      512  /* hooks at a time */
#define CHOSEN_FIRST_ID 7000 /* catalog ids from here on are theirs */
#define CHOSEN_FIELDS   12
#define CHOSEN_ARGS     6 /* that registers hold */

/* How a value is taken that is no plain number; see catalog/chosen.def. */
enum chosen_how {
    CHOSEN_STRING = PLAN_KIND_COUNT,
    CHOSEN_USER_STRING,
    CHOSEN_FILENAME,
    CHOSEN_FILE,
    CHOSEN_PATH,
    CHOSEN_DENTRY,
    CHOSEN_SOCKADDR,
    CHOSEN_ARRAY,    /* of a tracepoint: text in the record itself */
    CHOSEN_LOCATION, /* of a tracepoint: text in the record, where a __data_loc says */
};

#define CHOSEN_RESULT 255 /* .from: what the function returned */

struct chosen_field {
    __u8 how;   /* PLAN_* or CHOSEN_* */
    __u8 from;  /* argument, or CHOSEN_RESULT; of a tracepoint nothing */
    __u16 at;   /* of a tracepoint: offset in its record, bytes */
    __u16 size; /* of a tracepoint: bytes */
    __u16 pad;
};

struct chosen_hook {
    __u16 event; /* catalog id */
    __u16 slot;
    __u8 nfields;
    __u8 user; /* of a program: strings are in its memory */
    __u16 pad;
    struct chosen_field fields[CHOSEN_FIELDS];
};

_Static_assert(sizeof(struct chosen_field) == 8, "no padding");

#endif
