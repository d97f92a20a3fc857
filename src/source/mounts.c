/* SPDX-License-Identifier: Apache-2.0 */
#include "source/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "event/ids.h"
#include "event/record.h"
#include "source/mountinfo.h"

/* Fields of existing_mount, in the order of its row. */
enum { NAMESPACE, OF_HOST, ENTRY, ENTRIES, ID, PARENT, DEV, ROOT, MOUNTPOINT, TYPE, SOURCE };

struct mounts {
    uint64_t sets;
    uint64_t seen, lost;
    char *text;  /* MOUNTINFO_BYTES: what was read */
    char *made;  /* MOUNT_RECORD: the record */
    size_t used; /* of .text, whole lines */
    size_t next; /* the line of the next entry */
    uint32_t mnt_ns, host_ns;
    uint32_t entry, entries; /* the last one that was told; how many there are */
    bool of_host;
};

int mounts_open(struct mounts **out, uint64_t sets, uint32_t host_ns)
{
    *out = NULL;
    if (!sets)
        return 0;
    struct mounts *m = calloc(1, sizeof(*m));
    if (!m)
        return -ENOMEM;
    m->sets = sets;
    m->host_ns = host_ns;
    m->text = malloc(MOUNTINFO_BYTES);
    m->made = aligned_alloc(8, MOUNT_RECORD);
    if (!m->text || !m->made) {
        mounts_close(m);
        return -ENOMEM;
    }
    *out = m;
    return 0;
}

void mounts_close(struct mounts *m)
{
    if (!m)
        return;
    free(m->text);
    free(m->made);
    free(m);
}

size_t mounts_memory(void)
{
    return sizeof(struct mounts) + MOUNTINFO_BYTES + MOUNT_RECORD;
}

static uint32_t namespace_of(uint32_t pid)
{
    char path[48];
    struct stat st;
    snprintf(path, sizeof(path), "/proc/%u/ns/mnt", pid);
    return stat(path, &st) ? 0 : (uint32_t)st.st_ino;
}

static void lose(struct mounts *m)
{
    m->seen++;
    m->lost++;
}

