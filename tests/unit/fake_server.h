/* SPDX-License-Identifier: Apache-2.0 */
/* A server on a Unix socket of its own, in a thread: what it does with a connection is a function.
 */
#ifndef RATEL_TESTS_FAKE_SERVER_H
#define RATEL_TESTS_FAKE_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct fake_server {
    char folder[32], path[64];
    int fd;
    pthread_t thread;
    void (*serve)(int fd, void *ctx);
    void *ctx;
    atomic_uint served;
};

static void *fake_run(void *arg)
{
    struct fake_server *s = arg;
    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0;) {
        s->serve(fd, s->ctx);
        s->served++;
        close(fd);
    }
    return NULL;
}

static inline void fake_start(struct fake_server *s, void (*serve)(int fd, void *ctx), void *ctx)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    snprintf(s->folder, sizeof(s->folder), "/tmp/ratel-fake.XXXXXX");
    if (!mkdtemp(s->folder))
        abort();
    snprintf(s->path, sizeof(s->path), "%s/sock", s->folder);
    snprintf(at.sun_path, sizeof(at.sun_path), "%s", s->path);
    s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    s->serve = serve;
    s->ctx = ctx;
    s->served = 0;
    if (bind(s->fd, (void *)&at, sizeof(at)) || listen(s->fd, 8) ||
        pthread_create(&s->thread, NULL, fake_run, s))
        abort();
}

static inline void fake_end(struct fake_server *s)
{
    shutdown(s->fd, SHUT_RDWR);
    pthread_join(s->thread, NULL);
    close(s->fd);
    unlink(s->path);
    rmdir(s->folder);
}

/* Until the client ends: a server that hangs. */
static inline void fake_hang(int fd)
{
    char byte;
    while (read(fd, &byte, 1) > 0)
        ;
}

/* All of it, or as much as the client takes. */
static inline void fake_send(int fd, const char *s, size_t n)
{
    while (n) {
        ssize_t sent = send(fd, s, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return;
        s += sent;
        n -= (size_t)sent;
    }
}

#endif
