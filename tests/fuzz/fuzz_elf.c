/* SPDX-License-Identifier: Apache-2.0 */
/* A library whose symbols are read: every name that is told is a text within the file. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/elf_exports.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *data;
    size_t size;
};

static int read_bytes(void *ctx, uint64_t at, void *to, size_t len)
{
    const struct bytes *b = ctx;

    if (at > b->size || len > b->size - at)
        return -ENOEXEC;
    memcpy(to, b->data + at, len);
    return 0;
}

static void tell(void *ctx, const char *name, size_t len)
{
    const struct bytes *b = ctx;

    if (!len || len > b->size || strlen(name) != len)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = {data, size};

    elf_exports(&(struct elf_file){read_bytes, &b}, tell, &b);
    return 0;
}
