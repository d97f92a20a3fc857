/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha256.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE (64 * 1024) /* of a file, read at a time */

/* Fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t turn(uint32_t v, unsigned n)
{
    return v >> n | v << (32 - n);
}

static void expand(uint32_t w[64], const unsigned char *block)
{
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] + (turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3) +
               (turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10);
}

static void add_block(struct sha256 *h, const unsigned char *block)
{
    uint32_t w[64], s[8];
    memcpy(s, h->state, sizeof(s));
    expand(w, block);
    for (int i = 0; i < 64; i++) {
        uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
        uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
        uint32_t a =
            s[7] + (turn(s[4], 6) ^ turn(s[4], 11) ^ turn(s[4], 25)) + choice + constants[i] + w[i];
        uint32_t b = (turn(s[0], 2) ^ turn(s[0], 13) ^ turn(s[0], 22)) + majority;
        memmove(s + 1, s, 7 * sizeof(*s));
        s[4] += a;
        s[0] = a + b;
    }
    for (int i = 0; i < 8; i++)
        h->state[i] += s[i];
}

void sha256_begin(struct sha256 *h)
{
    /* Fractional parts of the square roots of the first 8 primes. */
    *h = (struct sha256){.state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
                                   0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
    const unsigned char *from = p;
    while (n) {
        size_t used = h->bytes % sizeof(h->block), room = sizeof(h->block) - used;
        size_t step = n < room ? n : room;
        memcpy(h->block + used, from, step);
        h->bytes += step;
        from += step;
        n -= step;
        if (step == room)
            add_block(h, h->block);
    }
}

void sha256_end(struct sha256 *h, unsigned char out[SHA256_LENGTH])
{
    static const unsigned char pad[64] = {0x80};
    uint64_t bits = h->bytes * 8;
    unsigned char length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)(bits >> (56 - 8 * i));
    sha256_add(h, pad, 1 + (55 - h->bytes % 64) % 64);
    sha256_add(h, length, sizeof(length));
    for (int i = 0; i < SHA256_LENGTH; i++)
        out[i] = (unsigned char)(h->state[i / 4] >> (24 - 8 * (i % 4)));
}

int sha256_file(int fd, off_t most, unsigned char out[SHA256_LENGTH])
{
    struct sha256 h;
    struct stat st;
    char *buffer = malloc(PIECE);
    off_t at = 0;
    ssize_t n = 0;
    if (!buffer)
        return -ENOMEM;
    int rc = fstat(fd, &st) ? -errno : st.st_size > most ? -EFBIG : 0;
    sha256_begin(&h);
    while (!rc && at < most && (n = pread(fd, buffer, PIECE, at)) > 0) {
        sha256_add(&h, buffer, (size_t)n);
        at += n;
    }
    rc = rc ? rc : n < 0 ? -errno : 0;
    free(buffer);
    if (!rc)
        sha256_end(&h, out);
    return rc;
}
