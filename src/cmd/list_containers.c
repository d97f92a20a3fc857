/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/list_containers.h"

#include <string.h>

#include "cmd/command.h"
#include "cmd/json.h"
#include "cmd/run.h"
#include "event/format.h"
#include "source/containers.h"

#define ID_SHOWN 12 /* digits of an id that a table has room for */

struct listing {
    struct strbuf *out;
    struct json json;
    bool as_json;
    unsigned count;
};

/* A text of facts; null where there is none. */
static void json_fact(struct json *j, const char *key, const struct facts *f, enum fact which)
{
    json_key(j, key);
    if (f->fact[which].len)
        json_text_n(j, facts_text(f, which), f->fact[which].len);
    else
        json_none(j);
}

/* KEY=VALUE each, as container_create has them; null where there are none. */
static void json_labels(struct json *j, const char *key, const struct facts *f, enum fact which)
{
    const struct text_view labels = {.s = facts_text(f, which), .len = f->fact[which].len};

    json_key(j, key);
    if (labels.len)
        json_strings(j, &labels);
    else
        json_none(j);
}

static void json_container(struct json *j, const struct container_place *p, const struct facts *f)
{
    json_newline(j);
    json_open(j, '{');
    json_key(j, "id");
    json_text(j, p->is.id);
    json_key(j, "runtime");
    json_text(j, runtime_names[f->runtime]);
    json_fact(j, "name", f, FACT_container_name);
    json_fact(j, "image", f, FACT_container_image);
    json_fact(j, "digest", f, FACT_container_image_digest);
    json_fact(j, "pod_name", f, FACT_pod_name);
    json_fact(j, "pod_namespace", f, FACT_pod_namespace);
    json_fact(j, "pod_uid", f, FACT_pod_uid);
    json_labels(j, "labels", f, FACT_container_labels);
    json_labels(j, "pod_labels", f, FACT_pod_labels);
    json_key(j, "sandbox");
    json_bool(j, f->sandbox);
    json_key(j, "missing"); /* why the runtime did not tell */
    json_text(j, f->answered ? NULL : reason_text(f->fact[FACT_container_name].why));
    json_key(j, "cgroup");
    json_int(j, (int64_t)p->cgroup);
    json_close(j, '}');
}

/* A cell of the table: the text without what a terminal could take for an order; or why not. */
static void cell(struct strbuf *out, const struct facts *f, enum fact which, unsigned width)
{
    struct strbuf text = STRBUF_INIT(4 * FACT_TEXT_MAX + 1);
    const char *why = f->fact[which].why == ABI_WHY_ABSENT ? "-" : "?";

    if (f->fact[which].len)
        text_escape(&text, facts_text(f, which), f->fact[which].len);
    else
        strbuf_puts(&text, why);
    strbuf_printf(out, "%-*s", (int)width, strbuf_cstr(&text));
    strbuf_free(&text);
}

static void row(struct strbuf *out, const struct container_place *p, const struct facts *f)
{
    strbuf_printf(out, "%-13.*s%-12s", ID_SHOWN, p->is.id, runtime_names[f->runtime]);
    cell(out, f, FACT_container_name, 24);
    strbuf_putc(out, ' ');
    cell(out, f, FACT_container_image, 36);
    strbuf_putc(out, ' ');
    if (f->fact[FACT_pod_namespace].len) {
        cell(out, f, FACT_pod_namespace, 0);
        strbuf_putc(out, '/');
    }
    cell(out, f, FACT_pod_name, 0);
    if (!f->answered)
        strbuf_printf(out, "  (%s)", reason_text(f->fact[FACT_container_name].why));
    strbuf_putc(out, '\n');
}

static void each(void *ctx, const struct container_place *place, const struct facts *facts)
{
    struct listing *l = ctx;

    if (!l->count++ && !l->as_json)
        strbuf_printf(l->out, "%-13s%-12s%-24s %-36s %s\n", "id", "runtime", "name", "image",
                      "pod");
    if (l->as_json)
        json_container(&l->json, place, facts);
    else
        row(l->out, place, facts);
}

int list_containers(const struct options *o, struct strbuf *out)
{
    struct listing l = {.out = out, .json = {.out = out}, .as_json = o->json};
    struct runtime_sockets sockets = {0};
    struct error err = {0};
    int status = run_runtimes(o, &sockets);

    if (status)
        return status;
    if (o->json)
        json_open(&l.json, '[');
    int rc = containers_list(&sockets, each, &l);
    if (rc) {
        error_set(&err, rc, "the control groups can't be read: %s", strerror(-rc));
        return run_fail(o, rc, NULL, &err);
    }
    if (o->json) {
        json_close(&l.json, ']');
        strbuf_putc(out, '\n');
    } else if (!l.count) {
        strbuf_lit(out, "no containers\n");
    }
    return EXIT_OK;
}
