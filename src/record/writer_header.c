/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of a recording: the machine, and what the catalog says about each event. */
#include <errno.h>
#include <string.h>

#include "event/flags.h"
#include "record/writer.h"

void writer_text(struct strbuf *out, const char *s)
{
    uint16_t len = (uint16_t)strnlen(s, UINT16_MAX);

    strbuf_put(out, &len, sizeof(len));
    strbuf_put(out, s, len);
    strbuf_putc(out, '\0');
}

static void pad(struct strbuf *out, size_t from)
{
    while ((out->len - from) % 8 && !out->overflow)
        strbuf_putc(out, '\0');
}

/* Begins a section; returns where, for section_end. */
static size_t section_begin(struct strbuf *out, uint32_t kind)
{
    struct disk_section s = {.kind = kind};
    size_t at = out->len;

    strbuf_put(out, &s, sizeof(s));
    return at;
}

static void section_end(struct strbuf *out, size_t at)
{
    uint32_t len;

    if (out->overflow)
        return;
    len = (uint32_t)(out->len - at - sizeof(struct disk_section));
    memcpy(out->data + at + offsetof(struct disk_section, len), &len, sizeof(len));
    pad(out, at);
}

static void put_machine(struct strbuf *out, const struct machine *m)
{
    struct disk_machine d = {
        .realtime_offset = m->realtime_offset,
        .boot_time = m->boot_time,
        .ncpu = m->ncpu,
        .clock_ticks = m->clock_ticks,
    };
    size_t at = section_begin(out, DISK_MACHINE);

    _Static_assert(sizeof(d.hostname) > sizeof(m->hostname), "a NUL stays behind it");
    _Static_assert(sizeof(d.boot_id) >= sizeof(m->boot_id), "all of it fits");
    memcpy(d.hostname, m->hostname, strnlen(m->hostname, sizeof(m->hostname)));
    memcpy(d.kernel, m->kernel, strnlen(m->kernel, sizeof(m->kernel)));
    memcpy(d.arch, m->arch, strnlen(m->arch, sizeof(m->arch)));
    memcpy(d.boot_id, m->boot_id, strnlen(m->boot_id, sizeof(m->boot_id) - 1));
    strbuf_put(out, &d, sizeof(d));
    section_end(out, at);
}

static void put_event(struct strbuf *out, const struct event_def *def)
{
    struct disk_event d = {.id = def->id, .nfields = def->nfields};

    strbuf_put(out, &d, sizeof(d));
    writer_text(out, def->name);
    writer_text(out, return_names[def->returns]);
    for (unsigned i = 0; i < def->nfields; i++) {
        const struct field_def *f = &def->fields[i];

        writer_text(out, f->name);
        writer_text(out, type_defs[f->type].name);
        writer_text(out, f->flags ? f->flags->name : "");
    }
}

static void put_catalog(struct strbuf *out, const struct catalog *c)
{
    struct disk_catalog d = {.events = c->count};
    size_t at = section_begin(out, DISK_CATALOG);

    strbuf_put(out, &d, sizeof(d));
    for (unsigned i = 0; i < c->count; i++)
        put_event(out, &c->events[i]);
    section_end(out, at);
}

/* A file begins: nothing of an earlier one is left. */
static void writer_restart(struct recording_writer *w)
{
    w->lost += w->frame.records;
    writer_forget(w);
    index_clear(&w->index);
    w->records = 0;
    w->frames = 0;
    w->offset = 0;
}

int recording_writer_header(struct recording_writer *w, struct strbuf *out)
{
    struct disk_header h = {
        .magic = DISK_MAGIC,
        .order = DISK_ORDER,
        .major = DISK_MAJOR,
        .minor = DISK_MINOR,
        .abi = ABI_VERSION,
    };
    size_t at = out->len;
    bool overflow = out->overflow;

    writer_restart(w);
    out->overflow = false;
    strbuf_put(out, &h, sizeof(h));
    put_machine(out, &w->machine);
    put_catalog(out, w->catalog);
    section_end(out, section_begin(out, DISK_WORLD));
    if (out->overflow) {
        out->len = at;
        return -ENOMEM;
    }
    h.sections = (uint32_t)(out->len - at - sizeof(h));
    h.sum = disk_header_sum(&h, out->data + at + sizeof(h));
    memcpy(out->data + at, &h, sizeof(h));
    w->offset = out->len - at;
    out->overflow = overflow;
    return 0;
}
