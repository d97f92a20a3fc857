/* SPDX-License-Identifier: Apache-2.0 */
#include "event/stack.h"

#include <string.h>

#include "event/format.h"

static const char *const reasons[ABI_FRAME_REASON_COUNT] = {
#define X(name, text) text,
    ABI_FRAME_REASONS(X)
#undef X
};

const char *stack_why(uint8_t why)
{
    return why < ABI_FRAME_REASON_COUNT ? reasons[why] : "";
}

static size_t texts_size(const struct abi_stack_frame *f)
{
    return ((size_t)f->symbol_len + f->object_len + f->build_id_len + 7) & ~(size_t)7;
}

bool stack_next(const struct event *ev, size_t *pos, struct stack_frame *out)
{
    struct abi_stack_frame f;
    if (!ev->stack || ev->stack->len - *pos < sizeof(f))
        return false;
    const char *p = (const char *)field_payload(ev->stack) + *pos;
    memcpy(&f, p, sizeof(f));
    if (texts_size(&f) > ev->stack->len - *pos - sizeof(f))
        return false;
    p += sizeof(f);
    *out = (struct stack_frame){.address = f.address,
                                .offset = f.offset,
                                .symbol = f.symbol_len ? p : NULL,
                                .symbol_len = f.symbol_len,
                                .object = f.object_len ? p + f.symbol_len : NULL,
                                .object_len = f.object_len,
                                .build_id_len = f.build_id_len,
                                .why = f.why};
    if (f.build_id_len)
        out->build_id = (const uint8_t *)p + f.symbol_len + f.object_len;
    *pos += sizeof(f) + texts_size(&f);
    return true;
}

size_t stack_put(char *memory, size_t room, const struct stack_frame *frame)
{
    struct abi_stack_frame f = {.address = frame->address,
                                .offset = frame->offset,
                                .symbol_len = (uint16_t)frame->symbol_len,
                                .object_len = (uint16_t)frame->object_len,
                                .build_id_len = (uint8_t)frame->build_id_len,
                                .why = frame->why};
    size_t texts = texts_size(&f);
    if (room < sizeof(f) + texts)
        return 0;
    memcpy(memory, &f, sizeof(f));
    char *p = memory + sizeof(f);
    if (texts)
        memset(p + texts - 8, 0, 8);
    if (f.symbol_len)
        memcpy(p, frame->symbol, f.symbol_len);
    if (f.object_len)
        memcpy(p + f.symbol_len, frame->object, f.object_len);
    if (f.build_id_len)
        memcpy(p + f.symbol_len + f.object_len, frame->build_id, f.build_id_len);
    return sizeof(f) + texts;
}

static void put_hex(struct strbuf *out, const char *before, uint64_t v)
{
    strbuf_puts(out, before);
    strbuf_put_hex(out, v);
}

void stack_frame_text(struct strbuf *out, const struct stack_frame *f)
{
    put_hex(out, "0x", f->address);
    strbuf_putc(out, ' ');
    if (f->symbol) {
        text_escape(out, f->symbol, f->symbol_len);
        put_hex(out, "+0x", f->offset);
    } else {
        strbuf_printf(out, "-(%s)", stack_why(f->why));
    }
    if (!f->object)
        return;
    strbuf_putc(out, ' ');
    text_escape(out, f->object, f->object_len);
    if (!f->symbol)
        put_hex(out, "+0x", f->offset);
}

static void frame_json(struct strbuf *out, const struct stack_frame *f)
{
    strbuf_lit(out, "{\"address\":\"0x");
    strbuf_put_hex(out, f->address);
    strbuf_putc(out, '"');
    if (f->symbol) {
        strbuf_lit(out, ",\"symbol\":");
        json_quote(out, f->symbol, f->symbol_len);
    }
    if (f->symbol || f->object) {
        strbuf_lit(out, ",\"offset\":");
        strbuf_put_u64(out, f->offset);
    }
    if (f->object) {
        strbuf_lit(out, ",\"object\":");
        json_quote(out, f->object, f->object_len);
    }
    if (f->build_id) {
        strbuf_lit(out, ",\"build_id\":\"");
        hex_text(out, f->build_id, f->build_id_len);
        strbuf_putc(out, '"');
    }
    if (!f->symbol) {
        strbuf_lit(out, ",\"why\":\"");
        strbuf_puts(out, stack_why(f->why));
        strbuf_putc(out, '"');
    }
    strbuf_putc(out, '}');
}

void stack_text(struct strbuf *out, const struct event *ev)
{
    struct stack_frame f;
    size_t pos = 0;
    for (bool first = true; stack_next(ev, &pos, &f); first = false) {
        if (!first)
            strbuf_lit(out, " < ");
        stack_frame_text(out, &f);
    }
}

void stack_json(struct strbuf *out, const struct event *ev)
{
    struct stack_frame f;
    size_t pos = 0;
    if (!ev->stack || ev->stack->status == ABI_MISSING) {
        strbuf_lit(out, "null");
        return;
    }
    strbuf_putc(out, '[');
    for (bool first = true; stack_next(ev, &pos, &f); first = false) {
        if (!first)
            strbuf_putc(out, ',');
        frame_json(out, &f);
    }
    strbuf_putc(out, ']');
}
