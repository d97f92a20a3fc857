/* SPDX-License-Identifier: Apache-2.0 */
/* tracee: the JSON that programs made for Tracee read. What ratel does not know is empty. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "event/context.h"
#include "event/stack.h"
#include "sink/text.h"

static void member(struct strbuf *out, const char *key, uint64_t v)
{
    strbuf_lit(out, ",\"");
    strbuf_puts(out, key);
    strbuf_lit(out, "\":");
    strbuf_put_u64(out, v);
}

static void member_string(struct strbuf *out, const char *key, const char *s, size_t n)
{
    strbuf_lit(out, ",\"");
    strbuf_puts(out, key);
    strbuf_lit(out, "\":");
    json_quote(out, s, n);
}

/* The consumers take it as an opaque number that is the same for the same task. */
static uint32_t entity_id(uint64_t start, uint32_t id)
{
    uint64_t x = start ^ (uint64_t)id << 32 ^ id;
    x = (x ^ x >> 33) * 0xff51afd7ed558ccdULL;
    x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53ULL;
    return (uint32_t)(x ^ x >> 33);
}

/* Members and their string values are those of Tracee's SockAddr. */
static void put_sockaddr(struct strbuf *out, const struct format *f, const struct value *v)
{
    struct sockaddr_in6 a = {0};
    char text[INET6_ADDRSTRLEN] = "";
    memcpy(&a, v->data, v->len < sizeof(a) ? v->len : sizeof(a));
    if (v->len >= 8 && a.sin6_family == AF_INET) {
        inet_ntop(AF_INET, (const char *)&a + 4, text, sizeof(text));
        strbuf_lit(out, "{\"sa_family\":\"AF_INET\",\"sin_addr\":\"");
        strbuf_puts(out, text);
        strbuf_lit(out, "\",\"sin_port\":\"");
        strbuf_put_u64(out, ntohs(a.sin6_port));
        strbuf_lit(out, "\"}");
    } else if (v->len >= 24 && a.sin6_family == AF_INET6) {
        inet_ntop(AF_INET6, &a.sin6_addr, text, sizeof(text));
        strbuf_lit(out, "{\"sa_family\":\"AF_INET6\",\"sin6_addr\":\"");
        strbuf_puts(out, text);
        strbuf_lit(out, "\",\"sin6_port\":\"");
        strbuf_put_u64(out, ntohs(a.sin6_port));
        strbuf_lit(out, "\",\"sin6_flowinfo\":\"");
        strbuf_put_u64(out, ntohl(a.sin6_flowinfo));
        strbuf_lit(out, "\",\"sin6_scopeid\":\"");
        strbuf_put_u64(out, a.sin6_scope_id);
        strbuf_lit(out, "\"}");
    } else if (v->len >= 2 && a.sin6_family == AF_UNIX) {
        const char *path = v->data + 2;
        size_t n = v->len - 2;
        strbuf_lit(out, "{\"sa_family\":\"AF_UNIX\",\"sun_path\":");
        json_quote(out, path, n && !*path ? n : strnlen(path, n));
        strbuf_putc(out, '}');
    } else {
        struct format named = *f;
        struct strbuf all = STRBUF_INIT(4096);
        named.raw = false;
        sockaddr_json(&all, &named, v->data, v->len);
        static const char key[] = "{\"family\":";
        strbuf_lit(out, "{\"sa_family\":");
        if (all.len >= sizeof(key) - 1)
            strbuf_put(out, all.data + sizeof(key) - 1, all.len - (sizeof(key) - 1));
        out->overflow |= all.overflow;
        strbuf_free(&all);
    }
}

