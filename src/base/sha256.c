/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcrypto's functions of this one algorithm: those that take any (EVP) would bring all of the
 * library into the program, a hundred times as much.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/sha256.h"

#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (64 * 1024) /* of a file, read at a time */

int sha256_file(int fd, off_t most, unsigned char out[SHA256_LENGTH])
{
    SHA256_CTX h;
    struct stat st;
    char *buffer = malloc(PIECE);
    off_t at = 0;
    ssize_t n = 0;
    if (!buffer)
        return -ENOMEM;
    int rc = fstat(fd, &st) ? -errno : st.st_size > most ? -EFBIG : 0;
    SHA256_Init(&h);
    while (!rc && at < most && (n = pread(fd, buffer, PIECE, at)) > 0) {
        SHA256_Update(&h, buffer, (size_t)n);
        at += n;
    }
    rc = rc ? rc : n < 0 ? -errno : 0;
    free(buffer);
    if (!rc)
        SHA256_Final(out, &h);
    return rc;
}
