/* SPDX-License-Identifier: Apache-2.0 */
/* ratel generate: what the build and the completion scripts ask for; not for people. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/manual.h"
#include "event/catalog.h"

static int generate_events(void)
{
    struct strbuf out = STRBUF_INIT(OUTPUT_MAX);
    const struct catalog *c = catalog_builtin();
    unsigned count;
    const char *const *sets = catalog_sets(&count);

    for (unsigned i = 0; i < c->count; i++)
        strbuf_printf(&out, "%s\n", c->events[i].name);
    for (unsigned i = 0; i < count; i++)
        strbuf_printf(&out, "%s\n", sets[i]);
    return output_flush(&out);
}

static int read_page(const char *path, struct strbuf *text, struct error *err)
{
    FILE *file = fopen(path, "re");
    char chunk[4096];
    size_t n;

    if (!file)
        return error_set(err, -errno, "can't read the page: %s", strerror(errno));
    while ((n = fread(chunk, 1, sizeof(chunk), file)) > 0)
        strbuf_put(text, chunk, n);
    int failed = ferror(file);
    fclose(file);
    if (failed || text->overflow)
        return error_set(err, -EIO, "can't read the page");
    return 0;
}

int cmd_generate(const struct options *o)
{
    struct strbuf text = STRBUF_INIT(PAGE_MAX), out = STRBUF_INIT(OUTPUT_MAX);
    struct error err = {0};

    if (o->noperands != 1)
        return usage_say(o, "ratel generate takes one operand: a page, or 'events'");
    if (!strcmp(o->operands[0], "events"))
        return generate_events();
    err.file = o->operands[0];
    int rc = read_page(o->operands[0], &text, &err);
    if (!rc)
        rc = manual_fill(&out, strbuf_cstr(&text), &err);
    if (rc)
        error_print(&err, stderr);
    strbuf_free(&text);
    if (!rc)
        return output_flush(&out);
    strbuf_free(&out);
    return EXIT_FAILED;
}
