/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP/1.1 request over a Unix socket, as docker and podman take them. */
#ifndef RATEL_SOURCE_HTTP_H
#define RATEL_SOURCE_HTTP_H

#include <stdint.h>

#include "base/strbuf.h"

/*
 * GET path; body is cleared and filled, at most to its limit. Returns the status (200, 404, …) of a
 * whole answer, or -errno: those of stream.h, -EPROTO where the answer is not HTTP, -EMSGSIZE where
 * it is longer than the limit.
 */
int http_get(const char *socket, const char *path, struct strbuf *body, uint64_t deadline);

#endif
