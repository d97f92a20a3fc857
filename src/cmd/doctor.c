/* SPDX-License-Identifier: Apache-2.0 */
/* ratel doctor: what works on this machine, what does not, why, and what to do. */
#include <bpf/libbpf.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/doctor.h"
#include "cmd/run.h"
#include "cmd/text.h"

#define MARK_WIDTH  6
#define TITLE_WIDTH 40

static const char *mark_of(const struct finding *f, enum check_weight weight)
{
    if (f->state == STATE_UNKNOWN)
        return "?";
    if (f->state == STATE_WORKS)
        return weight == WEIGHT_FACT ? "-" : "ok";
    return weight == WEIGHT_NEEDED ? "FAIL" : "no";
}

void report_line(struct report *r, const char *mark, const char *title, const char *text)
{
    unsigned column = MARK_WIDTH + TITLE_WIDTH;

    strbuf_printf(&r->out, "%-*s%-*s", MARK_WIDTH, mark, TITLE_WIDTH, title);
    text_wrap(&r->out, text, column, column, r->width);
    strbuf_putc(&r->out, '\n');
}

static void add_text(struct report *r, const char *title, const struct finding *f,
                     enum check_weight weight)
{
    unsigned column = MARK_WIDTH + TITLE_WIDTH;

    report_line(r, mark_of(f, weight), title, f->found);
    if (!*f->remedy)
        return;
    text_pad(&r->out, column);
    strbuf_lit(&r->out, "to do: ");
    text_wrap(&r->out, f->remedy, column + 7, column, r->width);
    strbuf_putc(&r->out, '\n');
}

static void add_json(struct report *r, const char *name, const char *title, const struct finding *f,
                     enum check_weight weight)
{
    static const char *const states[] = {"works", "fails", "unknown"};
    static const char *const weights[] = {"needed", "useful", "fact"};
    struct json *j = &r->json;

    json_newline(j);
    json_open(j, '{');
    json_key(j, "name");
    json_text(j, name);
    json_key(j, "title");
    json_text(j, title);
    json_key(j, "weight");
    json_text(j, weights[weight]);
    json_key(j, "state");
    json_text(j, states[f->state]);
    json_key(j, "found");
    json_text(j, f->found);
    json_key(j, "remedy");
    json_text(j, *f->remedy ? f->remedy : NULL);
    json_close(j, '}');
}

void report_add(struct report *r, const char *name, const char *title, const struct finding *f,
                enum check_weight weight)
{
    if (weight == WEIGHT_NEEDED && f->state == STATE_FAILS)
        r->broken++;
    if (r->as_json)
        add_json(r, name, title, f, weight);
    else if (title)
        add_text(r, title, f, weight);
}

static void add_checks(struct report *r, enum check_weight weight)
{
    for (unsigned i = 0; i < CHECK_COUNT; i++) {
        struct finding f = {0};
        if (checks[i].weight != weight)
            continue;
        checks[i].look(&f);
        report_add(r, checks[i].name, checks[i].title, &f, weight);
    }
}

static int no_print(enum libbpf_print_level level, const char *format, va_list ap)
{
    (void)level;
    (void)format;
    (void)ap;
    return 0;
}

static void end(struct report *r)
{
    if (r->as_json) {
        json_key(&r->json, "works");
        json_bool(&r->json, !r->broken);
        json_close(&r->json, '}');
        strbuf_putc(&r->out, '\n');
    } else if (r->broken) {
        strbuf_printf(&r->out, "\nTracing can't work here: %u needed thing%s missing (FAIL).\n",
                      r->broken, r->broken == 1 ? " is" : "s are");
    } else {
        strbuf_lit(&r->out, "\nTracing works here.\n");
    }
}

int cmd_doctor(const struct options *o)
{
    struct report r = {.out = STRBUF_INIT(OUTPUT_MAX), .as_json = o->json};

    int failed = run_use_btf(o);
    if (failed)
        return failed;
    r.width = text_width(TEXT_UNWRAPPED);
    r.json.out = &r.out;
    libbpf_set_print(no_print); /* what it would say, the findings say */
    if (r.as_json) {
        json_open(&r.json, '{');
        json_key(&r.json, "checks");
        json_open(&r.json, '[');
    }
    add_checks(&r, WEIGHT_NEEDED);
    report_kinds(&r);
    report_hooks(&r);
    add_checks(&r, WEIGHT_USEFUL);
    add_checks(&r, WEIGHT_FACT);
    if (r.as_json)
        json_close(&r.json, ']');
    report_events(&r);
    end(&r);
    int status = output_flush(&r.out);
    return status ? status : r.broken ? EXIT_FAILED : EXIT_OK;
}
