/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of gRPC services over a Unix socket, one at a time, over one connection that is kept. */
#ifndef RATEL_SOURCE_GRPC_H
#define RATEL_SOURCE_GRPC_H

#include <stdint.h>

#include "base/strbuf.h"

struct grpc;

/* Nothing is connected before the first call. socket is borrowed. 0 or -ENOMEM. */
int grpc_new(struct grpc **out, const char *socket);
void grpc_free(struct grpc *g);

/* A header that a service wants, such as containerd's namespace; name NULL for none. */
struct grpc_header {
    const char *name, *value;
};

/*
 * Calls method ("/package.Service/Method") with a message of n bytes. answer is cleared and filled
 * with the one message that comes back, at most to its limit. 0 or -errno: those of stream.h,
 * -EPROTO where the answer is not gRPC, -EMSGSIZE over the limit, -ESRCH (NOT_FOUND), -ENOSYS
 * (UNIMPLEMENTED), -EACCES (not allowed), -EREMOTEIO (any other status). After what is not a status
 * the next call connects again.
 */
int grpc_call(struct grpc *g, const char *method, struct grpc_header header, const void *message,
              size_t n, struct strbuf *answer, uint64_t deadline);

#endif
