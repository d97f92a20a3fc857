/* SPDX-License-Identifier: Apache-2.0 */
/* Which values fit which type of field: a row for each. */
#include <limits.h>

#include "expr/filter_impl.h"

#define NUMBER(lowest, highest)                                                                    \
    {                                                                                              \
        "a number", true, (lowest) < 0, lowest, highest, value_parse_number                        \
    }
#define S32_NUMBER NUMBER(INT32_MIN, INT32_MAX)
#define U64_NUMBER NUMBER(0, UINT64_MAX)
#define S64_NUMBER NUMBER(INT64_MIN, INT64_MAX)
#define FD_NUMBER                                                                                  \
    {                                                                                              \
        "a descriptor, AT_FDCWD or a path", true, true, INT32_MIN, INT32_MAX, value_parse_fd       \
    }
#define TEXT                                                                                       \
    {                                                                                              \
        "text", false, false, 0, 0, value_parse_text                                               \
    }
#define SECONDS                                                                                    \
    {                                                                                              \
        "a number of seconds", true, true, INT64_MIN, INT64_MAX, value_parse_time                  \
    }
#define BYTES                                                                                      \
    {                                                                                              \
        "bytes", false, false, 0, 0, NULL                                                          \
    }
#define CREDENTIALS                                                                                \
    {                                                                                              \
        "credentials", false, false, 0, 0, NULL                                                    \
    }

/* A type without a row is read by its encoding. */
static const struct value_kind kinds[TYPE_COUNT] = {
    [TYPE_bool] = {"true or false", false, false, 0, 1, value_parse_bool},
    [TYPE_int] = S32_NUMBER,
    [TYPE_uint] = NUMBER(0, UINT32_MAX),
    [TYPE_u8] = NUMBER(0, UINT8_MAX),
    [TYPE_u16] = NUMBER(0, UINT16_MAX),
    [TYPE_long] = S64_NUMBER,
    [TYPE_ulong] = U64_NUMBER,
    [TYPE_s64] = S64_NUMBER,
    [TYPE_u64] = U64_NUMBER,
    [TYPE_size] = U64_NUMBER,
    [TYPE_off] = S64_NUMBER,
    [TYPE_pointer] = U64_NUMBER,
    [TYPE_fd] = FD_NUMBER,
    [TYPE_dirfd] = FD_NUMBER,
    [TYPE_pid] = S32_NUMBER,
    [TYPE_uid] = {"a user's id or name", true, true, -1, UINT32_MAX, value_parse_uid},
    [TYPE_gid] = {"a group's id or name", true, true, -1, UINT32_MAX, value_parse_gid},
    [TYPE_mode] = {"an octal number", true, false, 0, UINT16_MAX, value_parse_mode},
    [TYPE_dev] = {"a device (major:minor)", false, false, 0, UINT32_MAX, value_parse_dev},
    [TYPE_time] = U64_NUMBER,
    [TYPE_ctime] = U64_NUMBER,
    [TYPE_event] = {"a system call", false, true, INT32_MIN, INT32_MAX, value_parse_event},
    [TYPE_flags] = {"flags", false, true, INT32_MIN, UINT32_MAX, value_parse_named},
    [TYPE_flags64] = {"flags", false, false, 0, UINT64_MAX, value_parse_named},
    [TYPE_uflags] = {"flags", false, false, 0, UINT32_MAX, value_parse_named},
    [TYPE_flags_u64] = {"flags", false, false, 0, UINT64_MAX, value_parse_named},
    [TYPE_uenum] = {"one of its names, or a number", true, false, 0, UINT32_MAX, value_parse_named},
    [TYPE_enum] = {"one of its names, or a number", true, true, INT32_MIN, INT32_MAX,
                   value_parse_named},
    [TYPE_enum8] = {"one of its names, or a number", true, false, 0, UINT8_MAX, value_parse_named},
    [TYPE_enum64] = {"one of its names, or a number", true, false, 0, UINT64_MAX,
                     value_parse_named},
    [TYPE_string] = TEXT,
    [TYPE_path] = TEXT,
    [TYPE_outbuf] = TEXT,
    [TYPE_inbuf] = TEXT,
    [TYPE_strv] = TEXT,
    [TYPE_sockaddr] = TEXT,
    [TYPE_outaddr] = TEXT,
    [TYPE_timespec] = SECONDS,
    [TYPE_timespec32] = SECONDS,
    [TYPE_fdpair] = {"a descriptor", false, true, INT32_MIN, INT32_MAX, value_parse_number},
    [TYPE_u64s] = BYTES,
    [TYPE_bytes] = BYTES,
};

static const struct value_kind by_encoding[] = {
    [ABI_ENC_INT] = U64_NUMBER, [ABI_ENC_STR] = TEXT,         [ABI_ENC_STRV] = TEXT,
    [ABI_ENC_SOCKADDR] = TEXT,  [ABI_ENC_TIMESPEC] = SECONDS, [ABI_ENC_BYTES] = BYTES,
    [ABI_ENC_FD] = FD_NUMBER,   [ABI_ENC_CRED] = CREDENTIALS,
};

static const struct value_kind signed_number = S64_NUMBER;

const struct value_kind *value_kind_field(const struct field_def *field)
{
    const struct type_def *type = &type_defs[field->type];
    if (kinds[field->type].what)
        return &kinds[field->type];
    if (type->encoding == ABI_ENC_INT && type->is_signed)
        return &signed_number;
    return &by_encoding[type->encoding];
}

const struct value_kind *value_kind_retval(enum return_type returns)
{
    static const struct value_kind result = {
        "a number or the name of an error", true, true, INT64_MIN, INT64_MAX, value_parse_errno};
    static const struct value_kind address = {
        "a number or the name of an error", true, true, INT64_MIN, UINT64_MAX, value_parse_errno};
    return returns == RETURN_pointer ? &address : &result;
}

const struct value_kind *value_kind_scope(enum scope_kind_of of, unsigned bytes)
{
    static const struct value_kind u64 = U64_NUMBER;
    static const struct value_kind u32 = NUMBER(0, UINT32_MAX);
    static const struct value_kind u16 = NUMBER(0, UINT16_MAX);
    static const struct value_kind special[] = {
        [SCOPE_OF_UID] = {"a user's id or name", true, false, 0, UINT32_MAX, value_parse_uid},
        [SCOPE_OF_GID] = {"a group's id or name", true, false, 0, UINT32_MAX, value_parse_gid},
        [SCOPE_OF_COMM] = {"text", false, false, 0, 0, value_parse_comm},
        [SCOPE_OF_SYSCALL] = {"a system call", false, true, INT32_MIN, INT32_MAX,
                              value_parse_event},
    };
    if (of != SCOPE_OF_NUMBER)
        return &special[of];
    return bytes == 8 ? &u64 : bytes == 4 ? &u32 : &u16;
}
