/* SPDX-License-Identifier: Apache-2.0 */
#include "record/input.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

/* Milliseconds that a pipe may keep the caller from looking at anything else. */
#define PATIENCE 100

int input_open(struct input *in, int fd_take)
{
    struct stat st;
    off_t at;

    *in = (struct input){.fd = fd_take, .size = UINT64_MAX};
    if (fstat(in->fd, &st))
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (S_ISCHR(st.st_mode) && isatty(in->fd))
        return -ENOTTY;
    if (!S_ISREG(st.st_mode))
        return 0;
    at = lseek(in->fd, 0, SEEK_CUR);
    if (at < 0)
        return -errno;
    in->seekable = true;
    in->base = (uint64_t)at;
    in->size = st.st_size > at ? (uint64_t)(st.st_size - at) : 0;
    return 0;
}

void input_close(struct input *in)
{
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
}

void input_seek(struct input *in, uint64_t pos)
{
    in->pos = pos;
    in->have = 0;
}

/* What a file has grown by since it was opened is not looked at. */
static ssize_t file_read(struct input *in, void *buf, size_t n)
{
    if (in->pos >= in->size)
        return 0;
    if (n > in->size - in->pos)
        n = (size_t)(in->size - in->pos);
    return pread(in->fd, buf, n, (off_t)(in->base + in->pos));
}

static ssize_t pipe_read(struct input *in, void *buf, size_t n)
{
    struct pollfd p = {.fd = in->fd, .events = POLLIN};
    int ready = poll(&p, 1, PATIENCE);

    if (ready <= 0) {
        if (ready == 0)
            errno = EAGAIN;
        return -1;
    }
    return read(in->fd, buf, n);
}

/* What a read gave, noted; 0, or what fill and skip return. */
static int note(struct input *in, ssize_t got)
{
    if (got < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    if (got == 0)
        return -ENODATA;
    in->have += (size_t)got;
    in->pos += (uint64_t)got;
    return 0;
}

int input_fill(struct input *in, void *buf, size_t want)
{
    while (in->have < want) {
        char *to = (char *)buf + in->have;
        size_t n = want - in->have;
        int rc = note(in, in->seekable ? file_read(in, to, n) : pipe_read(in, to, n));

        if (rc)
            return rc;
    }
    in->have = 0;
    return 0;
}

int input_skip(struct input *in, uint64_t n)
{
    char scratch[4096];

    if (in->seekable) {
        if (in->pos > in->size || n > in->size - in->pos) {
            in->have = (size_t)(in->size - in->pos);
            in->pos = in->size;
            return -ENODATA;
        }
        in->pos += n;
        return 0;
    }
    while (in->have < n) {
        size_t chunk = n - in->have < sizeof(scratch) ? (size_t)(n - in->have) : sizeof(scratch);
        int rc = note(in, pipe_read(in, scratch, chunk));

        if (rc)
            return rc;
    }
    in->have = 0;
    return 0;
}
