/* SPDX-License-Identifier: Apache-2.0 */
#include "source/rings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"

/* The header of a record in a BPF ring buffer: its length, and two flags in the upper bits. */
#define RING_HEADER  8
#define RING_BUSY    (1u << 31) /* reserved, not yet submitted */
#define RING_DISCARD (1u << 30)

struct pending {
    uint64_t time;
    const struct abi_record *record;
    uint64_t position; /* where it begins in the ring */
};

struct ring {
    uint64_t *consumer;
    const uint64_t *producer;
    const char *data;
    uint64_t mask;
    uint64_t scanned;        /* looked at up to here */
    uint64_t taken;          /* the positions before are not needed any more */
    struct pending *pending; /* by time; [first, last) is waiting */
    unsigned first, last;
    bool more;     /* the scan ended for want of room in pending */
    char *wrapped; /* copy of the record that reaches over the end of the ring */
    size_t wrapped_size;
    void *map[2]; /* what to unmap */
    size_t map_bytes[2];
};

struct rings {
    struct ring *ring;
    unsigned count, max;
    uint64_t newest; /* time of the latest record handed out */
    void (*see)(void *ctx, const struct abi_record *record); /* NULL: nobody */
    void *see_ctx;
};

int rings_new(struct rings **out, unsigned max)
{
    struct rings *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    r->ring = calloc(max, sizeof(*r->ring));
    if (!r->ring) {
        free(r);
        return -ENOMEM;
    }
    r->max = max;
    *out = r;
    return 0;
}

int rings_add_memory(struct rings *r, uint64_t *consumer, const uint64_t *producer,
                     const char *data, size_t bytes)
{
    if (r->count == r->max)
        return -E2BIG;
    struct ring *ring = &r->ring[r->count];
    ring->pending = calloc(RING_PENDING, sizeof(*ring->pending));
    if (!ring->pending)
        return -ENOMEM;
    ring->consumer = consumer;
    ring->producer = producer;
    ring->data = data;
    ring->mask = bytes - 1;
    ring->scanned = ring->taken = *consumer;
    r->count++;
    return 0;
}

/*
 * The consumer page is writable; behind it come the producer page and the data. The kernel would
 * map the data twice in a row, for records that reach over the end; one mapping and a copy of that
 * one record halve what counts as our memory.
 */
int rings_add(struct rings *r, int map_fd, size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map_fd, 0);
    if (consumer == MAP_FAILED)
        return -errno;
    char *rest = mmap(NULL, page + bytes, PROT_READ, MAP_SHARED, map_fd, (off_t)page);
    if (rest == MAP_FAILED) {
        int rc = -errno;
        munmap(consumer, page);
        return rc;
    }
    int rc = rings_add_memory(r, consumer, (const uint64_t *)(void *)rest, rest + page, bytes);
    if (rc) {
        munmap(consumer, page);
        munmap(rest, page + bytes);
        return rc;
    }
    struct ring *ring = &r->ring[r->count - 1];
    ring->map[0] = consumer;
    ring->map_bytes[0] = page;
    ring->map[1] = rest;
    ring->map_bytes[1] = page + bytes;
    return 0;
}

/* The record at a position, or its copy where it wraps. NULL out of memory. */
static const struct abi_record *ring_record(struct ring *ring, uint64_t position, uint32_t len)
{
    uint64_t at = (position + RING_HEADER) & ring->mask;
    uint64_t size = ring->mask + 1;
    if (at + len <= size)
        return (const void *)(ring->data + at);
    if (ring->wrapped_size < len) {
        char *bigger = realloc(ring->wrapped, len);
        if (!bigger)
            return NULL;
        ring->wrapped = bigger;
        ring->wrapped_size = len;
    }
    memcpy(ring->wrapped, ring->data + at, size - at);
    memcpy(ring->wrapped + (size - at), ring->data, len - (size - at));
    return (const void *)ring->wrapped;
}

/* Nearly always at the end: records of one ring are out of order by moments only. */
static void ring_insert(struct ring *ring, const struct abi_record *record, uint64_t position)
{
    unsigned i = ring->last++;
    for (; i > ring->first && ring->pending[i - 1].time > record->time; i--)
        ring->pending[i] = ring->pending[i - 1];
    ring->pending[i] =
        (struct pending){.time = record->time, .record = record, .position = position};
}

/* Moves what is waiting to the front of the list, for the scan to go on behind it. */
static void ring_compact(struct ring *ring)
{
    memmove(ring->pending, ring->pending + ring->first,
            (ring->last - ring->first) * sizeof(*ring->pending));
    ring->last -= ring->first;
    ring->first = 0;
}

