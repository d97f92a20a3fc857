/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that tasks run: paths and arguments in pieces of one size. */
#include <string.h>

#include "world/world_impl.h"

/* Where the next byte of an image goes. */
struct writer {
    place last; /* piece that is being filled */
    uint32_t at;
};

/* Appends; false when no piece is left. */
static bool put(struct world *w, struct image *i, struct writer *out, const char *s, size_t n)
{
    while (n) {
        if (!out->last || out->at == BLOCK_DATA) {
            place fresh = pool_take(&w->block_pool);
            if (!fresh)
                return false;
            if (out->last)
                w->blocks[out->last].next = fresh;
            else
                i->blocks = fresh;
            out->last = fresh;
            out->at = 0;
        }
        size_t part = BLOCK_DATA - out->at < n ? BLOCK_DATA - out->at : n;
        memcpy(w->blocks[out->last].data + out->at, s, part);
        out->at += (uint32_t)part;
        i->bytes += (uint32_t)part;
        s += part;
        n -= part;
    }
    return true;
}

static uint8_t reason_of(const struct value *v)
{
    return v->reason ? v->reason : ABI_WHY_NOT_SEEN;
}

/* Keeps a text of at most max bytes. What does not fit is cut, and marked. */
static void keep_text(struct world *w, struct image *i, struct writer *out, enum image_text which,
                      const struct event *ev, int field, size_t max)
{
    struct value v = event_value(ev, (unsigned)field);
    if (v.status == ABI_MISSING || !v.data) {
        i->text[which].why = reason_of(&v);
        return;
    }
    size_t n = v.len > max ? max : v.len;
    uint32_t before = i->bytes;
    bool whole = put(w, i, out, v.data, n);
    w->block_count.evictions += !whole;
    i->text[which].known = true;
    i->text[which].len = (uint16_t)(i->bytes - before);
    if (!whole || n < v.len)
        i->text[which].why = ABI_WHY_LIMIT;
    else if (v.status == ABI_TRUNCATED)
        i->text[which].why = reason_of(&v);
}

static bool number(const struct event *ev, int field, uint64_t *out)
{
    struct value v = event_value(ev, (unsigned)field);
    *out = v.number;
    return v.status == ABI_PRESENT && v.encoding == ABI_ENC_INT;
}

static void keep_file(struct image *i, const struct image_source *from)
{
    uint64_t dev, inode, ctime, mode;
    i->has_file = number(from->ev, from->dev, &dev) && number(from->ev, from->inode, &inode) &&
                  number(from->ev, from->ctime, &ctime) && number(from->ev, from->mode, &mode);
    if (!i->has_file)
        return;
    i->dev = (uint32_t)dev;
    i->inode = inode;
    i->ctime = ctime;
    i->mode = (uint16_t)mode;
}

place image_make(struct world *w, const struct image_source *from, const struct task *spare)
{
    struct writer out = {0};
    place p = pool_take(&w->image_pool);
    while (!p && task_evict(w, spare)) {
        w->image_count.evictions++;
        p = pool_take(&w->image_pool);
    }
    if (!p)
        return 0;
    struct image *i = &w->images[p];
    i->refs = 1;
    keep_file(i, from);
    keep_text(w, i, &out, IMAGE_PATH, from->ev, from->path, ABI_STR_MAX);
    keep_text(w, i, &out, IMAGE_ARGV, from->ev, from->argv, WORLD_ARGV);
    keep_text(w, i, &out, IMAGE_SCRIPT, from->ev, from->script, ABI_STR_MAX);
    keep_text(w, i, &out, IMAGE_PWD, from->ev, from->pwd, ABI_STR_MAX);
    keep_text(w, i, &out, IMAGE_TTY, from->ev, from->tty, ABI_STR_MAX);
    return p;
}

place image_ref(struct world *w, place image)
{
    if (image)
        w->images[image].refs++;
    return image;
}

void image_unref(struct world *w, place image)
{
    if (!image || --w->images[image].refs)
        return;
    for (place p = w->images[image].blocks, next; p; p = next) {
        next = w->blocks[p].next;
        pool_give(&w->block_pool, p);
    }
    pool_give(&w->image_pool, image);
}

static void read_blocks(const struct world *w, const struct image *i, char *out)
{
    uint32_t left = i->bytes;
    for (place p = i->blocks; p && left; p = w->blocks[p].next) {
        uint32_t n = left < BLOCK_DATA ? left : BLOCK_DATA;
        memcpy(out, w->blocks[p].data, n);
        out += n;
        left -= n;
    }
}

size_t image_text(const struct world *w, const struct image *i, enum image_text which, char *out,
                  size_t cap)
{
    uint32_t skip = 0, len = i->text[which].known ? i->text[which].len : 0, n = 0;
    for (int t = 0; t < (int)which; t++)
        skip += i->text[t].known ? i->text[t].len : 0;
    uint32_t at = skip % BLOCK_DATA;
    place p = i->blocks;
    for (uint32_t b = 0; p && b < skip / BLOCK_DATA; b++)
        p = w->blocks[p].next;
    for (; p && n < len && n < cap - 1; at = 0, p = w->blocks[p].next)
        while (at < BLOCK_DATA && n < len && n < cap - 1)
            out[n++] = w->blocks[p].data[at++];
    out[n] = '\0';
    return n;
}

bool image_texts(const struct world *w, const struct image *i, struct arena *arena,
                 struct text_view *out)
{
    char *all = arena_alloc(arena, i->bytes + 1);
    if (!all)
        return false;
    read_blocks(w, i, all);
    all[i->bytes] = '\0';
    for (int t = 0; t < IMAGE_TEXTS; t++) {
        out[t] = (struct text_view){.why = i->text[t].why};
        if (!i->text[t].known)
            continue;
        out[t].s = all;
        out[t].len = i->text[t].len;
        all += i->text[t].len;
    }
    return true;
}
