/* SPDX-License-Identifier: Apache-2.0 */
/* CRI version 1, as containerd and CRI-O speak it, and containerd's own services. */
#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "cri.pb-c.h"
#include "source/runtime.h"

#define CRI        "/runtime.v1.RuntimeService/"
#define CONTAINERD "/containerd.services."

/* What one message may take when it is unpacked: a short one can stand for much. */
static void *message_alloc(void *left, size_t n)
{
    if (n > *(size_t *)left)
        return NULL;
    *(size_t *)left -= n;
    return malloc(n);
}

static void message_free(void *left, void *p)
{
    (void)left;
    free(p);
}

#define ALLOCATOR(left)                                                                            \
    {                                                                                              \
        .alloc = message_alloc, .free = message_free, .allocator_data = &(left)                    \
    }

static void set_text(struct facts *out, enum fact fact, const char *s)
{
    facts_set(out, fact, s, strlen(s));
}

static void set_labels(struct facts *out, enum fact fact, Cri__Entry *const *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        facts_label(out, fact, labels[i]->key, strlen(labels[i]->key), labels[i]->value,
                    strlen(labels[i]->value));
}

static void set_kubernetes(struct facts *out, Cri__Entry *const *labels, size_t n)
{
    for (size_t i = 0; i < n; i++)
        facts_kubernetes(out, labels[i]->key, strlen(labels[i]->key), labels[i]->value,
                         strlen(labels[i]->value));
}

static uint64_t not_negative(int64_t ns)
{
    return ns > 0 ? (uint64_t)ns : 0;
}

/* Calls and hands back the answer in c->answer. */
static int call(struct runtime_client *c, const char *method, const char *space,
                const ProtobufCMessage *request, uint64_t deadline)
{
    uint8_t packed[RUNTIME_REQUEST_MAX];
    struct grpc_header header = {space ? "containerd-namespace" : NULL, space};
    if (protobuf_c_message_get_packed_size(request) > sizeof(packed))
        return -ENAMETOOLONG;
    size_t n = protobuf_c_message_pack(request, packed);
    return grpc_call(c->grpc, method, header, packed, n, &c->answer, deadline);
}

static int call_list(struct runtime_client *c, const char *method, const char *id,
                     uint64_t deadline)
{
    Cri__Filter filter = CRI__FILTER__INIT;
    Cri__ListRequest request = CRI__LIST_REQUEST__INIT;
    filter.id = (char *)(uintptr_t)id;
    request.filter = &filter;
    return call(c, method, NULL, &request.base, deadline);
}

static int call_name(struct runtime_client *c, const char *method, const char *space,
                     const char *name, uint64_t deadline)
{
    Cri__NameRequest request = CRI__NAME_REQUEST__INIT;
    request.name = (char *)(uintptr_t)name;
    return call(c, method, space, &request.base, deadline);
}

/* The pod that a container is in, "" for none. */
static int read_pod_of(const void *message, size_t n, const char *id, char *pod, size_t cap)
{
    size_t left = RUNTIME_TREE_BYTES;
    ProtobufCAllocator a = ALLOCATOR(left);
    Cri__Containers *list = cri__containers__unpack(&a, n, message);
    *pod = '\0';
    if (!list)
        return -EBADMSG;
    int rc = list->n_items ? -EBADMSG : -ESRCH;
    if (list->n_items == 1 && !strcmp(list->items[0]->id, id)) {
        const char *of = list->items[0]->pod_sandbox_id;
        if (strlen(of) < cap)
            memcpy(pod, of, strlen(of) + 1);
        rc = 0;
    }
    cri__containers__free_unpacked(list, &a);
    return rc;
}

static void read_status(const Cri__ContainerStatus *s, struct facts *out)
{
    set_labels(out, FACT_container_labels, s->labels, s->n_labels);
    set_kubernetes(out, s->labels, s->n_labels);
    if (s->metadata)
        set_text(out, FACT_container_name, s->metadata->name);
    if (s->image)
        set_text(out, FACT_container_image,
                 *s->image->written ? s->image->written : s->image->image);
    facts_digest(out, s->image_ref, strlen(s->image_ref));
    out->created = not_negative(s->created_at);
    out->started = not_negative(s->started_at);
}

