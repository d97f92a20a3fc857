/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unix stream sockets with a deadline: what is on the other side may be slow, silent or hostile.
 * Deadlines are of the monotonic clock, nanoseconds. Errors: -ETIMEDOUT; -ECONNRESET where the
 * other side ended; -errno else.
 */
#ifndef RATEL_SOURCE_STREAM_H
#define RATEL_SOURCE_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Returns a descriptor, the caller's to close; or -errno. */
int stream_connect(const char *path, uint64_t deadline);
/* All of it, or an error. */
int stream_send(int fd, const void *data, size_t n, uint64_t deadline);
/* What is there, at least one byte; 0 at the end. */
ssize_t stream_receive(int fd, void *data, size_t n, uint64_t deadline);

#endif
