/* SPDX-License-Identifier: Apache-2.0 */
#include "source/stacks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct stacks {
    struct stacks_setup setup;
    struct stack_files *files;
    const struct abi_record *taken[PIPELINE_BATCH]; /* out of the rings, not handed on yet */
    unsigned ntaken, next;
    char *out; /* STACK_OUT_BYTES */
    size_t used;
};

/* A stack as the kernel sends it. */
struct raw_stack {
    const struct abi_field *frames; /* NULL: the record has none */
    const struct abi_field *paths[ABI_STACK_MAX];
    unsigned npaths, nframes;
    uint32_t before; /* bytes of the record before it */
};

static void raw_take(struct raw_stack *raw, const struct abi_field *f, uint32_t at)
{
    if (f->index == ABI_INDEX_FRAMES && !raw->frames) {
        raw->frames = f;
        raw->before = at;
        raw->nframes = f->len / (uint32_t)sizeof(struct abi_frame);
        if (raw->nframes > ABI_STACK_MAX)
            raw->nframes = ABI_STACK_MAX;
    } else if (f->index == ABI_INDEX_FRAME_PATH && raw->npaths < ABI_STACK_MAX) {
        raw->paths[raw->npaths++] = f;
    }
}

static void raw_find(struct raw_stack *raw, const struct abi_record *r)
{
    *raw = (struct raw_stack){0};
    for (size_t at = sizeof(*r); r->len - at >= sizeof(struct abi_field);) {
        const struct abi_field *f = (const void *)((const char *)r + at);
        if (f->len > r->len - at - sizeof(*f))
            return;
        raw_take(raw, f, (uint32_t)at);
        at += field_size(f);
        if (at > r->len)
            return;
    }
}

static const struct abi_frame *raw_frame(const struct raw_stack *raw, unsigned i)
{
    return (const struct abi_frame *)field_payload(raw->frames) + i;
}

void stacks_see(void *ctx, const struct abi_record *r)
{
    struct stacks *s = ctx;
    struct raw_stack raw;
    unsigned told = 0;
    raw_find(&raw, r);
    for (unsigned i = 0; i < raw.nframes; i++) {
        const struct abi_frame *f = raw_frame(&raw, i);
        if (f->kind != ABI_MAPPED_FILE)
            continue;
        struct stack_sight sight = {
            .file = {.inode = f->inode, .ctime = f->ctime, .dev = f->dev, .mnt_ns = r->mnt_ns},
            .time = r->time,
            .pid = r->pid};
        const struct abi_field *path = f->told && told < raw.npaths ? raw.paths[told++] : NULL;
        if (path && path->status != ABI_MISSING) {
            sight.path = field_payload(path);
            sight.path_len = path->len;
        }
        if (!stack_files_see(s->files, &sight))
            s->setup.tell_again(s->setup.ctx, &sight.file);
    }
}

/* Frames up to the limit of a stack, and of a record. Returns the bytes of the whole field. */
static size_t put_frames(struct stacks *s, const struct raw_stack *raw, const struct abi_record *r,
                         struct abi_field *field, size_t room)
{
    char *payload = (char *)(field + 1);
    size_t n = 0;
    *field = (struct abi_field){
        .index = ABI_INDEX_STACK, .status = raw->frames->status, .reason = raw->frames->reason};
    for (unsigned i = 0; i < raw->nframes; i++) {
        size_t added = stack_files_put(s->files, raw_frame(raw, i), r->mnt_ns, i > 0, payload + n,
                                       room - sizeof(*field) - n);
        if (!added) {
            field->status = ABI_TRUNCATED;
            field->reason = ABI_WHY_LIMIT;
            break;
        }
        n += added;
    }
    field->len = (uint32_t)n;
    return sizeof(*field) + n;
}

/* The record with names; itself where it has no stack. NULL: no room for it this time. */
static const struct abi_record *complete(struct stacks *s, const struct abi_record *r)
{
    struct raw_stack raw;
    raw_find(&raw, r);
    if (!raw.frames)
        return r;
    size_t room = ABI_RECORD_MAX - raw.before;
    if (room > STACK_FIELD_MAX)
        room = STACK_FIELD_MAX;
    if (STACK_OUT_BYTES - s->used < raw.before + room)
        return NULL;
    struct abi_record *copy = memcpy(s->out + s->used, r, raw.before);
    copy->len =
        raw.before + (uint32_t)put_frames(s, &raw, r, (void *)((char *)copy + raw.before), room);
    copy->nfields = (uint16_t)(copy->nfields - raw.npaths);
    s->used += copy->len;
    return copy;
}

uint64_t stacks_waiting(struct stacks *s)
{
    return s ? stack_files_waiting(s->files) : UINT64_MAX;
}

unsigned stacks_read(struct stacks *s, struct rings *rings, const struct abi_record **out,
                     unsigned max, uint64_t until, bool *held, struct source *source)
{
    unsigned n = 0;
    s->used = 0;
    if (s->next == s->ntaken) {
        s->next = 0;
        s->ntaken = rings_read(rings, s->taken, max < PIPELINE_BATCH ? max : PIPELINE_BATCH, until,
                               &source->late, &source->bad);
    }
    while (n < max && s->next < s->ntaken) {
        const struct abi_record *r = complete(s, s->taken[s->next]);
        if (!r)
            break;
        out[n++] = r;
        s->next++;
    }
    *held |= s->next < s->ntaken;
    return n;
}

int stacks_start(struct stacks **out, const struct stacks_setup *setup)
{
    struct stacks *s = calloc(1, sizeof(*s));
    if (!s)
        return -ENOMEM;
    s->setup = *setup;
    s->out = aligned_alloc(8, STACK_OUT_BYTES);
    int rc = s->out ? stack_files_start(&s->files) : -ENOMEM;
    if (rc)
        stacks_free(s);
    else
        *out = s;
    return rc;
}

void stacks_free(struct stacks *s)
{
    if (!s)
        return;
    stack_files_free(s->files);
    free(s->out);
    free(s);
}

bool stacks_figures(struct stacks *s, struct cache_figures *out)
{
    if (!s)
        return false;
    struct stack_files_counts c = stack_files_counts(s->files);
    *out = (struct cache_figures){
        .name = "files of stacks",
        .entries = c.files,
        .most = STACK_FILES_KNOWN,
        .hits = c.hits,
        .misses = c.misses,
        .evictions = c.evicted,
        .bytes = c.bytes,
    };
    return true;
}

size_t stacks_memory(void)
{
    return sizeof(struct stacks) + STACK_OUT_BYTES + stack_files_memory();
}
