/* SPDX-License-Identifier: Apache-2.0 */
/* Functions of an ELF file that somebody made: read, and every name of it found again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/elf_functions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct elf_symbols *e, uint64_t offset)
{
    uint64_t into;
    const char *name = elf_find(e, offset, &into);

    if (name && (name < e->names || name + strlen(name) > e->names + e->names_len))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct elf_symbols e;

    if (size > 1 << 20 || elf_read_memory(&e, data, size))
        return 0;
    if (e.build_id_len > ELF_BUILD_ID || e.nsegments > ELF_SEGMENTS)
        abort();
    for (unsigned i = 0; i < e.nsegments; i++) {
        look(&e, e.segments[i].offset);
        look(&e, e.segments[i].offset + e.segments[i].size - 1);
    }
    for (uint32_t i = 0; i < e.count; i++) {
        if (i && e.rows[i - 1].at >= e.rows[i].at)
            abort();
        if (e.nsegments)
            look(&e, e.rows[i].at - e.segments[0].at + e.segments[0].offset);
    }
    elf_free(&e);
    return 0;
}