/* Members are those of Tracee's SlimCred, all numbers. */
static void put_cred(struct strbuf *out, const struct value *v)
{
    struct abi_cred c;
    memcpy(&c, v->data, sizeof(c));
    strbuf_lit(out, "{\"Uid\":");
    strbuf_put_u64(out, c.uid);
#define X(name, tracee)                                                                            \
    if ((const void *)&c.name != &c.uid)                                                           \
        member(out, #tracee, c.name);
    ABI_CRED_NUMBERS(X)
    ABI_CRED_CAPS(X)
#undef X
    strbuf_putc(out, '}');
}

static void put_base64(struct strbuf *out, const char *s, size_t n)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = (const uint8_t *)s;
    strbuf_putc(out, '"');
    for (size_t i = 0; i < n; i += 3) {
        uint32_t x = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
                     (i + 2 < n ? p[i + 2] : 0);
        char four[4] = {digits[x >> 18], digits[x >> 12 & 63],
                        i + 1 < n ? digits[x >> 6 & 63] : '=', i + 2 < n ? digits[x & 63] : '='};
        strbuf_put(out, four, sizeof(four));
    }
    strbuf_putc(out, '"');
}

static void put_number(struct strbuf *out, const struct format *f, const struct field_def *def,
                       const struct value *v)
{
    struct format raw = {.raw = true, .catalog = f->catalog};
    struct value number = *v;
    number.data = NULL; /* a descriptor's path has no place here */
    if (def->type == TYPE_time)
        strbuf_put_u64(out, v->number + (uint64_t)f->realtime_offset);
    else
        value_json(out, &raw, def, &number);
}

/* Names of flags are strings, and say so in the type; other numbers stay numbers. */
static void put_value(struct strbuf *out, const struct format *f, const struct field_def *def,
                      const struct value *v)
{
    if (v->status == ABI_MISSING)
        strbuf_lit(out, "null");
    else if (v->encoding == ABI_ENC_SOCKADDR)
        put_sockaddr(out, f, v);
    else if (v->encoding == ABI_ENC_CRED)
        put_cred(out, v);
    else if (def->type == TYPE_bytes)
        put_base64(out, v->data, v->len);
    else if ((v->encoding == ABI_ENC_INT && (!v->flags || f->raw)) || v->encoding == ABI_ENC_FD)
        put_number(out, f, def, v);
    else
        value_json(out, f, def, v);
}

static void put_args(struct strbuf *out, const struct format *f, const struct event *ev)
{
    strbuf_lit(out, ",\"args\":[");
    const char *before = "{\"name\":";
    for (unsigned i = event_next(ev, 0); i < ev->def->nfields; i = event_next(ev, i + 1)) {
        const struct field_def *def = &ev->def->fields[i];
        struct value v = event_value(ev, i);
        bool named = v.flags && !f->raw;
        strbuf_puts(out, before);
        before = ",{\"name\":";
        json_quote(out, def->name, strlen(def->name));
        strbuf_lit(out, ",\"type\":\"");
        strbuf_puts(out, named ? "string" : type_defs[def->type].listed);
        strbuf_lit(out, "\",\"value\":");
        put_value(out, f, def, &v);
        strbuf_putc(out, '}');
    }
    strbuf_putc(out, ']');
}

static void put_task(struct strbuf *out, const struct format *f, const struct abi_record *r)
{
    uint64_t offset = (uint64_t)f->realtime_offset;
    member(out, "threadStartTime", r->task_start ? r->task_start + offset : 0);
    member(out, "processorId", r->cpu);
    member(out, "processId", r->ns_pid);
    member(out, "cgroupId", r->cgroup);
    member(out, "threadId", r->ns_tid);
    member(out, "parentProcessId", r->ns_ppid);
    member(out, "hostProcessId", r->pid);
    member(out, "hostThreadId", r->tid);
    member(out, "hostParentProcessId", r->ppid);
    member(out, "userId", r->uid);
    member(out, "mountNamespace", r->mnt_ns);
    member(out, "pidNamespace", r->pid_ns);
    member_string(out, "processName", r->comm, comm_length(r));
}

static void put_executable(struct strbuf *out, const struct event_context *c)
{
    const struct text_view *path = c && c->task ? &c->task->exe.path : NULL;
    strbuf_lit(out, ",\"executable\":{\"path\":");
    json_quote(out, path && path->s ? path->s : "", path && path->s ? path->len : 0);
    strbuf_putc(out, '}');
}

struct member_text {
    const char *name;
    const struct text_view *text;
};

