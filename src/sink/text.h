/* SPDX-License-Identifier: Apache-2.0 */
/* What the sinks that write text have in common. */
#ifndef RATEL_SINK_TEXT_H
#define RATEL_SINK_TEXT_H

#include "sink/sink.h"

static inline struct format sink_format(const struct sink *s)
{
    const struct sink_context *ctx = sink_ctx(s);
    return (struct format){
        .realtime_offset = ctx->machine->realtime_offset, .raw = ctx->raw, .catalog = ctx->catalog};
}

/* The thread's name as long as it is. */
static inline size_t comm_length(const struct abi_record *r)
{
    return strnlen(r->comm, sizeof(r->comm));
}

/* name=value name=value … with separators of the caller's. */
void sink_args_text(struct strbuf *out, const struct format *f, const struct event *ev,
                    const char *equals, const char *separator);

#endif
