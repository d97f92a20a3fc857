/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sinks; opening, asking and closing one. */
#include "sink/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sink/sink_impl.h"

extern const struct sink_ops sink_table_text, sink_json, sink_tracee, sink_csv, sink_template;
extern const struct sink_ops sink_recording;

const struct sink_ops *const sink_table[] = {
    &sink_table_text, &sink_json, &sink_tracee, &sink_csv, &sink_template, &sink_recording, NULL,
};

#define SINK_KINDS (sizeof(sink_table) / sizeof(sink_table[0]) - 1)

const struct sink_ops *sink_ops_find(const char *name, size_t len)
{
    for (const struct sink_ops *const *o = sink_table; *o; o++)
        if (strlen((*o)->name) == len && !memcmp((*o)->name, name, len))
            return *o;
    return NULL;
}

static int unknown_format(const char *spec, size_t len, struct error *err)
{
    const char *names[SINK_KINDS + 1], *near = NULL;
    unsigned n = 0;
    for (const struct sink_ops *const *o = sink_table; *o; o++)
        names[n++] = (*o)->name;
    error_place(err, NULL, 0, 1, spec);
    if (suggest_names(names, n, spec, len, &near, 1))
        return error_set(err, -EINVAL, "unknown output format '%.*s'; did you mean '%s'?", (int)len,
                         spec, near);
    return error_set(err, -EINVAL, "unknown output format '%.*s'; see: ratel list outputs",
                     (int)len, spec);
}

/* FORMAT[=ARGUMENT][:DESTINATION] taken apart; the argument ends at the first ':'. */
struct spec {
    const struct sink_ops *ops;
    const char *argument; /* in the spec */
    size_t argument_len;
};

static int spec_parse(struct spec *out, const char *spec, struct error *err)
{
    size_t name = strcspn(spec, "=:");
    bool has = spec[name] == '=';
    out->ops = sink_ops_find(spec, name);
    if (!out->ops)
        return unknown_format(spec, name, err);
    out->argument = spec + name + has;
    out->argument_len = has ? strcspn(out->argument, ":") : 0;
    if (has && !out->ops->needs_argument)
        return error_set(err, -EINVAL, "output format '%s' takes no argument", out->ops->name);
    if (!out->argument_len && out->ops->needs_argument)
        return error_set(err, -EINVAL, "output format '%s' needs an argument: %s=…[:DESTINATION]",
                         out->ops->name, out->ops->name);
    return 0;
}

int sink_check(const char *spec, struct error *err)
{
    struct spec parts;
    return spec_parse(&parts, spec, err);
}

static int sink_name(struct sink *s, const char *spec, struct error *err)
{
    struct spec parts;
    int rc = spec_parse(&parts, spec, err);
    if (rc)
        return rc;
    s->ops = parts.ops;
    s->spec = strdup(spec);
    s->argument = strndup(parts.argument, parts.argument_len);
    s->state = calloc(1, s->ops->size ? s->ops->size : 1);
    if (!s->spec || !s->argument || !s->state)
        return error_set(err, -ENOMEM, "no memory for output '%s'", spec);
    const char *where = s->spec + (parts.argument - spec) + parts.argument_len;
    s->where = *where == ':' ? where + 1 : "";
    return 0;
}

/* What stands behind FORMAT[=ARGUMENT]: in the spec. */
static const char *spec_where(const char *spec)
{
    const char *where = spec + strcspn(spec, "=:");
    if (*where == '=')
        where += strcspn(where, ":");
    return *where == ':' ? where + 1 : where;
}

int sink_spares(const char *spec, const char *path, struct error *err)
{
    struct destination read = {.name = path, .path = (char *)(uintptr_t)path};
    bool standard = !strcmp(path, "-");
    read.fd = standard ? STDIN_FILENO : open(path, O_PATH | O_CLOEXEC);
    bool same = read.fd >= 0 && destination_same(&read, spec_where(spec));
    if (!standard && read.fd >= 0)
        close(read.fd);
    if (!same)
        return 0;
    return error_set(err, -EINVAL, "output '%s' would write over the recording that is read", spec);
}

int sink_clash(struct sink *const *open, unsigned count, const char *spec, struct error *err)
{
    const char *where = spec_where(spec);
    for (unsigned i = 0; i < count; i++)
        if (destination_same(&open[i]->dest, where))
            return error_set(err, -EINVAL, "outputs '%s' and '%s' would both write to %s",
                             open[i]->spec, spec, *where ? where : "standard output");
    return 0;
}

static int open_destination(struct sink *s, struct error *err)
{
    int rc = destination_open(&s->dest, s->where, err);
    if (rc)
        return rc;
    if (s->ops->binary && isatty(s->dest.fd))
        return error_set(err, -EINVAL, "output format '%s' is not text: not for a terminal",
                         s->ops->name);
    atomic_store(&s->fd, s->dest.fd);
    return s->ops->begin ? s->ops->begin(s, &s->out, err) : 0;
}

