/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the filter share: its compiled form, and the state of compiling one test. */
#ifndef RATEL_EXPR_FILTER_IMPL_H
#define RATEL_EXPR_FILTER_IMPL_H

#include "base/clause.h"
#include "expr/filter.h"
#include "expr/pattern.h"

/* Where a test's value is taken from. */
enum subject {
    SUBJECT_FIELD,
    SUBJECT_RETVAL,
    SUBJECT_U16, /* member of the record's header */
    SUBJECT_U32,
    SUBJECT_U64,
    SUBJECT_COMM,
    SUBJECT_SYSCALL,
};

/* What one value of a test is compared as. */
enum operand_how {
    OPERAND_NUMBER,
    OPERAND_TEXT,
    OPERAND_TIME, /* number: seconds, mask: nanoseconds */
};

struct operand {
    uint8_t op;  /* enum clause_op, never CLAUSE_NONE */
    uint8_t how; /* enum operand_how */
    union {
        struct {
            uint64_t number;
            uint64_t mask; /* = and != look at these bits only */
            /* A name of this table: it is the value only where the event chose it; NULL: any. */
            const struct flag_table *flags;
        };
        struct pattern pattern;
    };
};

/* All tests of one field. */
struct test {
    uint8_t subject;  /* enum subject */
    uint8_t index;    /* of the field */
    uint16_t offset;  /* of the header's member */
    uint8_t encoding; /* enum abi_encoding that the field must have */
    bool is_signed;
    bool is_id; /* a user or group id: 32 bits without sign, but for -1 */
    uint32_t count;
    struct operand *operands;      /* owned */
    const struct field_def *field; /* NULL for members of the header */
};

struct filter {
    uint32_t count;
    struct test *tests; /* owned */
};

struct compile;

/* Which values fit, and how they are read. */
struct value_kind {
    const char *what; /* for messages: "…, which is WHAT" */
    bool ordered;     /* < > <= >= fit */
    bool is_signed;
    int64_t lo; /* range of a number */
    uint64_t hi;
    int (*parse)(struct compile *c, const struct clause_value *v); /* NULL: can't be tested */
};

/* One test on its way from text to operands. */
struct compile {
    const struct event_def *def;
    struct clause clause;
    struct error *err;
    const struct value_kind *kind;
    struct test test;
    uint32_t cap; /* of test.operands */
};

/* What a field's values are read as. */
const struct value_kind *value_kind_field(const struct field_def *field);
const struct value_kind *value_kind_retval(enum return_type returns);
enum scope_kind_of { SCOPE_OF_NUMBER, SCOPE_OF_UID, SCOPE_OF_GID, SCOPE_OF_COMM, SCOPE_OF_SYSCALL };
const struct value_kind *value_kind_scope(enum scope_kind_of of, unsigned bytes);

/* A number of the kind's range. 0, -EINVAL with nothing said: no number at all, -ERANGE: said. */
int value_number(struct compile *c, const struct clause_value *v, unsigned base, uint64_t *out);
int value_push_number(struct compile *c, uint64_t number, uint64_t mask);
int value_push_pattern(struct compile *c, const struct clause_value *v);
/* Ways of writing a value: each pushes what it means. 0 or -errno, said. */
int value_parse_number(struct compile *c, const struct clause_value *v);
int value_parse_mode(struct compile *c, const struct clause_value *v);
int value_parse_bool(struct compile *c, const struct clause_value *v);
int value_parse_text(struct compile *c, const struct clause_value *v);
int value_parse_comm(struct compile *c, const struct clause_value *v);
int value_parse_fd(struct compile *c, const struct clause_value *v);
int value_parse_uid(struct compile *c, const struct clause_value *v);
int value_parse_gid(struct compile *c, const struct clause_value *v);
int value_parse_dev(struct compile *c, const struct clause_value *v);
int value_parse_time(struct compile *c, const struct clause_value *v);
/* The same by name (filter_names.c), also with patterns. */
int value_parse_named(struct compile *c, const struct clause_value *v);
int value_parse_event(struct compile *c, const struct clause_value *v);
int value_parse_errno(struct compile *c, const struct clause_value *v);

/* Fills c->kind and c->test from scope.FIELD, FIELD at offset at. 0 or -EINVAL with err filled. */
int filter_scope_take(struct compile *c, size_t at);
bool filter_scope_known(const char *name, size_t len);

/* Writes "; did you mean X?" (or nothing) for a name that is none of names. */
void suggest_text(char *out, size_t cap, const char *const *names, unsigned count, const char *name,
                  size_t len);

#endif
