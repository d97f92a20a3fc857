/* SPDX-License-Identifier: Apache-2.0 */
/* CRI-O's socket without a CRI-O: fake_crio CONTAINER POD knows these two ids, prints the socket's
 * path, and ends when its standard input does. */
#include <stdint.h>

#include "../unit/crio_answers.h"

static struct answer answers[CRIO_ANSWERS];

static void *connection(void *fd)
{
    fake_grpc((int)(intptr_t)fd, answers);
    close((int)(intptr_t)fd);
    return NULL;
}

/* Several clients at once: each keeps its connection. */
static void serve(int fd, void *ctx)
{
    pthread_t thread;
    (void)ctx;
    if (!pthread_create(&thread, NULL, connection, (void *)(intptr_t)dup(fd)))
        pthread_detach(thread);
}

int main(int argc, char **argv)
{
    struct fake_server server;
    if (argc != 3)
        return 2;
    crio_answers(answers, argv[1], argv[2], "registry.example/shop/web@" CRIO_DIGEST);
    fake_start(&server, serve, NULL);
    printf("%s\n", server.path);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    fake_end(&server);
    return 0;
}
