/* SPDX-License-Identifier: Apache-2.0 */
#include "source/container_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/limits.h"
#include "base/log.h"
#include "event/event.h"
#include "event/ids.h"
#include "event/machine.h"

#define CACHE_NAME "containers"
#define FRESH_NAME CACHE_NAME ".new" /* until it stands in the old one's place */

/* Of the file, and of each record in it. A record of length 0 says that a container is gone. */
struct head {
    char magic[8]; /* with the version of the format */
    char boot_id[40];
};

struct entry {
    uint64_t cgroup;
    uint64_t sum; /* of the record, and of the cgroup */
    uint32_t len;
    uint32_t pad;
};

static const char magic[8] = "ratelct1";

struct found {
    uint64_t cgroup;
    uint64_t at; /* of its entry in .data */
};

struct container_cache {
    char path[PATH_MAX];
    int folder, fd; /* the folder is locked */
    struct head head;
    char *data; /* what was read; NULL once settled */
    size_t size, written;
    struct found *found; /* in order of .cgroup */
    size_t nfound, room;
};

static uint64_t sum_of(const struct entry *e, const void *record)
{
    return XXH64(record, e->len, e->cgroup ^ e->len);
}

static int write_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n) {
        ssize_t wrote = write(fd, p, n);
        if (wrote < 0 && errno != EINTR)
            return -errno;
        p += wrote > 0 ? wrote : 0;
        n -= wrote > 0 ? (size_t)wrote : 0;
    }
    return 0;
}

/* Nothing is written any more; what is known in memory stays. */
static void give_up(struct container_cache *c, const char *what, int rc)
{
    log_warn("%s: containers are not kept across a restart: %s: %s", c->path, what, strerror(-rc));
    close(c->fd);
    c->fd = -1;
}

static void append(struct container_cache *c, uint64_t cgroup, const struct abi_record *r)
{
    struct entry e = {.cgroup = cgroup, .len = r ? r->len : 0};
    size_t n = sizeof(e) + e.len;
    if (c->fd < 0 || c->written + n > CONTAINER_CACHE_BYTES)
        return;
    e.sum = sum_of(&e, r);
    int rc = write_all(c->fd, &e, sizeof(e));
    rc = rc || !r ? rc : write_all(c->fd, r, r->len);
    c->written += n;
    if (rc)
        give_up(c, "write", rc);
}

