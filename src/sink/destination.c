/* SPDX-License-Identifier: Apache-2.0 */
#include "sink/destination.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

#define FILE_MODE  0640 /* events tell of all users */
/* Appending, so that who empties the file while it grows (copytruncate) gets no hole. */
#define FILE_FLAGS (O_WRONLY | O_CREAT | O_APPEND | O_NOCTTY | O_CLOEXEC)

static const char *const standard_names[] = {
    [STDOUT_FILENO] = "standard output",
    [STDERR_FILENO] = "standard error",
};

uint64_t monotonic_ms(void)
{
    return clock_monotonic() / 1000000;
}

/*
 * A pipe or terminal opened once more, so that O_NONBLOCK is ours alone and not also the shell's.
 * Where that is refused, writes stay small enough that poll's word holds.
 */
static void reopen_nonblocking(struct destination *d)
{
    char self[32];
    snprintf(self, sizeof(self), "/proc/self/fd/%d", d->fd);
    int fd = open(self, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return;
    if (d->own)
        close(d->fd);
    d->fd = fd;
    d->own = true;
    d->nonblocking = true;
}

static int standard_open(struct destination *d, int fd, const char *name)
{
    d->name = name;
    d->fd = fd;
    return fcntl(fd, F_GETFD) < 0 ? -errno : 0;
}

static int path_open(struct destination *d, const char *path)
{
    d->path = strdup(path);
    if (!d->path)
        return -ENOMEM;
    d->name = d->path;
    d->fd = open(path, FILE_FLAGS | O_TRUNC, FILE_MODE);
    d->own = d->fd >= 0;
    return d->fd < 0 ? -errno : 0;
}

/* The descriptor that a word stands for; -1 for a path. */
static int standard_fd(const char *where)
{
    if (!*where || !strcmp(where, "-") || !strcmp(where, "stdout"))
        return STDOUT_FILENO;
    return strcmp(where, "stderr") ? -1 : STDERR_FILENO;
}

bool destination_same(const struct destination *d, const char *where)
{
    struct stat a, b;
    int fd = standard_fd(where);
    if (fd >= 0 && !d->path && !strcmp(d->name, standard_names[fd]))
        return true;
    if (fstat(d->fd, &a) < 0 || (fd >= 0 ? fstat(fd, &b) : stat(where, &b)) < 0)
        return false;
    return S_ISREG(a.st_mode) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

int destination_open(struct destination *d, const char *where, struct error *err)
{
    *d = (struct destination){.fd = -1, .name = where};
    int fd = standard_fd(where);
    int rc = fd >= 0 ? standard_open(d, fd, standard_names[fd]) : path_open(d, where);
    struct stat st;
    if (!rc && fstat(d->fd, &st) < 0)
        rc = -errno;
    if (rc) {
        error_set(err, rc, "can't write to %s: %s", d->name, strerror(-rc));
        destination_close(d);
        return rc;
    }
    d->regular = S_ISREG(st.st_mode);
    d->opened = monotonic_ms() / 1000;
    if (!d->regular)
        reopen_nonblocking(d);
    return 0;
}

static bool is_ready(const struct destination *d)
{
    if (d->regular || d->nonblocking)
        return true;
    struct pollfd p = {.fd = d->fd, .events = POLLOUT};
    return poll(&p, 1, 0) != 0;
}

int destination_write(struct destination *d, const char *p, size_t n, size_t *done)
{
    *done = 0;
    while (*done < n) {
        size_t part = n - *done;
        if (!is_ready(d))
            return -EAGAIN;
        if (!d->regular && !d->nonblocking && part > PIPE_BUF)
            part = PIPE_BUF;
        ssize_t w = write(d->fd, p + *done, part);
        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0)
            return -errno;
        if (w == 0)
            return -EIO;
        *done += (size_t)w;
        d->bytes += (size_t)w;
    }
    return 0;
}

bool destination_cut(struct destination *d, size_t n)
{
    if (n == 0)
        return true;
    off_t at = d->regular ? lseek(d->fd, 0, SEEK_CUR) : -1;
    if (at < (off_t)n || ftruncate(d->fd, at - (off_t)n) < 0 ||
        lseek(d->fd, at - (off_t)n, SEEK_SET) < 0)
        return false;
    d->bytes -= n;
    return true;
}

/* "path.n"; path itself for 0. */
static int numbered(char *out, const char *path, unsigned n)
{
    int len = n ? snprintf(out, PATH_MAX, "%s.%u", path, n) : snprintf(out, PATH_MAX, "%s", path);
    return len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* path.N → path.N+1 … path → path.1, from the oldest on; the one past keep is written over. */
static int shift_files(const char *path, unsigned keep)
{
    char from[PATH_MAX], to[PATH_MAX];
    unsigned n = 1;
    if (keep == 0)
        return 0;
    /* Up to the first gap: keep may be any number. */
    while (n < keep && !numbered(to, path, n) && access(to, F_OK) == 0)
        n++;
    for (; n > 0; n--) {
        int rc = numbered(from, path, n - 1);
        if (!rc)
            rc = numbered(to, path, n);
        if (!rc && rename(from, to) < 0)
            rc = -errno;
        if (rc)
            return rc;
    }
    return 0;
}

/* The new file exists before the old one moves: whatever fails, there is one to write to. */
int destination_rotate(struct destination *d, unsigned keep)
{
    char fresh[PATH_MAX];
    if (!d->regular || !d->path)
        return -EINVAL;
    if (snprintf(fresh, sizeof(fresh), "%s.new", d->path) >= (int)sizeof(fresh))
        return -ENAMETOOLONG;
    /* O_EXCL: never through a link that a stranger put there. */
    unlink(fresh);
    int fd = open(fresh, FILE_FLAGS | O_EXCL, FILE_MODE);
    if (fd < 0)
        return -errno;
    int rc = shift_files(d->path, keep);
    if (!rc && rename(fresh, d->path) < 0)
        rc = -errno;
    if (rc) {
        unlink(fresh);
        close(fd);
        return rc;
    }
    close(d->fd);
    d->fd = fd;
    d->bytes = 0;
    d->opened = monotonic_ms() / 1000;
    return 0;
}

void destination_close(struct destination *d)
{
    if (d->own)
        close(d->fd);
    d->fd = -1;
    d->own = false;
    free(d->path);
    d->path = NULL;
    d->name = "";
}