int runtime_cri_container(const void *message, size_t n, const char *id, struct facts *out)
{
    size_t left = RUNTIME_TREE_BYTES;
    ProtobufCAllocator a = ALLOCATOR(left);
    Cri__ContainerStatusAnswer *m = cri__container_status_answer__unpack(&a, n, message);
    int rc = -EBADMSG;
    if (m && m->status && !strcmp(m->status->id, id)) {
        read_status(m->status, out);
        rc = 0;
    }
    cri__container_status_answer__free_unpacked(m, &a);
    return rc;
}

static void read_pod(const Cri__Pod *pod, bool sandbox, struct facts *out)
{
    set_labels(out, FACT_pod_labels, pod->labels, pod->n_labels);
    if (pod->metadata) {
        set_text(out, FACT_pod_name, pod->metadata->name);
        set_text(out, FACT_pod_namespace, pod->metadata->namespace_);
        set_text(out, FACT_pod_uid, pod->metadata->uid);
    }
    out->sandbox = sandbox;
    if (sandbox)
        out->created = not_negative(pod->created_at);
}

int runtime_cri_pod(const void *message, size_t n, const char *id, bool sandbox, struct facts *out)
{
    size_t left = RUNTIME_TREE_BYTES;
    ProtobufCAllocator a = ALLOCATOR(left);
    Cri__Pods *list = cri__pods__unpack(&a, n, message);
    if (!list)
        return -EBADMSG;
    int rc = list->n_items ? -EBADMSG : -ESRCH;
    if (list->n_items == 1 && !strcmp(list->items[0]->id, id)) {
        read_pod(list->items[0], sandbox, out);
        rc = 0;
    }
    cri__pods__free_unpacked(list, &a);
    return rc;
}

static int ask_pod(struct runtime_client *c, const char *id, bool sandbox, struct facts *out,
                   uint64_t deadline)
{
    int rc = call_list(c, CRI "ListPodSandbox", id, deadline);
    return rc ? rc : runtime_cri_pod(c->answer.data, c->answer.len, id, sandbox, out);
}

/* Its pod is not told of yet, or could not be: that is not the same as none. */
static void set_partial(struct facts *out)
{
    static const enum fact of_pod[] = {FACT_pod_name, FACT_pod_namespace, FACT_pod_uid,
                                       FACT_pod_labels};
    out->partial = true;
    for (unsigned i = 0; i < sizeof(of_pod) / sizeof(*of_pod); i++)
        if (out->fact[of_pod[i]].why == ABI_WHY_ABSENT)
            out->fact[of_pod[i]].why = ABI_WHY_PENDING;
}

int runtime_cri_ask(struct runtime_client *c, const char *id, struct facts *out, uint64_t deadline)
{
    char pod[CONTAINER_ID_TEXT];
    Cri__StatusRequest request = CRI__STATUS_REQUEST__INIT;
    request.id = (char *)(uintptr_t)id;
    facts_clear(out, ABI_WHY_ABSENT);
    out->runtime = RUNTIME_crio;
    int rc = call_list(c, CRI "ListContainers", id, deadline);
    rc = rc ? rc : read_pod_of(c->answer.data, c->answer.len, id, pod, sizeof(pod));
    if (rc == -ESRCH)
        return ask_pod(c, id, true, out, deadline);
    rc = rc ? rc : call(c, CRI "ContainerStatus", NULL, &request.base, deadline);
    rc = rc ? rc : runtime_cri_container(c->answer.data, c->answer.len, id, out);
    int of_pod = !rc && *pod ? ask_pod(c, pod, false, out, deadline) : 0;
    if (of_pod && of_pod != -ESRCH) /* without it the container is known all the same */
        set_partial(out);
    return rc;
}

