/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of one event's own values: EVENT.data.FIELD, EVENT.retval, EVENT.scope.FIELD with
 * = != < > <= >= and values with commas (OR). Compiled once; matching neither allocates nor takes a
 * lock, and compares numbers as numbers (only a socket address is made into text, on the stack).
 *
 * Of the tests of one field: some = must hold (where there is one), and every other. Different
 * fields are ANDed. A missing value passes no test but !=.
 */
#ifndef RATEL_EXPR_FILTER_H
#define RATEL_EXPR_FILTER_H

#include "base/error.h"
#include "base/limits.h"
#include "event/event.h"

struct filter; /* tests of one event, ANDed */

/*
 * Adds the test written in text (what follows "EVENT.") to *filter, which is made when NULL and is
 * left as it was on failure. The form is that of base/clause.h; docs/guide/events-and-filters.md
 * says which values fit which type of field.
 * 0, -EINVAL with err filled (column in text; "did you mean" for an unknown field), -ENOMEM.
 */
int filter_add(struct filter **filter, const struct event_def *def, const char *text,
               struct error *err);
bool filter_match(const struct filter *filter, const struct event *ev); /* NULL matches */
/*
 * Whether the tests of the field that stands at index let a number pass; *named: some = test is
 * among them. NULL lets everything pass and names nothing.
 */
bool filter_admits(const struct filter *filter, unsigned index, uint64_t number, bool *named);
/*
 * What a filter's tests of one field say, for those who look for what is tested. NULL has none.
 * Whether a text would pass; the numbers that the field is to be equal to (how many; the first max
 * in out); whether there is such a test with =.
 */
bool filter_field_text(const struct filter *filter, unsigned field, const char *text, size_t len);
unsigned filter_field_numbers(const struct filter *filter, unsigned field, uint64_t *out,
                              unsigned max);
bool filter_field_named(const struct filter *filter, unsigned field);
void filter_free(struct filter *filter);

/* EVENT.scope.FIELD: members of the record's header. X(name, text for lists) */
#define FILTER_SCOPES(X)                                                                           \
    X(pid, "process id on the host")                                                               \
    X(tid, "thread id on the host")                                                                \
    X(ppid, "parent's process id on the host")                                                     \
    X(ns_pid, "process id in its namespace")                                                       \
    X(ns_tid, "thread id in its namespace")                                                        \
    X(ns_ppid, "parent's process id in its namespace")                                             \
    X(uid, "real user id")                                                                         \
    X(gid, "real group id")                                                                        \
    X(mntns, "mount namespace")                                                                    \
    X(pidns, "pid namespace")                                                                      \
    X(netns, "network namespace")                                                                  \
    X(userns, "user namespace")                                                                    \
    X(cgroup, "cgroup id")                                                                         \
    X(cpu, "CPU")                                                                                  \
    X(comm, "name of the thread")                                                                  \
    X(syscall, "name of the system call it happened in")

#endif
