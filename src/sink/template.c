/* SPDX-License-Identifier: Apache-2.0 */
/* template=FILE: the text that the user's file makes of an event. */
#include "sink/template.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "sink/text.h"

struct template_state {
    struct template t;
    bool ready;
};

static int read_error(const char *path, int rc, struct error *err)
{
    return error_set(err, rc, "can't read template %s: %s", path, strerror(-rc));
}

/* The whole file, a NUL behind it. */
static int read_file(const char *path, char **out, size_t *len, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return read_error(path, -errno, err);
    char *text = malloc(TEMPLATE_BYTES + 1);
    size_t n = 0;
    ssize_t got = text ? 1 : -1;
    int rc = text ? 0 : -ENOMEM;
    while (text && n < TEMPLATE_BYTES && (got = read(fd, text + n, TEMPLATE_BYTES - n)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rc = -errno;
            break;
        }
        n += (size_t)got;
    }
    close(fd);
    if (!rc && n == TEMPLATE_BYTES)
        rc = -EFBIG;
    if (rc) {
        free(text);
        return read_error(path, rc, err);
    }
    text[n] = '\0';
    *out = text;
    *len = n;
    return 0;
}

/* The sink, and with it the file's text, is gone when the error is printed: it gets copies. */
static void keep_place(struct error *err)
{
    static char file[PATH_MAX], line[LINE_MAX];
    if (err->file)
        snprintf(file, sizeof(file), "%s", err->file);
    if (err->text)
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(err->text, "\n"), err->text);
    err->file = err->file ? file : NULL;
    err->text = err->text ? line : NULL;
}

static int template_begin(struct sink *s, struct strbuf *out, struct error *err)
{
    struct template_state *state = sink_state(s);
    char *text = NULL;
    size_t len = 0;
    (void)out;
    if (state->ready)
        return 0;
    int rc = read_file(sink_argument(s), &text, &len, err);
    if (rc)
        return rc;
    rc = template_parse_take(&state->t, text, len, sink_argument(s), sink_ctx(s)->catalog, err);
    state->ready = rc == 0;
    if (rc)
        keep_place(err);
    return rc;
}

static void template_event(struct sink *s, struct strbuf *out, const struct event *ev)
{
    const struct template_state *state = sink_state(s);
    struct format f = sink_format(s);
    template_run(&state->t, out, &f, sink_ctx(s)->machine, ev);
}

static void template_close(struct sink *s)
{
    struct template_state *state = sink_state(s);
    template_free(&state->t);
}

static size_t template_memory(void)
{
    return TEMPLATE_BYTES + TEMPLATE_OPS * sizeof(struct template_op);
}

extern const struct sink_ops sink_template;
const struct sink_ops sink_template = {
    .name = "template",
    .meaning = "what the template in FILE says: template=FILE",
    .size = sizeof(struct template_state),
    .memory = template_memory,
    .needs_argument = true,
    .begin = template_begin,
    .event = template_event,
    .close = template_close,
};
