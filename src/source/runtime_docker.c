/* SPDX-License-Identifier: Apache-2.0 */
/* Docker and podman: JSON over HTTP. podman has docker's way too, but tells of pods in its own
 * only. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "source/http.h"
#include "source/runtime.h"

/* A short text can stand for a large tree: what one answer may take is counted while it is read. */
static _Thread_local size_t tree_left;
static _Thread_local bool tree_over;

static void *tree_alloc(size_t n)
{
    tree_over |= n > tree_left;
    if (tree_over)
        return NULL;
    tree_left -= n;
    return malloc(n);
}

static int read_json(const char *text, size_t n, json_t **out)
{
    json_error_t why;
    json_set_alloc_funcs(tree_alloc, free);
    tree_left = RUNTIME_TREE_BYTES;
    tree_over = false;
    *out = json_loadb(text, n, 0, &why);
    if (*out)
        return 0;
    return tree_over ? -EMSGSIZE : -EBADMSG;
}

/* A member by the names that lead to it; NULL where there is none. */
static json_t *at(const json_t *from, const char *outer, const char *inner)
{
    json_t *v = json_object_get(from, outer);
    return inner ? json_object_get(v, inner) : v;
}

static void set_text(struct facts *out, enum fact fact, const json_t *v)
{
    facts_set(out, fact, json_is_string(v) ? json_string_value(v) : "", json_string_length(v));
}

static void set_labels(struct facts *out, enum fact fact, json_t *labels)
{
    const char *key;
    json_t *v;
    json_object_foreach(labels, key, v)
    {
        if (json_is_string(v))
            facts_label(out, fact, key, strlen(key), json_string_value(v), json_string_length(v));
    }
}

static void set_kubernetes(struct facts *out, json_t *labels)
{
    const char *key;
    json_t *v;
    json_object_foreach(labels, key, v)
    {
        if (json_is_string(v))
            facts_kubernetes(out, key, strlen(key), json_string_value(v), json_string_length(v));
    }
}

/*
 * A pod of Kubernetes on docker is what the labels of its own container say: the pod's labels, but
 * for its annotations and what Kubernetes notes for itself.
 */
static void set_pod_labels(struct facts *out, json_t *labels)
{
    static const char annotation[] = "annotation.", own[] = "io.kubernetes.docker.type";
    const char *key;
    json_t *v;
    json_object_foreach(labels, key, v)
    {
        if (json_is_string(v) && strncmp(key, annotation, sizeof(annotation) - 1) &&
            strcmp(key, own) != 0)
            facts_label(out, FACT_pod_labels, key, strlen(key), json_string_value(v),
                        json_string_length(v));
    }
}

/* 2026-11-29T20:06:24.123456789Z, or with an offset; 0 for what is none, and for the year 1. */
static uint64_t read_time(const json_t *v)
{
    struct tm tm = {0};
    const char *s = json_is_string(v) ? json_string_value(v) : "";
    const char *rest = strptime(s, "%Y-%m-%dT%H:%M:%S", &tm);
    uint64_t ns = 0, digit = 100000000;
    if (!rest)
        return 0;
    if (*rest == '.')
        for (rest++; *rest >= '0' && *rest <= '9'; rest++, digit /= 10)
            ns += (uint64_t)(*rest - '0') * digit;
    struct tm zone = {0};
    if (*rest != 'Z' && !strptime(rest, "%z", &zone))
        return 0;
    time_t seconds = timegm(&tm) - zone.tm_gmtoff;
    return seconds > 0 ? (uint64_t)seconds * 1000000000u + ns : 0;
}

/* A name that is about to stand in a request: nothing but what ids of images and pods are made of.
 */
static void take_ref(char *out, size_t cap, const json_t *v)
{
    const char *s = json_is_string(v) ? json_string_value(v) : "";
    size_t n = strspn(s, "0123456789abcdef:sh");
    *out = '\0';
    if (n && !s[n] && n < cap)
        memcpy(out, s, n + 1);
}

/* One answer: read is handed what was asked about (id) and where it puts what it finds. */
struct reading {
    const char *id;
    struct facts *out;
    struct docker_refs *refs;
};

static int read_answer(const char *json, size_t n,
                       int (*read)(const json_t *root, const struct reading *r),
                       const struct reading *r)
{
    json_t *root;
    int rc = read_json(json, n, &root);
    if (rc)
        return rc;
    rc = read(root, r);
    json_decref(root);
    return rc;
}

static bool is_id(const json_t *root, const char *id)
{
    const json_t *v = at(root, "Id", NULL);
    return json_is_string(v) && !strcmp(json_string_value(v), id);
}

