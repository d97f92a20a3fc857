/* SPDX-License-Identifier: Apache-2.0 */
#include "source/look.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "event/ids.h"
#include "source/kdev.h"
#include "source/probe.h"

/* Fields of existing_task, in the order of its row. */
enum { PATHNAME, DEV, INODE, CTIME, MODE, ARGV, PWD, SESSION, TTY, RESOLUTION, PARENT_RESOLUTION };

/* What /proc/PID/stat has. */
struct stat_line {
    char comm[ABI_COMM_LEN];
    char state;
    uint32_t ppid, session, tty;
    uint64_t start; /* ns, rounded down to a tick */
};

int look_init(struct look *l, uint64_t tick, uint64_t sets)
{
    *l = (struct look){.tick = tick, .sets = sets};
    l->memory = aligned_alloc(8, TASK_RECORD);
    l->text = malloc(TASK_RECORD);
    return l->memory && l->text ? 0 : -ENOMEM;
}

void look_free(struct look *l)
{
    free(l->memory);
    free(l->text);
    *l = (struct look){0};
}

size_t look_memory(void)
{
    return 2 * TASK_RECORD + sizeof(struct look);
}

static void path_of(char *out, size_t size, uint32_t pid, uint32_t tid, const char *file)
{
    if (tid == pid)
        snprintf(out, size, "/proc/%u/%s", pid, file);
    else
        snprintf(out, size, "/proc/%u/task/%u/%s", pid, tid, file);
}

/* As much of a file as there is room for. Bytes, NUL-terminated, or -errno. */
static ssize_t read_file(const char *path, char *out, size_t size)
{
    size_t used = 0;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    while (used < size - 1 && (n = read(fd, out + used, size - 1 - used)) > 0)
        used += (size_t)n;
    int err = errno;
    close(fd);
    out[used] = '\0';
    return n < 0 ? -err : (ssize_t)used;
}

