/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration while it is read: for config.c and config_events.c only. */
#ifndef RATEL_CMD_CONFIG_IMPL_H
#define RATEL_CMD_CONFIG_IMPL_H

#include "cmd/config.h"
#include "cmd/yaml.h"

enum config_state {
    STATE_ROOT, /* the mapping is to come */
    STATE_KEY,
    STATE_VALUE, /* of .id, -1 for a key that is unknown */
    STATE_ITEMS, /* in a list */
    STATE_END,
};

struct config {
    const char *text;
    size_t len;
    size_t at, line_start; /* where line_at was last, and the beginning of that line */
    const char *file;
    struct options *o;
    struct error_list *errors;
    enum config_state state;
    struct option_text key; /* where the last key stands */
    int id;                 /* the option whose value comes; -1: skip it */
    unsigned items;         /* seen in the list */
    unsigned skip;          /* depth of collections that are not read */
    int seen[OPTION_COUNT]; /* line of the key, 0 for not seen */
    bool out_of_memory;
};

/* Where something stands; a value that is not there has no place: the key's then. */
struct option_text config_place(struct config *c, const struct fy_mark *mark);
/* Adds a mistake. */
void config_mistake(struct config *c, const struct fy_mark *mark, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes one event of the stream. Whether the next one is wanted. */
bool config_take(struct config *c, struct fy_event *e);

#endif
