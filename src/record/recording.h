/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings: a stretch of records with all that is needed to read them elsewhere and later. A
 * writer turns records into bytes for somebody else to store; a reader takes a file or a pipe and
 * believes nothing that it finds there. Neither has a thread, neither is safe to share.
 */
#ifndef RATEL_RECORD_RECORDING_H
#define RATEL_RECORD_RECORDING_H

#include <stdbool.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "event/catalog.h"
#include "event/machine.h"
#include "record/disk.h"

#define RECORDING_FRAME_NS 1000000000ULL /* or when it spans so much time */

/* What became of the events of one catalog row, over the whole run. */
struct recording_count {
    uint64_t recorded; /* set by the writer */
    uint64_t seen;     /* by the source, as the next ones */
    uint64_t scoped;
    uint64_t filtered;
    uint64_t lost[DISK_CAUSES_MAX]; /* by cause */
};

/* The account that closes a recording. */
struct recording_account {
    unsigned causes; /* at most DISK_CAUSES_MAX */
    const char *cause[DISK_CAUSES_MAX];
    struct recording_count *counts; /* by slot of the catalog */
    uint64_t records;               /* in this file; set by the writer */
    bool counted;                   /* the source's counts are known, not only .recorded */
};

struct recording_writer;

/* Borrows the catalog; copies the machine. NULL: no memory. */
struct recording_writer *recording_writer_new(const struct catalog *catalog,
                                              const struct machine *machine);
size_t recording_writer_memory(void); /* bytes that a writer takes at most */
void recording_writer_free(struct recording_writer *w);
/* Begins a file; what an earlier one still held back is forgotten. 0 or -errno. */
int recording_writer_header(struct recording_writer *w, struct strbuf *out);
/*
 * Takes a record of the writer's catalog. Appends a frame when one is full. 0, -EINVAL: not a
 * record, -ENOMEM: a frame did not fit into out and its records are lost.
 */
int recording_writer_add(struct recording_writer *w, const struct abi_record *rec,
                         struct strbuf *out);
/* Appends what is held back as a frame. 0 or -ENOMEM, as above. */
int recording_writer_flush(struct recording_writer *w, struct strbuf *out);
/* Flushes, then closes the file. account may be NULL; its .recorded is not looked at. */
int recording_writer_end(struct recording_writer *w, const struct recording_account *account,
                         struct strbuf *out);
unsigned recording_writer_held(const struct recording_writer *w); /* records, in no out yet */
uint64_t recording_writer_lost(const struct recording_writer *w); /* records, -ENOMEM and -EINVAL */

struct recording;

/* What a reader had to leave out so far. */
struct recording_faults {
    bool closed;            /* the END was there */
    uint64_t dropped_bytes; /* after the last whole frame */
    uint64_t frames;        /* damaged */
    uint64_t records;       /* in damaged frames */
    bool unknown;           /* and in some there may have been any number */
};

/*
 * Opens a file, or standard input for "-", which may be a pipe. 0 or -errno with err filled: what
 * is wrong, and what to do about it.
 */
int recording_open(struct recording **out, const char *path, struct error *err);
/* The same of an open descriptor, which it takes, also on failure. name is for messages. */
int recording_open_fd(struct recording **out, int fd_take, const char *name, struct error *err);
void recording_close(struct recording *r);
size_t recording_memory(void); /* bytes that a reader takes at most */

const struct catalog *recording_catalog(const struct recording *r);
const struct machine *recording_machine(const struct recording *r);

/*
 * Fills out with up to max records and returns how many; they stay valid until the next call. 0:
 * nothing came in for a while (a pipe). -ENODATA: the end. Another -errno with err filled. A
 * damaged frame is left out and counted.
 */
int recording_read(struct recording *r, const struct abi_record **out, unsigned max,
                   struct error *err);
/*
 * From now on only records since that time and before until (UINT64_MAX: without end), boot-clock
 * nanoseconds. In a file this starts again from the beginning, by the index; in a pipe it goes on
 * from where it is.
 */
void recording_range(struct recording *r, uint64_t since, uint64_t until);
/* recording_range to the end of time. */
void recording_seek(struct recording *r, uint64_t since);

struct recording_faults recording_faults(const struct recording *r);
/* Records of that slot that were in damaged frames. */
uint64_t recording_damaged(const struct recording *r, unsigned slot);
/* NULL when the recording was not closed, or the end of a pipe has not come yet. */
const struct recording_account *recording_account(const struct recording *r);

#endif
