/* SPDX-License-Identifier: Apache-2.0 */
/* The beginning of a recording, read: which format, which machine, which events. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "record/reader.h"

static int fail_damaged(const struct recording *r, struct error *err, const char *what)
{
    return error_set(err, -EBADMSG, "the header of %s is damaged: %s", r->name, what);
}

/* Bytes of a section, taken one after the other; .bad once something was not there. */
struct cursor {
    const char *p, *end;
    bool bad;
};

static void take(struct cursor *c, void *to, size_t n)
{
    if ((size_t)(c->end - c->p) < n) {
        c->bad = true;
        memset(to, 0, n);
        return;
    }
    memcpy(to, c->p, n);
    c->p += n;
}

/* Names go to terminals and into queries: nothing else than what names are made of. */
static bool name_ok(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = s[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
            !memchr("_-.:/+$@", c, 8))
            return false;
    }
    return len <= DISK_NAME_MAX;
}

static const char *take_name(struct cursor *c, bool may_be_empty)
{
    uint16_t len;
    const char *s;

    take(c, &len, sizeof(len));
    s = c->p;
    if (c->bad || (size_t)(c->end - s) <= len || s[len] != '\0' || !name_ok(s, len) ||
        (len == 0 && !may_be_empty)) {
        c->bad = true;
        return "";
    }
    c->p = s + len + 1;
    return s;
}

static void take_event(struct cursor *c, struct catalog_entry *e)
{
    struct disk_event d;

    take(c, &d, sizeof(d));
    if (d.nfields > ABI_FIELDS_MAX) {
        c->bad = true;
        return;
    }
    e->id = d.id;
    e->nfields = (uint8_t)d.nfields;
    e->name = take_name(c, false);
    e->returns = take_name(c, false);
    for (unsigned i = 0; i < d.nfields && !c->bad; i++) {
        e->fields[i].name = take_name(c, false);
        e->fields[i].type = take_name(c, false);
        e->fields[i].flags = take_name(c, true);
    }
}

static int read_catalog(struct recording *r, struct cursor c, struct error *err)
{
    struct catalog_entry *entries;
    struct disk_catalog d;
    int rc;

    take(&c, &d, sizeof(d));
    if (c.bad || r->catalog || d.events == 0 || d.events > CATALOG_IDS)
        return fail_damaged(r, err, "its list of events makes no sense");
    entries = calloc(d.events, sizeof(*entries));
    if (!entries)
        return error_set(err, -ENOMEM, "no memory for the events of %s", r->name);
    for (unsigned i = 0; i < d.events && !c.bad; i++)
        take_event(&c, &entries[i]);
    rc = c.bad ? -EINVAL : catalog_overlay(entries, d.events, &r->catalog);
    free(entries);
    if (rc == -ENOMEM)
        return error_set(err, rc, "no memory for the events of %s", r->name);
    return rc ? fail_damaged(r, err, "its list of events makes no sense") : 0;
}

static bool text_fits(char *to, size_t cap, const char *from, size_t len)
{
    size_t n = strnlen(from, len);

    if (n >= cap || n == len)
        return false;
    memcpy(to, from, n + 1);
    return true;
}

static int read_machine(struct recording *r, struct cursor c, struct error *err)
{
    struct machine *m = &r->machine;
    struct disk_machine d;

    take(&c, &d, sizeof(d));
    if (c.bad || d.ncpu == 0 || d.ncpu > DISK_CPUS_MAX ||
        !text_fits(m->hostname, sizeof(m->hostname), d.hostname, sizeof(d.hostname)) ||
        !text_fits(m->kernel, sizeof(m->kernel), d.kernel, sizeof(d.kernel)) ||
        !text_fits(m->arch, sizeof(m->arch), d.arch, sizeof(d.arch)) ||
        !text_fits(m->boot_id, sizeof(m->boot_id), d.boot_id, sizeof(d.boot_id)))
        return fail_damaged(r, err, "what it says about the machine makes no sense");
    m->realtime_offset = d.realtime_offset;
    m->boot_time = d.boot_time;
    m->ncpu = d.ncpu;
    m->clock_ticks = d.clock_ticks;
    return 0;
}

