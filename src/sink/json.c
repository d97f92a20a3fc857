/* SPDX-License-Identifier: Apache-2.0 */
/* json: one object a line, as docs/event.schema.json says. */
#include "sink/text.h"

static void json_event(struct sink *s, struct strbuf *out, const struct event *ev)
{
    struct format f = sink_format(s);
    event_json(out, &f, sink_ctx(s)->machine, ev);
    strbuf_putc(out, '\n');
}

extern const struct sink_ops sink_json;
const struct sink_ops sink_json = {
    .name = "json",
    .meaning = "one JSON object a line, for programs (docs/event.schema.json)",
    .event = json_event,
};