/* Signals are for the main thread. */
static int start_thread(struct sink *s, struct error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = -pthread_create(&s->thread, NULL, sink_thread, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (rc)
        return error_set(err, rc, "can't start a thread for output '%s': %s", s->spec,
                         strerror(-rc));
    s->started = true;
    return 0;
}

/* A batch in its hands, its buffers, what it touches of its stack, and the format's own. */
size_t sink_memory(const char *spec, const struct sink_context *ctx)
{
    const struct sink_ops *ops = sink_ops_find(spec, strcspn(spec, "=:"));
    bool rotates = ctx->rotate_bytes || ctx->rotate_seconds;
    size_t out = OUT_FLUSH + EVENT_TEXT;
    if (!ops)
        return 0;
    if (ops->binary)
        out += RECORDING_APPEND_MAX;
    else if (rotates)
        out += EVENT_TEXT;
    return sizeof(struct sink) + BATCH_BYTES + out + SINK_STACK + ops->size +
           (ops->memory ? ops->memory() : 0);
}

static struct sink *sink_new(const struct sink_context *ctx)
{
    struct sink *s = calloc(1, sizeof(*s));
    if (!s)
        return NULL;
    s->ctx = ctx;
    s->dest.fd = -1;
    atomic_init(&s->fd, -1);
    s->out.limit = OUT_FLUSH + EVENT_TEXT + RECORDING_APPEND_MAX;
    s->held.limit = EVENT_TEXT;
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->more, &attr);
    pthread_cond_init(&s->space, &attr);
    pthread_condattr_destroy(&attr);
    return s;
}

static void sink_free(struct sink *s)
{
    if (s->state && s->ops->close)
        s->ops->close(s);
    destination_close(&s->dest);
    if (s->wake >= 0)
        close(s->wake);
    strbuf_free(&s->out);
    strbuf_free(&s->held);
    pthread_cond_destroy(&s->space);
    pthread_cond_destroy(&s->more);
    pthread_mutex_destroy(&s->lock);
    free(s->state);
    free(s->argument);
    free(s->spec);
    free(s);
}

int sink_open(struct sink **out, const char *spec, const struct sink_context *ctx,
              struct error *err)
{
    struct sink *s = sink_new(ctx);
    if (!s)
        return error_set(err, -ENOMEM, "no memory for output '%s'", spec);
    int rc = s->wake < 0 ? error_set(err, -EMFILE, "can't open output '%s': no descriptor", spec)
                         : sink_name(s, spec, err);
    if (!rc)
        rc = open_destination(s, err);
    if (!rc && s->out.overflow)
        rc = error_set(err, -ENOMEM, "no memory for output '%s'", spec);
    if (!rc)
        rc = start_thread(s, err);
    if (rc) {
        sink_free(s);
        return rc;
    }
    *out = s;
    return 0;
}

void *sink_state(struct sink *s)
{
    return s->state;
}

const struct sink_context *sink_ctx(const struct sink *s)
{
    return s->ctx;
}

const char *sink_argument(const struct sink *s)
{
    return s->argument;
}

const char *sink_spec(const struct sink *s)
{
    return s->spec;
}

int sink_fd(const struct sink *s)
{
    return atomic_load(&((struct sink *)(uintptr_t)s)->fd);
}

bool sink_ended(const struct sink *s)
{
    struct sink *m = (struct sink *)(uintptr_t)s;
    pthread_mutex_lock(&m->lock);
    bool ended = m->ended;
    pthread_mutex_unlock(&m->lock);
    return ended;
}

struct sink_counts sink_counts(struct sink *s)
{
    pthread_mutex_lock(&s->lock);
    struct sink_counts counts = s->counts;
    pthread_mutex_unlock(&s->lock);
    return counts;
}

void sink_finish(struct sink *s)
{
    uint64_t one = 1;
    pthread_mutex_lock(&s->lock);
    if (!s->finishing) {
        s->finishing = true;
        s->finish_at = monotonic_ms();
        /* Can't fail: the counter starts at zero. */
        if (write(s->wake, &one, sizeof(one)) < 0)
            s->finish_at = 0;
    }
    pthread_cond_broadcast(&s->more);
    pthread_cond_broadcast(&s->space);
    pthread_mutex_unlock(&s->lock);
}

void sink_close(struct sink *s, struct sink_counts *last)
{
    if (!s)
        return;
    sink_finish(s);
    if (s->started)
        pthread_join(s->thread, NULL);
    if (last)
        *last = sink_counts(s);
    if (last && s->state && s->ops->figures)
        s->ops->figures(s, &last->ready);
    sink_free(s);
}