/* As much as there is room for. Whole lines, or -errno. */
static int read_text(struct mounts *m, uint32_t pid)
{
    char path[48];
    ssize_t n = 0;
    m->used = 0;
    snprintf(path, sizeof(path), "/proc/%u/mountinfo", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    while (m->used < MOUNTINFO_BYTES &&
           (n = read(fd, m->text + m->used, MOUNTINFO_BYTES - m->used)) > 0)
        m->used += (size_t)n;
    int rc = n < 0 ? -errno : 0;
    close(fd);
    while (m->used && m->text[m->used - 1] != '\n')
        m->used--;
    if (n > 0)
        lose(m); /* how many more there are is not known */
    return rc;
}

/* The next line, or NULL. */
static char *next_line(struct mounts *m, size_t *len)
{
    char *line = m->text + m->next;
    if (m->next == m->used)
        return NULL;
    *len = (size_t)((char *)memchr(line, '\n', m->used - m->next) - line);
    m->next += *len + 1;
    return line;
}

static uint8_t why_of(int rc)
{
    return rc == -EACCES || rc == -EPERM ? ABI_WHY_DENIED : ABI_WHY_GONE;
}

/* Of the host there may be no right to ask which namespace it is in. 0 or -errno. */
static int read_host(struct mounts *m)
{
    uint32_t pid = 1;
    m->mnt_ns = namespace_of(pid);
    if (!m->mnt_ns)
        m->mnt_ns = m->host_ns;
    if (!m->mnt_ns) {
        pid = (uint32_t)getpid();
        m->mnt_ns = namespace_of(pid);
    }
    return read_text(m, pid);
}

/* The process may be gone by now, or in another namespace. 0 or -errno. */
static int read_task(struct mounts *m, uint32_t pid, uint32_t mnt_ns)
{
    m->mnt_ns = mnt_ns;
    uint32_t before = namespace_of(pid);
    int rc = before ? read_text(m, pid) : -errno;
    return rc || (before == mnt_ns && namespace_of(pid) == mnt_ns) ? rc : -ESRCH;
}

/* ABI_WHY_NONE, or why the mounts of the process's namespace are not to be had. */
static uint8_t read_all(struct mounts *m, uint32_t pid, uint32_t another, uint32_t mnt_ns)
{
    size_t len;
    m->of_host = !mnt_ns;
    m->entry = m->entries = 0;
    int rc = m->of_host ? read_host(m) : read_task(m, pid, mnt_ns);
    if (rc && another && !m->of_host)
        rc = read_task(m, another, mnt_ns);
    if (rc)
        return why_of(rc);
    m->next = 0;
    while (m->entries < MOUNTINFO_MAX && next_line(m, &len))
        m->entries++;
    if (m->next != m->used)
        lose(m);
    m->next = 0;
    return m->entries ? ABI_WHY_NONE : ABI_WHY_GONE;
}

static struct abi_record *begin(struct mounts *m, struct record_builder *b, uint64_t time)
{
    record_begin(b, m->made, MOUNT_RECORD, &catalog_builtin()->events[SLOT_existing_mount]);
    struct abi_record *r = record_header(b);
    r->flags |= ABI_F_NO_TASK | ABI_F_NO_RET;
    r->time = time;
    r->sets = m->sets;
    if (m->mnt_ns)
        record_add_int(b, NAMESPACE, m->mnt_ns);
    else
        record_add_missing(b, NAMESPACE, ABI_WHY_GONE);
    record_add_int(b, OF_HOST, m->of_host);
    record_add_int(b, ENTRY, m->entry);
    record_add_int(b, ENTRIES, m->entries);
    return r;
}

static void add_missing(struct record_builder *b, uint8_t why)
{
    for (unsigned i = ID; i <= SOURCE; i++)
        record_add_missing(b, i, why);
}

static void add_text(struct record_builder *b, unsigned field, struct mountinfo_text text)
{
    if (text.len >= ABI_STR_MAX)
        record_add_cut(b, field, text.s, ABI_STR_MAX - 1, ABI_WHY_LIMIT);
    else
        record_add_bytes(b, field, text.s, text.len);
}

static void add_mount(struct mounts *m, struct record_builder *b)
{
    struct mountinfo info;
    size_t len = 0;
    char *line = next_line(m, &len);
    if (!line || !mountinfo_parse(line, len, &info)) {
        add_missing(b, ABI_WHY_UNSUPPORTED);
        return;
    }
    record_add_int(b, ID, (uint32_t)info.id);
    record_add_int(b, PARENT, (uint32_t)info.parent);
    record_add_int(b, DEV, info.dev);
    add_text(b, ROOT, info.root);
    add_text(b, MOUNTPOINT, info.mountpoint);
    add_text(b, TYPE, info.type);
    add_text(b, SOURCE, info.source);
}

const struct abi_record *mounts_look(struct mounts *m, uint32_t pid, uint32_t another,
                                     uint32_t mnt_ns, uint32_t entry, uint64_t time)
{
    struct record_builder b;
    if (!m)
        return NULL;
    uint8_t why = entry == 1 ? read_all(m, pid, another, mnt_ns) : ABI_WHY_NONE;
    if (why == ABI_WHY_NONE && (entry != m->entry + 1 || entry > m->entries))
        return NULL;
    m->entry = why == ABI_WHY_NONE ? entry : 0;
    begin(m, &b, time);
    if (why == ABI_WHY_NONE)
        add_mount(m, &b);
    else
        add_missing(&b, why);
    const struct abi_record *r = record_end(&b);
    m->seen++;
    m->lost += !r;
    return r;
}

void mounts_counts(const struct mounts *m, unsigned slot, struct source_counts *out)
{
    if (!m || slot != SLOT_existing_mount)
        return;
    out->seen += m->seen;
    out->lost[LOSS_too_big] += m->lost;
}
