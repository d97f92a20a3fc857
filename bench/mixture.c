/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a recording of the events that `load mixed` causes, made up instead of traced: the same
 * bytes on every machine and without root, for the rows about replay.
 *   mixture FILE EVENTS
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "event/catalog.h"
#include "event/record.h"
#include "record/recording.h"

#define FIELDS_MAX     20
#define GAP_NS         2000 /* between two events: half a million a second */
#define FIRST_NS       1000000000000ull
#define CONNECT_EVERY  64 /* rounds */
#define FORKEXEC_EVERY 512

#define LOAD_PID  41234u
#define CHILD_PID 50000u

/* A field: its name, and a number, a text or a list of strings. */
struct sample_field {
    const char *name;
    uint64_t number;
    const char *text;
    size_t len; /* of a list, whose strings end with NUL */
};

struct sample {
    const char *event;
    int64_t ret;
    bool child; /* what the forked child does */
    struct sample_field fields[FIELDS_MAX];
};

#define N(field, value)                                                                            \
    {                                                                                              \
        .name = #field, .number = (uint64_t)(value)                                                \
    }
#define T(field, value)                                                                            \
    {                                                                                              \
        .name = #field, .text = (value)                                                            \
    }
#define L(field, value)                                                                            \
    {                                                                                              \
        .name = #field, .text = (value), .len = sizeof(value)                                      \
    }

#define BUFFER 0x7ffc5e0a1b40

static const struct sample round_events[] = {
    {"openat",
     7,
     false,
     {N(dirfd, AT_FDCWD), T(pathname, "/tmp/ratel-load.41234"), N(flags, O_CLOEXEC), N(mode, 0)}},
    {"newfstatat", 0, false, {N(dirfd, 7), T(pathname, ""), N(statbuf, BUFFER), N(flags, 0x1000)}},
    {"read", 32, false, {N(fd, 7), N(buf, BUFFER), N(count, 64)}},
    {"close", 0, false, {N(fd, 7)}},
    {"write", 1, false, {N(fd, 4), N(buf, BUFFER), N(count, 1)}},
    {"read", 1, false, {N(fd, 3), N(buf, BUFFER), N(count, 1)}},
    {"getppid", 41200, false, {{0}}},
    {"lseek", 0, false, {N(fd, 5), N(offset, 0), N(whence, 0)}},
};

static const struct sample connect_events[] = {
    {"socket", 7, false, {N(domain, 2), N(type, 02000001), N(protocol, 0)}},
    {"setsockopt",
     0,
     false,
     {N(sockfd, 7), N(level, 1), N(optname, 13), N(optval, BUFFER), N(optlen, 8)}},
    {"connect", 0, false, {N(sockfd, 7), T(addr, "127.0.0.1"), N(addrlen, 16)}},
    {"accept4", 8, false, {N(sockfd, 6), T(addr, "127.0.0.1"), N(addrlen, 0), N(flags, 02000000)}},
    {"close", 0, false, {N(fd, 7)}},
    {"close", 0, false, {N(fd, 8)}},
};

