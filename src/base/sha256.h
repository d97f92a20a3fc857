/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) of bytes that come in pieces. */
#ifndef RATEL_BASE_SHA256_H
#define RATEL_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SHA256_LENGTH 32

struct sha256 {
    uint32_t state[8];
    uint64_t bytes; /* so far */
    unsigned char block[64];
};

void sha256_begin(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t n);
void sha256_end(struct sha256 *h, unsigned char out[SHA256_LENGTH]);
/* Of an open file. 0; -EFBIG: of more than most bytes; or -errno. */
int sha256_file(int fd, off_t most, unsigned char out[SHA256_LENGTH]);

#endif
