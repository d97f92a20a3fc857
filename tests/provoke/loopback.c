/* SPDX-License-Identifier: Apache-2.0 */
/* A server with a thread for each client, and its clients, over loopback. */
#include "provoke.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#define CLIENTS 4

static struct sockaddr_in address = {.sin_family = AF_INET};

static void *serve(void *arg)
{
    int fd = (int)(long)arg;
    char text[64];
    ssize_t n;

    while ((n = recv(fd, text, sizeof(text), 0)) > 0)
        check(send(fd, text, (size_t)n, MSG_NOSIGNAL) == n);
    close(fd);
    return NULL;
}

static void *ask(void *arg)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char text[64], back[64];
    int n = snprintf(text, sizeof(text), "client %ld", (long)arg);

    check(fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    for (int i = 0; i < 5; i++) {
        check(send(fd, text, (size_t)n, 0) == n);
        check(recv(fd, back, (size_t)n, MSG_WAITALL) == n && memcmp(text, back, (size_t)n) == 0);
    }
    close(fd);
    return NULL;
}

int main(void)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    pthread_t servers[CLIENTS], clients[CLIENTS];
    socklen_t len = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0);
    check(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    check(listen(listener, CLIENTS) == 0);
    check(getsockname(listener, (struct sockaddr *)&address, &len) == 0);
    for (long i = 0; i < CLIENTS; i++)
        check(pthread_create(&clients[i], NULL, ask, (void *)i) == 0);
    for (int i = 0; i < CLIENTS; i++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof(peer);
        int fd = accept4(listener, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);

        check(fd >= 0);
        check(pthread_create(&servers[i], NULL, serve, (void *)(long)fd) == 0);
    }
    for (int i = 0; i < CLIENTS; i++)
        check(pthread_join(clients[i], NULL) == 0 && pthread_join(servers[i], NULL) == 0);
    return 0;
}