/* The name is in brackets, and may itself have brackets, blanks and newlines. */
static bool parse_stat(struct look *l, struct stat_line *s)
{
    char *begin = strchr(l->text, '('), *end = strrchr(l->text, ')');
    unsigned long long ticks;
    int session, tty;
    if (!begin || !end || end < begin)
        return false;
    size_t n = (size_t)(end - begin - 1);
    n = n < sizeof(s->comm) ? n : sizeof(s->comm) - 1;
    *s = (struct stat_line){0};
    memcpy(s->comm, begin + 1, n);
    if (sscanf(end + 1,
               " %c %u %*d %d %d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &s->state, &s->ppid, &session, &tty, &ticks) != 5)
        return false;
    s->session = session > 0 ? (uint32_t)session : 0;
    s->tty = (uint32_t)tty;
    s->start = ticks * l->tick;
    return true;
}

static bool read_stat(struct look *l, uint32_t pid, uint32_t tid, struct stat_line *s)
{
    char path[64];
    path_of(path, sizeof(path), pid, tid, "stat");
    return read_file(path, l->text, TASK_RECORD) > 0 && parse_stat(l, s);
}

uint32_t look_parent(struct look *l, uint32_t pid)
{
    struct stat_line s;
    return read_stat(l, pid, pid, &s) ? s.ppid : 0;
}

/* Numbers behind a key of /proc/PID/status; of NSpid the last one counts. */
static uint32_t status_number(const char *text, const char *key, bool last)
{
    const char *line = strstr(text, key);
    unsigned long n = 0;
    char *end;
    if (!line)
        return 0;
    line += strlen(key);
    do {
        n = strtoul(line, &end, 10);
        if (end == line)
            break;
        line = end;
    } while (last && *line == '\t');
    return (uint32_t)n;
}

static void read_status(struct look *l, struct abi_record *r)
{
    char path[64];
    path_of(path, sizeof(path), r->pid, r->tid, "status");
    if (read_file(path, l->text, TASK_RECORD) <= 0)
        return;
    r->uid = status_number(l->text, "\nUid:", false);
    r->gid = status_number(l->text, "\nGid:", false);
    r->ns_tid = status_number(l->text, "\nNSpid:", true);
    r->ns_pid = status_number(l->text, "\nNStgid:", true);
}

static uint32_t read_namespace(const struct abi_record *r, const char *which)
{
    char path[64], file[16];
    struct stat st;
    snprintf(file, sizeof(file), "ns/%s", which);
    path_of(path, sizeof(path), r->pid, r->tid, file);
    return stat(path, &st) ? 0 : (uint32_t)st.st_ino;
}

/* The id of a cgroup is the number of its folder. Neighbours in /proc are often in the same. */
static uint64_t read_cgroup(struct look *l, const struct abi_record *r)
{
    char path[64], folder[sizeof(l->cgroup) + 256];
    struct stat st;
    path_of(path, sizeof(path), r->pid, r->tid, "cgroup");
    if (!*probe_cgroup_mount() || read_file(path, l->text, TASK_RECORD) <= 0)
        return 0;
    char *line = strncmp(l->text, "0::", 3) ? strstr(l->text, "\n0::") : l->text;
    if (!line)
        return 0;
    line = strchr(line, ':') + 2;
    line[strcspn(line, "\n")] = '\0';
    if (l->cgroup_id && !strcmp(line, l->cgroup))
        return l->cgroup_id;
    int n = snprintf(folder, sizeof(folder), "%s%s", probe_cgroup_mount(), line);
    if (n < 0 || (size_t)n >= sizeof(folder) || strlen(line) >= sizeof(l->cgroup) ||
        stat(folder, &st))
        return 0;
    memcpy(l->cgroup, line, strlen(line) + 1);
    l->cgroup_id = st.st_ino;
    return l->cgroup_id;
}

/* What the header says, but for starts. */
static void fill_header(struct look *l, struct abi_record *r, const struct stat_line *s)
{
    memcpy(r->comm, s->comm, sizeof(r->comm));
    r->ppid = s->ppid;
    read_status(l, r);
    r->ns_ppid = r->ns_pid == r->pid ? s->ppid : 0;
    r->cgroup = read_cgroup(l, r);
    r->mnt_ns = read_namespace(r, "mnt");
    r->pid_ns = read_namespace(r, "pid");
    r->net_ns = read_namespace(r, "net");
    r->user_ns = read_namespace(r, "user");
}

static enum abi_reason why(int err)
{
    if (err == EACCES || err == EPERM)
        return ABI_WHY_DENIED;
    return err == ENOENT ? ABI_WHY_ABSENT : ABI_WHY_GONE;
}

/* Where a link of /proc leads. */
static void add_link(struct look *l, struct record_builder *b, unsigned field, const char *link)
{
    char path[64];
    const struct abi_record *r = record_header(b);
    path_of(path, sizeof(path), r->pid, r->tid, link);
    ssize_t n = readlink(path, l->text, ABI_STR_MAX);
    if (n < 0)
        record_add_missing(b, field, why(errno));
    else
        record_add_bytes(b, field, l->text, (size_t)n);
}

static void add_program(struct look *l, struct record_builder *b)
{
    char path[64];
    struct stat st;
    const struct abi_record *r = record_header(b);
    add_link(l, b, PATHNAME, "exe");
    path_of(path, sizeof(path), r->pid, r->tid, "exe");
    if (stat(path, &st)) {
        for (unsigned i = DEV; i <= MODE; i++)
            record_add_missing(b, i, why(errno));
        return;
    }
    record_add_int(b, DEV, kdev_number(major(st.st_dev), minor(st.st_dev)));
    record_add_int(b, INODE, st.st_ino);
    record_add_int(b, CTIME,
                   (uint64_t)st.st_ctim.tv_sec * NSEC_PER_SEC + (uint64_t)st.st_ctim.tv_nsec);
    record_add_int(b, MODE, st.st_mode);
}

static void add_argv(struct look *l, struct record_builder *b)
{
    char path[64];
    const struct abi_record *r = record_header(b);
    path_of(path, sizeof(path), r->pid, r->tid, "cmdline");
    ssize_t n = read_file(path, l->text, WORLD_ARGV + 2);
    if (n < 0)
        record_add_missing(b, ARGV, why((int)-n));
    else if (!n) /* the kernel's own threads */
        record_add_missing(b, ARGV, ABI_WHY_ABSENT);
    else
        record_add_bytes(b, ARGV, l->text, (size_t)n);
}

/* As the kernel calls it: pts3, tty1. */
static void add_tty(struct record_builder *b, uint32_t tty)
{
    char name[32];
    unsigned number = (tty & 0xff) | (tty >> 12 & 0xfff00), driver = tty >> 8 & 0xfff;
    if (driver >= 136 && driver <= 143)
        snprintf(name, sizeof(name), "pts%u", number + 256 * (driver - 136));
    else if (driver == 4 && number >= 64)
        snprintf(name, sizeof(name), "ttyS%u", number - 64);
    else if (driver == 4)
        snprintf(name, sizeof(name), "tty%u", number);
    else
        snprintf(name, sizeof(name), "%u:%u", driver, number);
    if (tty)
        record_add_bytes(b, TTY, name, strlen(name));
    else
        record_add_missing(b, TTY, ABI_WHY_ABSENT);
}

static const struct abi_record *gone(struct record_builder *b)
{
    struct abi_record *r = record_header(b);
    r->uid = r->gid = (uint32_t)-1;
    for (unsigned i = PATHNAME; i <= TTY; i++)
        record_add_missing(b, i, ABI_WHY_GONE);
    return record_end(b);
}

static bool is_other(const struct look *l, uint64_t wanted, uint64_t found)
{
    return wanted && (found > wanted || wanted - found > l->tick);
}

/* Start times, as exact as they are known. */
static void fill_starts(struct look *l, struct record_builder *b, const struct look_at *at,
                        const struct stat_line *s)
{
    struct abi_record *r = record_header(b);
    struct stat_line other;
    bool thread = at->tid != at->pid;
    r->task_start = at->start ? at->start : s->start;
    r->leader_start = thread ? at->leader_start : r->task_start;
    r->parent_start = at->parent_start;
    if (!r->leader_start && read_stat(l, at->pid, at->pid, &other))
        r->leader_start = other.start;
    if (!r->parent_start && s->ppid && read_stat(l, s->ppid, s->ppid, &other))
        r->parent_start = other.start;
    bool exact = thread ? at->start && at->leader_start : at->start;
    record_add_int(b, RESOLUTION, exact ? 0 : l->tick);
    record_add_int(b, PARENT_RESOLUTION, at->parent_start ? 0 : l->tick);
}

const struct abi_record *look_task(struct look *l, const struct look_at *at, uint64_t time)
{
    struct record_builder b;
    struct stat_line s;
    record_begin(&b, l->memory, TASK_RECORD, &catalog_builtin()->events[SLOT_existing_task]);
    struct abi_record *r = record_header(&b);
    r->flags |= ABI_F_NO_RET;
    r->time = time;
    r->sets = l->sets;
    r->pid = r->ns_pid = at->pid;
    r->tid = r->ns_tid = at->tid;
    r->task_start = at->start;
    r->leader_start = at->tid == at->pid ? at->start : at->leader_start;
    if (!read_stat(l, at->pid, at->tid, &s) || s.state == 'Z' || s.state == 'X' ||
        is_other(l, at->start, s.start))
        return gone(&b);
    fill_header(l, r, &s);
    if (at->tid == at->pid) {
        add_program(l, &b);
        add_argv(l, &b);
        add_link(l, &b, PWD, "cwd");
        if (s.session)
            record_add_int(&b, SESSION, s.session);
        else
            record_add_missing(&b, SESSION, ABI_WHY_ABSENT);
        add_tty(&b, s.tty);
    }
    fill_starts(l, &b, at, &s);
    return record_end(&b);
}
