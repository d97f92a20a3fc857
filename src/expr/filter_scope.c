/* SPDX-License-Identifier: Apache-2.0 */
/* EVENT.scope.FIELD: what the record's header says about the task. */
#include <string.h>

#include "base/limits.h"
#include "expr/filter_impl.h"

/* Where FILTER_SCOPES' names are in the record's header, and what they are. */
struct scope_member {
    const char *name;
    enum subject subject;
    enum scope_kind_of of;
    uint16_t offset;
    uint8_t bytes;
};

#define MEMBER(shown, member, bytes_, subject_, of_)                                               \
    [ORDER_##shown] = {#shown, subject_, of_, offsetof(struct abi_record, member), bytes_}
#define MEMBER32(shown, member) MEMBER(shown, member, 4, SUBJECT_U32, SCOPE_OF_NUMBER)

enum scope_order {
#define X(name, text) ORDER_##name,
    FILTER_SCOPES(X)
#undef X
        ORDER_COUNT
};

static const struct scope_member scope_members[ORDER_COUNT] = {
    MEMBER32(pid, pid),
    MEMBER32(tid, tid),
    MEMBER32(ppid, ppid),
    MEMBER32(ns_pid, ns_pid),
    MEMBER32(ns_tid, ns_tid),
    MEMBER32(ns_ppid, ns_ppid),
    MEMBER(uid, uid, 4, SUBJECT_U32, SCOPE_OF_UID),
    MEMBER(gid, gid, 4, SUBJECT_U32, SCOPE_OF_GID),
    MEMBER32(mntns, mnt_ns),
    MEMBER32(pidns, pid_ns),
    MEMBER32(netns, net_ns),
    MEMBER32(userns, user_ns),
    MEMBER(cgroup, cgroup, 8, SUBJECT_U64, SCOPE_OF_NUMBER),
    MEMBER(cpu, cpu, 2, SUBJECT_U16, SCOPE_OF_NUMBER),
    MEMBER(comm, comm, 0, SUBJECT_COMM, SCOPE_OF_COMM),
    MEMBER(syscall, syscall, 0, SUBJECT_SYSCALL, SCOPE_OF_SYSCALL),
};

/* Names that people bring along from other tools. */
static const struct {
    const char *name;
    enum scope_order meant;
} scope_aliases[] = {
    {"hostPid", ORDER_pid},
    {"hostProcessId", ORDER_pid},
    {"hostThreadId", ORDER_tid},
    {"hostParentProcessId", ORDER_ppid},
    {"processId", ORDER_ns_pid},
    {"threadId", ORDER_ns_tid},
    {"parentProcessId", ORDER_ns_ppid},
    {"userId", ORDER_uid},
    {"mountNamespace", ORDER_mntns},
    {"pidNamespace", ORDER_pidns},
    {"cgroupId", ORDER_cgroup},
    {"processorId", ORDER_cpu},
    {"processName", ORDER_comm},
};

static const char *const scope_names[] = {
#define X(name, text) #name,
    FILTER_SCOPES(X)
#undef X
};

static bool same(const char *name, const char *s, size_t n)
{
    return strlen(name) == n && memcmp(name, s, n) == 0;
}

static const struct scope_member *scope_member_find(const char *s, size_t n)
{
    for (unsigned i = 0; i < ORDER_COUNT; i++)
        if (same(scope_members[i].name, s, n))
            return &scope_members[i];
    for (unsigned i = 0; i < sizeof(scope_aliases) / sizeof(scope_aliases[0]); i++)
        if (same(scope_aliases[i].name, s, n))
            return &scope_members[scope_aliases[i].meant];
    return NULL;
}

bool filter_scope_known(const char *name, size_t len)
{
    return scope_member_find(name, len);
}

int filter_scope_take(struct compile *c, size_t at)
{
    const char *name = c->clause.text + at;
    size_t len = c->clause.key_len - at;
    const struct scope_member *m = scope_member_find(name, len);
    if (!m) {
        char hint[HINT_MAX];
        suggest_text(hint, sizeof(hint), scope_names, ORDER_COUNT, name, len);
        if (!hint[0])
            snprintf(hint, sizeof(hint), "; see `ratel list scopes`");
        return clause_fail(c->err, c->clause.text, at, "unknown scope field `%.*s`%s", (int)len,
                           name, hint);
    }
    c->kind = value_kind_scope(m->of, m->bytes);
    c->test = (struct test){
        .subject = (uint8_t)m->subject, .offset = m->offset, .is_signed = c->kind->is_signed};
    return 0;
}
