/* SPDX-License-Identifier: Apache-2.0 */
#include "record/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_input(struct recording *r, int fd_take, struct error *err)
{
    int rc = input_open(&r->in, fd_take);

    if (rc == -EISDIR)
        return error_set(err, rc, "%s is a directory, not a recording", r->name);
    if (rc == -ENOTTY)
        return error_set(err, rc, "%s is a terminal: give it a recording", r->name);
    return rc ? error_set(err, rc, "can't read %s: %s", r->name, strerror(-rc)) : 0;
}

static int no_memory(const struct recording *r, struct error *err)
{
    return error_set(err, -ENOMEM, "no memory to read %s", r->name);
}

static int open_rest(struct recording *r, struct error *err)
{
    int rc = reader_header(r, err);

    if (rc)
        return rc;
    r->damaged = calloc(r->catalog->count, sizeof(*r->damaged));
    if (!r->damaged)
        return no_memory(r, err);
    rc = reader_survey(r);
    if (rc == -ENOMEM)
        return no_memory(r, err);
    return rc ? error_set(err, rc, "can't read %s: %s", r->name, strerror(-rc)) : 0;
}

int recording_open_fd(struct recording **out, int fd_take, const char *name, struct error *err)
{
    struct recording *r = calloc(1, sizeof(*r));
    int rc;

    if (!r) {
        close(fd_take);
        return error_set(err, -ENOMEM, "no memory to read %s", name);
    }
    r->in.fd = -1;
    r->until = UINT64_MAX;
    r->name = strdup(name);
    r->zstd = ZSTD_createDCtx();
    if (!r->name || !r->zstd || index_init(&r->index)) {
        close(fd_take);
        rc = error_set(err, -ENOMEM, "no memory to read %s", name);
    } else {
        rc = open_input(r, fd_take, err);
        if (!rc)
            rc = open_rest(r, err);
    }
    if (rc) {
        recording_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

int recording_open(struct recording **out, const char *path, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                      : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (standard)
        path = "standard input";
    if (fd < 0) {
        int rc = -errno;

        return error_set(err, rc, "can't open %s: %s", path, strerror(-rc));
    }
    return recording_open_fd(out, fd, path, err);
}

void recording_close(struct recording *r)
{
    if (!r)
        return;
    input_close(&r->in);
    catalog_free(r->catalog);
    index_free(&r->index);
    ZSTD_freeDCtx(r->zstd);
    free(r->info.data);
    free(r->data.data);
    free(r->raw.data);
    free(r->texts.data);
    free(r->account.counts);
    free(r->damaged);
    free(r->name);
    free(r);
}

size_t recording_memory(void)
{
    return sizeof(struct recording) + DISK_SECTIONS_MAX + DISK_INFO_MAX + DISK_DATA_MAX +
           DISK_RAW_MAX + DISK_INDEX_MAX * sizeof(struct disk_index) + ZSTD_BYTES;
}

const struct catalog *recording_catalog(const struct recording *r)
{
    return r->catalog;
}

const struct machine *recording_machine(const struct recording *r)
{
    return &r->machine;
}

struct recording_faults recording_faults(const struct recording *r)
{
    return r->faults;
}

uint64_t recording_damaged(const struct recording *r, unsigned slot)
{
    return r->damaged[slot];
}

const struct recording_account *recording_account(const struct recording *r)
{
    return r->has_account ? &r->account : NULL;
}

void recording_range(struct recording *r, uint64_t since, uint64_t until)
{
    r->since = since;
    r->until = until;
    if (!r->in.seekable)
        return;
    input_seek(&r->in, index_find(&r->index, since, r->first));
    r->stage = STAGE_HEAD;
    r->raw_len = 0;
    r->raw_pos = 0;
}

void recording_seek(struct recording *r, uint64_t since)
{
    recording_range(r, since, UINT64_MAX);
}