static const struct sample forkexec_events[] = {
    {"sched_process_fork",
     0,
     false,
     {N(parent_tid, LOAD_PID), N(parent_ns_tid, LOAD_PID), N(parent_pid, LOAD_PID),
      N(parent_ns_pid, LOAD_PID), N(parent_start_time, FIRST_NS), N(child_tid, CHILD_PID),
      N(child_ns_tid, CHILD_PID), N(child_pid, CHILD_PID), N(child_ns_pid, CHILD_PID),
      N(start_time, FIRST_NS)}},
    {"sched_process_exec",
     0,
     true,
     {T(cmdpath, "/bin/true"), T(pathname, "/usr/bin/true"), N(dev, 0x801), N(inode, 131337),
      N(ctime, 1763700000123456789), N(inode_mode, 0100755),
      T(interpreter_pathname, "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
      N(interpreter_dev, 0x801), N(interpreter_inode, 131400),
      N(interpreter_ctime, 1763700000123456789), L(argv, "true\0--help"), T(interp, "/bin/true"),
      N(stdin_type, 010600), T(stdin_path, "pipe:[12345]"), N(invoked_from_kernel, 0),
      T(prev_comm, "load"), T(pwd, "/home/user")}},
    {"openat",
     3,
     true,
     {N(dirfd, AT_FDCWD), T(pathname, "/etc/ld.so.cache"), N(flags, O_CLOEXEC), N(mode, 0)}},
    {"close", 0, true, {N(fd, 3)}},
    {"openat",
     3,
     true,
     {N(dirfd, AT_FDCWD), T(pathname, "/lib/x86_64-linux-gnu/libc.so.6"), N(flags, O_CLOEXEC),
      N(mode, 0)}},
    {"close", 0, true, {N(fd, 3)}},
    {"sched_process_exit", 0, true, {N(exit_code, 0), N(signal_code, 0), N(process_group_exit, 1)}},
};

struct writing {
    struct recording_writer *writer;
    struct strbuf out;
    int fd;
    uint64_t made, wanted;
    _Alignas(8) char memory[ABI_RECORD_MAX];
};

static void die(const char *what)
{
    fprintf(stderr, "mixture: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void add_sockaddr(struct record_builder *b, unsigned index, const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(40001)};
    inet_pton(AF_INET, text, &in.sin_addr);
    record_add_bytes(b, index, &in, sizeof(in));
}

static void add_field(struct record_builder *b, const struct event_def *def,
                      const struct sample_field *f)
{
    int index = event_def_field(def, f->name, strlen(f->name));
    if (index < 0) {
        fprintf(stderr, "mixture: %s has no field %s\n", def->name, f->name);
        exit(1);
    }
    unsigned i = (unsigned)index;
    if (!f->text)
        record_add_int(b, i, f->number);
    else if (type_defs[def->fields[i].type].encoding == ABI_ENC_SOCKADDR)
        add_sockaddr(b, i, f->text);
    else
        record_add_bytes(b, i, f->text, f->len ? f->len : strlen(f->text));
}

static void fill_header(struct abi_record *r, const struct event_def *def, const struct sample *s,
                        uint64_t n)
{
    r->time = FIRST_NS + n * GAP_NS;
    r->flags = def->is_syscall ? 0 : ABI_F_NO_RET;
    r->ret = s->ret;
    r->sets = 1;
    r->cgroup = 4711;
    r->task_start = r->leader_start = FIRST_NS - 1000000 + s->child * n;
    r->parent_start = FIRST_NS - 2000000;
    r->pid = r->tid = r->ns_pid = r->ns_tid = s->child ? CHILD_PID : LOAD_PID;
    r->ppid = r->ns_ppid = s->child ? LOAD_PID : 41200;
    r->uid = r->gid = 1000;
    r->mnt_ns = 4026531841u;
    r->pid_ns = 4026531836u;
    r->net_ns = 4026531840u;
    r->user_ns = 4026531837u;
    r->syscall = def->is_syscall ? def->nr_x86_64 : 56;
    snprintf(r->comm, sizeof(r->comm), "%s", s->child ? "true" : "load");
}

static void write_out(struct writing *w)
{
    size_t done = 0;
    while (done < w->out.len) {
        ssize_t n = write(w->fd, w->out.data + done, w->out.len - done);
        if (n < 0)
            die("write");
        done += (size_t)n;
    }
    strbuf_clear(&w->out);
}

static void add_event(struct writing *w, const struct sample *s)
{
    const struct event_def *def = catalog_by_name(catalog_builtin(), s->event, strlen(s->event));
    struct record_builder b;
    if (w->made == w->wanted)
        return;
    if (!def) {
        fprintf(stderr, "mixture: no event %s\n", s->event);
        exit(1);
    }
    record_begin(&b, w->memory, sizeof(w->memory), def);
    fill_header(record_header(&b), def, s, w->made++);
    for (unsigned i = 0; i < FIELDS_MAX && s->fields[i].name; i++)
        add_field(&b, def, &s->fields[i]);
    const struct abi_record *r = record_end(&b);
    errno = ENOMEM;
    if (!r || recording_writer_add(w->writer, r, &w->out))
        die(s->event);
    write_out(w);
}

static void add_events(struct writing *w, const struct sample *samples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_event(w, &samples[i]);
}

#define ADD(w, samples) add_events(w, samples, sizeof(samples) / sizeof(samples[0]))

static void add_all(struct writing *w)
{
    for (uint64_t i = 0; w->made < w->wanted; i++) {
        ADD(w, round_events);
        if (i % CONNECT_EVERY == CONNECT_EVERY - 1)
            ADD(w, connect_events);
        if (i % FORKEXEC_EVERY == FORKEXEC_EVERY - 1)
            ADD(w, forkexec_events);
    }
}

int main(int argc, char **argv)
{
    const struct machine machine = {.hostname = "bench",
                                    .kernel = "6.18.0",
                                    .arch = "x86_64",
                                    .boot_id = "00000000-0000-4000-8000-000000000000",
                                    .realtime_offset = 1763700000000000000,
                                    .boot_time = 1763700000000000000,
                                    .ncpu = 2,
                                    .clock_ticks = 100};
    static struct writing w = {.out = STRBUF_INIT(2 * RECORDING_APPEND_MAX)};
    if (argc != 3) {
        fprintf(stderr, "usage: mixture FILE EVENTS\n");
        return 2;
    }
    w.wanted = strtoull(argv[2], NULL, 10);
    w.fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (w.fd < 0)
        die(argv[1]);
    w.writer = recording_writer_new(catalog_builtin(), &machine);
    errno = ENOMEM;
    if (!w.writer || recording_writer_header(w.writer, &w.out))
        die("begin");
    add_all(&w);
    errno = ENOMEM;
    if (recording_writer_end(w.writer, NULL, &w.out))
        die("end");
    write_out(&w);
    recording_writer_free(w.writer);
    strbuf_free(&w.out);
    return close(w.fd) ? 1 : 0;
}
