/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the user said: one table of options for all commands, read from the command line and from
 * the configuration file by the same functions.
 */
#ifndef RATEL_CMD_OPTIONS_H
#define RATEL_CMD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum command_id {
#define COMMAND(name, listed, operands, summary) COMMAND_##name,
#include "cmd/commands.def"
#undef COMMAND
    COMMAND_COUNT
};

/* Masks of commands, for the table. */
#define ON(command) (1u << COMMAND_##command)
#define LIVE        (ON(trace) | ON(record))
#define RUN         (LIVE | ON(replay))
#define EVERY       ((1u << COMMAND_COUNT) - 1)
#define KEY         (1u << 31) /* also a key of the configuration file */

/* A text that the user wrote, and where, so that a later mistake in it can be shown in place. */
struct option_text {
    char *text;         /* owned; NULL when not given */
    const char *file;   /* of the configuration; NULL for the command line */
    const char *source; /* the line of the file that it stands in */
    int line, column;
};

struct option_list {
    struct option_text *items; /* owned */
    unsigned count;
};

struct option_time {
    bool given;
    bool relative; /* to the beginning of the recording */
    int64_t ns;    /* since the epoch, or relative */
};

/* Types of options. X(type, C type of the member, what the value is, for messages) */
#define OPTION_TYPES(X)                                                                            \
    X(FLAG, bool, "true or false")                                                                 \
    X(TEXT, struct option_text, "text")                                                            \
    X(LIST, struct option_list, "text; may be given several times")                                \
    X(SIZE, uint64_t, "a number of bytes, such as 65536, 64K, 4M or 1G")                           \
    X(RING, uint64_t, "a power of two from 64K to 1G bytes, such as 4M")                           \
    X(COUNT, uint64_t, "a number")                                                                 \
    X(DURATION, uint64_t, "a duration, such as 30, 1.5s, 500ms, 10m, 2h or 7d")                    \
    X(TIME, struct option_time, "a time: 2026-11-21T05:06:07Z, @SECONDS or +DURATION")             \
    X(CHOICE, unsigned, "one of the choices")                                                      \
    X(NAMES, uint64_t, "names joined by commas")

enum option_type {
#define X(type, member, what) OPTION_TYPE_##type,
    OPTION_TYPES(X)
#undef X
        OPTION_TYPES_END
};

#define X(type, member, what) typedef member option_member_##type;
OPTION_TYPES(X)
#undef X

/* Headings in help. X(id, title) */
#define OPTION_GROUPS(X)                                                                           \
    X(SELECT, "What to see")                                                                       \
    X(OUTPUT, "Where it goes")                                                                     \
    X(LIMIT, "Limits")                                                                             \
    X(GENERAL, "General")

enum option_group {
#define X(id, title) OPTION_GROUP_##id,
    OPTION_GROUPS(X)
#undef X
        OPTION_GROUP_COUNT
};

extern const char *const option_group_titles[OPTION_GROUP_COUNT];

enum option {
#define OPTION(id, name, short, type, argument, choices, initial, commands, group, help)           \
    OPTION_##id,
#include "cmd/options.def"
#undef OPTION
    OPTION_COUNT
};

struct option_def {
    const char *name;
    const char *argument; /* "" for a flag */
    const char *choices;  /* "" where there are none */
    const char *initial;  /* "" for none */
    const char *help;
    size_t offset;     /* of the member of struct options */
    unsigned commands; /* mask of ON(), KEY */
    enum option_type type;
    enum option_group group;
    char letter; /* 0 for none */
};

extern const struct option_def option_defs[OPTION_COUNT];

/* What --enrich names, by bit. */
enum enrich {
#define ENRICH(id, name, parts, meaning) ENRICH_##id,
#include "cmd/enrich.def"
#undef ENRICH
    ENRICH_COUNT
};

enum option_origin { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_COMMAND_LINE };

struct command;

struct options {
#define OPTION(id, name, short, type, argument, choices, initial, commands, group, help)           \
    option_member_##type id;
#include "cmd/options.def"
#undef OPTION
    uint8_t origin[OPTION_COUNT]; /* enum option_origin */
    const struct command *command;
    bool named;            /* the command was written, not implied */
    char *const *operands; /* borrowed; what stands beside the options */
    unsigned noperands;
    char *const *argv; /* borrowed, NULL-terminated: the command after --; NULL for none */
    char *config_text; /* owned: what option_text.source points into */
};

/* Sets all defaults. 0 or -ENOMEM. */
int options_init(struct options *o);
void options_free(struct options *o);

/*
 * Reads the words after "ratel [COMMAND]" (argv[0] is skipped). o->command must be set. Reorders
 * argv: operands are gathered at its front. 0, -EINVAL with err filled, -ENOMEM.
 */
int options_parse(struct options *o, int argc, char **argv, struct error *err);

/* Takes over from file what the command line did not say; file loses it. */
void options_merge(struct options *o, struct options *file);

/*
 * Reads one value as the option's type says and stores it (appends it to a LIST). where gives
 * text and place; its text is copied. 0, -EINVAL with err filled (the message does not name the
 * option; .column is set where it helps), -ENOMEM.
 */
int option_set(struct options *o, enum option id, const struct option_text *where,
               enum option_origin origin, struct error *err);

/* The option of a command with that long name, or -1. */
int option_by_name(unsigned commands, const char *name, size_t len);

/* One of the choices "a|b|c", by number; NULL past the last. *len is filled. */
const char *option_choice(const char *choices, unsigned i, size_t *len);

/* Fills err's place from a text's, moving column (within the text) to where it stands. */
void option_text_place(const struct option_text *t, struct error *err);

#endif
