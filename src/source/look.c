/* SPDX-License-Identifier: Apache-2.0 */
#include "source/look_impl.h"

#include <errno.h>
#include <limits.h>
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

struct ids {
    uint32_t uid, gid;
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

#define LAST UINT_MAX

/* One of the numbers behind a key of /proc/PID/status, the last one where there are fewer. */
static uint32_t status_number(const char *text, const char *key, unsigned which)
{
    const char *line = strstr(text, key);
    unsigned long n = 0;
    char *end;
    if (!line)
        return 0;
    line += strlen(key);
    for (unsigned i = 0; i <= which && (!i || *line == '\t'); i++) {
        unsigned long next = strtoul(line, &end, 10);
        if (end == line)
            break;
        n = next;
        line = end;
    }
    return (uint32_t)n;
}

static void read_status(struct look *l, struct abi_record *r, struct ids *effective)
{
    char path[PROC_PATH];
    *effective = (struct ids){(uint32_t)-1, (uint32_t)-1};
    proc_path(path, r->pid, r->tid, "status");
    if (proc_read(path, l->text, TASK_RECORD) <= 0)
        return;
    r->uid = status_number(l->text, "\nUid:", 0);
    r->gid = status_number(l->text, "\nGid:", 0);
    effective->uid = status_number(l->text, "\nUid:", 1);
    effective->gid = status_number(l->text, "\nGid:", 1);
    r->ns_tid = status_number(l->text, "\nNSpid:", LAST);
    r->ns_pid = status_number(l->text, "\nNStgid:", LAST);
}

static uint32_t read_namespace(const struct abi_record *r, const char *which)
{
    char path[PROC_PATH], file[16];
    struct stat st;
    snprintf(file, sizeof(file), "ns/%s", which);
    proc_path(path, r->pid, r->tid, file);
    return stat(path, &st) ? 0 : (uint32_t)st.st_ino;
}

/* Where the path of the hierarchy that ids are of begins, in the text of /proc/PID/cgroup. */
static char *cgroup_line(char *text, uint32_t hierarchy)
{
    for (char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        char *end, *path = strchr(line, ':');
        unsigned long number = strtoul(line, &end, 10);
        if (end == path && number == hierarchy && (path = strchr(path + 1, ':')))
            return path + 1;
    }
    return NULL;
}

/* The id of a cgroup is the number of its folder. Neighbours in /proc are often in the same. */
static uint64_t read_cgroup(struct look *l, const struct abi_record *r)
{
    const struct cgroup_root *root = probe_cgroup_root();
    char path[PROC_PATH], folder[sizeof(l->cgroup) + 256];
    struct stat st;
    proc_path(path, r->pid, r->tid, "cgroup");
    if (!*root->path || proc_read(path, l->text, TASK_RECORD) <= 0)
        return 0;
    char *line = cgroup_line(l->text, root->hierarchy);
    if (!line)
        return 0;
    line[strcspn(line, "\n")] = '\0';
    if (l->cgroup_id && !strcmp(line, l->cgroup))
        return l->cgroup_id;
    int n = snprintf(folder, sizeof(folder), "%s%s", root->path, line);
    if (n < 0 || (size_t)n >= sizeof(folder) || strlen(line) >= sizeof(l->cgroup) ||
        stat(folder, &st))
        return 0;
    memcpy(l->cgroup, line, strlen(line) + 1);
    l->cgroup_id = st.st_ino;
    return l->cgroup_id;
}

/* What the header says, but for starts. */
static void fill_header(struct look *l, struct abi_record *r, const struct proc_stat *s,
                        struct ids *effective)
{
    memcpy(r->comm, s->comm, sizeof(r->comm));
    r->ppid = s->ppid;
    read_status(l, r, effective);
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
void look_add_link(struct look *l, struct record_builder *b, unsigned field, const char *link)
{
    char path[PROC_PATH];
    const struct abi_record *r = record_header(b);
    proc_path(path, r->pid, r->tid, link);
    ssize_t n = readlink(path, l->text, ABI_STR_MAX);
    if (n < 0)
        record_add_missing(b, field, why(errno));
    else
        record_add_bytes(b, field, l->text, (size_t)n);
}

void look_add_file(struct record_builder *b, const struct look_file *f, enum abi_reason why)
{
    if (f) {
        record_add_int(b, LOOK_DEV, f->dev);
        record_add_int(b, LOOK_INODE, f->inode);
        record_add_int(b, LOOK_CTIME, f->ctime);
        record_add_int(b, LOOK_MODE, f->mode);
        return;
    }
    for (unsigned i = LOOK_DEV; i <= LOOK_MODE; i++)
        record_add_missing(b, i, why);
}

static void look_at_file(struct record_builder *b)
{
    char path[PROC_PATH];
    struct stat st = {0};
    const struct abi_record *r = record_header(b);
    proc_path(path, r->pid, r->tid, "exe");
    bool found = !stat(path, &st);
    const struct look_file f = {
        .dev = kdev_number(major(st.st_dev), minor(st.st_dev)),
        .inode = st.st_ino,
        .ctime = (uint64_t)st.st_ctim.tv_sec * NSEC_PER_SEC + (uint64_t)st.st_ctim.tv_nsec,
        .mode = st.st_mode,
    };
    look_add_file(b, found ? &f : NULL, found ? ABI_WHY_NONE : why(errno));
}

void look_add_argv(struct look *l, struct record_builder *b)
{
    char path[PROC_PATH];
    const struct abi_record *r = record_header(b);
    proc_path(path, r->pid, r->tid, "cmdline");
    ssize_t n = proc_read(path, l->text, WORLD_ARGV + 2);
    if (n < 0)
        record_add_missing(b, LOOK_ARGV, why((int)-n));
    else if (!n) /* the kernel's own threads */
        record_add_missing(b, LOOK_ARGV, ABI_WHY_ABSENT);
    else
        record_add_bytes(b, LOOK_ARGV, l->text, (size_t)n);
}

void look_add_text(struct record_builder *b, unsigned field, const char *text)
{
    if (*text)
        record_add_bytes(b, field, text, strlen(text));
    else
        record_add_missing(b, field, ABI_WHY_ABSENT);
}

void look_add_pid(struct record_builder *b, unsigned field, uint32_t pid)
{
    if (pid)
        record_add_int(b, field, pid);
    else
        record_add_missing(b, field, ABI_WHY_ABSENT);
}

/* As the kernel calls it: pts3, tty1. "" for none. */
static void name_tty(char *name, size_t size, uint32_t tty)
{
    unsigned number = (tty & 0xff) | (tty >> 12 & 0xfff00), driver = tty >> 8 & 0xfff;
    *name = '\0';
    if (driver >= 136 && driver <= 143)
        snprintf(name, size, "pts%u", number + 256 * (driver - 136));
    else if (driver == 4 && number >= 64)
        snprintf(name, size, "ttyS%u", number - 64);
    else if (driver == 4)
        snprintf(name, size, "tty%u", number);
    else if (tty)
        snprintf(name, size, "%u:%u", driver, number);
}

static void add_ids(struct record_builder *b, uint32_t uid, uint32_t gid)
{
    record_add_int(b, LOOK_EUID, uid);
    record_add_int(b, LOOK_EGID, gid);
}

bool look_is_other(const struct look *l, uint64_t wanted, const struct proc_stat *found)
{
    uint64_t start = found->start * l->tick;
    return wanted && (start > wanted || wanted - start > l->tick);
}

/* Start times, as exact as they are known. */
static void fill_starts(struct look *l, struct record_builder *b, const struct look_at *at,
                        const struct proc_stat *s)
{
    struct abi_record *r = record_header(b);
    struct proc_stat other;
    bool thread = at->tid != at->pid;
    r->task_start = at->start ? at->start : s->start * l->tick;
    r->leader_start = thread ? at->leader_start : r->task_start;
    r->parent_start = at->parent_start;
    if (!r->leader_start && proc_stat(at->pid, at->pid, &other))
        r->leader_start = other.start * l->tick;
    if (!r->parent_start && s->ppid && proc_stat(s->ppid, s->ppid, &other))
        r->parent_start = other.start * l->tick;
    bool exact = thread ? at->start && at->leader_start : at->start;
    record_add_int(b, LOOK_RESOLUTION, exact ? 0 : l->tick);
    record_add_int(b, LOOK_PARENT_RESOLUTION, at->start && at->parent_start ? 0 : l->tick);
}

struct abi_record *look_begin(struct look *l, struct record_builder *b, uint64_t time,
                              enum abi_hook_kind via)
{
    record_begin(b, l->memory, TASK_RECORD, &catalog_builtin()->events[SLOT_existing_task]);
    struct abi_record *r = record_header(b);
    r->flags |= (uint16_t)(ABI_F_NO_RET | via << ABI_VIA_SHIFT);
    r->time = time;
    r->sets = l->sets;
    return r;
}

const struct abi_record *look_gone(struct look *l, const struct look_at *at, uint64_t time)
{
    struct record_builder b;
    struct abi_record *r = look_begin(l, &b, time, ABI_HOOK_user);
    r->pid = r->ns_pid = at->pid;
    r->tid = r->ns_tid = at->tid;
    r->task_start = at->start;
    r->leader_start = at->tid == at->pid ? at->start : at->leader_start;
    r->uid = r->gid = (uint32_t)-1;
    for (unsigned i = LOOK_PATHNAME; i <= LOOK_TTY; i++)
        record_add_missing(&b, i, ABI_WHY_GONE);
    return record_end(&b);
}

const struct abi_record *look_task(struct look *l, const struct look_at *at, uint64_t time)
{
    struct record_builder b;
    struct proc_stat s;
    struct ids effective;
    char tty[SNAPSHOT_TTY];
    if (!proc_stat(at->pid, at->tid, &s) || s.state == 'Z' || s.state == 'X' ||
        look_is_other(l, at->start, &s))
        return look_gone(l, at, time);
    struct abi_record *r = look_begin(l, &b, time, ABI_HOOK_user);
    r->pid = r->ns_pid = at->pid;
    r->tid = r->ns_tid = at->tid;
    fill_header(l, r, &s, &effective);
    if (at->tid == at->pid) {
        look_add_link(l, &b, LOOK_PATHNAME, "exe");
        look_at_file(&b);
        look_add_argv(l, &b);
        look_add_link(l, &b, LOOK_PWD, "cwd");
        look_add_pid(&b, LOOK_SESSION, s.session);
        name_tty(tty, sizeof(tty), s.tty);
        look_add_text(&b, LOOK_TTY, tty);
    }
    fill_starts(l, &b, at, &s);
    add_ids(&b, effective.uid, effective.gid);
    record_add_missing(&b, LOOK_CRED, ABI_WHY_UNSUPPORTED);
    if (at->tid == at->pid)
        look_add_pid(&b, LOOK_GROUP, s.group);
    return record_end(&b);
}
