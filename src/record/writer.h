/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the writer share. */
#ifndef RATEL_RECORD_WRITER_H
#define RATEL_RECORD_WRITER_H

#include <zstd.h>

#include "record/index.h"
#include "record/recording.h"

#define WRITER_RAW_BYTES (RECORDING_FRAME_BYTES + ABI_RECORD_MAX)

struct recording_writer {
    const struct catalog *catalog; /* borrowed */
    struct machine machine;
    ZSTD_CCtx *zstd;
    struct index index;
    uint64_t offset;  /* bytes of this file so far */
    uint64_t records; /* in this file */
    uint32_t frames;
    uint64_t lost;
    uint64_t *recorded; /* by slot, over all files */
    uint32_t *tally;    /* by slot, in the frame held back */
    uint16_t *slots;    /* whose tally is not 0 */
    unsigned nslots;
    struct disk_frame frame; /* .raw and .records grow with it */
    char *raw;               /* its records, WRITER_RAW_BYTES */
};

void writer_forget(struct recording_writer *w); /* the frame held back */
/* A text as in the dictionary. */
void writer_text(struct strbuf *out, const char *s);
/*
 * Appends a chunk whose info and data are already in out, from offset at on, behind room for its
 * header.
 */
void writer_seal(struct recording_writer *w, struct strbuf *out, size_t at, uint32_t kind,
                 uint32_t info);

#endif
