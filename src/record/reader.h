/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the reader share. */
#ifndef RATEL_RECORD_READER_H
#define RATEL_RECORD_READER_H

#include <zstd.h>

#include "record/index.h"
#include "record/input.h"
#include "record/recording.h"

/* What of a chunk is to be read next. */
enum reader_stage { STAGE_HEAD, STAGE_INFO, STAGE_DATA, STAGE_SKIP, STAGE_END };

/* Memory that grows up to what the limits of a recording allow, and is kept. */
struct room {
    char *data; /* owned */
    size_t cap;
};

struct recording {
    struct input in;
    char *name; /* owned, for messages */
    struct machine machine;
    struct catalog *catalog; /* owned */
    uint64_t first;          /* offset of the first chunk */
    uint64_t whole;          /* where whole frames end; UINT64_MAX in a pipe */
    struct index index;      /* of a file */

    uint64_t since, until;
    enum reader_stage stage;
    uint64_t at; /* offset of the chunk */
    struct disk_chunk chunk;
    uint64_t skip; /* bytes to pass over */
    struct disk_frame frame;
    struct room info, data, raw;
    ZSTD_DCtx *zstd;
    size_t raw_len; /* of the frame in raw; 0: none */
    size_t raw_pos;

    struct recording_faults faults;
    uint64_t *damaged; /* by slot */
    struct recording_account account;
    struct room texts; /* of the account's causes */
    bool has_account;
};

int room_reserve(struct room *m, size_t n); /* 0 or -ENOMEM */

/* Reads the file header. 0 or -errno with err filled. */
int reader_header(struct recording *r, struct error *err);
/* Takes over machine and catalog from sections. 0 or -errno with err filled. */
int reader_sections(struct recording *r, const char *data, size_t len, struct error *err);

/* A chunk's header is one: magic, lengths in bounds. */
bool reader_chunk_sane(const struct disk_chunk *c);
/* The frame that info describes, copied; false when it is none. */
bool reader_frame(const struct disk_chunk *c, const char *info, struct disk_frame *f);
/* Where the trailer that should stand there ends; a part of it is as good as none. */
uint64_t reader_trailer_end(const struct recording *r, uint64_t at);
/* Finds the end of a file, and the index: as written, or by scanning. 0 or -errno. */
int reader_survey(struct recording *r);
/* Takes over the account from an END's info. 0, -ENOMEM, -EBADMSG. */
int reader_account(struct recording *r, const char *info, size_t len);
/* Forgets the account, if it is a pipe's or a scan found frames after it: it was not the last one.
 */
void reader_reopen(struct recording *r);
/* Decompresses the frame into raw. 0, -EBADMSG, -ENOMEM. */
int reader_unpack(struct recording *r);
/* Counts what is lost with the frame, from raw_pos on. */
void reader_damage(struct recording *r);

#endif
