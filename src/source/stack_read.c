/* SPDX-License-Identifier: Apache-2.0 */
#include "source/stack_read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "event/format.h"
#include "source/library_open.h"

#define DEBUG_FOLDER "/usr/lib/debug/.build-id/"

/* Where distributions put what they took out of a program: by its build-id, in our own root. */
static int open_debug(const struct elf_symbols *e)
{
    struct strbuf path = STRBUF_INIT(256);
    strbuf_lit(&path, DEBUG_FOLDER);
    hex_text(&path, e->build_id, 1);
    strbuf_putc(&path, '/');
    hex_text(&path, e->build_id + 1, e->build_id_len - 1);
    strbuf_lit(&path, ".debug");
    int fd = open(strbuf_cstr(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    strbuf_free(&path);
    return fd;
}

static void add_debug(struct elf_symbols *e)
{
    struct elf_symbols debug;
    if (e->whole || e->build_id_len < 2)
        return;
    int fd = open_debug(e);
    if (fd < 0)
        return;
    if (!elf_read(&debug, fd)) {
        if (debug.whole && debug.build_id_len == e->build_id_len &&
            !memcmp(debug.build_id, e->build_id, e->build_id_len))
            elf_adopt(e, &debug);
        else
            elf_free(&debug);
    }
    close(fd);
}

static int why_of(int rc)
{
    switch (rc) {
    case -ESTALE:
        return ABI_FRAME_CHANGED;
    case -E2BIG:
    case -ENOMEM:
        return ABI_FRAME_LIMIT;
    case -ENOEXEC:
        return ABI_FRAME_NOT_ELF;
    default:
        return ABI_FRAME_GONE;
    }
}

/* Whether somebody wrote to it since it was opened. */
static bool is_same(int fd, uint64_t ctime)
{
    struct stat st;
    return !fstat(fd, &st) &&
           (uint64_t)st.st_ctim.tv_sec * 1000000000u + (uint64_t)st.st_ctim.tv_nsec == ctime;
}

int stack_read(struct elf_symbols *e, const struct library_place *place)
{
    int fd = library_open(place);
    if (fd < 0)
        return why_of(fd);
    int rc = elf_read(e, fd);
    if (!rc && !is_same(fd, place->key.ctime)) {
        elf_free(e);
        rc = -ESTALE;
    }
    close(fd);
    if (rc)
        return why_of(rc);
    add_debug(e);
    return 0;
}
