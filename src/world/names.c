/* SPDX-License-Identifier: Apache-2.0 */
/* Names of users and groups. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "world/fields.h"
#include "world/world_impl.h"

#define NAME_ROWS (2 * WORLD_NAMES)

int names_init(struct names *n)
{
    n->rows = calloc(NAME_ROWS, sizeof(*n->rows));
    return n->rows ? 0 : -ENOMEM;
}

void names_free(struct names *n)
{
    free(n->rows);
}

size_t names_memory(void)
{
    return NAME_ROWS * sizeof(struct name);
}

/* Its row, or the free one where it would be: half of them are. */
static struct name *find(const struct names *n, uint32_t id)
{
    uint32_t i = (id * UINT32_C(0x9e3779b1) >> 16) % NAME_ROWS;
    while (n->rows[i].taken && n->rows[i].id != id)
        i = (i + 1) % NAME_ROWS;
    return &n->rows[i];
}

void names_set(struct names *n, uint32_t id, const char *s, size_t len)
{
    struct name *row = find(n, id);
    if (!row->taken && n->count == WORLD_NAMES) {
        n->refused++;
        return;
    }
    n->count += !row->taken;
    row->taken = true;
    row->id = id;
    row->len = (uint8_t)(len > NAME_BYTES ? 0 : len);
    memcpy(row->text, s, row->len);
    n->refused += len > NAME_BYTES;
}

struct text_view names_get(struct names *n, uint32_t id)
{
    if (!n->rows)
        return text_unknown(ABI_WHY_NOT_ASKED);
    const struct name *row = find(n, id);
    if (!row->taken || !row->len) {
        n->misses++;
        return text_unknown(ABI_WHY_ABSENT);
    }
    n->hits++;
    return (struct text_view){.s = row->text, .len = row->len};
}

static void feed_name(struct world *w, struct names *n, const struct event *ev, const char *field)
{
    uint64_t id;
    struct value v = event_value(ev, (unsigned)event_field(ev, "name"));
    if (!n->rows || !field_number(ev, field, &id))
        return;
    names_set(n, (uint32_t)id, v.data ? v.data : "", v.data ? v.len : 0);
    world_corrected(w, ev->rec->time);
}

void feed_user(struct world *w, const struct event *ev)
{
    feed_name(w, &w->users, ev, "user_id");
}

void feed_group(struct world *w, const struct event *ev)
{
    feed_name(w, &w->groups, ev, "group_id");
}

struct text_view world_user(struct world *w, uint32_t uid)
{
    return names_get(&w->users, uid);
}

struct text_view world_group(struct world *w, uint32_t gid)
{
    return names_get(&w->groups, gid);
}
