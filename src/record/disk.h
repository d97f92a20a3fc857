/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recording as it lies on disk; docs/man/ratel-recording.5.scd describes it for people.
 *
 *   file header, its sections                 once
 *   chunk header, info, data                  any number of times: frames, in the end one END
 *   trailer                                   once, when the recording was closed
 *
 * All integers are in the byte order of the machine that recorded, as the records themselves are.
 * What grows: a section or an info may get longer at its end, and new kinds of section and of chunk
 * may come; readers skip what they don't know. Anything else raises DISK_MAJOR.
 */
#ifndef RATEL_RECORD_DISK_H
#define RATEL_RECORD_DISK_H

#include <stdint.h>

#include "base/limits.h"

/* The first byte is in no text; a copy through a text mode would change the last two. */
#define DISK_MAGIC       "\211ratel\r\n"
#define DISK_MAGIC_LEN   8
#define DISK_ORDER       0x01020304u
#define DISK_MAJOR       1
#define DISK_MINOR       0
#define DISK_CHUNK_MAGIC 0x4b484352u           /* "RCHK" */
#define DISK_END_MAGIC   0x444e454c45544152ULL /* "RATELEND" */

struct disk_header {
    char magic[DISK_MAGIC_LEN];
    uint32_t order; /* DISK_ORDER */
    uint16_t major;
    uint16_t minor;
    uint32_t abi;      /* layout of the records: ABI_VERSION */
    uint32_t sections; /* bytes of sections that follow */
    uint64_t sum;      /* over this header, with .sum 0, and the sections */
};

enum disk_section_kind { DISK_MACHINE = 1, DISK_CATALOG = 2, DISK_WORLD = 3 };

/* A section, followed by .len bytes and padding to a multiple of 8. */
struct disk_section {
    uint32_t kind; /* enum disk_section_kind */
    uint32_t len;
};

struct disk_machine {
    char hostname[72]; /* texts end with a NUL */
    char kernel[72];
    char arch[72];
    char boot_id[40];
    int64_t realtime_offset;
    uint64_t boot_time;
    uint32_t ncpu;
    uint32_t clock_ticks;
};

/*
 * The section DISK_CATALOG: struct disk_catalog, then each event: struct disk_event, name, returns;
 * then each of its fields: name, type, table of flags. A text is a uint16_t length, as many bytes,
 * and a NUL that the length does not count. Nothing is aligned.
 */
struct disk_catalog {
    uint32_t events;
};

struct disk_event {
    uint16_t id;
    uint16_t nfields;
};

enum disk_chunk_kind { DISK_FRAME = 1, DISK_END = 2 };

struct disk_chunk {
    uint32_t magic;    /* DISK_CHUNK_MAGIC */
    uint32_t kind;     /* enum disk_chunk_kind */
    uint32_t info;     /* bytes of info, which follows */
    uint32_t data;     /* bytes of data, which follow the info */
    uint64_t data_sum; /* XXH3-64 of the data */
    uint64_t sum;      /* over this header, with .sum 0, and the info */
};

/* Info of a frame, followed by .events struct disk_tally. The data is one zstd frame of records. */
struct disk_frame {
    uint32_t raw;     /* bytes of its records */
    uint32_t records; /* how many they are */
    uint64_t first;   /* earliest and latest time */
    uint64_t last;
    uint32_t events; /* different events in it */
    uint32_t reserved;
};

struct disk_tally {
    uint16_t event; /* catalog id */
    uint16_t reserved;
    uint32_t records;
};

/*
 * Info of the END: the account. After it .causes texts (as in the dictionary), padding to a
 * multiple of 8, then .events rows of struct disk_account, each followed by .causes uint64_t of
 * losses. The data is the index: struct disk_index, in order of offset.
 */
struct disk_end {
    uint64_t records; /* in this file */
    uint32_t frames;
    uint32_t causes;
    uint32_t events;
    uint32_t flags; /* DISK_END_* */
};

#define DISK_END_COUNTED 1u /* the rows have what the source counted, not only .recorded */

struct disk_account {
    uint16_t event;
    uint16_t reserved[3];
    uint64_t recorded; /* written in this run, which may be more than this file */
    uint64_t seen;     /* as in struct source_counts */
    uint64_t scoped;
    uint64_t filtered;
};

struct disk_index {
    uint64_t offset; /* of a chunk, from the file's beginning */
    uint64_t last;   /* no record before the next entry's chunk is later than this */
};

struct disk_trailer {
    uint64_t end;   /* offset of the END */
    uint64_t magic; /* DISK_END_MAGIC */
};

_Static_assert(sizeof(struct disk_header) == 32, "no padding");
_Static_assert(sizeof(struct disk_section) == 8, "no padding");
_Static_assert(sizeof(struct disk_machine) == 280, "no padding");
_Static_assert(sizeof(struct disk_event) == 4, "no padding");
_Static_assert(sizeof(struct disk_chunk) == 32, "no padding");
_Static_assert(sizeof(struct disk_frame) == 32, "no padding");
_Static_assert(sizeof(struct disk_tally) == 8, "no padding");
_Static_assert(sizeof(struct disk_end) == 24, "no padding");
_Static_assert(sizeof(struct disk_account) == 40, "no padding");
_Static_assert(sizeof(struct disk_index) == 16, "no padding");
_Static_assert(sizeof(struct disk_trailer) == 16, "no padding");

/*
 * Checksums. Data: XXH3-64. A header and what it covers: XXH3-64 of the latter, with the XXH3-64 of
 * the former as the seed.
 */
uint64_t disk_sum(const void *data, uint32_t len);
uint64_t disk_header_sum(const struct disk_header *h, const void *sections);
uint64_t disk_chunk_sum(const struct disk_chunk *c, const void *info);

#endif
