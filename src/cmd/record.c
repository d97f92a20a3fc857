/* SPDX-License-Identifier: Apache-2.0 */
/* ratel record: trace, into one recording. */
#include "cmd/run.h"

int cmd_record(const struct options *o)
{
    struct strbuf spec = STRBUF_INIT(8192);

    if (!o->recording.text)
        return usage_say(o, "ratel record needs to know where to: ratel record -o FILE");
    strbuf_printf(&spec, "recording:%s", o->recording.text);
    /* Borrowed for the run; the place stays that of the file's name. */
    struct option_text output = o->recording;
    output.text = (char *)strbuf_cstr(&spec);
    struct option_list outputs = {.items = &output, .count = 1};
    int status = spec.overflow ? usage_say(o, "the name of the recording is too long")
                               : run_live(o, &outputs);

    strbuf_free(&spec);
    return status;
}
