/* SPDX-License-Identifier: Apache-2.0 */
/* One gRPC call for the tests: grpc_call SOCKET METHOD < message > answer. Exits with 1 and says
 * why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "source/grpc.h"

int main(int argc, char **argv)
{
    const struct grpc_header none = {NULL, NULL};
    struct strbuf answer = STRBUF_INIT(1 << 20);
    static char message[1900];
    struct grpc *g;
    if (argc != 3 || grpc_new(&g, argv[1]))
        return 2;
    size_t n = fread(message, 1, sizeof(message), stdin);
    int rc = grpc_call(g, argv[2], none, message, n, &answer, clock_monotonic() + 60000000000);
    if (rc)
        fprintf(stderr, "%s: %s\n", argv[2], strerror(-rc));
    else
        fwrite(answer.data, 1, answer.len, stdout);
    strbuf_free(&answer);
    grpc_free(g);
    return rc != 0;
}
