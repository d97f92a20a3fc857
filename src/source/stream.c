/* SPDX-License-Identifier: Apache-2.0 */
#include "source/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

/* Waits for what poll(2) calls events. 0 or -errno. */
static int wait_for(int fd, short events, uint64_t deadline)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = events};
        uint64_t now = clock_monotonic();
        if (now >= deadline)
            return -ETIMEDOUT;
        struct timespec left = {.tv_sec = (time_t)((deadline - now) / 1000000000u),
                                .tv_nsec = (long)((deadline - now) % 1000000000u)};
        int n = ppoll(&p, 1, &left, NULL);
        if (n > 0)
            return 0;
        if (n < 0 && errno != EINTR)
            return -errno;
    }
}

/* A full backlog of a Unix socket is EAGAIN, and nothing wakes one up from it. */
static int connect_until(int fd, const struct sockaddr_un *to, uint64_t deadline)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    while (connect(fd, (const void *)to, sizeof(*to))) {
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (clock_monotonic() >= deadline)
            return -ETIMEDOUT;
        clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
    }
    return 0;
}

int stream_connect(const char *path, uint64_t deadline)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n >= sizeof(to.sun_path))
        return -ENAMETOOLONG;
    memcpy(to.sun_path, path, n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int rc = connect_until(fd, &to, deadline);
    if (!rc)
        return fd;
    close(fd);
    return rc;
}

int stream_send(int fd, const void *data, size_t n, uint64_t deadline)
{
    const char *p = data;
    while (n) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
            continue;
        }
        if (sent < 0 && errno == EINTR)
            continue;
        int rc = sent < 0 && errno != EAGAIN ? -errno : wait_for(fd, POLLOUT, deadline);
        if (rc)
            return rc == -EPIPE ? -ECONNRESET : rc;
    }
    return 0;
}

ssize_t stream_receive(int fd, void *data, size_t n, uint64_t deadline)
{
    for (;;) {
        /* Also while there is always more to read: somebody may send forever. */
        int rc = wait_for(fd, POLLIN, deadline);
        if (rc)
            return rc;
        ssize_t got = recv(fd, data, n, 0);
        if (got >= 0)
            return got;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
}
