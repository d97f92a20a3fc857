/* SPDX-License-Identifier: Apache-2.0 */
/* json: one object a line, as docs/event.schema.json says. */
#include "base/limits.h"
#include "sink/text.h"

static void json_event(struct sink *s, struct strbuf *out, const struct event *ev)
{
    struct context_text *kept = sink_state(s);
    struct format f = sink_format(s);
    f.kept = kept;
    kept->process.limit = kept->rest.limit = EVENT_TEXT;
    event_json(out, &f, sink_ctx(s)->machine, ev);
    strbuf_putc(out, '\n');
}

static void json_figures(struct sink *s, struct cache_figures *out)
{
    struct context_text *kept = sink_state(s);
    text_cache_figures(&kept->texts, out);
}

static void json_close(struct sink *s)
{
    context_text_free(sink_state(s));
}

static size_t json_memory(void)
{
    return 2 * EVENT_TEXT + text_cache_memory();
}

extern const struct sink_ops sink_json;
const struct sink_ops sink_json = {
    .name = "json",
    .meaning = "one JSON object a line, for programs (docs/event.schema.json)",
    .size = sizeof(struct context_text),
    .memory = json_memory,
    .event = json_event,
    .figures = json_figures,
    .close = json_close,
};
