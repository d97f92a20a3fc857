/* SPDX-License-Identifier: Apache-2.0 */
#include "source/findings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/clock.h"

int findings_init(struct findings *f, const uint64_t *sets)
{
    memset(f, 0, sizeof(*f));
    pthread_mutex_init(&f->lock, NULL);
    f->made = aligned_alloc(8, FINDINGS_BYTES);
    f->taken = aligned_alloc(8, FINDINGS_BYTES);
    f->scratch = aligned_alloc(8, FINDING_BYTES);
    f->known = calloc(FINDINGS_KNOWN, sizeof(*f->known));
    memcpy(f->sets, sets, catalog_builtin()->count * sizeof(*sets));
    return f->made && f->taken && f->scratch && f->known ? 0 : -ENOMEM;
}

void findings_free(struct findings *f)
{
    free(f->made);
    free(f->taken);
    free(f->scratch);
    free(f->known);
    pthread_mutex_destroy(&f->lock);
}

bool findings_wanted(const struct findings *f, const struct event_def *def)
{
    return f->sets[def->slot];
}

void findings_begin(struct findings *f, struct record_builder *b, const struct event_def *def)
{
    record_begin(b, f->scratch, FINDING_BYTES, def);
    struct abi_record *r = record_header(b);
    r->flags = ABI_F_NO_TASK | ABI_F_NO_RET;
    r->sets = f->sets[def->slot];
}

void findings_text(struct record_builder *b, unsigned field, const char *text)
{
    record_add_bytes(b, field, text, strlen(text));
}

void findings_text_or_none(struct record_builder *b, unsigned field, const char *text)
{
    if (*text)
        findings_text(b, field, text);
    else
        record_add_missing(b, field, ABI_WHY_ABSENT);
}

void findings_address(struct record_builder *b, unsigned field, uint64_t at)
{
    char text[24];
    snprintf(text, sizeof(text), "0x%llx", (unsigned long long)at);
    findings_text(b, field, text);
}

/* Whether the same was told before. Where no more can be kept, it is told each time. */
static bool is_known(struct findings *f, const struct abi_record *r, uint16_t slot)
{
    uint64_t hash = XXH64(r + 1, r->len - sizeof(*r), slot);
    for (unsigned i = 0; i < f->nknown; i++) {
        struct known_finding *k = &f->known[i];
        if (k->hash != hash || k->slot != slot)
            continue;
        k->round = f->round[slot];
        return true;
    }
    if (f->nknown < FINDINGS_KNOWN)
        f->known[f->nknown++] =
            (struct known_finding){.hash = hash, .slot = slot, .round = f->round[slot]};
    return false;
}

void findings_round(struct findings *f, const struct event_def *def)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < f->nknown; i++)
        if (f->known[i].slot != def->slot || f->known[i].round == f->round[def->slot])
            f->known[kept++] = f->known[i];
    f->nknown = kept;
    f->round[def->slot]++;
}

void findings_end(struct findings *f, struct record_builder *b, const struct event_def *def,
                  bool once)
{
    const struct abi_record *r = record_end(b);
    if (r && once && is_known(f, r, def->slot))
        return;
    pthread_mutex_lock(&f->lock);
    f->seen[def->slot]++;
    if (r && r->len <= FINDINGS_BYTES - f->made_bytes) {
        struct abi_record *copy = memcpy(f->made + f->made_bytes, r, r->len);
        copy->time = copy->time ? copy->time : clock_boot();
        f->made_bytes += r->len;
    } else {
        f->lost[def->slot]++;
    }
    pthread_mutex_unlock(&f->lock);
}

void findings_put(struct findings *f, const struct abi_record *r, const struct event_def *def)
{
    if (!findings_wanted(f, def))
        return;
    pthread_mutex_lock(&f->lock);
    f->seen[def->slot]++;
    if (r && r->len <= FINDINGS_BYTES - f->made_bytes) {
        struct abi_record *copy = memcpy(f->made + f->made_bytes, r, r->len);
        copy->time = clock_boot();
        copy->sets = f->sets[def->slot];
        f->made_bytes += r->len;
    } else {
        f->lost[def->slot]++;
    }
    pthread_mutex_unlock(&f->lock);
}

bool findings_room(struct findings *f, size_t bytes)
{
    pthread_mutex_lock(&f->lock);
    bool room = bytes <= FINDINGS_BYTES - f->made_bytes;
    pthread_mutex_unlock(&f->lock);
    return room;
}

void findings_count(struct findings *f, const struct event_def *def)
{
    pthread_mutex_lock(&f->lock);
    f->seen[def->slot]++;
    pthread_mutex_unlock(&f->lock);
}

void findings_drop(struct findings *f, const struct event_def *def)
{
    pthread_mutex_lock(&f->lock);
    f->seen[def->slot]++;
    f->lost[def->slot]++;
    pthread_mutex_unlock(&f->lock);
}

static void swap(struct findings *f)
{
    char *empty = f->taken;
    pthread_mutex_lock(&f->lock);
    f->taken = f->made;
    f->taken_bytes = f->made_bytes;
    f->made = empty;
    f->made_bytes = 0;
    pthread_mutex_unlock(&f->lock);
    f->read = 0;
}

unsigned findings_take(struct findings *f, const struct abi_record **out, unsigned max,
                       uint64_t before)
{
    unsigned n = 0;
    if (f->read == f->taken_bytes)
        swap(f);
    while (n < max && f->read < f->taken_bytes) {
        const struct abi_record *r = (const void *)(f->taken + f->read);
        if (r->time >= before)
            break;
        out[n++] = r;
        f->read += r->len;
    }
    return n;
}

void findings_counts(struct findings *f, unsigned slot, struct source_counts *out)
{
    pthread_mutex_lock(&f->lock);
    out->seen += f->seen[slot];
    out->lost[LOSS_too_big] += f->lost[slot];
    pthread_mutex_unlock(&f->lock);
}

size_t findings_memory(void)
{
    return 2 * FINDINGS_BYTES + FINDING_BYTES + FINDINGS_KNOWN * sizeof(struct known_finding);
}