static void ring_scan(const struct rings *r, struct ring *ring, uint64_t *bad)
{
    uint64_t producer = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);
    ring->more = false;
    if (ring->scanned == producer)
        return;
    ring_compact(ring);
    while (ring->scanned < producer) {
        if (ring->last == RING_PENDING) {
            ring->more = true;
            return;
        }
        const uint32_t *header = (const void *)(ring->data + (ring->scanned & ring->mask));
        uint32_t word = __atomic_load_n(header, __ATOMIC_ACQUIRE);
        uint32_t len = word & ~(RING_BUSY | RING_DISCARD);
        uint64_t position = ring->scanned;
        if (word & RING_BUSY)
            return;
        ring->scanned += ((uint64_t)len + RING_HEADER + 7) & ~7ull;
        if (word & RING_DISCARD)
            continue;
        const struct abi_record *record = len >= sizeof(struct abi_record) && len <= ABI_RECORD_MAX
                                              ? ring_record(ring, position, len)
                                              : NULL;
        if (!record || record->len != len) {
            ++*bad;
            continue;
        }
        ring_insert(ring, record, position);
        if (r->see)
            r->see(r->see_ctx, record);
    }
}

/* Gives back the room of everything that was handed out. */
static void ring_release(struct ring *ring)
{
    uint64_t keep = ring->scanned;
    for (unsigned i = ring->first; i < ring->last; i++)
        if (ring->pending[i].position < keep)
            keep = ring->pending[i].position;
    if (keep == ring->taken)
        return;
    ring->taken = keep;
    __atomic_store_n(ring->consumer, keep, __ATOMIC_RELEASE);
}

/* The ring whose next record is the oldest, NULL when none may be handed out. */
static struct ring *rings_oldest(struct rings *r, uint64_t until, uint64_t *bad)
{
    struct ring *oldest = NULL;
    for (unsigned i = 0; i < r->count; i++) {
        struct ring *ring = &r->ring[i];
        if (ring->first == ring->last && ring->more)
            ring_scan(r, ring, bad);
        if (ring->first == ring->last)
            continue;
        if (!oldest || ring->pending[ring->first].time < oldest->pending[oldest->first].time)
            oldest = ring;
    }
    if (oldest && oldest->pending[oldest->first].time > until)
        return NULL;
    return oldest;
}

void rings_watch(struct rings *r, void (*see)(void *ctx, const struct abi_record *record),
                 void *ctx)
{
    r->see = see;
    r->see_ctx = ctx;
}

void rings_scan(struct rings *r, uint64_t *bad)
{
    for (unsigned i = 0; i < r->count; i++)
        ring_scan(r, &r->ring[i], bad);
}

unsigned rings_read(struct rings *r, const struct abi_record **out, unsigned max, uint64_t until,
                    uint64_t *late, uint64_t *bad)
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->count; i++) {
        ring_release(&r->ring[i]);
        ring_scan(r, &r->ring[i], bad);
    }
    while (n < max) {
        struct ring *ring = rings_oldest(r, until, bad);
        if (!ring)
            break;
        const struct pending *p = &ring->pending[ring->first++];
        if (p->time < r->newest)
            ++*late;
        else
            r->newest = p->time;
        out[n++] = p->record;
    }
    return n;
}

uint64_t rings_newest(const struct rings *r)
{
    return r->newest;
}

uint64_t rings_used(const struct rings *r)
{
    uint64_t used = 0;
    for (unsigned i = 0; i < r->count; i++)
        used += __atomic_load_n(r->ring[i].producer, __ATOMIC_ACQUIRE) - r->ring[i].taken;
    return used;
}

unsigned rings_fill(const struct rings *r)
{
    unsigned fill = 0;
    for (unsigned i = 0; i < r->count; i++) {
        const struct ring *ring = &r->ring[i];
        uint64_t used = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) - ring->taken;
        unsigned percent = (unsigned)(used * 100 / (ring->mask + 1));
        fill = percent > fill ? percent : fill;
    }
    return fill;
}

size_t rings_memory(void)
{
    return sizeof(struct ring) + RING_PENDING * sizeof(struct pending) + ABI_RECORD_MAX;
}

void rings_free(struct rings *r)
{
    if (!r)
        return;
    for (unsigned i = 0; i < r->count; i++) {
        struct ring *ring = &r->ring[i];
        for (int k = 0; k < 2; k++)
            if (ring->map[k])
                munmap(ring->map[k], ring->map_bytes[k]);
        free(ring->pending);
        free(ring->wrapped);
    }
    free(r->ring);
    free(r);
}