static int read_container(const json_t *root, const struct reading *r)
{
    struct facts *out = r->out;
    const json_t *name = at(root, "Name", NULL);
    const char *s = json_is_string(name) ? json_string_value(name) : "";
    const json_t *image = at(root, "ImageName", NULL); /* podman's; docker's Config.Image is it */
    const json_t *digest = at(root, "ImageDigest", NULL);
    facts_clear(out, ABI_WHY_ABSENT);
    if (!is_id(root, r->id))
        return -EBADMSG;
    set_labels(out, FACT_container_labels, at(root, "Config", "Labels"));
    facts_set(out, FACT_container_name, s + (*s == '/'), strlen(s) - (*s == '/'));
    set_text(out, FACT_container_image, image ? image : at(root, "Config", "Image"));
    out->created = read_time(at(root, "Created", NULL));
    out->started = read_time(at(root, "State", "StartedAt"));
    out->sandbox = json_is_true(at(root, "IsInfra", NULL));
    if (json_is_string(digest))
        facts_digest(out, json_string_value(digest), json_string_length(digest));
    take_ref(r->refs->image, sizeof(r->refs->image), at(root, "Image", NULL));
    take_ref(r->refs->pod, sizeof(r->refs->pod), at(root, "Pod", NULL));
    json_t *labels = at(root, "Config", "Labels");
    set_kubernetes(out, labels);
    take_ref(r->refs->sandbox, sizeof(r->refs->sandbox),
             at(labels, "io.kubernetes.sandbox.id", NULL));
    if (out->sandbox && !*r->refs->pod)
        set_pod_labels(out, labels);
    return 0;
}

static int read_sandbox(const json_t *root, const struct reading *r)
{
    if (!is_id(root, r->id))
        return -EBADMSG;
    set_pod_labels(r->out, at(root, "Config", "Labels"));
    return 0;
}

static int read_image(const json_t *root, const struct reading *r)
{
    const json_t *first = json_array_get(at(root, "RepoDigests", NULL), 0);
    if (json_is_string(first))
        facts_digest(r->out, json_string_value(first), json_string_length(first));
    return 0;
}

static int read_pod(const json_t *root, const struct reading *r)
{
    set_text(r->out, FACT_pod_name, at(root, "Name", NULL));
    set_text(r->out, FACT_pod_uid, at(root, "Id", NULL));
    set_labels(r->out, FACT_pod_labels, at(root, "Labels", NULL));
    return 0;
}

int runtime_docker_container(const char *json, size_t n, const char *id, struct facts *out,
                             struct docker_refs *refs)
{
    return read_answer(json, n, read_container, &(struct reading){id, out, refs});
}

int runtime_docker_image(const char *json, size_t n, struct facts *out)
{
    return read_answer(json, n, read_image, &(struct reading){.out = out});
}

int runtime_docker_sandbox(const char *json, size_t n, const char *id, struct facts *out)
{
    return read_answer(json, n, read_sandbox, &(struct reading){.id = id, .out = out});
}

int runtime_podman_pod(const char *json, size_t n, struct facts *out)
{
    return read_answer(json, n, read_pod, &(struct reading){.out = out});
}

/* 0 where the answer is there and says yes. */
static int get(struct runtime_client *c, uint64_t deadline, const char *before, const char *name,
               const char *behind)
{
    char path[256];
    snprintf(path, sizeof(path), "%s%s%s", before, name, behind);
    int status = http_get(c->socket, path, &c->answer, deadline);
    if (status < 0)
        return status;
    return status == 200 ? 0 : status == 404 ? -ESRCH : status == 403 ? -EACCES : -EREMOTEIO;
}

/* The container; containers: the path above it. */
static int ask(struct runtime_client *c, const char *containers, const char *id, struct facts *out,
               struct docker_refs *refs, uint64_t deadline)
{
    int rc = get(c, deadline, containers, id, "/json");
    return rc ? rc : runtime_docker_container(c->answer.data, c->answer.len, id, out, refs);
}

int runtime_docker_ask(struct runtime_client *c, const char *id, struct facts *out,
                       uint64_t deadline)
{
    struct docker_refs refs = {0};
    int rc = ask(c, "/containers/", id, out, &refs, deadline);
    out->runtime = RUNTIME_docker;
    /* What its image and its pod say is more; without it the container is known all the same. */
    if (!rc && *refs.image && !get(c, deadline, "/images/", refs.image, "/json"))
        runtime_docker_image(c->answer.data, c->answer.len, out);
    if (!rc && *refs.sandbox && !get(c, deadline, "/containers/", refs.sandbox, "/json"))
        runtime_docker_sandbox(c->answer.data, c->answer.len, refs.sandbox, out);
    return rc;
}

int runtime_podman_ask(struct runtime_client *c, const char *id, struct facts *out,
                       uint64_t deadline)
{
    struct docker_refs refs = {0};
    int rc = ask(c, "/v4.0.0/libpod/containers/", id, out, &refs, deadline);
    out->runtime = RUNTIME_podman;
    if (!rc && *refs.pod && !get(c, deadline, "/v4.0.0/libpod/pods/", refs.pod, "/json"))
        runtime_podman_pod(c->answer.data, c->answer.len, out);
    return rc;
}
