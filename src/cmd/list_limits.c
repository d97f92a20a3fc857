/* SPDX-License-Identifier: Apache-2.0 */
/* ratel list limits: what is bounded, where, and what it costs. */
#include "cmd/list_limits.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "chosen_plan.h"
#include "cmd/json.h"
#include "cmd/text.h"

enum unit { UNIT_BYTES, UNIT_COUNT };

static const struct limit {
    const char *name, *bounds, *cost;
    uint64_t value;
    enum unit unit;
} limits[] = {
#define LIMIT(name, value, unit, bounds, cost) {#name, bounds, cost, value, UNIT_##unit},
#define KERNEL_LIMIT(name, unit, bounds, cost) {#name, bounds, cost, name, UNIT_##unit},
#include "limits.def"
#undef KERNEL_LIMIT
#undef LIMIT
};

#define NLIMITS (sizeof(limits) / sizeof(limits[0]))

/* As the options take sizes: 64K. */
static void put_value(struct strbuf *out, const struct limit *l)
{
    static const char suffixes[] = "KMG";
    uint64_t v = l->value;
    int s = -1;

    for (; l->unit == UNIT_BYTES && v >= 1024 && v % 1024 == 0; s++)
        v /= 1024;
    strbuf_printf(out, "%" PRIu64, v);
    if (s >= 0)
        strbuf_putc(out, suffixes[s]);
}

static void put_row(struct strbuf *out, const struct limit *l, unsigned width)
{
    struct strbuf name = STRBUF_INIT(128), text = STRBUF_INIT(1024);

    strbuf_printf(&name, "%-22s ", l->name);
    put_value(&name, l);
    strbuf_printf(&text, "%s; when it is reached: %s", l->bounds, l->cost);
    text_row(out, strbuf_cstr(&name), 30, strbuf_cstr(&text), width);
    strbuf_free(&name);
    strbuf_free(&text);
}

static void json_limit(struct json *j, const struct limit *l)
{
    json_newline(j);
    json_open(j, '{');
    json_key(j, "name");
    json_text(j, l->name);
    json_key(j, "value");
    json_int(j, (int64_t)l->value);
    json_key(j, "unit");
    json_text(j, l->unit == UNIT_BYTES ? "bytes" : "count");
    json_key(j, "bounds");
    json_text(j, l->bounds);
    json_key(j, "cost");
    json_text(j, l->cost);
    json_close(j, '}');
}

static bool is_size(const struct option_def *d)
{
    return d->type == OPTION_TYPE_SIZE || d->type == OPTION_TYPE_RING;
}

static void put_options(struct strbuf *out)
{
    strbuf_lit(out, "\nSizes that options set, and their defaults:\n\n");
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (is_size(&option_defs[i]))
            strbuf_printf(out, "  --%-26s %s\n", option_defs[i].name, option_defs[i].initial);
}

int list_limits(const struct options *o, struct strbuf *out)
{
    unsigned width = text_width(TEXT_UNWRAPPED);
    struct json j = {.out = out};

    if (o->json)
        json_open(&j, '[');
    for (unsigned i = 0; i < NLIMITS; i++) {
        if (o->json)
            json_limit(&j, &limits[i]);
        else
            put_row(out, &limits[i], width);
    }
    if (o->json) {
        json_close(&j, ']');
        strbuf_putc(out, '\n');
    } else {
        put_options(out);
    }
    return EXIT_OK;
}
