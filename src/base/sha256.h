/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 of files. */
#ifndef RATEL_BASE_SHA256_H
#define RATEL_BASE_SHA256_H

#include <sys/types.h>

#define SHA256_LENGTH 32

/* Of an open file. 0; -EFBIG: of more than most bytes; or -errno. */
int sha256_file(int fd, off_t most, unsigned char out[SHA256_LENGTH]);

#endif
