/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record as it comes from a ring: decoded, and every value of it taken and formatted. The first
 * byte says what is put right before (PUT_*), because most random records are refused for these;
 * the second whether numbers stay numbers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event/event.h"
#include "event/format.h"
#include "event/stack.h"

#define PUT_LEN   1 /* first byte: .len becomes what there is */
#define PUT_EVENT 2 /* .event becomes one that exists */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk_strv(const struct value *v)
{
    size_t pos = 0, len, total = 0;
    const char *s;

    while (value_strv_next(v, &pos, &s, &len)) {
        total += len;
        if (len && (s < v->data || s + len > v->data + v->len))
            abort();
    }
    if (total > v->len)
        abort();
}

static void show(const struct event *ev, bool raw)
{
    const struct format f = {.realtime_offset = 1700000000000000000, .raw = raw};
    struct strbuf out = STRBUF_INIT(4 << 20);

    for (unsigned i = 0; i < ev->def->nfields; i++) {
        struct value v = event_value(ev, i);

        if (v.encoding == ABI_ENC_STRV && v.status != ABI_MISSING)
            walk_strv(&v);
        value_text(&out, &f, &ev->def->fields[i], &v);
        value_json(&out, &f, &ev->def->fields[i], &v);
    }
    struct stack_frame frame;
    for (size_t pos = 0; stack_next(ev, &pos, &frame);)
        stack_frame_text(&out, &frame);
    stack_json(&out, ev);
    return_text(&out, &f, ev);
    time_text(&out, &f, ev->rec->time);
    /* Nothing that a terminal would obey. */
    for (size_t i = 0; i < out.len; i++)
        if ((unsigned char)out.data[i] < 0x20 || out.data[i] == 0x7f)
            abort();
    strbuf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct catalog *c = catalog_builtin();
    struct event ev;
    size_t len;

    if (size < 2 || size > ABI_RECORD_MAX)
        return 0;
    /* A block of its own: it is aligned as a ring's records are, and a read past it is seen. */
    len = size - 2;
    void *copy = malloc(len ? len : 1);
    if (!copy)
        return 0;
    memcpy(copy, data + 2, len);
    if (len >= sizeof(struct abi_record)) {
        struct abi_record *r = copy;

        if (data[0] & PUT_LEN)
            r->len = (uint32_t)len;
        if (data[0] & PUT_EVENT)
            r->event = c->events[r->event % c->count].id;
    }
    if (!event_decode(&ev, c, copy, len)) {
        show(&ev, false);
        show(&ev, data[1] & 1);
    }
    free(copy);
    return 0;
}
