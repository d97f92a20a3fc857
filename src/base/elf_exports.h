/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symbols that an ELF object gives to others, read as a dynamic loader finds them: by program
 * headers, since a library runs without section headers. The file may be anybody's: no number in it
 * is believed.
 */
#ifndef RATEL_BASE_ELF_EXPORTS_H
#define RATEL_BASE_ELF_EXPORTS_H

#include <stddef.h>
#include <stdint.h>

/* Where its bytes come from. */
struct elf_file {
    /* Exactly len bytes at a place: 0, or -errno where they are not there. */
    int (*read)(void *ctx, uint64_t at, void *to, size_t len);
    void *ctx;
};

/*
 * Tells each exported symbol: a name of len bytes, which a NUL follows, valid during the call. A
 * name of several versions is told several times.
 * 0; -ENOEXEC: no shared object of this machine's byte order, or broken; -E2BIG: over
 * ELF_SYMBOLS_MAX or ELF_NAMES_MAX; -ENOMEM; or what read returned. Some may have been told by
 * then.
 */
int elf_exports(const struct elf_file *f, void (*tell)(void *ctx, const char *name, size_t len),
                void *ctx);

#endif