static int by_cgroup(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    if (x->cgroup != y->cgroup)
        return x->cgroup < y->cgroup ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Of one cgroup the last entry counts; none where that says that it is gone. */
static void keep_last(struct container_cache *c)
{
    size_t n = 0;
    if (c->nfound)
        qsort(c->found, c->nfound, sizeof(*c->found), by_cgroup);
    for (size_t i = 0; i < c->nfound; i++) {
        const struct entry *e = (const void *)(c->data + c->found[i].at);
        bool last = i + 1 == c->nfound || c->found[i + 1].cgroup != c->found[i].cgroup;
        if (last && e->len)
            c->found[n++] = c->found[i];
    }
    c->nfound = n;
}

static bool add_found(struct container_cache *c, uint64_t cgroup, size_t at)
{
    if (c->nfound == c->room) {
        size_t room = c->room ? 2 * c->room : 256;
        struct found *more = realloc(c->found, room * sizeof(*more));
        if (!more)
            return false;
        c->found = more;
        c->room = room;
    }
    c->found[c->nfound++] = (struct found){.cgroup = cgroup, .at = at};
    return true;
}

/* The entry there, NULL where there is no whole one. */
static const struct entry *entry_at(const struct container_cache *c, size_t at)
{
    const struct entry *e = (const void *)(c->data + at);
    if (c->size - at < sizeof(*e) || e->pad || e->len % 8 || e->len > c->size - at - sizeof(*e))
        return NULL;
    return e->sum == sum_of(e, e + 1) ? e : NULL;
}

/* Up to the first entry that is not whole: behind it nothing can be found. */
static void read_entries(struct container_cache *c)
{
    const struct entry *e;
    if (c->size < sizeof(c->head) || memcmp(c->data, &c->head, sizeof(c->head)))
        return;
    for (size_t at = sizeof(c->head); (e = entry_at(c, at)); at += sizeof(*e) + e->len)
        if (!add_found(c, e->cgroup, at))
            break;
    keep_last(c);
}

static int read_file(struct container_cache *c)
{
    int fd = openat(c->folder, CACHE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    c->data = aligned_alloc(8, CONTAINER_CACHE_BYTES);
    ssize_t n = 1;
    while (c->data && n > 0 && c->size < CONTAINER_CACHE_BYTES) {
        n = read(fd, c->data + c->size, CONTAINER_CACHE_BYTES - c->size);
        c->size += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    if (c->data)
        read_entries(c);
    return c->data ? 0 : -ENOMEM;
}

static int open_folder(struct container_cache *c, const char *folder)
{
    if (mkdir(folder, 0700) && errno != EEXIST)
        return -errno;
    c->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->folder < 0)
        return -errno;
    return flock(c->folder, LOCK_EX | LOCK_NB) ? -errno : 0;
}

static int begin_fresh(struct container_cache *c)
{
    c->fd =
        openat(c->folder, FRESH_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    c->written = sizeof(c->head);
    return c->fd < 0 ? -errno : write_all(c->fd, &c->head, sizeof(c->head));
}

void container_cache_open(struct container_cache **out, const char *folder)
{
    struct machine machine;
    struct container_cache *c = *out = folder && *folder ? calloc(1, sizeof(*c)) : NULL;
    if (!c)
        return;
    c->folder = c->fd = -1;
    int n = snprintf(c->path, sizeof(c->path), "%s/" CACHE_NAME, folder);
    int rc = n < 0 || (size_t)n >= sizeof(c->path) ? -ENAMETOOLONG : open_folder(c, folder);
    rc = rc ? rc : machine_read(&machine);
    memcpy(c->head.magic, magic, sizeof(magic));
    if (!rc)
        memcpy(c->head.boot_id, machine.boot_id, sizeof(c->head.boot_id));
    rc = rc ? rc : read_file(c);
    rc = rc ? rc : begin_fresh(c);
    if (!rc)
        return;
    log_warn("%s: containers are not kept across a restart: %s", folder,
             rc == -EWOULDBLOCK ? "another ratel keeps its own there" : strerror(-rc));
    container_cache_close(c);
    *out = NULL;
}

/* Whether the record is one that tells of that container. */
static bool tells_of(const struct abi_record *r, size_t len, uint64_t cgroup, const char *id)
{
    struct event ev;
    if (len < sizeof(*r) || r->len != len || r->event != EVENT_existing_container ||
        event_decode(&ev, catalog_builtin(), r, len))
        return false;
    int at = event_def_field(ev.def, "container_id", 12),
        of = event_def_field(ev.def, "cgroup_id", 9);
    struct value name = event_value(&ev, (unsigned)at), number = event_value(&ev, (unsigned)of);
    return name.status == ABI_PRESENT && name.len == strlen(id) &&
           !memcmp(name.data, id, name.len) && number.status == ABI_PRESENT &&
           number.number == cgroup;
}

const struct abi_record *container_cache_find(struct container_cache *c, uint64_t cgroup,
                                              const char *id)
{
    const struct found key = {.cgroup = cgroup};
    size_t low = 0, high = c ? c->nfound : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->found[middle].cgroup < key.cgroup)
            low = middle + 1;
        else
            high = middle;
    }
    if (!c || low == c->nfound || c->found[low].cgroup != cgroup)
        return NULL;
    const struct entry *e = (const void *)(c->data + c->found[low].at);
    const struct abi_record *r = (const void *)(e + 1);
    if (!tells_of(r, e->len, cgroup, id))
        return NULL;
    append(c, cgroup, r);
    return r;
}

void container_cache_settle(struct container_cache *c)
{
    if (!c)
        return;
    if (c->fd >= 0 && (fsync(c->fd) || renameat(c->folder, FRESH_NAME, c->folder, CACHE_NAME)))
        give_up(c, "write", -errno);
    free(c->data);
    free(c->found);
    c->data = NULL;
    c->found = NULL;
    c->nfound = c->room = c->size = 0;
}

void container_cache_add(struct container_cache *c, const struct abi_record *r, uint64_t cgroup)
{
    if (c)
        append(c, cgroup, r);
}

void container_cache_remove(struct container_cache *c, uint64_t cgroup)
{
    if (c)
        append(c, cgroup, NULL);
}

void container_cache_close(struct container_cache *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        close(c->fd);
    if (c->folder >= 0)
        close(c->folder);
    free(c->data);
    free(c->found);
    free(c);
}