static uint64_t read_time(const Cri__Timestamp *t)
{
    if (!t || t->seconds <= 0 || t->seconds > INT64_MAX / 1000000000 || t->nanos < 0)
        return 0;
    return (uint64_t)t->seconds * 1000000000u + (uint64_t)t->nanos;
}

int runtime_containerd_container(const void *message, size_t n, const char *id, struct facts *out)
{
    size_t left = RUNTIME_TREE_BYTES;
    ProtobufCAllocator a = ALLOCATOR(left);
    Cri__PlainContainerAnswer *m = cri__plain_container_answer__unpack(&a, n, message);
    int rc = -EBADMSG;
    if (m && m->container && !strcmp(m->container->id, id)) {
        set_labels(out, FACT_container_labels, m->container->labels, m->container->n_labels);
        set_text(out, FACT_container_name, id);
        set_kubernetes(out, m->container->labels, m->container->n_labels);
        set_text(out, FACT_container_image, m->container->image);
        out->created = read_time(m->container->created_at);
        rc = 0;
    }
    cri__plain_container_answer__free_unpacked(m, &a);
    return rc;
}

static void read_image(const void *message, size_t n, struct facts *out)
{
    size_t left = RUNTIME_TREE_BYTES;
    ProtobufCAllocator a = ALLOCATOR(left);
    Cri__PlainImageAnswer *m = cri__plain_image_answer__unpack(&a, n, message);
    if (m && m->image && m->image->target)
        facts_digest(out, m->image->target->digest, strlen(m->image->target->digest));
    cri__plain_image_answer__free_unpacked(m, &a);
}

int runtime_containerd_named(struct runtime_client *c, const char *space, const char *id,
                             struct facts *out, uint64_t deadline)
{
    char image[FACT_TEXT_MAX + 1];
    facts_clear(out, ABI_WHY_ABSENT);
    out->runtime = RUNTIME_containerd;
    int rc = call_name(c, CONTAINERD "containers.v1.Containers/Get", space, id, deadline);
    rc = rc ? rc : runtime_containerd_container(c->answer.data, c->answer.len, id, out);
    size_t n = out->fact[FACT_container_image].len;
    if (rc || !n)
        return rc;
    memcpy(image, facts_text(out, FACT_container_image), n);
    image[n] = '\0';
    if (!call_name(c, CONTAINERD "images.v1.Images/Get", space, image, deadline))
        read_image(c->answer.data, c->answer.len, out);
    return 0;
}

/* The first of containerd's namespaces that has such a container. */
static int ask_namespaces(struct runtime_client *c, const char *id, struct facts *out,
                          uint64_t deadline)
{
    size_t left = RUNTIME_TREE_BYTES;
    ProtobufCAllocator a = ALLOCATOR(left);
    Cri__Nothing request = CRI__NOTHING__INIT;
    int rc = call(c, CONTAINERD "namespaces.v1.Namespaces/List", NULL, &request.base, deadline);
    if (rc)
        return rc;
    Cri__Namespaces *list = cri__namespaces__unpack(&a, c->answer.len, (void *)c->answer.data);
    if (!list)
        return -EBADMSG;
    rc = -ESRCH;
    for (size_t i = 0; i < list->n_items && i < RUNTIME_NAMESPACES_MAX && rc == -ESRCH; i++)
        rc = runtime_containerd_named(c, list->items[i]->name, id, out, deadline);
    cri__namespaces__free_unpacked(list, &a);
    return rc;
}

int runtime_containerd_ask(struct runtime_client *c, const char *id, struct facts *out,
                           uint64_t deadline)
{
    int rc = runtime_cri_ask(c, id, out, deadline);
    bool answers = rc == -ESRCH;
    if (answers || rc == -ENOSYS) { /* CRI is a plug-in, and knows its own containers only */
        rc = ask_namespaces(c, id, out, deadline);
        if (!rc && answers && out->of_cri) /* CRI tells of a pod when all of it was set up */
            set_partial(out);
    }
    out->runtime = RUNTIME_containerd;
    return rc;
}
