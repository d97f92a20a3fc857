/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language of template files: text with {{placeholders}}, filters {{x|json}} {{x|text}}, and
 * sections {{#data}}…{{/data}} (once a field), in it {{#more}}…{{/more}} (unless it is the last),
 * {{#error}}…{{/error}} (when the call failed), comments {{! … }}.
 */
#ifndef RATEL_SINK_TEMPLATE_H
#define RATEL_SINK_TEMPLATE_H

#include "base/error.h"
#include "base/limits.h"
#include "event/context_values.h"

/* X(id, name): what stands for something of the event itself; event/context.def has the others. */
#define TEMPLATE_NAMES(X)                                                                          \
    X(time, "time")                                                                                \
    X(event, "event")                                                                              \
    X(id, "id")                                                                                    \
    X(host, "host")                                                                                \
    X(cpu, "cpu")                                                                                  \
    X(syscall, "syscall")                                                                          \
    X(via, "via")                                                                                  \
    X(ret, "ret")                                                                                  \
    X(error, "error")                                                                              \
    X(args, "args")                                                                                \
    X(user_stack, "user_stack")                                                                    \
    X(all, "all")                                                                                  \
    X(pid, "process.pid")                                                                          \
    X(tid, "process.tid")                                                                          \
    X(ppid, "process.ppid")                                                                        \
    X(ns_pid, "process.ns_pid")                                                                    \
    X(ns_tid, "process.ns_tid")                                                                    \
    X(ns_ppid, "process.ns_ppid")                                                                  \
    X(comm, "process.name")                                                                        \
    X(uid, "process.uid")                                                                          \
    X(gid, "process.gid")                                                                          \
    X(start, "process.start")                                                                      \
    X(thread_start, "process.thread_start")                                                        \
    X(parent_start, "process.parent_start")                                                        \
    X(mntns, "process.mntns")                                                                      \
    X(pidns, "process.pidns")                                                                      \
    X(netns, "process.netns")                                                                      \
    X(userns, "process.userns")                                                                    \
    X(cgroup, "process.cgroup")                                                                    \
    X(name, "name")                                                                                \
    X(type, "type")                                                                                \
    X(value, "value")

enum template_what {
#define X(id, name) T_##id,
    TEMPLATE_NAMES(X)
#undef X
        T_NAMES,
    T_literal = T_NAMES, /* text of the file */
    T_context,           /* what --enrich adds: .value */
    T_field,             /* data.NAME */
    T_loop,              /* {{#data}}: .jump is behind {{/data}} */
    T_next,              /* {{/data}}: .jump is behind {{#data}} */
    T_more,              /* {{#more}}: .jump is behind {{/more}} */
    T_failed,            /* {{#error}}: .jump is behind {{/error}} */
};

struct template_op {
    const char *text; /* of a literal, a field's name; inside the template's source */
    size_t len;
    enum template_what what;
    enum context_value value;
    bool json;
    unsigned jump;
};

struct template
{
    char *source; /* NUL-terminated */
    struct template_op *ops;
    unsigned count;
};

/* Takes source (malloc'ed), also when it fails. 0 or -errno with err filled, its place too. */
int template_parse_take(struct template *t, char *source, size_t len, const char *file,
                        const struct catalog *catalog, struct error *err);
void template_free(struct template *t);
void template_run(const struct template *t, struct strbuf *out, const struct format *f,
                  const struct machine *machine, const struct event *ev);

#endif