/* An object of those that are known. */
static void put_texts(struct strbuf *out, const struct member_text *texts, unsigned count)
{
    const char *before = "";
    strbuf_putc(out, '{');
    for (unsigned i = 0; i < count; i++) {
        if (!texts[i].text->s)
            continue;
        strbuf_puts(out, before);
        json_quote(out, texts[i].name, strlen(texts[i].name));
        strbuf_putc(out, ':');
        json_quote(out, texts[i].text->s, texts[i].text->len);
        before = ",";
    }
    strbuf_putc(out, '}');
}

/* With --enrich container. */
static void put_container(struct strbuf *out, const struct container_view *c)
{
    static const struct container_view none = {0};
    c = c ? c : &none;
    const struct member_text container[] = {
        {"id", &c->id}, {"name", &c->name}, {"image", &c->image}, {"imageDigest", &c->digest}};
    const struct member_text pod[] = {
        {"podName", &c->pod_name}, {"podNamespace", &c->pod_namespace}, {"podUID", &c->pod_uid}};
    member_string(out, "containerId", c->id.s ? c->id.s : "", c->id.s ? c->id.len : 0);
    strbuf_lit(out, ",\"container\":");
    put_texts(out, container, sizeof(container) / sizeof(*container));
    strbuf_lit(out, ",\"kubernetes\":");
    put_texts(out, pod, sizeof(pod) / sizeof(*pod));
}

static const struct container_view *container_of_event(const struct event *ev)
{
    return ev->context ? ev->context->container : NULL;
}

static void put_entities(struct strbuf *out, const struct event *ev)
{
    const struct abi_record *r = ev->rec;
    const struct container_view *c = container_of_event(ev);
    strbuf_lit(out, ",\"contextFlags\":{\"containerStarted\":");
    strbuf_puts(out, c && c->started ? "true" : "false");
    strbuf_lit(out, ",\"isCompat\":");
    strbuf_puts(out, r->flags & ABI_F_COMPAT ? "true}" : "false}");
    member(out, "threadEntityId", entity_id(r->task_start, r->tid));
    member(out, "processEntityId", entity_id(r->leader_start, r->pid));
    member(out, "parentEntityId", entity_id(r->parent_start, r->ppid));
}

static void put_stack(struct strbuf *out, const struct event *ev)
{
    struct stack_frame f;
    size_t pos = 0;
    strbuf_lit(out, ",\"stackAddresses\":");
    if (!ev->stack) {
        strbuf_lit(out, "null");
        return;
    }
    const char *before = "[";
    for (; stack_next(ev, &pos, &f); before = ",") {
        strbuf_puts(out, before);
        strbuf_put_u64(out, f.address);
    }
    strbuf_puts(out, *before == '[' ? "[]" : "]");
}

static void tracee_event(struct sink *s, struct strbuf *out, const struct event *ev)
{
    struct format f = sink_format(s);
    const struct abi_record *r = ev->rec;
    const char *host = sink_ctx(s)->machine->hostname, *call = event_syscall(&f, ev);
    strbuf_lit(out, "{\"timestamp\":");
    strbuf_put_u64(out, r->time + (uint64_t)f.realtime_offset);
    put_task(out, &f, r);
    put_executable(out, ev->context);
    member_string(out, "hostName", host, strlen(host));
    put_container(out, container_of_event(ev));
    strbuf_lit(out, ",\"eventId\":\"");
    strbuf_put_u64(out, r->event);
    strbuf_putc(out, '"');
    member_string(out, "eventName", ev->def->name, strlen(ev->def->name));
    strbuf_lit(out, ",\"matchedPolicies\":[]");
    member(out, "argsNum", r->nfields - (ev->stack ? 1u : 0u));
    strbuf_lit(out, ",\"returnValue\":");
    strbuf_put_s64(out, event_returns(ev) ? r->ret : 0);
    member_string(out, "syscall", call ? call : "", call ? strlen(call) : 0);
    put_stack(out, ev);
    put_entities(out, ev);
    put_args(out, &f, ev);
    strbuf_lit(out, ",\"metadata\":null}\n");
}

extern const struct sink_ops sink_tracee;
const struct sink_ops sink_tracee = {
    .name = "tracee",
    .meaning = "one JSON object a line in the shape that programs made for Tracee read",
    .event = tracee_event,
};
