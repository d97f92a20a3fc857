/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog with one event that has a field of every type, and records of it. */
#ifndef RATEL_TESTS_EVENT_SAMPLE_H
#define RATEL_TESTS_EVENT_SAMPLE_H

#include <string.h>

#include "event/flags.h"
#include "event/format.h"
#include "event/record.h"

static struct field_def sample_fields[TYPE_COUNT] = {
#define TYPE(name_, encoding, listed, wide, plan, text)                                            \
    {.name = #name_, .meaning = text, .type = TYPE_##name_},
#include "types.def"
#undef TYPE
};

static struct field_def sample_open_fields[4] = {
    {.name = "dirfd", .meaning = "", .type = TYPE_dirfd},
    {.name = "pathname", .meaning = "", .type = TYPE_path},
    {.name = "flags", .meaning = "", .type = TYPE_flags},
    {.name = "mode", .meaning = "", .type = TYPE_mode},
};

static struct event_def sample_events[2] = {
    {.name = "everything",
     .sets = "",
     .meaning = "",
     .fields = sample_fields,
     .id = 4000,
     .nfields = TYPE_COUNT,
     .class = CLASS_bulk,
     .returns = RETURN_int},
    {.name = "openat",
     .sets = "",
     .meaning = "",
     .fields = sample_open_fields,
     .id = 257,
     .slot = 1,
     .nfields = 4,
     .is_syscall = true,
     .class = CLASS_bulk,
     .returns = RETURN_fd},
};
static const struct event_def *sample_ids[CATALOG_IDS];
static struct catalog sample_catalog = {.events = sample_events, .count = 2, .by_id = sample_ids};

static inline void sample_init(void)
{
    sample_fields[TYPE_flags].flags = flag_table_find("open");
    sample_open_fields[2].flags = flag_table_find("open");
    sample_ids[4000] = &sample_events[0];
    sample_ids[257] = &sample_events[1];
}

static inline void sample_header(struct abi_record *r)
{
    r->flags = 0;
    r->time = 1000000000;
    r->cgroup = 7;
    r->task_start = r->leader_start = 500;
    r->parent_start = 400;
    r->pid = r->tid = r->ns_pid = r->ns_tid = 100;
    r->ppid = r->ns_ppid = 99;
    r->uid = r->gid = 1000;
    r->mnt_ns = 1;
    r->pid_ns = 2;
    r->net_ns = 3;
    r->user_ns = 4;
    r->cpu = 1;
    memcpy(r->comm, "cat", 4);
}

/* openat(AT_FDCWD, path, O_RDONLY|O_CLOEXEC) = ret, in memory of cap bytes. */
static inline const struct abi_record *sample_openat(void *memory, size_t cap, const char *path,
                                                     size_t len, int64_t ret)
{
    struct record_builder b;
    record_begin(&b, memory, cap, &sample_events[1]);
    sample_header(record_header(&b));
    record_header(&b)->syscall = 257;
    record_header(&b)->ret = ret;
    record_add_int(&b, 0, (uint64_t)-100);
    record_add_bytes(&b, 1, path, len);
    record_add_int(&b, 2, 02000000);
    record_add_int(&b, 3, 0);
    return record_end(&b);
}

#endif