int reader_sections(struct recording *r, const char *data, size_t len, struct error *err)
{
    struct cursor c = {.p = len ? data : "", .bad = false};
    bool machine = false;

    c.end = c.p + len;
    while (c.p < c.end) {
        struct disk_section s;
        struct cursor body;
        size_t left;
        int rc = 0;

        take(&c, &s, sizeof(s));
        left = (size_t)(c.end - c.p);
        if (c.bad || s.len > left)
            return fail_damaged(r, err, "a section is longer than the header");
        body = (struct cursor){.p = c.p, .end = c.p + s.len};
        if (s.kind == DISK_MACHINE) {
            machine = true;
            rc = read_machine(r, body, err);
        } else if (s.kind == DISK_CATALOG) {
            rc = read_catalog(r, body, err);
        }
        if (rc)
            return rc;
        c.p +=
            left < (((size_t)s.len + 7) & ~(size_t)7) ? left : (((size_t)s.len + 7) & ~(size_t)7);
    }
    if (!machine || !r->catalog)
        return fail_damaged(r, err, "it does not say of which machine and which events it is");
    return 0;
}

/* Nothing else is to be done while a pipe's header is on its way. */
static int fill(struct recording *r, void *buf, size_t n)
{
    int rc;

    do
        rc = input_fill(&r->in, buf, n);
    while (rc == -EAGAIN);
    return rc;
}

static int check_format(const struct recording *r, const struct disk_header *h, struct error *err)
{
    if (memcmp(h->magic, DISK_MAGIC, DISK_MAGIC_LEN))
        return error_set(err, -EBADMSG, "%s is not a recording of ratel", r->name);
    if (h->order == __builtin_bswap32(DISK_ORDER))
        return error_set(err, -EBADMSG,
                         "%s was recorded on a machine of the other byte order; replay it on one "
                         "of that kind",
                         r->name);
    if (h->order != DISK_ORDER)
        return fail_damaged(r, err, "its mark of the byte order is none");
    if (h->major > DISK_MAJOR)
        return error_set(err, -EBADMSG,
                         "%s has format version %u and this ratel reads up to version %u; use the "
                         "ratel that recorded it or a newer one",
                         r->name, h->major, DISK_MAJOR);
    if (h->sections > DISK_SECTIONS_MAX)
        return fail_damaged(r, err, "it claims to be longer than any header is");
    return 0;
}

static int read_sections(struct recording *r, const struct disk_header *h, struct error *err)
{
    int rc = room_reserve(&r->info, h->sections);

    if (rc)
        return error_set(err, rc, "no memory for the header of %s", r->name);
    rc = fill(r, r->info.data, h->sections);
    if (rc == -ENODATA)
        return error_set(err, -EBADMSG, "%s ends inside its header: there is nothing to replay",
                         r->name);
    if (rc)
        return error_set(err, rc, "can't read %s: %s", r->name, strerror(-rc));
    if (disk_header_sum(h, r->info.data) != h->sum)
        return fail_damaged(r, err, "its checksum is wrong");
    if (h->abi != ABI_VERSION)
        return error_set(err, -EBADMSG,
                         "the records in %s have layout %u and this ratel reads layout %d; use the "
                         "ratel that recorded it",
                         r->name, h->abi, ABI_VERSION);
    return reader_sections(r, r->info.data, h->sections, err);
}

int reader_header(struct recording *r, struct error *err)
{
    struct disk_header h;
    int rc = fill(r, &h, sizeof(h));

    if (rc == -ENODATA && r->in.pos == 0)
        return error_set(err, -EBADMSG, "%s is empty, not a recording", r->name);
    if (rc == -ENODATA)
        return error_set(err, -EBADMSG, "%s is too short to be a recording", r->name);
    if (rc)
        return error_set(err, rc, "can't read %s: %s", r->name, strerror(-rc));
    rc = check_format(r, &h, err);
    if (rc)
        return rc;
    rc = read_sections(r, &h, err);
    r->first = r->in.pos;
    return rc;
}
